//! Cancel: a customer gives up an unpaid booking, and its seats are free at once.

use crate::booking::booking;
use crate::booking::{BookingStatus, booking_seat};
use crate::clock;
use crate::db::{Stop, transact};
use crate::ids::BookingId;
use crate::ledger::{Author, Stamp};
use crate::payment::payment::{self, Payment};
use crate::seating::show_seat::{self, ShowSeat, Target};
use diesel::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelRefusal {
    /// Paid for: cancelling it is a matter of refunds.
    Confirmed,
}

/// Cancels an unpaid booking; cancelling it again, or when it has expired, changes nothing. Returns its open payment, whose session the caller
/// asks the gateway to end: money that arrives all the same is late money.
pub fn cancel(
    conn: &mut PgConnection,
    id: BookingId,
    author: &Author,
) -> Result<Option<Payment>, Stop<CancelRefusal>> {
    transact(conn, |conn| {
        let booking = booking::lock(conn, id)?;
        match booking.status {
            BookingStatus::Confirmed => return Err(Stop::Refused(CancelRefusal::Confirmed)),
            // Who repeats it, because the first answer was lost, has the session still to end.
            BookingStatus::Cancelled => return Ok(payment::lock_open(conn, id)?),
            BookingStatus::Created | BookingStatus::Expired => {}
        }
        let seat_ids = booking_seat::live_of(conn, &[id])?;
        let seats = show_seat::lock(conn, booking.show_id, &seat_ids)?;
        let open = payment::lock_open(conn, id)?;
        let now = clock::now(conn)?;
        // There is nothing left to give back, and an expired booking may still be bought with late money.
        if booking.state(now) == BookingStatus::Expired {
            return Ok(open);
        }
        let stamp = author.stamp(now, "customer_cancels");
        release(conn, id, seats, &stamp)?;
        booking::cancel(conn, &booking, &stamp)?;
        Ok(open)
    })
}

/// Frees locked rows whose owner is still this booking, and ends its claims.
pub fn release(conn: &mut PgConnection, id: BookingId, mut seats: Vec<ShowSeat>, stamp: &Stamp) -> QueryResult<()> {
    seats.retain(|seat| seat.booking_id == Some(id));
    show_seat::move_to(conn, &seats, Target::Available, stamp)?;
    booking_seat::release(conn, id, seats.len(), stamp.at)
}
