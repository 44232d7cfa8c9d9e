//! What the customers met, counted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

/// What a storm of the usual size has to come by.
const EXPECTED: [&str; 8] = [
    "held",
    "seats were gone",
    "sent to pay",
    "paid",
    "declined, then paid",
    "left",
    "gave up and paid",
    "gave back",
];

#[derive(Default)]
pub struct Tally(Mutex<BTreeMap<&'static str, u64>>);

impl Tally {
    pub fn add(&self, what: &'static str) {
        *self.0.lock().unwrap().entry(what).or_default() += 1;
    }

    pub fn missing(&self) -> Vec<&'static str> {
        let counts = self.0.lock().unwrap();
        EXPECTED.into_iter().filter(|what| !counts.contains_key(what)).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.lock().unwrap().iter().try_for_each(|(what, count)| writeln!(f, "{count:>8}  {what}"))
    }
}
