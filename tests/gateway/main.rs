//! The mock payment gateway, driven over real HTTP as merchants and customers drive it.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise, in its helpers too

#[path = "../support/mod.rs"]
mod support;

mod api;
mod faults;
mod hosted_page;
mod idempotency;
mod killed;
mod merchant;
mod official_clients;
mod refunds;
mod settled_later;
mod test_gateway;
mod webhooks;
