//! What happened, counted by name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

#[derive(Default)]
pub struct Tally(Mutex<BTreeMap<&'static str, u64>>);

impl Tally {
    pub fn add(&self, what: &'static str) {
        self.add_many(what, 1);
    }

    pub fn add_many(&self, what: &'static str, number: u64) {
        *self.0.lock().unwrap().entry(what).or_default() += number;
    }

    pub fn add_all(&self, other: &Self) {
        other.0.lock().unwrap().iter().for_each(|(what, number)| self.add_many(what, *number));
    }

    pub fn count(&self, what: &str) -> u64 {
        self.0.lock().unwrap().get(what).copied().unwrap_or_default()
    }

    /// Those of a list that never happened.
    pub fn missing(&self, expected: &[&'static str]) -> Vec<&'static str> {
        expected.iter().copied().filter(|what| self.count(what) == 0).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.lock().unwrap().iter().try_for_each(|(what, count)| writeln!(f, "{count:>8}  {what}"))
    }
}
