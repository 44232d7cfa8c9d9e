//! Why pages: the timeline of a booking, a payment, or one seat of a show, in plain words.
//!
//! [`happening`] turns ledger rows into happenings: what one transaction wrote is one happening, and a lapse, which
//! writes nothing, is worked out from the lock's end. [`words`] puts a happening into words for staff or for the
//! customer; the rules of what happened are the same for both. [`band`] says who had a seat when. These are pure;
//! [`load`] reads.

pub mod band;
pub mod happening;
pub mod load;
mod transaction;
pub mod words;

use crate::clock::Instant;
use crate::ids::{BookingId, PaymentId, PersonId, SeatId};
use std::collections::HashMap;

/// What a story is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Booking(BookingId),
    Seat(SeatId),
}

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Staff,
    /// The customer of the booking: told of nobody else, and of nothing that only the house needs.
    Customer,
}

/// What the rows name by number, as people know it.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// `G12`
    pub seats: HashMap<SeatId, String>,
    pub bookings: HashMap<BookingId, BookingName>,
    pub people: HashMap<PersonId, String>,
    pub events: HashMap<String, EventName>,
}

#[derive(Clone, Debug)]
pub struct BookingName {
    pub reference: String,
    /// Every seat that it ever wanted, in seat order.
    pub seats: Vec<SeatId>,
}

/// A stored event of the gateway.
#[derive(Clone, Debug)]
pub struct EventName {
    pub kind: String,
    pub received_at: Instant,
}

/// One piece of a sentence. What a page can link or write in the cinema's time is kept apart from the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    Text(String),
    Time(Instant),
    /// A booking's reference.
    Booking(String),
    Payment(PaymentId),
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Word {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// What kind of thing happened: a mark of its own shape and colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Lock,
    Lapse,
    /// Seats came free by somebody's decision.
    Release,
    Money,
    Sale,
    Staff,
    /// Something that a person should look at.
    Trouble,
    Note,
}

impl Kind {
    /// Its name in the style sheet.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Lapse => "lapse",
            Self::Release => "release",
            Self::Money => "money",
            Self::Sale => "sale",
            Self::Staff => "staff",
            Self::Trouble => "trouble",
            Self::Note => "note",
        }
    }
}

/// One entry of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// UTC, to the microsecond.
    pub at: Instant,
    pub kind: Kind,
    pub what: Vec<Word>,
    /// The parts of it, each a sentence.
    pub details: Vec<Vec<Word>>,
    /// Empty where nobody is named.
    pub who: String,
}

/// Seats as people say them: `G10–G12, H1`. Runs of three and more are drawn together.
pub fn seat_list(seats: &[SeatId], names: &Names) -> String {
    let labels: Vec<&str> = seats.iter().filter_map(|seat| names.seats.get(seat)).map(String::as_str).collect();
    let mut parts: Vec<String> = Vec::new();
    let mut rest = labels.as_slice();
    while let Some(first) = rest.first() {
        let run = 1 + rest.windows(2).take_while(|pair| follows(pair[0], pair[1])).count();
        if run < 3 {
            parts.push((*first).to_owned());
            rest = &rest[1..];
        } else {
            parts.push(format!("{first}–{}", rest[run - 1]));
            rest = &rest[run..];
        }
    }
    parts.join(", ")
}

/// Whether one label is the next number in the row of the other.
fn follows(before: &str, after: &str) -> bool {
    let split = |label: &str| -> Option<(String, u32)> {
        let (row, number) = label.split_at(label.find(|c: char| c.is_ascii_digit())?);
        Some((row.to_owned(), number.parse().ok()?))
    };
    matches!((split(before), split(after)), (Some(a), Some(b)) if a.0 == b.0 && b.1 == a.1 + 1)
}

#[cfg(test)]
mod tests;
