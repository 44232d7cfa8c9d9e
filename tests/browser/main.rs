//! People with browsers: headless Chromium through the real pages, scripts on and scripts off, phone and desktop.
//!
//! Needs `chromium` and `chromedriver`; without them every test fails and says so (`bin/test` decides about skipping).
//! Each step leaves its picture in `target/pictures`.

#![allow(clippy::unwrap_used)] // helpers of tests may stop at the first surprise, as tests may

#[path = "../support/mod.rs"]
mod support;

mod accessibility;
mod booking;
mod cancellation;
mod chromium;
mod contention;
mod halls;
mod keyboard;
mod paying;
mod phone;
mod pictures;
mod purchase;
mod staff;
mod why_pages;
mod window;
