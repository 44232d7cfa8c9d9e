//! The actors of `actor`, as one would write them at first: each looks, then writes what it has concluded.
//!
//! Alone each does what the real one does, in every row but those of ledger, inbox and staff log.

use super::{confirm_seats, insert_booking, take};
use crate::actor::{Actor, reason};
use crate::scene::Scene;
use crate::support::TestDatabase;
use crate::support::money::Started;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

/// Acts without a lock. `looked` runs between looking and writing.
pub fn act(
    actor: Actor,
    conn: &mut PgConnection,
    scene: &Scene,
    place: usize,
    looked: impl FnOnce(),
) -> QueryResult<()> {
    match actor {
        Actor::Holds => hold(conn, scene, looked),
        Actor::Settles => settle(conn, scene, scene.open.as_ref().unwrap(), looked),
        Actor::SettlesLate => settle(conn, scene, scene.early.as_ref().unwrap(), looked),
        Actor::Cancels => cancel(conn, scene, looked),
        Actor::StartsPaying => start_payment(conn, scene, looked),
        Actor::Blocks => block(conn, scene, reason(place), looked),
        Actor::GivesBack => give_back(conn, scene, looked),
        Actor::CancelsShow => cancel_show(conn, scene, looked),
        Actor::Tells(_) => unimplemented!("the naive gateway knows one event"),
    }
}

/// As [`super::without_walls`], with the walls around payments, refunds and tickets too.
pub fn without_any_wall(database: &TestDatabase) {
    super::without_walls(database);
    database
        .connect()
        .batch_execute(
            "ALTER TABLE show_seats DROP CONSTRAINT show_seats_state;
             ALTER TABLE bookings DROP CONSTRAINT bookings_state;
             DROP INDEX payments_one_open;
             DROP INDEX tickets_one_valid_per_seat;
             ALTER TABLE tickets DROP CONSTRAINT tickets_booking_seat_key;
             ALTER TABLE refunds DROP CONSTRAINT refunds_once_per_cause;
             DROP TRIGGER refunds_within_capture ON refunds",
        )
        .unwrap();
}

fn hold(conn: &mut PgConnection, scene: &Scene, looked: impl FnOnce()) -> QueryResult<()> {
    let free = are_free(conn, scene)?;
    looked();
    if !free {
        return Ok(());
    }
    end_claims(conn, scene)?;
    let booking = insert_booking(conn, scene.show, Uuid::now_v7(), Uuid::now_v7())?;
    scene.seats.iter().try_for_each(|seat| take(conn, booking, scene.show, *seat))
}

fn block(conn: &mut PgConnection, scene: &Scene, reason: &str, looked: impl FnOnce()) -> QueryResult<()> {
    let free = are_free(conn, scene)?;
    looked();
    if !free {
        return Ok(());
    }
    end_claims(conn, scene)?;
    block_over_claims(conn, scene, reason)
}

/// Blocks and leaves the claims as they are.
pub fn block_over_claims(conn: &mut PgConnection, scene: &Scene, reason: &str) -> QueryResult<()> {
    // In two steps, as the transitions want it.
    conn.batch_execute(&format!(
        "UPDATE show_seats SET status = 'available', booking_id = NULL, locked_at = NULL, lock_expires_at = NULL,
                version = version + 1 WHERE {0} AND status = 'locked';
         UPDATE show_seats SET status = 'blocked', booking_id = NULL, locked_at = NULL, lock_expires_at = NULL,
                block_reason = '{reason}', version = version + 1 WHERE {0}",
        its_seats(scene)
    ))
}

fn cancel(conn: &mut PgConnection, scene: &Scene, looked: impl FnOnce()) -> QueryResult<()> {
    let (booking, claims) = (scene.booking, format!("booking_id = {} AND released_at IS NULL", scene.booking));
    let unpaid = format!(
        "SELECT CASE WHEN lock_expires_at <= marquee_now() THEN 'over' ELSE status END AS status
         FROM bookings WHERE id = {booking}"
    );
    let own =
        format!("SELECT coalesce(string_agg(seat_id::text, ','), '0') AS status FROM booking_seats WHERE {claims}");
    let (unpaid, own) = (word(conn, &unpaid)? == "created", word(conn, &own)?);
    looked();
    if !unpaid {
        return Ok(());
    }
    conn.batch_execute(&format!(
        "UPDATE show_seats SET status = 'available', booking_id = NULL, locked_at = NULL, lock_expires_at = NULL,
                version = version + 1 WHERE show_id = {} AND seat_id IN ({own});
         UPDATE booking_seats SET released_at = marquee_now() WHERE {claims};
         UPDATE bookings SET status = 'cancelled', cancelled_at = marquee_now(), version = version + 1
         WHERE id = {booking}",
        scene.show
    ))
}

