//! How one would write it at first. Only the controls run these.

use crate::support::TestDatabase;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use marquee::ids::{SeatId, ShowId};
use std::sync::Barrier;
use uuid::Uuid;

pub mod over_seats;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(QueryableByName)]
struct Status {
    #[diesel(sql_type = Text)]
    status: String,
}

/// Takes down the walls around a seat, to see what the naive statements do by themselves.
pub fn without_walls(database: &TestDatabase) {
    database
        .connect()
        .batch_execute(
            "DROP TRIGGER show_seats_legal_transition ON show_seats;
             DROP INDEX booking_seats_one_live_claim",
        )
        .unwrap();
}

/// A booking for a form, whoever sent it before: no key is asked.
pub fn insert_booking(conn: &mut PgConnection, show: ShowId, visitor: Uuid, form: Uuid) -> QueryResult<i64> {
    let reference = marquee::booking::reference::draw();
    diesel::sql_query(
        "INSERT INTO bookings (reference, show_id, visitor_id, form_key, status, created_at, pay_by, lock_expires_at,
                               currency, fee_per_ticket, fee_tax_per_ticket, version)
         VALUES ($1, $2, $3, $4, 'created', now(), now() + interval '8 min', now() + interval '10 min', 'INR', 0, 0, 1)
         RETURNING id",
    )
    .bind::<Text, _>(reference)
    .bind::<BigInt, _>(show)
    .bind::<diesel::sql_types::Uuid, _>(visitor)
    .bind::<diesel::sql_types::Uuid, _>(form)
    .get_result::<Id>(conn)
    .map(|row| row.id)
}

/// Looks whether the seat is free, and then takes it: everybody looks before anybody takes.
pub fn look_then_take(conn: &mut PgConnection, show: ShowId, seat: SeatId, looked: &Barrier) -> QueryResult<bool> {
    conn.transaction(|conn| {
        let found = diesel::sql_query("SELECT status FROM show_seats WHERE show_id = $1 AND seat_id = $2")
            .bind::<BigInt, _>(show)
            .bind::<BigInt, _>(seat)
            .get_result::<Status>(conn)?;
        looked.wait();
        if found.status != "available" {
            return Ok(false);
        }
        let booking = insert_booking(conn, show, Uuid::now_v7(), Uuid::now_v7())?;
        take(conn, booking, show, seat)?;
        Ok(true)
    })
}

/// Writes a seat's new owner without asking who has it.
pub fn take(conn: &mut PgConnection, booking: i64, show: ShowId, seat: SeatId) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE show_seats SET status = 'locked', booking_id = $1, locked_at = now(), version = version + 1,
                               lock_expires_at = now() + interval '10 min'
         WHERE show_id = $2 AND seat_id = $3",
    )
    .bind::<BigInt, _>(booking)
    .bind::<BigInt, _>(show)
    .bind::<BigInt, _>(seat)
    .execute(conn)?;
    diesel::sql_query(
        "INSERT INTO booking_seats (booking_id, show_id, seat_id, price_type, adult_price)
         VALUES ($1, $2, $3, 'adult', 20000)",
    )
    .bind::<BigInt, _>(booking)
    .bind::<BigInt, _>(show)
    .bind::<BigInt, _>(seat)
    .execute(conn)?;
    Ok(())
}

/// Locks one row.
pub fn lock_row(conn: &mut PgConnection, show: ShowId, seat: SeatId) -> QueryResult<()> {
    diesel::sql_query("SELECT status FROM show_seats WHERE show_id = $1 AND seat_id = $2 FOR UPDATE")
        .bind::<BigInt, _>(show)
        .bind::<BigInt, _>(seat)
        .get_result::<Status>(conn)
        .map(|_| ())
}

/// Money came, so the seats are the booking's: asks nobody whether they still are.
pub fn confirm_seats(conn: &mut PgConnection, booking: i64) -> QueryResult<usize> {
    diesel::sql_query(
        "UPDATE show_seats AS s SET status = 'booked', booking_id = c.booking_id, lock_expires_at = NULL,
                                    version = s.version + 1
         FROM booking_seats AS c
         WHERE c.booking_id = $1 AND (s.show_id, s.seat_id) = (c.show_id, c.seat_id)",
    )
    .bind::<BigInt, _>(booking)
    .execute(conn)
}

/// Ends the bookings it can see and the show's sale, without a lock on the show.
pub fn cancel_show(conn: &mut PgConnection, show: ShowId) -> QueryResult<()> {
    conn.transaction(|conn| {
        diesel::sql_query(
            "UPDATE bookings SET status = 'cancelled', cancelled_at = now(), version = version + 1
             WHERE show_id = $1 AND status = 'created'",
        )
        .bind::<BigInt, _>(show)
        .execute(conn)?;
        diesel::sql_query("UPDATE shows SET status = 'cancelled', version = version + 1 WHERE id = $1")
            .bind::<BigInt, _>(show)
            .execute(conn)?;
        Ok(())
    })
}
