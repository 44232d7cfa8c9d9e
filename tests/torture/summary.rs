//! What a whole run came to.

use crate::buyer::{BUYERS, PAID, TICKETS};
use crate::support::tally::Tally;
use crate::torment::{application, connections, postgres};
use crate::visitor::{HELD, HOLDS, RECOVERED, UNKNOWN};
use crate::wave::Wave;
use std::fmt;
use std::time::{Duration, Instant};

/// What a run of the usual size has to come by.
const EXPECTED: [&str; 9] =
    [HOLDS, HELD, UNKNOWN, RECOVERED, PAID, TICKETS, "gave back", application::AT_RANDOM, application::STOPPED];

pub struct Summary {
    seed: u64,
    began: Instant,
    loaded: Duration,
    waves: u64,
    met: Tally,
    strikes: Tally,
    worst: Option<(Duration, &'static str)>,
    violations: usize,
    most_buyers: u64,
}

impl Summary {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            began: Instant::now(),
            loaded: Duration::ZERO,
            waves: 0,
            met: Tally::default(),
            strikes: Tally::default(),
            worst: None,
            violations: 0,
            most_buyers: 0,
        }
    }

    pub fn add(&mut self, wave: &Wave, load: Duration) {
        self.waves += 1;
        self.loaded += load;
        self.met.add_all(&wave.watch.met);
        self.strikes.add_all(&wave.watch.strikes);
        self.worst = self.worst.max(wave.watch.worst_recovery());
        self.violations += wave.violations.len();
        self.most_buyers = self.most_buyers.max(wave.watch.met.count(BUYERS));
    }

    pub fn waves(&self) -> u64 {
        self.waves
    }

    pub fn loaded(&self) -> Duration {
        self.loaded
    }

    pub fn holds(&self) -> u64 {
        self.met.count(HOLDS)
    }

    pub fn purchases(&self) -> u64 {
        self.met.count(PAID)
    }

    pub fn postgres_kills(&self) -> u64 {
        postgres::kinds().map(|kind| self.strikes.count(kind)).sum()
    }

    pub fn most_buyers(&self) -> u64 {
        self.most_buyers
    }

    /// What should have happened at least once, and has not.
    pub fn missing(&self) -> Vec<&'static str> {
        EXPECTED
            .into_iter()
            .chain(postgres::kinds())
            .chain(connections::kinds())
            .filter(|what| self.met.count(what) + self.strikes.count(what) == 0)
            .collect()
    }

    /// How far it is.
    pub fn line(&self, latest: &Wave) -> String {
        format!(
            "{:.0?} (the latest wave: {:.0?}) {} waves, {} hold attempts, {} purchases, PostgreSQL killed {} times, {} violations",
            self.began.elapsed(),
            latest.took,
            self.waves,
            self.holds(),
            self.purchases(),
            self.postgres_kills(),
            self.violations
        )
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "What the clients met")?;
        write!(f, "{}", self.met)?;
        writeln!(f, "What was struck")?;
        write!(f, "{}", self.strikes)?;
        writeln!(f, "Seed {}, {} waves, {:.0?} in all", self.seed, self.waves, self.began.elapsed())?;
        let acknowledged = self.met.count(HELD) + self.met.count(TICKETS);
        writeln!(
            f,
            "{} attempts to hold and {} purchases: {acknowledged} acknowledged, {} unknown, {} of them recovered",
            self.holds(),
            self.purchases(),
            self.met.count(UNKNOWN),
            self.met.count(RECOVERED)
        )?;
        if let Some((took, what)) = self.worst {
            writeln!(f, "Worst recovery {took:.1?} ({what})")?;
        }
        write!(f, "Violations {}", self.violations)
    }
}
