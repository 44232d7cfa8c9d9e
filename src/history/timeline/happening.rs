//! From ledger rows to happenings: what one transaction wrote is one, and a lapse is worked out.

use super::Subject;
use super::transaction::{Sums, Transaction};
use crate::clock::Instant;
use crate::ids::{BookingId, PaymentId, RequestId, SeatId};
use crate::ledger::{Actor, Recorded};
use crate::money::Money;
use crate::payment::case::Kind;
use crate::payment::{Outcome, RefundCause};

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Happening {
    pub at: Instant,
    /// None where nothing was written.
    pub actor: Option<Actor>,
    /// The booking that it happened to, if there was one.
    pub booking: Option<BookingId>,
    pub payment: Option<PaymentId>,
    pub what: What,
    /// A case was opened for staff in the same transaction.
    pub case_opened: bool,
    /// A case was closed in the same transaction: what was done about it.
    pub case_closed: Option<String>,
}

impl Happening {
    /// Without an actor, and of no booking or payment yet.
    pub fn new(at: Instant, what: What) -> Self {
        Self { at, actor: None, booking: None, payment: None, what, case_opened: false, case_closed: None }
    }
}

/// Money that goes back, from the transaction that owes it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    pub money: Money,
    pub cause: RefundCause,
    /// No gateway had it: it is given back where it was taken.
    pub at_counter: bool,
}

/// What happened to a refund after it was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundStep {
    /// The gateway has it, under this name.
    Accepted {
        gateway_id: String,
    },
    Succeeded {
        gateway_id: String,
    },
    /// And was asked for again at once, or is left to a person.
    Failed {
        reason: String,
        again: bool,
    },
    /// By staff.
    AskedAgain,
    SettledByStaff,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The show was published with its seats.
    Published,
    Held {
        seats: Vec<SeatId>,
        until: Option<Instant>,
        pay_by: Option<Instant>,
        /// Whose lapsed locks were on seats of it.
        after: Vec<(SeatId, BookingId)>,
    },
    PaymentStarted {
        amount: Option<Money>,
        /// Where the deadline and the locks' end were moved to.
        pay_by: Option<Instant>,
        until: Option<Instant>,
    },
    SessionOpened {
        session: String,
    },
    Declined {
        reason: Option<String>,
    },
    /// A payment ended without money.
    Closed {
        why: Closing,
    },
    Sold {
        seats: Vec<SeatId>,
        tickets: usize,
        money: Option<Money>,
        at_counter: bool,
        /// The locks had ended, and the seats were taken once more.
        taken_again: bool,
    },
    /// Money that came and could not buy the seats.
    Unsettled {
        money: Option<Money>,
        outcome: Option<Outcome>,
        owed: Option<Owed>,
    },
    Ended {
        seats: Vec<SeatId>,
        /// Set when the booking ended with its show: the reason given for that.
        with_show: Option<String>,
        /// Tickets that became void.
        tickets: usize,
        /// Of a booking that was paid for.
        owed: Option<Owed>,
        /// What the house keeps of what was paid.
        kept: Option<Money>,
    },
    RefundRequested {
        owed: Option<Owed>,
    },
    Refund {
        step: RefundStep,
        money: Option<Money>,
    },
    ShowCancelled {
        reason: String,
    },
    Lapsed {
        seats: Vec<SeatId>,
    },
    /// Seats whose lock had lapsed got a new owner: a booking, or the house.
    TakenOver {
        seats: Vec<SeatId>,
        by: Option<BookingId>,
    },
    KeptBack {
        reason: String,
    },
    GivenToSale,
    /// The gateway told what was known.
    Repeated,
    CaseOpened {
        kind: Kind,
    },
    CaseClosed {
        kind: Kind,
        /// What was done about it.
        resolution: String,
    },
    /// A transition that has no words of its own yet.
    Other {
        entity: String,
        from: Option<String>,
        to: String,
        cause: String,
    },
}

impl What {
    /// Seats that an unpaid booking gives back.
    pub fn given_up(seats: Vec<SeatId>) -> Self {
        Self::Ended { seats, with_show: None, tickets: 0, owed: None, kept: None }
    }
}

/// How a payment ended that brought no money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    Expired,
    /// The gateway would not open a payment page.
    Refused,
    Failed,
}

/// Tells the rows of a subject as happenings, in order of time. `rows` in any order; a lapse is told once it is past
/// `now`.
pub fn tell(rows: &[Recorded], subject: Subject, now: Instant) -> Vec<Happening> {
    let mut rows: Vec<&Recorded> = rows.iter().collect();
    rows.sort_by_key(|row| (row.at, row.id));
    let mut told = lapses(&rows, subject, now);
    let sums = Sums::of(&rows);
    for group in by_transaction(&rows, subject) {
        told.extend(happening(&group, subject, &sums));
    }
    // A lapse comes before what was done with the seat at that very instant; the sort keeps that.
    told.sort_by_key(|happening| happening.at);
    told
}

/// What one transaction did to one booking, or to none.
fn by_transaction<'a>(rows: &[&'a Recorded], subject: Subject) -> Vec<Vec<&'a Recorded>> {
    type Key = (Instant, RequestId, Option<BookingId>);
    let mut groups: Vec<(Key, Vec<&Recorded>)> = Vec::new();
    for row in rows {
        let booking = match (booking_of(row), subject) {
            // A show is cancelled together with its bookings, in each one's story.
            (None, Subject::Booking(booking)) if row.entity == "show" => Some(booking),
            (booking, _) => booking,
        };
        let key = (row.at, row.request_id, booking);
        match groups.iter_mut().rev().find(|group| group.0 == key) {
            Some(group) => group.1.push(row),
            None => groups.push((key, vec![row])),
        }
    }
    groups.into_iter().map(|group| group.1).collect()
}

/// The booking that a row is about: of a seat its new owner, else the one it leaves.
fn booking_of(row: &Recorded) -> Option<BookingId> {
    row.booking_id.or(row.to_owner).or(row.from_owner)
}

/// Locks whose end came before anything else did.
fn lapses(rows: &[&Recorded], subject: Subject, now: Instant) -> Vec<Happening> {
    let own: Vec<&&Recorded> = match subject {
        Subject::Booking(id) => {
            rows.iter().filter(|row| row.entity == "booking" && row.booking_id == Some(id)).collect()
        }
        Subject::Seat(id) => rows.iter().filter(|row| row.entity == "show_seat" && row.seat_id == Some(id)).collect(),
    };
    let ends = own.iter().enumerate().filter_map(|(place, row)| {
        let end = row.to_end?;
        let until = own.get(place + 1).map_or(now, |next| next.at);
        (end <= until).then(|| Happening {
            booking: booking_of(row),
            ..Happening::new(end, What::Lapsed { seats: row.seat_id.into_iter().collect() })
        })
    });
    ends.collect()
}

/// One group of rows as one happening; none where the group adds nothing to what else is told.
fn happening(group: &[&Recorded], subject: Subject, sums: &Sums) -> Option<Happening> {
    let first = group.first()?;
    Some(Happening {
        actor: Actor::parse(&first.actor),
        booking: group.iter().find_map(|row| booking_of(row)),
        payment: group.iter().find_map(|row| row.payment_id),
        ..Happening::new(first.at, Transaction { rows: group, sums }.what(subject)?)
    })
}
