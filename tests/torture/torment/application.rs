//! The application is killed at named points and at random, stopped, and continued.

use super::{Turns, milliseconds};
use crate::support::processes::wait_until;
use crate::support::site::Program;
use crate::watch::Watch;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::RngExt;
use rand::rngs::StdRng;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

/// Kill points, what happened when the application ends there, and how often the passing that is fatal is doubled, at
/// most, in times without peace: a slow machine comes by the first passings, and on a fast one much is under way at the later ones.
const POINTS: [(&str, &str, u32); 12] = [
    ("hold_after_lock", "application killed: after the lock of a hold", 8),
    ("hold_before_commit", "application killed: before the commit of a hold", 7),
    ("hold_after_commit", "application killed: after the commit of a hold, before the reply", 7),
    ("session_opened", "application killed: after the gateway's answer, before it is recorded", 4),
    ("session_ended", "application killed: after the gateway ended a session, before it is recorded", 1),
    ("inbox_stored", "application killed: in the inbox, stored and not applied", 3),
    ("inbox_before_effect", "application killed: in the inbox, before the effect", 3),
    ("inbox_after_effect", "application killed: in the inbox, after the effect, before the commit", 3),
    ("inbox_done", "application killed: in the inbox, after the commit, before the reply", 3),
    ("refund_leased", "application killed: in a refund, before the gateway is asked", 1),
    ("refund_answered", "application killed: in a refund, after the gateway's answer", 1),
    ("refund_noted", "application killed: in a refund, before the commit", 1),
];
pub const AT_RANDOM: &str = "application killed: at random";
const IN_VAIN: &str = "application started while PostgreSQL was away";
pub const STOPPED: &str = "application stopped, and continued";

/// A life of the application lasts no longer, in milliseconds.
const LIFE: std::ops::Range<u64> = 2_500..7_000;

/// Kills the application and starts it again, each life with another fatal point; returns it in good health.
pub fn torment(mut app: Program, peace: u32, watch: &Watch, mut dice: StdRng) -> Program {
    let mut points = Turns::of(&POINTS);
    while !watch.is_over() {
        let (point, kind, doublings) = points.next(&mut dice);
        app.set("MARQUEE_FAULT", &format!("{point}:{}", peace << dice.random_range(0..=doublings)));
        app.kill();
        let life = milliseconds(&mut dice, LIFE) * peace;
        live(&mut app, life, kind, watch, &mut dice);
    }
    app.set("MARQUEE_FAULT", "");
    app.kill();
    // PostgreSQL may still be away.
    let is_up = || {
        if app.ended().is_some() {
            app.start_again();
        }
        app.listens()
    };
    assert!(wait_until(Duration::from_secs(60), is_up), "the application does not come back");
    app
}

/// One life, from the start to the end at the fatal point, or at any moment after a while.
fn live(app: &mut Program, life: Duration, kind: &'static str, watch: &Watch, dice: &mut StdRng) {
    let born = app.start_again();
    let mut stops_at = dice.random_bool(0.3).then(|| life.mul_f32(dice.random_range(0.2..0.9)));
    while !watch.is_over_within(Duration::from_millis(10)) {
        match app.ended().map(|status| (status.signal(), status.code())) {
            None => {}
            Some((Some(signal), _)) if signal == Signal::SIGABRT as i32 => return watch.struck(kind),
            // Started while PostgreSQL was away, it says so and ends.
            Some((_, Some(1))) => {
                watch.strikes.add(IN_VAIN);
                watch.is_over_within(Duration::from_millis(100));
                return;
            }
            Some(other) => return watch.surprise(format!("the application ended by itself: {other:?}")),
        }
        if stops_at.take_if(|at| born.elapsed() > *at).is_some() {
            stop_for_a_while(app.process(), watch, dice);
        }
        if born.elapsed() > life {
            app.kill();
            return watch.struck(AT_RANDOM);
        }
    }
}

fn stop_for_a_while(process: Pid, watch: &Watch, dice: &mut StdRng) {
    if kill(process, Signal::SIGSTOP).is_err() {
        return;
    }
    watch.is_over_within(milliseconds(dice, 100..2_500));
    let _ = kill(process, Signal::SIGCONT);
    watch.struck(STOPPED);
}
