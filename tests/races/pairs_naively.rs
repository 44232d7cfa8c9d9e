//! The control of `pairs`: the same actors without locks, under the same judgement.
//!
//! Alone, before or after the other, the naive one does right. When the other comes between its look and its writing, it
//! does not.

use crate::actor::Actor::{self, *};
use crate::contention::turn;
use crate::ended::Ended;
use crate::meeting::{Meeting, Serial};
use crate::naive::over_seats;
use crate::scene::Moment::{self, *};
use crate::scene::{Stage, travel};
use diesel::QueryResult;
use marquee::db::Database;

/// Who is naive, who comes between, when, and the wall that refuses it where the schema has one.
const MEETINGS: [(Actor, Actor, Moment, Option<&str>); 17] = [
    (Holds, Holds, Lapsed, Some("show_seats_legal_transition")),
    (Holds, Blocks, Lapsed, Some("show_seats_legal_transition")),
    (Blocks, Holds, Lapsed, None),
    (Settles, Holds, LapsesMeanwhile, Some("show_seats_legal_transition")),
    (Settles, Cancels, Alive, Some("show_seats_legal_transition")),
    (Settles, Settles, Alive, Some("show_seats_legal_transition")),
    (SettlesLate, Settles, Alive, Some("show_seats_legal_transition")),
    (SettlesLate, Cancels, Alive, Some("show_seats_legal_transition")),
    (Cancels, Settles, Alive, None),
    (Cancels, Holds, LapsesMeanwhile, None),
    (StartsPaying, StartsPaying, Alive, Some("payments_one_open")),
    (Settles, Holds, Lapsed, Some("show_seats_legal_transition")),
    (SettlesLate, Settles, Lapsed, Some("show_seats_legal_transition")),
    (GivesBack, GivesBack, Paid, Some("refunds_within_capture")),
    (GivesBack, CancelsShow, Paid, Some("refunds_within_capture")),
    (CancelsShow, GivesBack, Paid, Some("refunds_within_capture")),
    (CancelsShow, Settles, Alive, None),
];

/// The naive one looks, the other acts, the naive one writes.
fn between(
    stage: &mut Stage,
    pool: &Database,
    naive: Actor,
    other: Actor,
    moment: Moment,
) -> (Ended, QueryResult<()>) {
    let scene = stage.scene(&[naive, other], moment);
    let mut said = String::new();
    let clock = &mut stage.database.connect();
    let written = over_seats::act(naive, &mut stage.conn, &scene, 0, || {
        if moment == LapsesMeanwhile {
            travel(clock, "11 minutes");
        }
        said = other.act(pool, &scene, 1);
    });
    (Ended::read(&mut stage.conn, &scene, vec![said]), written)
}

/// Whether what stands in the tables is what some order of the real ones leaves there.
fn is_legal(ended: &Ended, serial: &[Serial]) -> bool {
    serial.iter().any(|serial| serial.ended.tables == ended.tables)
}

/// The naive one before the other, and after it.
fn apart(stage: &mut Stage, pool: &Database, naive: Actor, other: Actor, moment: Moment) -> [Ended; 2] {
    let moment = if moment == LapsesMeanwhile { Lapsed } else { moment };
    [true, false].map(|first| {
        let scene = stage.scene(&[naive, other], moment);
        let act = |conn: &mut _| over_seats::act(naive, conn, &scene, 0, || ()).unwrap();
        if first {
            act(&mut stage.conn);
        }
        other.act(pool, &scene, 1);
        if !first {
            act(&mut stage.conn);
        }
        Ended::read(&mut stage.conn, &scene, Vec::new())
    })
}

#[test]
fn control_whoever_looks_and_then_writes_goes_wrong_when_another_comes_between() {
    let _turn = turn();
    let mut stage = Stage::new();
    over_seats::without_any_wall(&stage.database);
    let pool = stage.pool(2);
    for (naive, other, moment, _) in MEETINGS {
        let serial = Meeting { actors: &[naive, other], moment }.serial(&mut stage, &pool);
        for alone in apart(&mut stage, &pool, naive, other, moment) {
            assert!(is_legal(&alone, &serial), "{naive:?} and {other:?} {moment:?}, apart: {alone:#?}");
        }
        let (ended, written) = between(&mut stage, &pool, naive, other, moment);
        written.unwrap();
        assert!(!is_legal(&ended, &serial), "{naive:?} and {other:?} {moment:?}: {ended:#?}");
    }
}

#[test]
fn control_with_the_walls_up_the_schema_refuses_what_it_can_see() {
    let _turn = turn();
    let mut stage = Stage::new();
    let pool = stage.pool(2);
    for (naive, other, moment, wall) in MEETINGS {
        let (_, written) = between(&mut stage, &pool, naive, other, moment);
        match (wall, written) {
            (None, Ok(())) => {}
            (Some(wall), Err(error)) if marquee::db::violates(&error, wall) => {}
            (_, written) => panic!("{naive:?} and {other:?} {moment:?}: {written:?}, not {wall:?}"),
        }
    }
}
