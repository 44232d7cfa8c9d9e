//! Checkout: who the customer is, and which price type each seat is bought at, until the first payment freezes the sum.

use crate::booking::BookingStatus;
use crate::booking::booking::{self, Contact, Payable};
use crate::booking::booking_seat::{self, PriceType};
use crate::clock;
use crate::db::{Stop, transact};
use crate::ids::{BookingId, SeatId};
use crate::seating::show_seat;
use diesel::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckoutRefusal {
    /// Confirmed, cancelled or expired: nothing more to choose.
    Closed(BookingStatus),
    /// Past the deadline shown.
    TooLate,
    /// A payment has started: the sum no longer changes.
    Frozen,
    /// A seat that is not the booking's, or a price type that is not sold for it.
    NotForSale,
}

/// Notes contact and price types. A frozen booking takes a new contact with the same types.
pub fn checkout(
    conn: &mut PgConnection,
    id: BookingId,
    contact: &Contact,
    types: &[(SeatId, PriceType)],
) -> Result<(), Stop<CheckoutRefusal>> {
    transact(conn, |conn| note(conn, id, contact, types))
}

/// As [`checkout`], inside the caller's transaction.
pub(super) fn note(
    conn: &mut PgConnection,
    id: BookingId,
    contact: &Contact,
    types: &[(SeatId, PriceType)],
) -> Result<(), Stop<CheckoutRefusal>> {
    let booking = booking::lock(conn, id)?;
    // Claims are written only under their seats' locks: a takeover of a lapsed seat writes them too.
    let claimed = booking_seat::live_of(conn, &[id])?;
    show_seat::lock(conn, booking.show_id, &claimed)?;
    let seats = booking_seat::of_booking(conn, id)?;
    let now = clock::now(conn)?;
    match booking.payable(now) {
        Payable::Yes => {}
        Payable::TooLate => return Err(Stop::Refused(CheckoutRefusal::TooLate)),
        Payable::Closed(status) => return Err(Stop::Refused(CheckoutRefusal::Closed(status))),
    }
    let changes = types
        .iter()
        .any(|(seat, chosen)| !seats.iter().any(|known| known.seat_id == *seat && known.price_type == *chosen));
    if changes && booking.amount.is_some() {
        return Err(Stop::Refused(CheckoutRefusal::Frozen));
    }
    let sold = types
        .iter()
        .all(|(seat, chosen)| seats.iter().any(|known| known.seat_id == *seat && known.price_for(*chosen).is_some()));
    if !sold {
        return Err(Stop::Refused(CheckoutRefusal::NotForSale));
    }
    booking::set_contact(conn, &booking, contact)?;
    if changes {
        booking_seat::choose_types(conn, &booking, types)?;
    }
    Ok(())
}
