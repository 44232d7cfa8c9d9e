//! People want overlapping sets of seats and name them in different orders.

use crate::contention::{Blocker, all_at_once, deadlocks, turn, until_waiting};
use crate::naive;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, form, house, refused, try_hold};
use crate::support::{TestDatabase, count, database};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use marquee::db::Database;
use marquee::ids::{BookingId, SeatId};
use marquee::sale::SalePolicy;
use marquee::sale::cancel::cancel;
use marquee::sale::hold::{HoldRefusal, hold};
use rand::prelude::*;
use std::sync::{Barrier, Mutex};
use std::thread;

const CONTENDERS: u64 = 12;
const ROUNDS: usize = 40;

/// Two to five of the first six seats, in any order.
fn choice(rng: &mut StdRng, seats: &[SeatId]) -> Vec<SeatId> {
    let mut chosen = seats[..6].to_vec();
    chosen.shuffle(rng);
    chosen.truncate(rng.random_range(2..=5));
    chosen
}

/// Seats locked for a booking, by its reference.
fn locked_for(conn: &mut PgConnection, reference: &str) -> i64 {
    let owned = format!(
        "SELECT count(*) FROM show_seats JOIN bookings ON bookings.id = show_seats.booking_id
         WHERE reference = '{reference}' AND show_seats.status = 'locked'"
    );
    count(conn, &owned)
}

fn give_back(conn: &mut PgConnection, reference: &str) {
    let id = format!("SELECT id AS count FROM bookings WHERE reference = '{reference}'");
    let id = BookingId(count(conn, &id));
    refused(cancel(conn, id, &author())).unwrap();
}

/// Holds and gives back in a loop; how often it won and lost. Fails when it ever gets a part of what it asked for.
fn struggle(pool: &Database, house: &House, seed: u64) -> (usize, usize) {
    let mut rng = StdRng::seed_from_u64(seed);
    let (mut won, mut lost) = (0, 0);
    for _ in 0..ROUNDS {
        let chosen = choice(&mut rng, &house.seats);
        let request = form(house.show, &chosen);
        match refused(pool.run_here(|conn| hold(conn, &request, &SalePolicy::default(), &author()))) {
            Ok(held) => {
                won += 1;
                refused(pool.run_here(|conn| -> Result<(), marquee::db::Stop<()>> {
                    assert_eq!(locked_for(conn, &held.reference), chosen.len() as i64);
                    give_back(conn, &held.reference);
                    Ok(())
                }))
                .unwrap();
            }
            Err(HoldRefusal::Lost(seats)) => {
                lost += 1;
                assert!(!seats.is_empty() && seats.iter().all(|seat| chosen.contains(seat)), "{seats:?}");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    (won, lost)
}

fn storm(connections: u32) {
    let database = database();
    let house = house(&mut database.connect());
    let before = deadlocks(&database);
    let pool = Database::new(&database.url(), connections);
    let start = Barrier::new(CONTENDERS as usize);
    let tally = Mutex::new((0, 0));
    thread::scope(|scope| {
        for seed in 0..CONTENDERS {
            let (pool, house, start, tally) = (&pool, &house, &start, &tally);
            scope.spawn(move || {
                start.wait();
                let (won, lost) = struggle(pool, house, seed);
                let mut tally = tally.lock().unwrap();
                *tally = (tally.0 + won, tally.1 + lost);
            });
        }
    });
    drop(pool);
    let (won, lost) = tally.into_inner().unwrap();
    assert_eq!(won + lost, CONTENDERS as usize * ROUNDS);
    assert!(won > 0 && lost > 0, "{won} won and {lost} lost: nobody met anybody");
    assert_eq!(deadlocks(&database) - before, 0);
    let conn = &mut database.connect();
    assert_consistent(conn);
    assert_eq!(count(conn, "SELECT count(*) FROM show_seats WHERE status <> 'available'"), 0);
}

#[test]
fn overlapping_sets_in_any_order_are_taken_whole_or_not_at_all_without_a_deadlock() {
    let _turn = turn();
    storm(CONTENDERS as u32);
}

#[test]
fn a_pool_smaller_than_the_crowd_meets_no_deadlock_either() {
    let _turn = turn();
    storm(3);
}

/// PostgreSQL plans the same statement differently as tables grow. Here one contender's plan finds the seats by the
/// index, the other's reads the table, in which they lie backwards; the rows must be locked in seat order all the same.
#[test]
fn the_order_of_locks_does_not_depend_on_the_plan() {
    let _turn = turn();
    let database = database();
    let house = house(&mut database.connect());
    lay_backwards(&database);
    let before = deadlocks(&database);

    let middle = format!(
        "SELECT 1 FROM show_seats WHERE show_id = {} AND seat_id = {} FOR UPDATE",
        house.show, house.seats[1]
    );
    let blocker = Blocker::lock(&database, &middle);
    let mut watching = database.connect();
    let release = thread::spawn(move || {
        until_waiting(&mut watching, 2);
        drop(blocker);
    });
    let plans = ["enable_seqscan", "enable_indexscan"];
    let held = all_at_once(&database, &plans, |conn, avoided| {
        conn.batch_execute(&format!("SET {avoided} = off; SET enable_bitmapscan = off")).unwrap();
        try_hold(conn, house.show, &house.seats[..3])
    });
    release.join().unwrap();

    let (won, lost): (Vec<_>, Vec<_>) = held.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 1), "{won:?} {lost:?}");
    assert_eq!(lost[0], Err(HoldRefusal::Lost(house.seats[..3].to_vec())));
    assert_eq!(deadlocks(&database) - before, 0);
    assert_consistent(&mut database.connect());
}

fn lay_backwards(database: &TestDatabase) {
    database
        .connect()
        .batch_execute(
            "CREATE INDEX backwards ON show_seats (show_id, seat_id DESC);
             CLUSTER show_seats USING backwards;
             DROP INDEX backwards",
        )
        .unwrap();
}

#[test]
fn control_locking_row_by_row_in_the_order_named_deadlocks() {
    let _turn = turn();
    let database = database();
    let house = house(&mut database.connect());
    let before = deadlocks(&database);
    let first = Barrier::new(2);
    let (a, b) = (house.seats[0], house.seats[1]);
    let ended = all_at_once(&database, &[[a, b], [b, a]], |conn, order| {
        conn.transaction(|conn| {
            naive::lock_row(conn, house.show, order[0])?;
            first.wait();
            naive::lock_row(conn, house.show, order[1])
        })
    });
    assert_eq!(ended.iter().filter(|ended| ended.is_err()).count(), 1, "{ended:?}");
    assert_eq!(deadlocks(&database) - before, 1);
}
