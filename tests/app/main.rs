//! Tests of the application: a real server, real HTTP, named as claims.

#![allow(clippy::unwrap_used)] // helpers of tests may stop at the first surprise, as tests may

#[path = "../support/mod.rs"]
mod support;

mod browsing;
mod buying;
mod commands;
mod counter;
mod data_model;
mod demo;
mod import_order;
mod local_postgres;
mod processes;
mod programme;
mod schema_freshness;
mod seed;
mod test_databases;
mod walls;
