//! Somebody outside the application locks seats in the wrong order, and PostgreSQL ends the application's transaction; or
//! writes a row that names a booking, and meets nobody.

use crate::actor::Actor::{self, *};
use crate::contention::{Blocker, turn, until, until_waiting};
use crate::ended::Ended;
use crate::meeting::Meeting;
use crate::scene::Moment::{self, *};
use crate::scene::{Scene, Stage};
use crate::support::count;
use diesel::prelude::*;
use marquee::db::Failure;
use marquee::seating::show_seat;
use std::thread;

/// For each scene, `run` has the first seat and waits for the second; then somebody who has the second wants the first.
///
/// Whoever has waited for a second looks for a deadlock and ends itself. `run` has waited for longer, so it is the one.
fn deadlocked<T: Send>(stage: &mut Stage, scenes: &[Scene], run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (database, run) = (&stage.database, &run);
    let outside: Vec<Blocker> = scenes.iter().map(|scene| Blocker::lock(database, &scene.second_seat())).collect();
    thread::scope(|scope| {
        let running: Vec<_> = (0..scenes.len()).map(|at| scope.spawn(move || run(at))).collect();
        until_waiting_long(&mut stage.conn, scenes.len() as i64);
        for (scene, mut outside) in scenes.iter().zip(outside) {
            scope.spawn(move || outside.lock_more(&scene.first_seat()));
        }
        running.into_iter().map(|running| running.join().unwrap()).collect()
    })
}

fn until_waiting_long(conn: &mut PgConnection, wanted: i64) {
    let waiting = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
                   WHERE datname = current_database() AND NOT granted
                     AND waitstart < clock_timestamp() - interval '100 milliseconds'";
    until("all wait for a while", || count(conn, waiting) >= wanted);
}

const VICTIMS: [(Actor, Moment); 6] = [
    (Holds, Lapsed),
    (Settles, Alive),
    (Cancels, Alive),
    (SettlesLate, Lapsed),
    (StartsPaying, Alive),
    (Blocks, Lapsed),
];

#[test]
fn a_verb_that_a_deadlock_ended_is_run_again_and_does_what_one_quiet_run_does() {
    let _turn = turn();
    let mut stage = Stage::new();
    let pool = stage.pool(VICTIMS.len() as u32);
    let quiet =
        VICTIMS.map(|(actor, moment)| Meeting { actors: &[actor], moment }.serial(&mut stage, &pool).remove(0).ended);
    let scenes = VICTIMS.map(|(actor, moment)| stage.scene(&[actor], moment));
    let said = deadlocked(&mut stage, &scenes, |at| VICTIMS[at].0.act(&pool, &scenes[at], 0));
    for (at, said) in said.into_iter().enumerate() {
        assert_eq!(Ended::read(&mut stage.conn, &scenes[at], vec![said]), quiet[at], "{:?}", VICTIMS[at]);
    }
    drop(pool);
    stage.close_after(VICTIMS.len() as i64);
}

#[test]
fn control_a_transaction_that_is_not_run_again_ends_with_the_deadlock() {
    let _turn = turn();
    let mut stage = Stage::new();
    let scenes = [stage.scene(&[Holds], Lapsed)];
    let url = stage.database.url();
    let ended = deadlocked(&mut stage, &scenes, |at| {
        let Scene { show, seats, .. } = &scenes[at];
        let mut conn = PgConnection::establish(&url).unwrap();
        conn.transaction(|conn| show_seat::lock(conn, *show, seats).map(|_| ())).map_err(Failure::from)
    });
    assert!(matches!(ended[0], Err(Failure::Collided(_))), "{ended:?}");
    stage.close_after(1);
}

/// A foreign key locks the row that it names. Here somebody has a seat that a booking waits for, and names that booking.
#[test]
fn a_booking_that_waits_for_a_seat_is_named_by_whoever_has_the_seat_without_a_deadlock() {
    let _turn = turn();
    let mut stage = Stage::new();
    let pool = stage.pool(1);
    for actor in [Settles, SettlesLate, Cancels, StartsPaying] {
        let scene = stage.scene(&[actor], Alive);
        let mut outside = Blocker::lock(&stage.database, &scene.first_seat());
        thread::scope(|scope| {
            scope.spawn(|| actor.act(&pool, &scene, 0));
            until_waiting(&mut stage.conn, 1);
            outside.lock_more(&another_claim(&scene));
            drop(outside);
        });
    }
    drop(pool);
    stage.close();
}

/// A claim of the scene's booking on one seat more.
fn another_claim(scene: &Scene) -> String {
    let Scene { booking, show, .. } = scene;
    format!(
        "INSERT INTO booking_seats (booking_id, show_id, seat_id, price_type, adult_price)
         SELECT {booking}, show_id, seat_id, 'adult', 200 FROM show_seats
         WHERE show_id = {show} AND status = 'available' LIMIT 1"
    )
}
