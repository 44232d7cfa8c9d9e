//! Tests of the application: a real server, real HTTP, named as claims.

#![allow(clippy::unwrap_used)] // helpers of tests may stop at the first surprise, as tests may

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod audit_index;
mod audit_page;
mod browsing;
mod buying;
mod cancellation;
mod case_pages;
mod commands;
mod counter;
mod cross_site;
mod data_model;
mod demo;
mod event_pages;
mod gateway_answers;
mod gateway_calls;
mod giving_back;
mod hostile_checkout;
mod hostile_holds;
mod import_order;
mod incident;
mod late_money;
mod lies;
mod live_map;
mod local_postgres;
mod money_in_doubt;
mod money_walls;
mod mutants;
mod not_bought;
mod posting;
mod programme;
mod promises;
mod reconcile;
mod refund_errand;
mod refund_pages;
mod refunds;
mod replay;
mod safe_answers;
mod schema_freshness;
mod search_plans;
mod seed;
mod staff_desk;
mod test_databases;
mod walls;
mod webhooks;
mod why_pages;
mod workers_off;
