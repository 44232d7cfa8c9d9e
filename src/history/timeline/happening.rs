//! From ledger rows to happenings: what one transaction wrote is one, and a lapse is worked out.

use super::Subject;
use crate::clock::Instant;
use crate::ids::{BookingId, PaymentId, RequestId, SeatId};
use crate::ledger::Recorded;
use crate::money::Money;
use crate::payment::Outcome;

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Happening {
    pub at: Instant,
    /// As the ledger has it; none where nothing was written.
    pub actor: Option<String>,
    /// The booking that it happened to, if there was one.
    pub booking: Option<BookingId>,
    pub payment: Option<PaymentId>,
    pub what: What,
    /// A case was opened for staff in the same transaction.
    pub case_opened: bool,
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
    },
    /// Money that came and could not buy the seats.
    Unsettled {
        money: Option<Money>,
        outcome: Option<Outcome>,
    },
    Ended {
        seats: Vec<SeatId>,
        /// Set when the booking ended with its show: the reason given for that.
        with_show: Option<String>,
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
        kind: String,
    },
    CaseClosed {
        kind: String,
    },
    /// A transition that has no words of its own yet.
    Other {
        entity: String,
        from: Option<String>,
        to: String,
        cause: String,
    },
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
    for group in by_transaction(&rows, subject) {
        told.extend(happening(&group, subject));
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
            at: end,
            actor: None,
            booking: booking_of(row),
            payment: None,
            what: What::Lapsed { seats: row.seat_id.into_iter().collect() },
            case_opened: false,
        })
    });
    ends.collect()
}

/// One group of rows as one happening; none where the group adds nothing to what else is told.
fn happening(group: &[&Recorded], subject: Subject) -> Option<Happening> {
    let first = group.first()?;
    Some(Happening {
        at: first.at,
        actor: Some(first.actor.clone()),
        booking: group.iter().find_map(|row| booking_of(row)),
        payment: group.iter().find_map(|row| row.payment_id),
        what: Group(group).what(subject)?,
        case_opened: false,
    })
}

