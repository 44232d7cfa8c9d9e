//! What an audit found, for people and for machines.

use crate::clock::Instant;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text, Uuid};
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// An audit that ran to its end.
#[derive(Clone, Debug)]
pub struct Report {
    /// The instant that was judged, by the business clock.
    pub as_of: Instant,
    pub took: Duration,
    /// Every check, in order of its invariant, also those that found nothing.
    pub findings: Vec<Finding>,
}

/// What one check found.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The invariant's number; several checks may share one.
    pub invariant: u8,
    /// The same in every version, for machines.
    pub name: &'static str,
    /// What must hold, in plain words.
    pub claim: &'static str,
    /// Rows that break it: must be zero.
    pub count: i64,
    /// The first of them.
    pub rows: Vec<Broken>,
}

/// A row that breaks an invariant, by the names that people know.
#[derive(Clone, Debug, Default, Serialize, QueryableByName)]
pub struct Broken {
    #[diesel(sql_type = Nullable<BigInt>)]
    pub show: Option<i64>,
    /// Its label, `G12`; `#` and its number when no seat has that number. So for bookings.
    #[diesel(sql_type = Nullable<Text>)]
    pub seat: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub booking: Option<String>,
    #[diesel(sql_type = Nullable<Uuid>)]
    pub payment: Option<uuid::Uuid>,
    #[diesel(sql_type = Text)]
    pub what: String,
}

impl Report {
    /// Rows that break an invariant, in all.
    pub fn broken(&self) -> i64 {
        self.findings.iter().map(|finding| finding.count).sum()
    }

    /// For machines: `marquee audit --help` explains the fields.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "as_of": self.as_of,
            "milliseconds": self.took.as_millis() as u64,
            "broken": self.broken(),
            "checks": self.findings,
        })
    }
}

impl Finding {
    /// Rows that break it and are not named.
    pub fn unnamed(&self) -> i64 {
        self.count - self.rows.len() as i64
    }
}

impl Broken {
    /// `show 12, seat G12, booking K7PQ2M`; empty for what belongs to none of them.
    pub fn names(&self) -> String {
        let names = [
            self.show.map(|show| format!("show {show}")),
            self.seat.as_ref().map(|seat| format!("seat {seat}")),
            self.booking.as_ref().map(|booking| format!("booking {booking}")),
            self.payment.map(|payment| format!("payment {payment}")),
        ];
        names.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names() {
            names if names.is_empty() => write!(f, "{}", self.what),
            names => write!(f, "{names}: {}", self.what),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let as_of = self.as_of.format("%Y-%m-%d %H:%M:%S UTC");
        writeln!(f, "As of {as_of}, read in {:.1} s. Each count must be zero.\n", self.took.as_secs_f64())?;
        writeln!(f, "{:>7}  invariant", "count")?;
        for finding in &self.findings {
            writeln!(f, "{:>7}  {:>2}  {}", finding.count, finding.invariant, finding.claim)?;
            for row in &finding.rows {
                writeln!(f, "{:13}{row}", "")?;
            }
            if finding.unnamed() > 0 {
                writeln!(f, "{:13}and {} more", "", finding.unnamed())?;
            }
        }
        let wrong = self.findings.iter().filter(|finding| finding.count > 0).count();
        match wrong {
            0 => write!(f, "\nAll {} checks hold.", self.findings.len()),
            wrong => write!(f, "\nBROKEN: {wrong} of {} checks.", self.findings.len()),
        }
    }
}
