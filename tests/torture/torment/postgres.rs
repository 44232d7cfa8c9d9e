//! PostgreSQL is killed, whole or in part.

use super::{Turns, milliseconds};
use crate::support::processes::wait_until;
use crate::support::site::Postgres;
use crate::watch::Watch;
use diesel::{Connection, PgConnection};
use rand::rngs::StdRng;
use std::time::Duration;

#[derive(Clone, Copy)]
enum Kill {
    All,
    First,
    Backend,
}

const KILLS: [(Kill, &str); 3] = [
    (Kill::All, "PostgreSQL killed: all its processes"),
    (Kill::First, "PostgreSQL killed: its first process"),
    (Kill::Backend, "PostgreSQL killed: one backend"),
];

/// What strikes at PostgreSQL are called.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KILLS.iter().map(|(_, kind)| *kind)
}

/// Between two strikes at PostgreSQL.
const PEACE: std::ops::Range<u64> = 6_000..12_000;

/// Kills PostgreSQL or one of its backends, and starts it again; returns it when it takes connections.
pub fn torment(mut postgres: Postgres, peace: u32, watch: &Watch, mut dice: StdRng) -> Postgres {
    let mut kills = Turns::of(&KILLS);
    while !watch.is_over_within(milliseconds(&mut dice, PEACE) * peace) {
        let (how, kind) = kills.next(&mut dice);
        if kill(&postgres, how) {
            watch.struck(kind);
        }
        postgres.come_back();
    }
    let is_up = || PgConnection::establish(postgres.url()).is_ok();
    assert!(wait_until(Duration::from_secs(60), is_up), "PostgreSQL does not come back");
    postgres
}

/// Whether there was something to kill.
fn kill(postgres: &Postgres, how: Kill) -> bool {
    match how {
        Kill::All => postgres.kill_all(),
        Kill::First => postgres.kill_postmaster(),
        // The application may just be starting.
        Kill::Backend => return wait_until(Duration::from_secs(3), || postgres.kill_a_backend()),
    }
    true
}