/// The rows of one transaction, asked for what they come to. What weighs most is asked for first.
struct Group<'a>(&'a [&'a Recorded]);

impl Group<'_> {
    fn what(&self, subject: Subject) -> Option<What> {
        let told = self
            .sold()
            .or_else(|| self.unsettled())
            .or_else(|| self.ended())
            .or_else(|| self.held(subject))
            .or_else(|| self.of_payment())
            .or_else(|| self.of_show());
        match told {
            Some(told) => Some(told),
            None if self.0.iter().any(|row| row.entity == "show_seat") => self.of_seats(subject),
            None => self.0.first().map(|row| other(row)),
        }
    }

    fn row(&self, entity: &str, to: &str) -> Option<&Recorded> {
        self.0.iter().copied().find(|row| row.entity == entity && row.to_status == to)
    }

    fn seats_to(&self, to: &str) -> Vec<SeatId> {
        let moved = self.0.iter().filter(|row| row.entity == "show_seat" && row.to_status == to);
        moved.filter_map(|row| row.seat_id).collect()
    }

    fn sold(&self) -> Option<What> {
        self.row("booking", "confirmed")?;
        let payment = self.row("payment", "succeeded");
        Some(What::Sold {
            seats: self.seats_to("booked"),
            tickets: self.0.iter().filter(|row| row.entity == "ticket" && row.to_status == "valid").count(),
            money: payment.and_then(|row| money(row, "captured")),
            at_counter: payment.is_some_and(|row| text(row, "method").as_deref() == Some("counter")),
        })
    }

    fn unsettled(&self) -> Option<What> {
        let row = self.row("payment", "succeeded")?;
        let outcome = text(row, "outcome").and_then(|outcome| Outcome::parse(&outcome));
        Some(What::Unsettled { money: money(row, "captured"), outcome })
    }

    fn ended(&self) -> Option<What> {
        let row = self.row("booking", "cancelled")?;
        let with_show = match self.row("show", "cancelled") {
            Some(show) => Some(text(show, "reason").unwrap_or_default()),
            None => (row.cause == "show_cancelled").then(String::new),
        };
        Some(What::Ended { seats: self.seats_to("available"), with_show })
    }

    fn held(&self, subject: Subject) -> Option<What> {
        let booking = self.0.iter().find(|row| row.entity == "booking" && row.from_status.is_none());
        let seat = self.0.iter().find(|row| row.entity == "show_seat" && row.to_status == "locked");
        let is_new = |row: &&&Recorded| row.from_owner != row.to_owner;
        let row = match subject {
            Subject::Booking(_) => booking?,
            // Without the booking's own row the seat's says it too.
            Subject::Seat(_) => booking.or(seat.filter(is_new))?,
        };
        let taken = self.0.iter().filter(|row| row.entity == "show_seat" && row.to_status == "locked");
        let after = taken.filter_map(|row| Some((row.seat_id?, row.from_owner?))).collect();
        Some(What::Held { seats: self.seats_to("locked"), until: row.to_end, pay_by: time(row, "pay_by"), after })
    }

    fn of_payment(&self) -> Option<What> {
        let row = self.0.iter().find(|row| row.entity == "payment")?;
        Some(match (row.from_status.as_deref(), row.to_status.as_str()) {
            (None, "started") => {
                let moved = self.0.iter().find(|row| row.entity == "booking");
                What::PaymentStarted {
                    amount: money(row, "amount"),
                    pay_by: moved.and_then(|row| time(row, "pay_by")),
                    until: moved.and_then(|row| row.to_end),
                }
            }
            (Some(from), to) if from == to && row.detail.get("declined").is_some() => {
                What::Declined { reason: text(row, "declined") }
            }
            (Some(from), to) if from == to && row.detail.get("session").is_some() => {
                What::SessionOpened { session: text(row, "session").unwrap_or_default() }
            }
            (_, "expired") => What::Closed { why: Closing::Expired },
            (_, "failed") if row.cause == "session_refused" => What::Closed { why: Closing::Refused },
            (_, "failed") => What::Closed { why: Closing::Failed },
            _ => other(row),
        })
    }

    fn of_show(&self) -> Option<What> {
        let row = self.0.iter().find(|row| row.entity == "show")?;
        Some(match (row.from_status.as_deref(), row.to_status.as_str()) {
            (None, _) => What::Published,
            (_, "cancelled") => What::ShowCancelled { reason: text(row, "reason").unwrap_or_default() },
            _ => other(row),
        })
    }

    /// Rows of seats alone.
    fn of_seats(&self, subject: Subject) -> Option<What> {
        let row = self.0.last()?;
        let all = |to: &str| self.seats_to(to);
        Some(match (row.from_status.as_deref(), row.to_status.as_str(), subject) {
            (_, "blocked", _) => What::KeptBack { reason: text(row, "reason").unwrap_or_default() },
            (Some("blocked"), "available", _) => What::GivenToSale,
            (_, "locked", Subject::Booking(own)) if row.to_owner != Some(own) => {
                What::TakenOver { seats: all("locked"), by: row.to_owner }
            }
            // The house clears a lapsed lock before it keeps a seat back: the seat's own story tells both already.
            (Some("locked"), "available", Subject::Seat(_)) if row.from_end <= Some(row.at) => return None,
            (Some("locked"), "available", Subject::Booking(_)) if row.from_end <= Some(row.at) => {
                What::TakenOver { seats: all("available"), by: None }
            }
            (Some("locked" | "booked"), "available", _) => What::Ended { seats: all("available"), with_show: None },
            _ => other(row),
        })
    }
}

fn other(row: &Recorded) -> What {
    What::Other {
        entity: row.entity.clone(),
        from: row.from_status.clone(),
        to: row.to_status.clone(),
        cause: row.cause.clone(),
    }
}

fn text(row: &Recorded, name: &str) -> Option<String> {
    row.detail.get(name)?.as_str().map(str::to_owned)
}

fn time(row: &Recorded, name: &str) -> Option<Instant> {
    text(row, name)?.parse().ok()
}

fn money(row: &Recorded, name: &str) -> Option<Money> {
    Some(Money::new(row.detail.get(name)?.as_i64()?, text(row, "currency")?))
}
