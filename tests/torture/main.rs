//! The torture: hundreds of clients hold, give back and buy over real HTTP while the application and PostgreSQL are killed,
//! connections are cut, the gateway does everything wrong that it can, and time jumps. Every client keeps a journal of what
//! it was told. When it is quiet again, everything is compared: audit, replay, both books, and the journals.
//!
//! It goes in waves, each on a site of its own, so that a run of any length needs no more room than one.
//!
//! - `MARQUEE_TORTURE_SECONDS=300` is how long the crowds come; a minute unless told, without an end where numbers are given.
//! - `MARQUEE_TORTURE_HOLDS`, `MARQUEE_TORTURE_PURCHASES`, `MARQUEE_TORTURE_POSTGRES_KILLS`: at least so many of each.
//! - `MARQUEE_TORTURE_PEACE=3` lets three times as much happen between two strikes, so that more is sold meanwhile.
//! - `MARQUEE_TORTURE_BUYERS=200` has so many buyers at a time.
//! - `MARQUEE_TORTURE_SEED=17` makes clients, tormentors and gateway choose as they did in the run that printed it.

#![allow(clippy::unwrap_used)] // helpers of tests may stop at the first surprise, as tests may

#[path = "../support/mod.rs"]
mod support;

mod buyer;
mod contender;
mod controls;
mod history;
mod journal;
mod pages;
mod scale;
mod site;
mod summary;
mod torment;
mod verdict;
mod visitor;
mod watch;
mod wave;

use scale::Scale;
use summary::Summary;

#[actix_web::test]
async fn whatever_is_killed_what_was_acknowledged_is_there_and_nothing_has_happened_twice() {
    let scale = Scale::from_environment();
    println!("MARQUEE_TORTURE_SEED={}", scale.seed);
    let mut summary = Summary::new(scale.seed);
    while let Some(orders) = scale.next_wave(&summary) {
        let wave = wave::run(&orders).await;
        summary.add(&wave, orders.load);
        println!("{}", summary.line(&wave));
        if let Some(folder) = &wave.left {
            println!("{summary}");
            panic!(
                "{}\n\nJournals, logs and data are left in {}. One show as a file: marquee incident export.",
                wave.in_words(),
                folder.display()
            );
        }
    }
    println!("{summary}");
    if scale.has_some_of_all(&summary) {
        assert_eq!(summary.missing(), [""; 0], "these never happened, so nothing is proved about them");
    }
}
