//! The late-money table: what a payment that arrived comes to. Pure; decided once per payment, first match wins.

use crate::booking::BookingStatus;
use crate::catalogue::show::Sale;
use crate::money::Money;
use crate::payment::Outcome;

/// Everything the decision rests on, read under locks at one instant.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub asked: &'a Money,
    pub captured: &'a Money,
    /// The row's status: expiry by time shows in the seats.
    pub booking: BookingStatus,
    /// Whether the show is cancelled or over.
    pub show_gone: bool,
    pub seats: &'a [SeatFact],
}

/// How one seat of the booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatFact {
    /// Locked for this booking, unlapsed (grace included).
    Ours,
    /// Free by predicate: available, or under anybody's lapsed lock.
    Free,
    /// Another's lock or ticket, or blocked.
    Gone,
}

/// Decides. `docs/architecture.md` has the table.
pub fn decide(facts: &Facts<'_>) -> Outcome {
    if facts.asked != facts.captured {
        return Outcome::WrongAmount;
    }
    match facts.booking {
        BookingStatus::Confirmed => return Outcome::AlreadyPaid,
        BookingStatus::Cancelled => return Outcome::Cancelled,
        BookingStatus::Created | BookingStatus::Expired => {}
    }
    if facts.show_gone {
        return Outcome::Cancelled;
    }
    if facts.seats.is_empty() || facts.seats.contains(&SeatFact::Gone) {
        return Outcome::SeatsLost;
    }
    if facts.seats.iter().all(|seat| *seat == SeatFact::Ours) { Outcome::Confirm } else { Outcome::TakeAgain }
}

/// Whether a show can no longer be seen with a ticket bought now.
pub fn show_gone(sale: Sale, ends_at: crate::clock::Instant, now: crate::clock::Instant) -> bool {
    sale == Sale::Cancelled || now >= ends_at
}

#[cfg(test)]
#[path = "late_money_tests.rs"]
mod tests;
