//! Block seats: the house keeps them from being sold, for a reason, and gives them back.

use super::Staff;
use crate::catalogue::show;
use crate::clock;
use crate::db::{Stop, transact};
use crate::ids::{SeatId, ShowId};
use crate::sale::taking::{self, Lost, Taker};
use crate::seating::show_seat::{self, SeatStatus, ShowSeat, Target};
use diesel::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

/// Characters of a reason, at most: it is read out with the seat on the staff's map.
pub const MAX_REASON: usize = 200;

/// Why nothing was changed; seats are named in seat order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockRefusal {
    NoSeats,
    EmptyReason,
    /// More than [`MAX_REASON`] characters.
    LongReason,
    /// Named twice.
    Repeated(Vec<SeatId>),
    /// Not of this show.
    Unknown(Vec<SeatId>),
    /// Sold, being sold, or blocked already.
    NotFree(Vec<SeatId>),
    /// To be unblocked and not blocked.
    NotBlocked(Vec<SeatId>),
}

/// Takes free seats, all or none, for the house. A lock that has lapsed is free.
pub fn block_seats(
    conn: &mut PgConnection,
    show: ShowId,
    seats: &[SeatId],
    reason: &str,
    staff: &Staff,
) -> Result<(), Stop<BlockRefusal>> {
    let (ids, reason) = (distinct(seats)?, given(reason)?);
    transact(conn, |conn| {
        let locked = lock_all(conn, show, &ids)?;
        // Done before, by the same click or another: nothing to do, and nothing wrong.
        if locked
            .iter()
            .all(|seat| seat.status == SeatStatus::Blocked && seat.block_reason.as_deref() == Some(reason))
        {
            return Ok(());
        }
        let stamp = staff.author().stamp(clock::now(conn)?, "block_seats");
        taking::take(conn, locked, Taker::House { reason }, &stamp).map_err(|stop| match stop {
            Stop::Refused(Lost(seats)) => Stop::Refused(BlockRefusal::NotFree(seats)),
            Stop::Failed(failure) => Stop::Failed(failure),
        })?;
        Ok(staff.log(conn, "block_seats", Some(show), reason, json!({ "seats": ids }), stamp.at)?)
    })
}

/// Gives blocked seats back to the sale, all or none.
pub fn unblock_seats(
    conn: &mut PgConnection,
    show: ShowId,
    seats: &[SeatId],
    reason: &str,
    staff: &Staff,
) -> Result<(), Stop<BlockRefusal>> {
    let (ids, reason) = (distinct(seats)?, given(reason)?);
    transact(conn, |conn| {
        let locked = lock_all(conn, show, &ids)?;
        let now = clock::now(conn)?;
        // Nothing to do, and nothing wrong: by a lock that has lapsed a seat is given back as well.
        if locked.iter().all(|seat| seat.is_free(now)) {
            return Ok(());
        }
        let others: Vec<SeatId> =
            locked.iter().filter(|seat| seat.status != SeatStatus::Blocked).map(|seat| seat.seat_id).collect();
        if !others.is_empty() {
            return Err(Stop::Refused(BlockRefusal::NotBlocked(others)));
        }
        let stamp = staff.author().stamp(now, "unblock_seats");
        show_seat::move_to(conn, &locked, Target::Available, &stamp)?;
        Ok(staff.log(conn, "unblock_seats", Some(show), reason, json!({ "seats": ids }), stamp.at)?)
    })
}

fn given(reason: &str) -> Result<&str, Stop<BlockRefusal>> {
    match reason.trim() {
        "" => Err(Stop::Refused(BlockRefusal::EmptyReason)),
        long if long.chars().count() > MAX_REASON => Err(Stop::Refused(BlockRefusal::LongReason)),
        reason => Ok(reason),
    }
}

fn distinct(seats: &[SeatId]) -> Result<Vec<SeatId>, Stop<BlockRefusal>> {
    if seats.is_empty() {
        return Err(Stop::Refused(BlockRefusal::NoSeats));
    }
    let mut ids = BTreeSet::new();
    let repeated: BTreeSet<SeatId> = seats.iter().copied().filter(|seat| !ids.insert(*seat)).collect();
    if !repeated.is_empty() {
        return Err(Stop::Refused(BlockRefusal::Repeated(repeated.into_iter().collect())));
    }
    Ok(ids.into_iter().collect())
}

fn lock_all(conn: &mut PgConnection, show: ShowId, ids: &[SeatId]) -> Result<Vec<ShowSeat>, Stop<BlockRefusal>> {
    // A seat under a lapsed lock moves twice.
    show::keep(conn, show)?;
    let locked = show_seat::lock(conn, show, ids)?;
    if locked.len() == ids.len() {
        return Ok(locked);
    }
    let known: BTreeSet<SeatId> = locked.iter().map(|seat| seat.seat_id).collect();
    Err(Stop::Refused(BlockRefusal::Unknown(ids.iter().copied().filter(|seat| !known.contains(seat)).collect())))
}
