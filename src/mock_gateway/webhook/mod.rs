//! Webhooks: events are POSTed, signed, to the merchant until it answers 2xx.

pub mod delivery;
pub mod endpoint;
pub mod schedule;
pub mod signature;
