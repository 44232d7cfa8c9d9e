//! Taking seats: the one function through which a seat gets a new owner, whoever takes it.
//!
//! Lock → clock → judge → release lapsed claims of others → claim → update show seats. The caller locks and reads the
//! clock, since what else it must read with the clock differs.

use crate::booking::booking::Promise;
use crate::booking::booking_seat;
use crate::clock::Instant;
use crate::db::{Stop, expect_rows};
use crate::ids::{BookingId, RequestId, SeatId, ShowId};
use crate::ledger::Stamp;
use crate::seating::show_seat::{self, SeatStatus, ShowSeat, Target};
use crate::statement;
use chrono::Duration;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid};

/// Who takes the seats.
pub enum Taker<'a> {
    /// A new booking, with what it is promised; the locks end with its deadline.
    Booking { id: BookingId, promise: &'a Promise<'a> },
    /// The house, which sells them to nobody.
    House { reason: &'a str },
}

/// A lock that is placed again is turned into a sale in the same transaction; it only must have an end.
const TAKEN_AGAIN: Duration = Duration::minutes(1);

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
            claim(conn, &seats, id, promise, stamp)?;
        }
        Taker::House { reason } => {
            // A lock that lapsed ends before the block begins, so that the ledger tells both.
            let (lapsed, available): (Vec<_>, Vec<_>) = seats.into_iter().partition(|seat| seat.has_lapsed(stamp.at));
            let mut freed = show_seat::move_on(conn, lapsed, Target::Available, stamp)?;
            freed.extend(available);
            show_seat::move_to(conn, &freed, Target::Blocked { reason }, stamp)?;
        }
    }
    Ok(())
}

/// Gives a booking the seats that it once claimed and that are free: all that it does not hold still. Late money buys
/// them. Returns all of them, locked for the booking.
///
/// # Errors
/// Rolls back when a seat is not free at the stamp's instant: the caller has judged.
pub fn take_again(
    conn: &mut PgConnection,
    seats: Vec<ShowSeat>,
    booking: BookingId,
    stamp: &Stamp,
) -> QueryResult<Vec<ShowSeat>> {
    let (held, free): (Vec<_>, Vec<_>) = seats.into_iter().partition(|seat| seat.is_locked_for(booking, stamp.at));
    release_lapsed(conn, &free, stamp.at)?;
    let seat_ids: Vec<SeatId> = free.iter().map(|seat| seat.seat_id).collect();
    booking_seat::claim_again(conn, booking, &seat_ids)?;
    let target = Target::Locked { booking, locked_at: stamp.at, expires_at: stamp.at + TAKEN_AGAIN };
    let mut all = show_seat::move_on(conn, free, target, stamp)?;
    all.extend(held);
    all.sort_by_key(|seat| seat.seat_id);
    Ok(all)
}

fn release_lapsed(conn: &mut PgConnection, seats: &[ShowSeat], now: Instant) -> QueryResult<()> {
    let lapsed: Vec<SeatId> = seats.iter().filter(|seat| seat.has_lapsed(now)).map(|seat| seat.seat_id).collect();
    match seats.first() {
        Some(first) if !lapsed.is_empty() => booking_seat::release_lapsed(conn, first.show_id, &lapsed, now),
        _ => Ok(()),
    }
}

