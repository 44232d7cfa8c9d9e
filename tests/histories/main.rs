//! Histories: seeded random programs of what customers, staff, the gateway and time can do, played by the real verbs on
//! real PostgreSQL beside a small model of the rules. After each operation the answer and every row are compared; at the
//! end the invariants are audited and the ledger is replayed. What goes wrong is told as its seed and the shortest program
//! that still goes wrong.
//!
//! - `MARQUEE_HISTORIES=3000` plays so many programs, of the seeds 1, 2, 3 ..; 300 unless told.
//! - `MARQUEE_HISTORY_SEED=17` plays the program of this seed only.
//!
//! One program has one connection: what happens at the same moment is for `tests/races`.

#![allow(clippy::unwrap_used)] // helpers of tests may stop at the first surprise, as tests may

#[path = "../support/mod.rs"]
mod support;

mod model;
mod program;
mod run;
mod shortest;
mod stage;
mod tables;

mod controls;
mod coverage;
mod known;

use coverage::Coverage;
use model::Mistakes;
use shortest::{Found, play};
use stage::Stage;
use std::env;
use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

const PROGRAMS: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text}")))
}

#[test]
fn every_program_comes_to_what_the_rules_say() {
    if let Some(seed) = number("MARQUEE_HISTORY_SEED") {
        return drop(play_all(seed..=seed).unwrap_or_else(|found| panic!("{found}")));
    }
    let programs = number("MARQUEE_HISTORIES").unwrap_or(PROGRAMS);
    let coverage = play_all(1..=programs).unwrap_or_else(|found| panic!("{found}"));
    println!("{programs} programs; how many of them came by what:\n{coverage}");
    if programs >= PROGRAMS {
        assert_eq!(coverage.missing(), [""; 0], "no program came by these, so nothing is proved about them");
    }
}

/// On as many threads as there are processors, until one program goes wrong.
fn play_all(seeds: RangeInclusive<u64>) -> Result<Coverage, Box<Found>> {
    let next = AtomicU64::new(*seeds.start());
    let (coverage, wrong) = (Mutex::new(Coverage::default()), Mutex::new(None));
    let work = || {
        let mut stage = Stage::new(None);
        while wrong.lock().unwrap().is_none() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return;
            }
            match play(&mut stage, seed, Mistakes::default()) {
                Ok(met) => coverage.lock().unwrap().add(met),
                Err(found) => *wrong.lock().unwrap() = Some(found),
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    wrong.into_inner().unwrap().map_or(Ok(coverage.into_inner().unwrap()), Err)
}
