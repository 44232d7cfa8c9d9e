//! A lock lapses while its money is on the way, and somebody else wants the seats.

use crate::contention::{Blocker, all_at_once, turn, until_waiting};
use crate::naive;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, try_hold};
use crate::support::money::{Started, outcome, settle, start_paying, status};
use crate::support::{TestDatabase, count, database, travel};
use diesel::prelude::*;
use marquee::booking::BookingStatus;
use marquee::clock;
use marquee::sale::hold::{Held, HoldRefusal};
use marquee::seating::show_seat::{self, Target};
use std::thread;

/// What ran first and what ran second, both of which waited for the seat from before its lock's end until after it.
fn both_wait_past_the_end(
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
        travel(database, "11 minutes");
        drop(blocker);
    });
}

/// The ledger of the first seat: who had it, and who has it, transition by transition.
fn owners(conn: &mut PgConnection, house: &House) -> Vec<(Option<i64>, Option<i64>)> {
    use marquee::schema::ledger;
    ledger::table
        .filter(ledger::entity.eq("show_seat").and(ledger::seat_id.eq(house.seats[0])))
        .order(ledger::version)
        .select((ledger::from_owner, ledger::to_owner))
        .load(conn)
        .unwrap()
}

#[test]
fn money_that_waited_past_the_locks_end_behind_a_takeover_finds_the_seats_lost() {
    let _turn = turn();
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let (old, taken) = (start_paying(conn, house.show, &house.seats[..1]), &house.seats[..1]);
    let mut held: Option<Held> = None;
    both_wait_past_the_end(
        &database,
        &house,
        |conn| held = Some(try_hold(conn, house.show, taken).unwrap()),
        |conn| settle(conn, &old),
    );
    assert_eq!(outcome(conn, &old), "seats_lost");
    assert_eq!(status(conn, &old.reference), BookingStatus::Created);
    let new = marquee::booking::booking::find(conn, &held.unwrap().reference).unwrap().unwrap().id;
    assert_eq!(owners(conn, &house), [(None, Some(old.booking.0)), (Some(old.booking.0), Some(new.0))]);
    assert_eq!(count(conn, "SELECT count(*) FROM refunds WHERE cause = 'seats_lost'"), 1);
    assert_consistent(conn);
}

#[test]
fn money_that_waited_past_the_locks_end_takes_the_seats_again_before_whoever_waits_behind_it() {
    let _turn = turn();
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let old = start_paying(conn, house.show, &house.seats[..1]);
    let mut held = None;
    both_wait_past_the_end(
        &database,
        &house,
        |conn| settle(conn, &old),
        |conn| held = Some(try_hold(conn, house.show, &house.seats[..1])),
    );
    // The seats were free when the money was judged, and are sold to whom it came from.
    assert_eq!(outcome(conn, &old), "take_again");
    assert_eq!(status(conn, &old.reference), BookingStatus::Confirmed);
    assert_eq!(held.unwrap(), Err(HoldRefusal::Lost(house.seats[..1].to_vec())));
    assert_consistent(conn);
}

#[test]
fn around_the_very_end_of_the_lock_never_both_get_the_seat() {
    let _turn = turn();
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let (mut confirmed, mut taken) = (0, 0);
    for (round, seat) in house.seats.iter().enumerate() {
        let old = start_paying(conn, house.show, &[*seat]);
        // The first is time enough to confirm, the last none at all.
        let ahead = [2000, 200, 100, 50, 30, 20, 10, 0][round % 8];
        move_clock_to_the_end(&database, conn, &old, ahead);
        let ended = all_at_once(&database, &[true, false], |conn, pays| {
            if *pays {
                settle(conn, &old);
                return None;
            }
            Some(hold_at_last(conn, &house, *seat, &old))
        });
        let was_confirmed = status(conn, &old.reference) == BookingStatus::Confirmed;
        let was_taken = matches!(ended[1], Some(Ok(_)));
        assert!(!(was_confirmed && was_taken), "round {round}");
        // In time, or too late and nobody had come: then the seat is taken again.
        assert_eq!(was_confirmed, outcome(conn, &old) != "seats_lost", "round {round}");
        confirmed += usize::from(was_confirmed);
        taken += usize::from(was_taken);
        travel(&database, "0");
    }
    assert_consistent(conn);
    assert!(confirmed > 0 && taken > 0, "{confirmed} confirmed, {taken} taken over: nobody raced");
}

/// So that the lock ends this many milliseconds from now.
fn move_clock_to_the_end(database: &TestDatabase, conn: &mut PgConnection, old: &Started, ahead: i64) {
    let left = old.lock_expires_at - clock::now(conn).unwrap();
    travel(database, &format!("{} milliseconds", left.num_milliseconds() - ahead));
}

/// Tries until the lock has ended, or its owner has bought the seat.
fn hold_at_last(
    conn: &mut PgConnection,
    house: &House,
    seat: marquee::ids::SeatId,
    old: &Started,
) -> Result<Held, HoldRefusal> {
    loop {
        let over = clock::now(conn).unwrap() > old.lock_expires_at
            || status(conn, &old.reference) == BookingStatus::Confirmed;
        let held = try_hold(conn, house.show, &[seat]);
        if held.is_ok() || over {
            return held;
        }
    }
}

#[test]
fn a_release_that_was_judged_before_the_takeover_frees_nothing_of_its_new_owner() {
    let _turn = turn();
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let seat = &house.seats[..1];
    try_hold(conn, house.show, seat).unwrap();
    let judged = show_seat::lock(conn, house.show, seat).unwrap();
    travel(&database, "11 minutes");
    try_hold(&mut database.connect(), house.show, seat).unwrap();
    let stamp = author().stamp(clock::now(conn).unwrap(), "late");
    let released = conn.transaction(|conn| show_seat::move_to(conn, &judged, Target::Available, &stamp));
    assert_eq!(released, Err(diesel::result::Error::RollbackTransaction));
    assert_eq!(count(conn, "SELECT count(*) FROM show_seats WHERE status = 'locked'"), 1);
    assert_consistent(conn);
}

/// The old booking's money is judged before the takeover and carried out after it.
fn confirm_naively_behind_a_takeover(database: &TestDatabase) -> (House, Held, QueryResult<usize>) {
    let conn = &mut database.connect();
    let house = house(conn);
    let old = start_paying(conn, house.show, &house.seats[..1]);
    travel(database, "11 minutes");
    assert_eq!(status(conn, &old.reference), BookingStatus::Created); // all that the naive way looks at
    let held = try_hold(&mut database.connect(), house.show, &house.seats[..1]).unwrap();
    (house, held, naive::confirm_seats(conn, old.booking.0))
}

#[test]
fn control_confirming_without_asking_who_has_the_seat_takes_it_from_its_new_owner() {
    let _turn = turn();
    let database = database();
    naive::without_walls(&database);
    let (_, held, confirmed) = confirm_naively_behind_a_takeover(&database);
    assert_eq!(confirmed, Ok(1));
    let kept = format!(
        "SELECT count(*) FROM show_seats JOIN bookings ON bookings.id = show_seats.booking_id
         WHERE reference = '{}'",
        held.reference
    );
    assert_eq!(count(&mut database.connect(), &kept), 0);
}

#[test]
fn control_with_the_walls_up_a_seat_is_not_booked_over_its_new_owner() {
    let _turn = turn();
    let database = database();
    let (.., confirmed) = confirm_naively_behind_a_takeover(&database);
    assert!(marquee::db::violates(&confirmed.unwrap_err(), "show_seats_legal_transition"));
}
