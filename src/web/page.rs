//! What every page shares, and how instants and money are written.

use crate::clock::Instant;
use chrono::DateTime;
use chrono_tz::Tz;

/// The frame of a page.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// The visitor's chosen city, if any: its name.
    pub city: Option<String>,
    /// The member of staff who is signed in: their name.
    pub staff: Option<String>,
}

/// An instant as the clock on a cinema's wall shows it.
pub fn local(at: Instant, zone: Tz) -> DateTime<Tz> {
    at.with_timezone(&zone)
}

/// A cinema's time zone by its IANA name; India's if the name is unknown, which the schema's data never has.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(chrono_tz::Asia::Kolkata)
}
