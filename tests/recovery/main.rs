//! Recovery: the application and PostgreSQL are killed, stopped and silenced while people book.
//!
//! Everything is a process of its own: `marquee serve`, `marquee mock-gateway`, and a durable PostgreSQL for each test.
//! Nothing waits for luck; what must happen in time is polled for, and measured.

#![allow(clippy::unwrap_used)] // helpers of tests may stop at the first surprise, as tests may

#[path = "../support/mod.rs"]
mod support;

mod forms;

mod app_killed;
mod away_at_start;
mod every_page;
mod given_up;
mod money_meanwhile;
mod postgres_killed;
