//! Confirm: held seats become booked ones, however they were paid for.

use crate::booking::Booking;
use crate::booking::booking;
use crate::ids::{PaymentId, SeatId};
use crate::ledger::Stamp;
use crate::seating::show_seat::{self, ShowSeat, Target};
use crate::ticketing::ticket;
use diesel::prelude::*;

/// `locked → booked` for every seat, the booking, the tickets: all in the caller's transaction, on rows that it has
/// locked and judged.
pub(super) fn confirm(
    conn: &mut PgConnection,
    booking: &Booking,
    payment: PaymentId,
    seats: &[ShowSeat],
    stamp: &Stamp,
) -> QueryResult<()> {
    // Taken again, a seat's lock is younger than the booking; each keeps its own.
    for seats in seats.chunk_by(|one, next| one.locked_at == next.locked_at) {
        let locked_at = seats[0].locked_at.unwrap_or(booking.created_at);
        show_seat::move_to(conn, seats, Target::Booked { booking: booking.id, locked_at }, stamp)?;
    }
    booking::confirm(conn, booking, payment, stamp)?;
    let seat_ids: Vec<SeatId> = seats.iter().map(|seat| seat.seat_id).collect();
    ticket::issue(conn, booking.id, booking.show_id, &seat_ids, stamp)
}
