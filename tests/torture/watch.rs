//! What tormentors and clients tell each other: that it is over, what was struck, and who is served again.

use crate::support::tally::Tally;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// One wave's.
#[derive(Default)]
pub struct Watch {
    /// What the clients met.
    pub met: Tally,
    /// What was done to the site.
    pub strikes: Tally,
    over: Mutex<bool>,
    ending: Condvar,
    recovery: Mutex<Recovery>,
    surprises: Mutex<Vec<String>>,
}

#[derive(Default)]
struct Recovery {
    /// Struck, and nobody who asked later was served yet.
    waiting: Vec<(&'static str, Instant)>,
    worst: Option<(Duration, &'static str)>,
}

impl Watch {
    pub fn is_over(&self) -> bool {
        *self.over.lock().unwrap()
    }

    pub fn end(&self) {
        *self.over.lock().unwrap() = true;
        self.ending.notify_all();
    }

    /// Rests so long, or until it is over: whether it is.
    pub fn is_over_within(&self, rest: Duration) -> bool {
        let over = self.over.lock().unwrap();
        *self.ending.wait_timeout_while(over, rest, |over| !*over).unwrap().0
    }

    /// Something was struck just now.
    pub fn struck(&self, what: &'static str) {
        self.strikes.add(what);
        self.recovery.lock().unwrap().waiting.push((what, Instant::now()));
    }

    /// Somebody was served who had asked at that time.
    pub fn served(&self, asked: Instant) {
        let recovery = &mut *self.recovery.lock().unwrap();
        recovery.waiting.retain(|(what, struck)| {
            let is_back = *struck <= asked;
            if is_back {
                recovery.worst = recovery.worst.max(Some((struck.elapsed(), *what)));
            }
            !is_back
        });
    }

    /// From a strike to the first answer, the longest, and what had been struck.
    pub fn worst_recovery(&self) -> Option<(Duration, &'static str)> {
        self.recovery.lock().unwrap().worst
    }

    /// Something that must never happen.
    pub fn surprise(&self, what: String) {
        self.surprises.lock().unwrap().push(what);
    }

    pub fn surprises(&self) -> Vec<String> {
        self.surprises.lock().unwrap().clone()
    }
}
