//! One seat of one show: what its row says, whether it is free, and the one statement that moves it.

use crate::clock::Instant;
use crate::db::expect_rows;
use crate::ids::{BookingId, SeatId, ShowId};
use crate::ledger::{Illegal, Stamp};
use crate::schema::show_seats;
use crate::statement;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid};
use serde::Serialize;

text_enum! {
    /// What the row says. A lapsed lock still says `locked`: ask [`ShowSeat::is_free`].
    pub enum SeatStatus { Available = "available", Locked = "locked", Booked = "booked", Blocked = "blocked" }
}

/// A row of `show_seats`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = show_seats, check_for_backend(diesel::pg::Pg))]
pub struct ShowSeat {
    pub show_id: ShowId,
    pub seat_id: SeatId,
    pub status: SeatStatus,
    pub booking_id: Option<BookingId>,
    pub locked_at: Option<Instant>,
    pub lock_expires_at: Option<Instant>,
    /// Why staff keep it back.
    pub block_reason: Option<String>,
    pub version: i32,
}

impl ShowSeat {
    /// Free by predicate: available, or locked by a lock that has lapsed. [`is_free_at`] is the same rule in SQL.
    pub fn is_free(&self, now: Instant) -> bool {
        self.status == SeatStatus::Available || self.has_lapsed(now)
    }

    /// A lock holds through every instant before its end, and no longer.
    pub fn has_lapsed(&self, now: Instant) -> bool {
        self.status == SeatStatus::Locked && self.lock_expires_at.is_some_and(|end| end <= now)
    }

    /// Locked for this booking, and not lapsed.
    pub fn is_locked_for(&self, booking: BookingId, now: Instant) -> bool {
        self.status == SeatStatus::Locked && self.booking_id == Some(booking) && !self.has_lapsed(now)
    }
}

/// The rule of [`ShowSeat::is_free`] for statements, judged at the caller's `now`: a query calls no clock of its own.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn is_free_at(now: Instant) -> _ {
    let (available, locked): (SeatStatus, SeatStatus) = (SeatStatus::Available, SeatStatus::Locked);
    let has_lapsed = show_seats::status.eq(locked).and(show_seats::lock_expires_at.le(now).assume_not_null());
    show_seats::status.eq(available).or(has_lapsed)
}

/// What a seat becomes.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    Available,
    Locked { booking: BookingId, locked_at: Instant, expires_at: Instant },
    Booked { booking: BookingId, locked_at: Instant },
    Blocked { reason: &'a str },
}

impl Target<'_> {
    pub fn status(&self) -> SeatStatus {
        match self {
            Self::Available => SeatStatus::Available,
            Self::Locked { .. } => SeatStatus::Locked,
            Self::Booked { .. } => SeatStatus::Booked,
            Self::Blocked { .. } => SeatStatus::Blocked,
        }
    }

    pub fn booking(&self) -> Option<BookingId> {
        match self {
            Self::Locked { booking, .. } | Self::Booked { booking, .. } => Some(*booking),
            Self::Available | Self::Blocked { .. } => None,
        }
    }

    pub fn locked_at(&self) -> Option<Instant> {
        match self {
            Self::Locked { locked_at, .. } | Self::Booked { locked_at, .. } => Some(*locked_at),
            Self::Available | Self::Blocked { .. } => None,
        }
    }

    pub fn expires_at(&self) -> Option<Instant> {
        match self {
            Self::Locked { expires_at, .. } => Some(*expires_at),
            _ => None,
        }
    }

    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Blocked { reason } => Some(reason),
            _ => None,
        }
    }
}

/// Locks the rows of these seats in seat order and returns them as they are now, after any wait.
///
/// Names rows by key only: a status in the WHERE would silently drop a row that changed during the wait, and a join
/// would read stale. Seats that the show does not have are missing from the answer: count.
pub fn lock(conn: &mut PgConnection, show: ShowId, seats: &[SeatId]) -> QueryResult<Vec<ShowSeat>> {
    show_seats::table
        .filter(show_seats::show_id.eq(show))
        .filter(show_seats::seat_id.eq_any(seats))
        .order(show_seats::seat_id)
        .for_update()
        .select(ShowSeat::as_select())
        .load(conn)
}

