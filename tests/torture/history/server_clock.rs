//! What the server's clock may have said at an instant of the run.
//!
//! It runs as fast as the run's own, and is set forward by jumps whose instant is known only to lie between asking for
//! them and hearing that they are done. So it has two bounds: one which has every jump as soon as it is asked for, and
//! one which has it when it is done. Readings count as the run's clock does, from its beginning.

use crate::journal::{Ask, Entry, Nanos};

#[derive(Debug)]
pub struct ServerClock {
    early: Jumps,
    late: Jumps,
}

/// Instants of the run, each with the sum of all jumps up to it.
#[derive(Debug)]
struct Jumps(Vec<(Nanos, Nanos)>);

impl ServerClock {
    pub fn new(entries: &[Entry]) -> Self {
        let jump = |entry: &Entry| match entry.ask {
            Ask::Jump { nanos } => Some((entry.sent, entry.answer.as_ref().map(|answer| answer.at), nanos)),
            _ => None,
        };
        let jumps: Vec<_> = entries.iter().filter_map(jump).collect();
        let asked = jumps.iter().map(|(sent, _, nanos)| (*sent, *nanos));
        let done = jumps.iter().filter_map(|(_, at, nanos)| Some(((*at)?, *nanos)));
        Self { early: Jumps::new(asked.collect()), late: Jumps::new(done.collect()) }
    }

    /// It surely said at least this.
    pub fn least(&self, at: Nanos) -> Nanos {
        self.late.reading(at)
    }

    /// It surely said at most this.
    pub fn most(&self, at: Nanos) -> Nanos {
        self.early.reading(at)
    }

    /// Before this instant of the run it surely had not come to this reading.
    pub fn not_before(&self, reading: Nanos) -> Nanos {
        self.early.first(reading)
    }

    /// At this instant of the run it surely had come to this reading.
    pub fn surely_by(&self, reading: Nanos) -> Nanos {
        self.late.first(reading)
    }
}

impl Jumps {
    fn new(mut jumps: Vec<(Nanos, Nanos)>) -> Self {
        jumps.sort_unstable();
        let mut sum = 0;
        for (_, by) in &mut jumps {
            sum += *by;
            *by = sum;
        }
        Self(jumps)
    }

    fn sum_of_first(&self, count: usize) -> Nanos {
        count.checked_sub(1).map_or(0, |last| self.0[last].1)
    }

    fn reading(&self, at: Nanos) -> Nanos {
        at.saturating_add(self.sum_of_first(self.0.partition_point(|(jump, _)| *jump <= at)))
    }

    /// The first instant at which the clock has come to this reading; a jump may take it past.
    fn first(&self, reading: Nanos) -> Nanos {
        let before = self.0.partition_point(|(at, sum)| at.saturating_add(*sum) < reading);
        let at = reading.saturating_sub(self.sum_of_first(before));
        self.0.get(before).map_or(at, |(jump, _)| at.min(*jump))
    }
}
