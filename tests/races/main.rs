//! Races: many at once for the same seats, each beside a control that runs naive statements and goes wrong.
//!
//! Contenders start at a barrier. Where one must wait for another, the server's own list of waiters says that it does.
//! The naive statements stand in `naive`: no switch in the application turns a guard off.

#![allow(clippy::unwrap_used)] // helpers of tests may stop at the first surprise, as tests may

#[path = "../support/mod.rs"]
mod support;

mod actor;
mod contention;
mod ended;
mod meeting;
mod naive;
mod scene;

mod alone;
mod blocked_seat;
mod cancelled_show;
mod cancelled_while_paying;
mod cut_connection;
mod deadlock;
mod events;
mod everybody_at_once;
mod forgetful_session;
mod given_back;
mod given_up;
mod lapsed_takeover;
mod one_seat;
mod overlapping_sets;
mod pairs;
mod pairs_naively;
mod refunds;
mod same_form;
mod taken_again;
mod three_at_once;
mod two_tabs;