statement! {
    /// Moves locked rows and writes one ledger row for each, in one round trip. `versions` are those that were judged:
    /// a row that is not as judged is not moved, and the caller's count tells.
    struct MoveSeats<'a> {
        show_id: ShowId => BigInt,
        seat_ids: &'a [SeatId] => Array<BigInt>,
        versions: &'a [i32] => Array<Integer>,
        from_statuses: &'a [SeatStatus] => Array<Text>,
        from_owners: &'a [Option<BookingId>] => Array<Nullable<BigInt>>,
        from_ends: &'a [Option<Instant>] => Array<Nullable<Timestamptz>>,
        to_status: SeatStatus => Text,
        booking_id: Option<BookingId> => Nullable<BigInt>,
        locked_at: Option<Instant> => Nullable<Timestamptz>,
        lock_expires_at: Option<Instant> => Nullable<Timestamptz>,
        block_reason: Option<&'a str> => Nullable<Text>,
        at: Instant => Timestamptz,
        actor: &'a str => Text,
        request_id: crate::ids::RequestId => Uuid,
        cause: &'a str => Text,
    }:
    ", moved AS (
        UPDATE show_seats AS s
        SET status = given.to_status, booking_id = given.booking_id, locked_at = given.locked_at,
            lock_expires_at = given.lock_expires_at, block_reason = given.block_reason, version = s.version + 1
        FROM given,
            unnest(given.seat_ids, given.versions, given.from_statuses, given.from_owners, given.from_ends)
                AS was (seat_id, version, status, owner, until)
        WHERE s.show_id = given.show_id AND s.seat_id = was.seat_id AND s.version = was.version
        RETURNING s.seat_id, s.version, was.status, was.owner, was.until
    )
    INSERT INTO ledger (entity, show_id, seat_id, version, from_status, to_status, from_owner, to_owner,
                        from_end, to_end, detail, at, actor, request_id, cause)
    SELECT 'show_seat', given.show_id, moved.seat_id, moved.version, moved.status, given.to_status, moved.owner,
           given.booking_id, moved.until, given.lock_expires_at,
           CASE WHEN given.block_reason IS NULL THEN '{}' ELSE jsonb_build_object('reason', given.block_reason) END,
           given.at, given.actor, given.request_id, given.cause
    FROM moved, given"
}

/// Moves rows that this transaction has locked and judged; writes their ledger rows in the same statement.
///
/// # Errors
/// Rolls back when the move is illegal or a row is not as it was judged: bugs both.
pub fn move_to(conn: &mut PgConnection, seats: &[ShowSeat], target: Target<'_>, stamp: &Stamp) -> QueryResult<()> {
    let Some(first) = seats.first() else { return Ok(()) };
    seats.iter().try_for_each(|seat| seat.after(target, stamp.at).map(drop))?;
    let moved = MoveSeats {
        show_id: first.show_id,
        seat_ids: &seats.iter().map(|seat| seat.seat_id).collect::<Vec<_>>(),
        versions: &seats.iter().map(|seat| seat.version).collect::<Vec<_>>(),
        from_statuses: &seats.iter().map(|seat| seat.status).collect::<Vec<_>>(),
        from_owners: &seats.iter().map(|seat| seat.booking_id).collect::<Vec<_>>(),
        from_ends: &seats.iter().map(|seat| seat.lock_expires_at).collect::<Vec<_>>(),
        to_status: target.status(),
        booking_id: target.booking(),
        locked_at: target.locked_at(),
        lock_expires_at: target.expires_at(),
        block_reason: target.reason(),
        at: stamp.at,
        actor: &stamp.actor,
        request_id: stamp.request,
        cause: stamp.cause,
    }
    .execute(conn)?;
    expect_rows("show seats moved", moved, seats.len())
}

/// As [`move_to`], for rows that move again in the same transaction: returns them as they now are.
pub fn move_on(
    conn: &mut PgConnection,
    seats: Vec<ShowSeat>,
    target: Target<'_>,
    stamp: &Stamp,
) -> QueryResult<Vec<ShowSeat>> {
    move_to(conn, &seats, target, stamp)?;
    let moved: Result<_, Illegal> = seats.iter().map(|seat| seat.after(target, stamp.at)).collect();
    Ok(moved?)
}

/// Creates the rows of a new show, one for each seat of its layout, all available at version 0.
pub fn create_for_show(conn: &mut PgConnection, show: ShowId) -> QueryResult<usize> {
    diesel::sql_query(
        "INSERT INTO show_seats (show_id, seat_id, layout_id, status, version)
         SELECT shows.id, seats.id, seats.layout_id, 'available', 0
         FROM shows JOIN seats USING (layout_id) WHERE shows.id = $1 ORDER BY seats.id",
    )
    .bind::<BigInt, _>(show)
    .execute(conn)
}
