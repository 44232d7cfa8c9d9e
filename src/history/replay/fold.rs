//! The fold: a show from its ledger rows and the seats of its layout, and nothing else. It asks no database, so that it
//! gives the same answer wherever the rows are.
//!
//! Each entity is folded by itself, in the order of its versions, with the transition that its writers refuse by.

use super::state::{Claim, State, Subject};
use crate::booking::life::{self as booking, Life as Booking};
use crate::catalogue::show::{Show, ShowStatus};
use crate::clock::Instant;
use crate::ids::{BookingId, SeatId, ShowId};
use crate::ledger::{Illegal, Recorded};
use crate::payment::life::{self as payment, Life as Payment};
use crate::payment::refund::life::{self as refund, Life as Refund};
use crate::seating::show_seat::{ShowSeat, Target};
use crate::ticketing::ticket::{Ticket, TicketStatus};
use std::collections::BTreeMap;

/// A ledger row that does not follow from the ones before it. It is not folded, nor is any later row of its entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub subject: Subject,
    /// The version that the row tells.
    pub version: i32,
    pub at: Instant,
    pub why: Illegal,
}

/// Folds the rows up to an instant, inclusive. `seats` are those of the show's layout; `rows` come in any order.
pub fn fold(show: ShowId, seats: &[SeatId], rows: &[Recorded], until: Instant) -> (State, Vec<Fault>) {
    let (mut state, mut faults) = (State::default(), Vec::new());
    for (subject, history) in histories(rows) {
        // Cut at the first row after the instant: a clock that was set back must not leave a gap.
        for row in history.into_iter().take_while(|row| row.at <= until) {
            if let Err(why) = state.tell(show, seats, subject, row) {
                faults.push(Fault { subject, version: row.version, at: row.at, why });
                if state.show.is_none() {
                    // Without its show nothing else begins, and one fault says so.
                    return (state, faults);
                }
                break;
            }
        }
    }
    (state, faults)
}

/// The rows of each entity in order of version, the show's own first, since everything else begins after it.
fn histories(rows: &[Recorded]) -> BTreeMap<Subject, Vec<&Recorded>> {
    let mut histories: BTreeMap<Subject, Vec<&Recorded>> = BTreeMap::new();
    for row in rows {
        if let Some(subject) = subject(row) {
            histories.entry(subject).or_default().push(row);
        }
    }
    histories.values_mut().for_each(|history| history.sort_by_key(|row| (row.version, row.id)));
    histories
}

/// What a row tells of; none, when it is nothing that is rebuilt.
fn subject(row: &Recorded) -> Option<Subject> {
    match row.entity.as_str() {
        "show" => Some(Subject::Show),
        "show_seat" => row.seat_id.map(Subject::Seat),
        "booking" => row.booking_id.map(Subject::Booking),
        "payment" => row.payment_id.map(Subject::Payment),
        "refund" => row.refund_id.map(Subject::Refund),
        "ticket" => row.ticket_id.map(Subject::Ticket),
        _ => None,
    }
}

impl State {
    fn tell(&mut self, id: ShowId, seats: &[SeatId], subject: Subject, row: &Recorded) -> Result<(), Illegal> {
        if subject != Subject::Show && self.show.is_none() {
            return Err(Illegal("no row before it tells of the show".to_owned()));
        }
        match subject {
            Subject::Show => {
                let next = grown(self.show.as_ref(), row, Show::recorded)?;
                if self.show.replace(next).is_none() {
                    self.seats = seats.iter().map(|seat| (*seat, ShowSeat::new(id, *seat))).collect();
                }
            }
            Subject::Seat(seat) => {
                let before = self.seats.get(&seat).ok_or(Illegal("the show has no such seat".to_owned()))?;
                let next = follow(before, row)?;
                let owners = (before.booking_id, next.booking_id);
                self.seats.insert(seat, next);
                self.move_claim(seat, owners, row.at);
            }
            Subject::Booking(booking) => {
                let currency = self.show.as_ref().map_or("", |show| &show.currency);
                let first = |row: &Recorded| Booking::recorded(row, currency);
                let next = grown(self.bookings.get(&booking), row, first)?;
                self.bookings.insert(booking, next);
            }
            Subject::Payment(payment) => {
                let next = grown(self.payments.get(&payment), row, Payment::recorded)?;
                self.payments.insert(payment, next);
            }
            Subject::Refund(refund) => {
                let next = grown(self.refunds.get(&refund), row, Refund::recorded)?;
                self.refunds.insert(refund, next);
            }
            Subject::Ticket(ticket) => {
                let next = grown(self.tickets.get(&ticket), row, Ticket::recorded)?;
                self.tickets.insert(ticket, next);
            }
            // Told by the seat's rows.
            Subject::Claim(..) => {}
        }
        Ok(())
    }

