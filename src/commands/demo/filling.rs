//! What goes on behind an open demo: audiences buy, and a demo that stays open for days gets the days ahead.

use crate::db::Database;
use crate::demo::fill::{FillSummary, fill};
use crate::demo::seed::{SeedError, seed};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often it looks whether another day has come into reach.
const ROUND: Duration = Duration::from_secs(3600);
/// How soon it tries again when PostgreSQL was away.
const PAUSE: Duration = Duration::from_secs(3);

/// A thread that seeds and fills, today's houses first, so that nobody waits for them. Dropping this ends it after the
/// sale that it is at; nothing waits for it.
pub struct Filling {
    wanted: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Filling {
    pub fn start(database: Database) -> Self {
        let wanted = Arc::new(AtomicBool::new(true));
        let keep_going = wanted.clone();
        let thread = thread::spawn(move || {
            let is_wanted = || keep_going.load(Ordering::Relaxed);
            while is_wanted() {
                thread::park_timeout(round(&database, &is_wanted));
            }
        });
        Self { wanted, thread }
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
        self.thread.thread().unpark();
    }
}

/// Seeds and fills once; returns how long to rest after it.
fn round(database: &Database, is_wanted: &impl Fn() -> bool) -> Duration {
    let outcome: Result<FillSummary, SeedError> = seed(database).and_then(|_| fill(database, is_wanted));
    match outcome {
        Ok(filled) => {
            if filled.seats > 0 {
                tracing::info!(seats = filled.seats, shows = filled.shows, "the audiences have bought their tickets");
            }
            ROUND
        }
        Err(error) => {
            if is_wanted() {
                tracing::warn!(%error, "the houses are not full yet; trying again");
            }
            PAUSE
        }
    }
}
