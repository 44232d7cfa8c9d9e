//! Reads the ledger's rows of a show, a seat or bookings.
//!
//! Each of its indexes has the rows of some entities only, and a statement's kept plan uses such an index only where the
//! statement names the entity: written out, never bound.

use crate::ids::{BookingId, SeatId, ShowId};
use crate::ledger::Recorded;
use crate::schema::ledger;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// The rows of a show itself.
pub fn of_show(conn: &mut PgConnection, show: ShowId) -> QueryResult<Vec<Recorded>> {
    ledger::table
        .filter(sql::<Bool>("entity = 'show'"))
        .filter(ledger::show_id.eq(show))
        .select(Recorded::as_select())
        .load(conn)
}

/// The rows of all seats of a show.
pub fn of_seats(conn: &mut PgConnection, show: ShowId) -> QueryResult<Vec<Recorded>> {
    ledger::table
        .filter(sql::<Bool>("entity = 'show_seat'"))
        .filter(ledger::show_id.eq(show))
        .select(Recorded::as_select())
        .load(conn)
}

/// The latest rows of one seat, newest first.
pub fn of_seat(conn: &mut PgConnection, show: ShowId, seat: SeatId, most: i64) -> QueryResult<Vec<Recorded>> {
    ledger::table
        .filter(sql::<Bool>("entity = 'show_seat'"))
        .filter(ledger::show_id.eq(show))
        .filter(ledger::seat_id.eq(seat))
        .order(ledger::version.desc())
        .limit(most)
        .select(Recorded::as_select())
        .load(conn)
}

/// The rows of these seats that a booking came to own, kept, or left.
pub fn of_seats_owned(
    conn: &mut PgConnection,
    show: ShowId,
    seats: &[SeatId],
    by: BookingId,
) -> QueryResult<Vec<Recorded>> {
    ledger::table
        .filter(sql::<Bool>("entity = 'show_seat'"))
        .filter(ledger::show_id.eq(show))
        .filter(ledger::seat_id.eq_any(seats))
        .filter(ledger::from_owner.eq(by).or(ledger::to_owner.eq(by)))
        .select(Recorded::as_select())
        .load(conn)
}

/// The rows of bookings, of their payments, refunds and tickets.
pub fn of_bookings(conn: &mut PgConnection, bookings: &[BookingId]) -> QueryResult<Vec<Recorded>> {
    let mut rows: Vec<Recorded> = ledger::table
        .filter(sql::<Bool>("entity = 'booking'"))
        .filter(ledger::booking_id.eq_any(bookings))
        .select(Recorded::as_select())
        .load(conn)?;
    let named: Vec<Recorded> = ledger::table
        .filter(sql::<Bool>("entity IN ('payment', 'refund', 'ticket')"))
        .filter(ledger::booking_id.eq_any(bookings))
        .select(Recorded::as_select())
        .load(conn)?;
    rows.extend(named);
    Ok(rows)
}