    /// A claim lives while the seat is the booking's; whoever takes the seat ends it.
    fn move_claim(&mut self, seat: SeatId, (from, to): (Option<BookingId>, Option<BookingId>), at: Instant) {
        if from == to {
            return;
        }
        if let Some(from) = from {
            self.claims.insert((from, seat), Claim { released_at: Some(at) });
        }
        if let Some(to) = to {
            self.claims.insert((to, seat), Claim { released_at: None });
        }
    }
}

/// How an entity stands, as the ledger tells it at both ends of a step. Only seats have owners, only locks have ends.
struct Stand {
    version: i32,
    status: &'static str,
    owner: Option<BookingId>,
    end: Option<Instant>,
}

/// An entity that its ledger rows build up. The row is checked against the entity before and after the step.
trait Told: Sized {
    fn stands(&self) -> Stand;
    /// The entity after the step that the row tells.
    fn next(&self, row: &Recorded) -> Result<Self, Illegal>;
}

fn grown<T: Told>(
    before: Option<&T>,
    row: &Recorded,
    first: impl FnOnce(&Recorded) -> Result<T, Illegal>,
) -> Result<T, Illegal> {
    match before {
        Some(before) => follow(before, row),
        None if row.version == 1 && row.from_status.is_none() => ended(first(row)?, row),
        None => Err(missing(1, row.version)),
    }
}

/// The entity after a row that begins where the entity is now, and ends where the step leads.
fn follow<T: Told>(before: &T, row: &Recorded) -> Result<T, Illegal> {
    let Stand { version, status, owner, end } = before.stands();
    if row.version != version + 1 {
        return Err(missing(version + 1, row.version));
    }
    if (row.from_status.as_deref(), row.from_owner, row.from_end) != (Some(status), owner, end) {
        return Err(Illegal(format!("it does not begin where version {version} ended")));
    }
    ended(before.next(row)?, row)
}

fn ended<T: Told>(next: T, row: &Recorded) -> Result<T, Illegal> {
    let Stand { version, status, owner, end } = next.stands();
    if (row.version, row.to_status.as_str(), row.to_owner, row.to_end) == (version, status, owner, end) {
        return Ok(next);
    }
    Err(Illegal(format!("its step does not lead to {}", row.to_status)))
}

fn missing(wanted: i32, found: i32) -> Illegal {
    if found < wanted {
        return Illegal(format!("version {found} is told twice"));
    }
    Illegal(format!("version {wanted} is missing before it"))
}

impl Told for Show {
    fn stands(&self) -> Stand {
        Stand { version: self.version, status: self.status.as_str(), owner: None, end: None }
    }
    fn next(&self, row: &Recorded) -> Result<Self, Illegal> {
        match ShowStatus::parse(&row.to_status) {
            Some(ShowStatus::Cancelled) => self.cancelled(),
            _ => Err(Illegal(format!("no step makes a show {}", row.to_status))),
        }
    }
}

impl Told for ShowSeat {
    fn stands(&self) -> Stand {
        Stand {
            version: self.version,
            status: self.status.as_str(),
            owner: self.booking_id,
            end: self.lock_expires_at,
        }
    }
    fn next(&self, row: &Recorded) -> Result<Self, Illegal> {
        self.after(Target::recorded(row, self)?, row.at)
    }
}

impl Told for Booking {
    fn stands(&self) -> Stand {
        Stand { version: self.version, status: self.status.as_str(), owner: None, end: self.lock_end() }
    }
    fn next(&self, row: &Recorded) -> Result<Self, Illegal> {
        self.after(&booking::Step::recorded(row)?, row.at)
    }
}

impl Told for Payment {
    fn stands(&self) -> Stand {
        Stand { version: self.version, status: self.status.as_str(), owner: None, end: None }
    }
    fn next(&self, row: &Recorded) -> Result<Self, Illegal> {
        self.after(&payment::Step::recorded(row)?, row.at)
    }
}

impl Told for Refund {
    fn stands(&self) -> Stand {
        Stand { version: self.version, status: self.status.as_str(), owner: None, end: None }
    }
    fn next(&self, row: &Recorded) -> Result<Self, Illegal> {
        self.after(&refund::Step::recorded(row)?, row.at)
    }
}

impl Told for Ticket {
    fn stands(&self) -> Stand {
        Stand { version: self.version, status: self.status.as_str(), owner: None, end: None }
    }
    fn next(&self, row: &Recorded) -> Result<Self, Illegal> {
        match TicketStatus::parse(&row.to_status) {
            Some(TicketStatus::Void) => self.voided(row.at),
            _ => Err(Illegal(format!("no step makes a ticket {}", row.to_status))),
        }
    }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