statement! {
    /// What a hold writes once it may: the booking's promise, the claims, the seats, and a ledger row for each that
    /// changed. One statement, since each costs a round trip and begins by reading the rules of its tables: as two, a
    /// hold took a tenth longer. Seats move here as in `show_seat::move_to`.
    struct Claim<'a> {
        booking_id: BookingId => BigInt,
        show_id: ShowId => BigInt,
        at: Instant => Timestamptz,
        pay_by: Instant => Timestamptz,
        lock_expires_at: Instant => Timestamptz,
        currency: &'a str => Text,
        fee_per_ticket: i64 => BigInt,
        fee_tax_per_ticket: i64 => BigInt,
        seat_ids: &'a [SeatId] => Array<BigInt>,
        adult_prices: &'a [i64] => Array<BigInt>,
        child_prices: &'a [Option<i64>] => Array<Nullable<BigInt>>,
        senior_prices: &'a [Option<i64>] => Array<Nullable<BigInt>>,
        versions: &'a [i32] => Array<Integer>,
        from_statuses: &'a [SeatStatus] => Array<Text>,
        from_owners: &'a [Option<BookingId>] => Array<Nullable<BigInt>>,
        from_ends: &'a [Option<Instant>] => Array<Nullable<Timestamptz>>,
        actor: &'a str => Text,
        request_id: RequestId => Uuid,
        cause: &'a str => Text,
    }:
    ", promised AS (
        UPDATE bookings AS b
        SET created_at = given.at, pay_by = given.pay_by, lock_expires_at = given.lock_expires_at,
            currency = given.currency, fee_per_ticket = given.fee_per_ticket,
            fee_tax_per_ticket = given.fee_tax_per_ticket
        FROM given WHERE b.id = given.booking_id
        RETURNING b.id
    ), claimed AS (
        INSERT INTO booking_seats (booking_id, show_id, seat_id, price_type, adult_price, child_price, senior_price)
        SELECT given.booking_id, given.show_id, s.seat_id, 'adult', s.adult, s.child, s.senior
        FROM given, unnest(given.seat_ids, given.adult_prices, given.child_prices, given.senior_prices)
            AS s (seat_id, adult, child, senior)
    ), moved AS (
        UPDATE show_seats AS s
        SET status = 'locked', booking_id = given.booking_id, locked_at = given.at,
            lock_expires_at = given.lock_expires_at, version = s.version + 1
        FROM given,
            unnest(given.seat_ids, given.versions, given.from_statuses, given.from_owners, given.from_ends)
                AS was (seat_id, version, status, owner, until)
        WHERE s.show_id = given.show_id AND s.seat_id = was.seat_id AND s.version = was.version
        RETURNING s.seat_id, s.version, was.status, was.owner, was.until
    )
    INSERT INTO ledger (entity, show_id, seat_id, booking_id, version, from_status, to_status, from_owner, to_owner,
                        from_end, to_end, detail, at, actor, request_id, cause)
    SELECT 'booking', given.show_id, NULL, promised.id, 1, NULL, 'created', NULL, NULL,
           NULL, given.lock_expires_at, jsonb_build_object('pay_by', given.pay_by),
           given.at, given.actor, given.request_id, given.cause
    FROM promised, given
    UNION ALL
    SELECT 'show_seat', given.show_id, moved.seat_id, NULL, moved.version, moved.status, 'locked', moved.owner,
           given.booking_id, moved.until, given.lock_expires_at, '{}',
           given.at, given.actor, given.request_id, given.cause
    FROM moved, given"
}

/// Gives free seats, in seat order as the promise is, to a new booking.
fn claim(
    conn: &mut PgConnection,
    seats: &[ShowSeat],
    booking: BookingId,
    promise: &Promise<'_>,
    stamp: &Stamp,
) -> QueryResult<()> {
    let Some(first) = seats.first() else { return Ok(()) };
    let (prices, deadline) = (promise.seats, promise.deadline);
    let target = Target::Locked { booking, locked_at: stamp.at, expires_at: deadline.lock_expires_at };
    seats.iter().try_for_each(|seat| seat.after(target, stamp.at).map(drop))?;
    let promised = seats.iter().zip(prices).filter(|(seat, price)| seat.seat_id == price.seat_id).count();
    expect_rows("seats promised", promised, seats.len())?;
    let told = Claim {
        booking_id: booking,
        show_id: first.show_id,
        at: stamp.at,
        pay_by: deadline.pay_by,
        lock_expires_at: deadline.lock_expires_at,
        currency: promise.currency,
        fee_per_ticket: promise.fee_per_ticket,
        fee_tax_per_ticket: promise.fee_tax_per_ticket,
        seat_ids: &seats.iter().map(|seat| seat.seat_id).collect::<Vec<_>>(),
        adult_prices: &prices.iter().map(|seat| seat.adult).collect::<Vec<_>>(),
        child_prices: &prices.iter().map(|seat| seat.child).collect::<Vec<_>>(),
        senior_prices: &prices.iter().map(|seat| seat.senior).collect::<Vec<_>>(),
        versions: &seats.iter().map(|seat| seat.version).collect::<Vec<_>>(),
        from_statuses: &seats.iter().map(|seat| seat.status).collect::<Vec<_>>(),
        from_owners: &seats.iter().map(|seat| seat.booking_id).collect::<Vec<_>>(),
        from_ends: &seats.iter().map(|seat| seat.lock_expires_at).collect::<Vec<_>>(),
        actor: &stamp.actor,
        request_id: stamp.request,
        cause: stamp.cause,
    }
    .execute(conn)?;
    expect_rows("ledger rows of a claim", told, seats.len() + 1)
}