fn start_payment(conn: &mut PgConnection, scene: &Scene, looked: impl FnOnce()) -> QueryResult<()> {
    let open = format!(
        "SELECT CASE WHEN count(*) = 0 THEN 'none' ELSE 'one' END AS status FROM payments
         WHERE booking_id = {} AND status = 'started'",
        scene.booking
    );
    let found = word(conn, &open)?;
    looked();
    if found != "none" {
        return Ok(());
    }
    conn.batch_execute(&format!(
        "INSERT INTO payments (id, booking_id, method, status, amount, currency, create_params, started_at, version)
         VALUES ('{}', {2}, 'gateway', 'started', 100, 'INR', '{{}}', marquee_now(), 1);
         UPDATE show_seats SET lock_expires_at = marquee_now() + interval '7 min', version = version + 1 WHERE {1};
         UPDATE bookings SET amount = 100,
                refund_policy = '[{{\"minutes_before\": 120, \"percent\": 75}}, {{\"minutes_before\": 20, \"percent\": 50}}]',
                pay_by = marquee_now() + interval '5 min',
                lock_expires_at = marquee_now() + interval '7 min', version = version + 1 WHERE id = {2}",
        Uuid::now_v7(),
        its_seats(scene),
        scene.booking
    ))
}

/// Money came: judges the booking and its seats as they look now.
fn settle(conn: &mut PgConnection, scene: &Scene, payment: &Started, looked: impl FnOnce()) -> QueryResult<()> {
    let (booking, payment) = (scene.booking, payment.payment);
    let outcome = word(
        conn,
        &format!(
            "SELECT CASE WHEN p.status = 'succeeded' THEN 'repeated' WHEN b.status = 'confirmed' THEN 'already_paid'
                         WHEN b.status = 'cancelled' THEN 'cancelled' ELSE (SELECT CASE WHEN bool_and(booking_id = b.id AND lock_expires_at > marquee_now())
                                           THEN 'confirm'
                                           WHEN bool_and(status = 'available' OR lock_expires_at <= marquee_now())
                                           THEN 'take_again' ELSE 'seats_lost' END
                               FROM show_seats WHERE {}) END AS status
             FROM bookings AS b, payments AS p WHERE b.id = {booking} AND p.id = '{payment}'",
            its_seats(scene)
        ),
    )?;
    looked();
    if outcome == "repeated" {
        return Ok(());
    }
    conn.batch_execute(&format!(
        "UPDATE payments SET status = 'succeeded', succeeded_at = marquee_now(), captured_amount = amount,
                captured_currency = currency, outcome = '{outcome}', version = version + 1 WHERE id = '{payment}'"
    ))?;
    if !["confirm", "take_again"].contains(&outcome.as_str()) {
        if outcome == "seats_lost" {
            release(conn, scene)?;
        }
        return owe(conn, &payment.to_string(), &outcome, "captured_amount");
    }
    confirm_seats(conn, booking.0)?;
    // Only who takes seats again had given them up.
    if outcome == "take_again" {
        conn.batch_execute(&format!("UPDATE booking_seats SET released_at = NULL WHERE booking_id = {booking}"))?;
    }
    conn.batch_execute(&format!(
        "UPDATE bookings SET status = 'confirmed', confirmed_at = marquee_now(), paid_by = '{payment}',
                version = version + 1 WHERE id = {booking};
         INSERT INTO tickets (id, booking_id, show_id, seat_id, status, issued_at, version)
         SELECT gen_random_uuid(), booking_id, show_id, seat_id, 'valid', marquee_now(), 1
         FROM booking_seats WHERE booking_id = {booking}"
    ))
}

