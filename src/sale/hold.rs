//! Hold: a visitor's form takes all its seats or none, and is promised a price until a deadline.

use super::SalePolicy;
use super::taking::{self, Lost, Taker};
use crate::booking::booking::{self, Booking, Promise, SeatPromise};
use crate::booking::{booking_seat, quote, reference};
use crate::catalogue::price_list::{self, Terms};
use crate::catalogue::show::Sale;
use crate::db::{Failure, Stop, expect_rows, transact};
use crate::fault;
use crate::ids::{BookingId, FormKey, SeatId, ShowId, VisitorId};
use crate::ledger::Author;
use crate::seating::show_seat;
use diesel::prelude::*;
use std::collections::BTreeSet;

/// What a form asks for.
#[derive(Clone, Debug)]
pub struct HoldRequest {
    pub show: ShowId,
    /// As submitted: any order, perhaps with repetitions.
    pub seats: Vec<SeatId>,
    pub visitor: VisitorId,
    pub form: FormKey,
}

/// Why no booking was made. Nothing is written and the form's key is not used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldRefusal {
    NoSeats,
    TooManySeats {
        max: usize,
    },
    /// The same seat is named twice.
    Repeated,
    /// A seat that this show does not have.
    UnknownSeat,
    UnknownShow,
    SaleEnded,
    ShowCancelled,
    /// These seats were taken by somebody else.
    Lost(Vec<SeatId>),
    /// The same form had made this booking of other seats.
    FormUsed {
        reference: String,
    },
}

/// The booking's reference. `repeated`: the same form had made it before, and nothing was written now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub reference: String,
    pub repeated: bool,
}

/// Holds seats (CORRECTNESS: booking first, then the seats in order, then one reading of clock, show and prices).
///
/// Safe to repeat with the same form key: the second call finds the first one's booking.
pub fn hold(
    conn: &mut PgConnection,
    request: &HoldRequest,
    policy: &SalePolicy,
    author: &Author,
) -> Result<Held, Stop<HoldRefusal>> {
    let seats = distinct_in_order(&request.seats, policy.max_seats).map_err(Stop::Refused)?;
    let held = transact(conn, |conn| {
        let (_, held) = place(conn, request, &seats, policy, author, "hold")?;
        fault::point("hold_before_commit");
        Ok(held)
    });
    if held.is_ok() {
        fault::point("hold_after_commit");
    }
    held
}

/// A hold inside the caller's transaction, which the counter's sale shares.
pub(super) fn place(
    conn: &mut PgConnection,
    request: &HoldRequest,
    seats: &[SeatId],
    policy: &SalePolicy,
    author: &Author,
    cause: &'static str,
) -> Result<(BookingId, Held), Stop<HoldRefusal>> {
    let drawn = reference::draw();
    match booking::insert(conn, &drawn, request.show, request.visitor, request.form) {
        Ok(Some(id)) => {
            hold_for(conn, id, request.show, seats, policy, author, cause)?;
            Ok((id, Held { reference: drawn, repeated: false }))
        }
        Ok(None) => repeated(conn, request, seats),
        Err(error) if crate::db::violates(&error, "bookings_show_fkey") => {
            Err(Stop::Refused(HoldRefusal::UnknownShow))
        }
        // Drawn before: the transaction runs again and draws another.
        Err(error) if crate::db::violates(&error, "bookings_reference_key") => {
            Err(Stop::Failed(Failure::Collided(error.to_string())))
        }
        Err(error) => Err(error.into()),
    }
}

/// Bounds first, so that nothing a person sends becomes a long locking query.
pub(super) fn distinct_in_order(seats: &[SeatId], max: usize) -> Result<Vec<SeatId>, HoldRefusal> {
    if seats.is_empty() {
        return Err(HoldRefusal::NoSeats);
    }
    if seats.len() > max {
        return Err(HoldRefusal::TooManySeats { max });
    }
    let distinct: BTreeSet<SeatId> = seats.iter().copied().collect();
    if distinct.len() < seats.len() {
        return Err(HoldRefusal::Repeated);
    }
    Ok(distinct.into_iter().collect())
}

fn hold_for(
    conn: &mut PgConnection,
    id: BookingId,
    show: ShowId,
    seats: &[SeatId],
    policy: &SalePolicy,
    author: &Author,
    cause: &'static str,
) -> Result<(), Stop<HoldRefusal>> {
    let locked = show_seat::lock(conn, show, seats)?;
    fault::point("hold_after_lock");
    if locked.len() < seats.len() {
        return Err(Stop::Refused(HoldRefusal::UnknownSeat));
    }
    let terms = price_list::terms(conn, show, seats)?.ok_or(Stop::Refused(HoldRefusal::UnknownSeat))?;
    // The schema does not make every zone priced; a seat without a price is never moved.
    expect_rows("seats priced", terms.seats.len(), locked.len())?;
    match terms.sale {
        Sale::Open => {}
        Sale::Ended => return Err(Stop::Refused(HoldRefusal::SaleEnded)),
        Sale::Cancelled => return Err(Stop::Refused(HoldRefusal::ShowCancelled)),
    }
    let promised = promise_seats(&terms);
    let promise = Promise {
        deadline: policy.deadlines.at_hold(terms.now),
        currency: &terms.currency,
        fee_per_ticket: policy.fee.per_ticket,
        fee_tax_per_ticket: quote::fee_tax(policy.fee.per_ticket, terms.now),
        seats: &promised,
    };
    taking::take(conn, locked, Taker::Booking { id, promise: &promise }, &author.stamp(terms.now, cause)).map_err(
        |stop| match stop {
            Stop::Refused(Lost(lost)) => Stop::Refused(HoldRefusal::Lost(lost)),
            Stop::Failed(failure) => Stop::Failed(failure),
        },
    )
}

fn promise_seats(terms: &Terms) -> Vec<SeatPromise> {
    terms
        .seats
        .iter()
        .map(|seat| SeatPromise { seat_id: seat.seat_id, adult: seat.adult, child: seat.child, senior: seat.senior })
        .collect()
}

/// The form was sent before. It is read in a new statement: the one that met the conflict cannot see it.
fn repeated(
    conn: &mut PgConnection,
    request: &HoldRequest,
    seats: &[SeatId],
) -> Result<(BookingId, Held), Stop<HoldRefusal>> {
    let booking: Booking = booking::find_by_form(conn, request.visitor, request.form)?
        .ok_or_else(|| Stop::from(diesel::result::Error::RollbackTransaction))?;
    let wanted: Vec<SeatId> = booking_seat::of_booking(conn, booking.id)?.iter().map(|seat| seat.seat_id).collect();
    if booking.show_id == request.show && wanted == seats {
        Ok((booking.id, Held { reference: booking.reference, repeated: true }))
    } else {
        Err(Stop::Refused(HoldRefusal::FormUsed { reference: booking.reference }))
    }
}
