//! A show is cancelled while people are holding seats of it.

use crate::contention::{Blocker, all_at_once, turn, until_waiting};
use crate::naive;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, refused, seats_of, staff, try_hold};
use crate::support::{TestDatabase, count, database, travel};
use chrono::Duration;
use diesel::PgConnection;
use marquee::programme::Staff;
use marquee::programme::cancel_show::cancel_show;
use marquee::programme::schedule::schedule;
use marquee::sale::hold::{Held, HoldRefusal};
use std::thread;

/// Unpaid bookings that live, and seats that are locked, on a cancelled show.
fn left_over(conn: &mut PgConnection) -> (i64, i64) {
    let bookings = "SELECT count(*) FROM bookings AS b JOIN shows AS s ON s.id = b.show_id
                    WHERE s.status = 'cancelled' AND b.status = 'created'";
    let locks = "SELECT count(*) FROM show_seats AS b JOIN shows AS s ON s.id = b.show_id
                 WHERE s.status = 'cancelled' AND b.status = 'locked'";
    (count(conn, bookings), count(conn, locks))
}

enum Contender {
    Holds(usize),
    Cancels(Staff),
}

#[test]
fn after_the_cancellation_no_hold_and_no_lock_is_left() {
    let _turn = turn();
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let manager = staff(conn);
    for round in 0..12 {
        let starts_at = house.starts_at + Duration::days(1 + round);
        let show = schedule(conn, &house.request(starts_at), &author()).unwrap();
        let seats = seats_of(conn, show);
        let mut contenders: Vec<Contender> = (0..10).map(Contender::Holds).collect();
        contenders.insert(round as usize % 10, Contender::Cancels(manager));
        let held: Vec<Option<Result<Held, HoldRefusal>>> =
            all_at_once(&database, &contenders, |conn, contender| match contender {
                Contender::Holds(number) => Some(try_hold(conn, show, &seats[number * 4..][..4])),
                Contender::Cancels(staff) => {
                    refused(cancel_show(conn, show, "The projector broke", staff)).unwrap();
                    None
                }
            });
        for held in held.into_iter().flatten() {
            assert!(matches!(held, Ok(_) | Err(HoldRefusal::ShowCancelled)), "{held:?}");
        }
        assert_eq!(left_over(conn), (0, 0), "round {round}");
    }
    assert_consistent(conn);
}

/// A hold that has seen the show on sale and has not committed, stopped at the claim of a lapsed lock that it is about to
/// end; `cancels` runs meanwhile. What became of the hold.
fn hold_while(
    database: &TestDatabase,
    house: &House,
    cancels: impl FnOnce(&mut PgConnection) + Send,
    waiting: i64,
) -> Result<Held, HoldRefusal> {
    try_hold(&mut database.connect(), house.show, &house.seats[..1]).unwrap();
    travel(database, "11 minutes");
    let blocker = Blocker::lock(database, "SELECT 1 FROM booking_seats FOR UPDATE");
    let watching = &mut database.connect();
    thread::scope(|scope| {
        let held = scope.spawn(|| try_hold(&mut database.connect(), house.show, &house.seats[..1]));
        until_waiting(watching, 1);
        let cancels = scope.spawn(|| cancels(&mut database.connect()));
        if waiting > 1 {
            until_waiting(watching, waiting);
        } else {
            cancels.join().unwrap();
        }
        drop(blocker);
        held.join().unwrap()
    })
}

#[test]
fn the_cancellation_waits_for_a_hold_under_way_and_ends_it_too() {
    let _turn = turn();
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let manager = staff(conn);
    let mut cancelled = None;
    let held = hold_while(
        &database,
        &house,
        |conn| cancelled = Some(refused(cancel_show(conn, house.show, "The projector broke", &manager)).unwrap()),
        2,
    );
    assert!(held.is_ok(), "{held:?}");
    assert_eq!(cancelled.unwrap().unpaid, 2); // the lapsed one is still created in its row
    assert_eq!(left_over(conn), (0, 0));
    assert_eq!(try_hold(conn, house.show, &house.seats[..1]), Err(HoldRefusal::ShowCancelled));
    assert_consistent(conn);
}

/// The cancellation has the show and waits for a booking; the hold comes then, and waits for the show.
#[test]
fn a_hold_that_waits_for_the_cancellation_sees_it() {
    let _turn = turn();
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let manager = staff(conn);
    try_hold(conn, house.show, &house.seats[..1]).unwrap();
    let blocker = Blocker::lock(&database, "SELECT 1 FROM bookings FOR NO KEY UPDATE");
    let held = thread::scope(|scope| {
        let cancelled = scope.spawn(|| {
            refused(cancel_show(&mut database.connect(), house.show, "The projector broke", &manager)).unwrap()
        });
        until_waiting(conn, 1);
        let held = scope.spawn(|| try_hold(&mut database.connect(), house.show, &house.seats[1..3]));
        until_waiting(conn, 2);
        drop(blocker);
        assert_eq!(cancelled.join().unwrap().unpaid, 1);
        held.join().unwrap()
    });
    assert_eq!(held, Err(HoldRefusal::ShowCancelled));
    assert_eq!(left_over(conn), (0, 0));
    assert_consistent(conn);
}

#[test]
fn control_a_plain_update_of_the_show_lets_the_hold_slip_past() {
    let _turn = turn();
    let database = database();
    let house = house(&mut database.connect());
    let held = hold_while(&database, &house, |conn| naive::cancel_show(conn, house.show).unwrap(), 1);
    assert!(held.is_ok(), "{held:?}");
    assert_eq!(left_over(&mut database.connect()), (1, 1));
}
