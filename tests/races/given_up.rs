//! A customer gives a booking up while its money arrives.

use crate::contention::{Blocker, turn, until_waiting};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, refused};
use crate::support::money::{Started, outcome, settle, start_paying, status};
use crate::support::{TestDatabase, count, database};
use diesel::PgConnection;
use marquee::booking::BookingStatus;
use marquee::sale::cancel::{CancelRefusal, cancel};
use std::thread;

/// `first` waits for a seat, and `second` behind it.
fn one_behind_the_other(
    database: &TestDatabase,
    house: &House,
    first: impl FnOnce(&mut PgConnection) + Send,
    second: impl FnOnce(&mut PgConnection) + Send,
) {
    let seat = house.seats[0];
    let blocked = format!("SELECT 1 FROM show_seats WHERE show_id = {} AND seat_id = {seat} FOR UPDATE", house.show);
    let blocker = Blocker::lock(database, &blocked);
    let watching = &mut database.connect();
    thread::scope(|scope| {
        scope.spawn(|| first(&mut database.connect()));
        until_waiting(watching, 1);
        scope.spawn(|| second(&mut database.connect()));
        until_waiting(watching, 2);
        drop(blocker);
    });
}

fn give_up(conn: &mut PgConnection, booking: &Started) -> Result<(), CancelRefusal> {
    refused(cancel(conn, booking.booking, &author())).map(|_| ())
}

#[test]
fn who_gives_up_behind_the_money_is_told_that_the_booking_is_paid() {
    let _turn = turn();
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let booking = start_paying(conn, house.show, &house.seats[..2]);
    let mut given_up = None;
    one_behind_the_other(
        &database,
        &house,
        |conn| settle(conn, &booking),
        |conn| given_up = Some(give_up(conn, &booking)),
    );
    assert_eq!(given_up, Some(Err(CancelRefusal::Confirmed)));
    assert_eq!(status(conn, &booking.reference), BookingStatus::Confirmed);
    assert_eq!(count(conn, "SELECT count(*) FROM show_seats WHERE status = 'booked'"), 2);
    assert_consistent(conn);
}

#[test]
fn money_behind_a_cancellation_meets_a_cancelled_booking() {
    let _turn = turn();
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let booking = start_paying(conn, house.show, &house.seats[..2]);
    let mut given_up = None;
    one_behind_the_other(
        &database,
        &house,
        |conn| given_up = Some(give_up(conn, &booking)),
        |conn| settle(conn, &booking),
    );
    assert_eq!(given_up, Some(Ok(())));
    assert_eq!(outcome(conn, &booking), "cancelled");
    assert_eq!(status(conn, &booking.reference), BookingStatus::Cancelled);
    assert_eq!(count(conn, "SELECT count(*) FROM show_seats WHERE status <> 'available'"), 0);
    assert_eq!(count(conn, "SELECT count(*) FROM refunds WHERE cause = 'cancelled'"), 1);
    assert_consistent(conn);
}
