//! The business clock is set forward, so that deadlines pass while people book and pay.

use super::milliseconds;
use crate::journal::{Ask, Clock, Entry, Journal, Said};
use crate::support::processes::wait_until;
use crate::support::try_to_travel;
use crate::watch::Watch;
use diesel::{Connection, PgConnection};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::time::Duration;

pub const JUMPED: &str = "clock set forward";

/// Between two jumps of the clock.
const BETWEEN_JUMPS: std::ops::Range<u64> = 9_000..18_000;

/// Sets the clock of a database forward, and tells when.
pub struct ClockSetter {
    url: String,
    minutes: u64,
    journal: Journal,
}

impl ClockSetter {
    pub fn new(url: &str, client: u32, clock: Clock) -> Self {
        Self { url: url.to_owned(), minutes: 0, journal: Journal::new(client, clock) }
    }

    /// Past no deadline, past some, or past all.
    pub fn torment(mut self, peace: u32, watch: &Watch, mut dice: StdRng) -> Self {
        while !watch.is_over_within(milliseconds(&mut dice, BETWEEN_JUMPS) * peace) {
            self.jump(*[2, 3, 5, 16].choose(&mut dice).unwrap());
            watch.strikes.add(JUMPED);
        }
        self
    }

    /// Until it is done, though the database may be away.
    pub fn jump(&mut self, minutes: u64) {
        self.minutes += minutes;
        let asked = self.journal.ask(Ask::Jump { nanos: minutes * 60_000_000_000 });
        let by = format!("{} minutes", self.minutes);
        let jumped = wait_until(Duration::from_secs(60), || {
            PgConnection::establish(&self.url).is_ok_and(|mut conn| try_to_travel(&mut conn, &by).is_ok())
        });
        assert!(jumped, "the clock is not set");
        self.journal.told(asked, Said::Done);
    }

    pub fn into_entries(self) -> Vec<Entry> {
        self.journal.into_entries()
    }
}
