//! Tests of the application: a real server, real HTTP, named as claims.

#[path = "../support/mod.rs"]
mod support;

mod local_postgres;
mod test_databases;