/// Paid for: its seats are free, its tickets void, and three quarters of their price are owed.
fn give_back(conn: &mut PgConnection, scene: &Scene, looked: impl FnOnce()) -> QueryResult<()> {
    let booking = scene.booking;
    let paid_by = format!(
        "SELECT coalesce(CASE status WHEN 'confirmed' THEN paid_by::text END, 'none') AS status
         FROM bookings WHERE id = {booking}"
    );
    let paid_by = word(conn, &paid_by)?;
    looked();
    if paid_by == "none" {
        return Ok(());
    }
    end(conn, scene)?;
    owe(conn, &paid_by, "customer_cancelled", &scene.quoted.to_string())
}

/// Ends the show and the one booking that it knows of.
fn cancel_show(conn: &mut PgConnection, scene: &Scene, looked: impl FnOnce()) -> QueryResult<()> {
    let paid_by = format!(
        "SELECT CASE WHEN s.status = 'cancelled' THEN 'over' WHEN b.status = 'confirmed' THEN paid_by::text
                     ELSE 'none' END AS status
         FROM bookings AS b JOIN shows AS s ON s.id = b.show_id WHERE b.id = {}",
        scene.booking
    );
    let paid_by = word(conn, &paid_by)?;
    looked();
    if paid_by == "over" {
        return Ok(());
    }
    conn.batch_execute(&format!(
        "UPDATE shows SET status = 'cancelled', version = version + 1 WHERE id = {}",
        scene.show
    ))?;
    end(conn, scene)?;
    if paid_by == "none" { Ok(()) } else { owe(conn, &paid_by, "show_cancelled", "captured_amount") }
}

fn end(conn: &mut PgConnection, scene: &Scene) -> QueryResult<()> {
    release(conn, scene)?;
    conn.batch_execute(&format!(
        "UPDATE bookings SET status = 'cancelled', cancelled_at = marquee_now(), version = version + 1 WHERE id = {0};
         UPDATE tickets SET status = 'void', voided_at = marquee_now(), version = version + 1 WHERE booking_id = {0}",
        scene.booking
    ))
}

/// Frees the seats that are the booking's, and ends its claims.
fn release(conn: &mut PgConnection, scene: &Scene) -> QueryResult<()> {
    conn.batch_execute(&format!(
        "UPDATE show_seats SET status = 'available', booking_id = NULL, locked_at = NULL, lock_expires_at = NULL,
                version = version + 1 WHERE {} AND booking_id = {1};
         UPDATE booking_seats SET released_at = marquee_now() WHERE booking_id = {1} AND released_at IS NULL",
        its_seats(scene),
        scene.booking
    ))
}

/// Money of a payment, or part of it, is to go back.
fn owe(conn: &mut PgConnection, payment: &str, cause: &str, sum: &str) -> QueryResult<()> {
    conn.batch_execute(&format!(
        "INSERT INTO refunds (id, payment_id, booking_id, cause, status, amount, currency, attempt, requested_at,
                              next_try_at, version)
         SELECT gen_random_uuid(), id, booking_id, '{cause}', 'requested', {sum}, captured_currency, 1, marquee_now(),
                marquee_now(), 1
         FROM payments WHERE id = '{payment}'"
    ))
}

fn are_free(conn: &mut PgConnection, scene: &Scene) -> QueryResult<bool> {
    let free = format!(
        "SELECT bool_and(status = 'available' OR coalesce(lock_expires_at <= marquee_now(), false))::text AS status
         FROM show_seats WHERE {}",
        its_seats(scene)
    );
    Ok(word(conn, &free)? == "true")
}

fn end_claims(conn: &mut PgConnection, scene: &Scene) -> QueryResult<()> {
    conn.batch_execute(&format!(
        "UPDATE booking_seats SET released_at = marquee_now() WHERE {} AND released_at IS NULL",
        its_seats(scene)
    ))
}

fn its_seats(scene: &Scene) -> String {
    let [first, second] = scene.seats;
    format!("show_id = {} AND seat_id IN ({first}, {second})", scene.show)
}

fn word(conn: &mut PgConnection, query: &str) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Word {
        #[diesel(sql_type = Text)]
        status: String,
    }
    diesel::sql_query(query).get_result::<Word>(conn).map(|row| row.status)
}
