//! Taking seats: the one function through which a seat gets a new owner, whoever takes it.
//!
//! Lock → clock → judge → release lapsed claims of others → claim → update show seats. The caller locks and reads the
//! clock, since what else it must read with the clock differs.

use crate::booking::booking::{self, Promise};
use crate::booking::booking_seat;
use crate::clock::Instant;
use crate::db::Stop;
use crate::ids::{BookingId, SeatId};
use crate::ledger::Stamp;
use crate::seating::show_seat::{self, ShowSeat, Target};
use diesel::prelude::*;

/// Who takes the seats.
pub enum Taker<'a> {
    /// A new booking, with what it is promised; the locks end with its deadline.
    Booking { id: BookingId, promise: &'a Promise<'a> },
    /// The house, which sells them to nobody.
    House { reason: &'a str },
}

/// Seats that were not free, in seat order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost(pub Vec<SeatId>);

/// Gives locked seats, all of one show, to a taker: all of them or none.
///
/// # Errors
/// Refuses with the seats that are not free at the stamp's instant.
pub fn take(
    conn: &mut PgConnection,
    seats: Vec<ShowSeat>,
    taker: Taker<'_>,
    stamp: &Stamp,
) -> Result<(), Stop<Lost>> {
    let lost: Vec<SeatId> = seats.iter().filter(|seat| !seat.is_free(stamp.at)).map(|seat| seat.seat_id).collect();
    if !lost.is_empty() {
        return Err(Stop::Refused(Lost(lost)));
    }
    release_lapsed(conn, &seats, stamp.at)?;
    match taker {
        Taker::Booking { id, promise } => {
            let Some(first) = seats.first() else { return Ok(()) };
            booking::write_hold(conn, id, first.show_id, promise, stamp)?;
            let expires_at = promise.deadline.lock_expires_at;
            show_seat::move_to(conn, &seats, Target::Locked { booking: id, locked_at: stamp.at, expires_at }, stamp)?;
        }
        Taker::House { reason } => {
            // A lock that lapsed ends before the block begins, so that the ledger tells both.
            let (lapsed, available): (Vec<_>, Vec<_>) = seats.into_iter().partition(|seat| seat.has_lapsed(stamp.at));
            let mut freed = show_seat::free(conn, lapsed, stamp)?;
            freed.extend(available);
            show_seat::move_to(conn, &freed, Target::Blocked { reason }, stamp)?;
        }
    }
    Ok(())
}

fn release_lapsed(conn: &mut PgConnection, seats: &[ShowSeat], now: Instant) -> QueryResult<()> {
    let lapsed: Vec<SeatId> = seats.iter().filter(|seat| seat.has_lapsed(now)).map(|seat| seat.seat_id).collect();
    match seats.first() {
        Some(first) if !lapsed.is_empty() => booking_seat::release_lapsed(conn, first.show_id, &lapsed, now),
        _ => Ok(()),
    }
}
