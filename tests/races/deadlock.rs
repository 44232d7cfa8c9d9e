//! Somebody outside the application locks seats in the wrong order, and PostgreSQL ends the application's transaction.

use crate::actor::Actor::{self, *};
use crate::contention::{Blocker, turn, until};
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
