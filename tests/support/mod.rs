//! What every test binary shares. Registered with `#[path = "../support/mod.rs"] mod support;`.
//!
//! [`database`] is all that most tests need: a database of its own, migrated, gone when the test ends.

#![allow(dead_code, unused_imports)] // each binary uses its own part of it

mod app;
pub mod books;
mod browser;
pub mod busy;
mod clock;
pub mod consistency;
mod database;
mod eventually;
pub mod fixture;
pub mod front;
pub mod gateway_api;
pub mod gateway_faults;
pub mod money;
pub mod paying;
pub mod processes;
pub mod proxy;
pub mod quiet;
pub mod refunds;
mod rows;
mod server;
pub mod shows;
#[cfg(target_os = "linux")] // it finds processes in /proc
pub mod site;
pub mod tally;

pub use app::{TestApp, WEBHOOK_SECRET, gateway_at};
pub use browser::{Browser, Page};
pub use clock::{freeze, stop_gateway_clock, travel, travel_gateway, travel_on, try_to_travel};
pub use database::TestDatabase;
pub use eventually::{eventually, eventually_within, found_within};
use marquee::db::Database;
pub use rows::{contents, count};
pub use server::server;

/// A fresh database with the application's schema and no rows.
pub fn database() -> TestDatabase {
    database_from("app", migrate)
}

/// A fresh database with the schema that `migrate` makes, which runs once per test binary and `template` name.
pub fn database_from(template: &'static str, migrate: fn(&str)) -> TestDatabase {
    TestDatabase::create(template, migrate)
}

/// Brings the database at this address up to date with the application's migrations.
fn migrate(url: &str) {
    Database::new(url, 1).migrate().unwrap_or_else(|failure| panic!("{failure}"));
}
