//! What goes between application and PostgreSQL is cut, delayed, and silenced.

use super::{Turns, milliseconds};
use crate::support::processes::wait_until;
use crate::support::proxy::{Cut, Pace, Proxy};
use crate::watch::Watch;
use rand::RngExt;
use rand::rngs::StdRng;
use std::time::Duration;

#[derive(Clone, Copy)]
enum Strike {
    Cut(Cut),
    Reset,
    Delay,
    Silence,
}

const STRIKES: [(Strike, &str); 6] = [
    (Strike::Cut(Cut::Before), "connection cut before a COMMIT"),
    (Strike::Cut(Cut::During), "connection cut during a COMMIT"),
    (Strike::Cut(Cut::After), "reply to a COMMIT lost"),
    (Strike::Reset, "all connections reset"),
    (Strike::Delay, "connections delayed"),
    (Strike::Silence, "connections silenced"),
];

/// What strikes at connections are called.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    STRIKES.iter().map(|(_, kind)| *kind)
}

/// Between two strikes, in milliseconds.
const PEACE: std::ops::Range<u64> = 300..1_500;

/// Cuts, delays and silences what goes between application and PostgreSQL.
pub fn torment(proxy: &Proxy, peace: u32, watch: &Watch, mut dice: StdRng) {
    let mut strikes = Turns::of(&STRIKES);
    while !watch.is_over_within(milliseconds(&mut dice, PEACE) * peace) {
        let (strike, kind) = strikes.next(&mut dice);
        if carry_out(strike, proxy, watch, &mut dice) {
            watch.struck(kind);
        }
    }
}

/// Whether it hit somebody. The line is as good as ever afterwards.
fn carry_out(strike: Strike, proxy: &Proxy, watch: &Watch, dice: &mut StdRng) -> bool {
    match strike {
        Strike::Cut(cut) => {
            proxy.cut_next(cut);
            return wait_until(Duration::from_secs(1), || proxy.has_cut());
        }
        Strike::Reset => proxy.cut_all(),
        Strike::Delay => {
            proxy.set_pace(Pace::After(milliseconds(dice, 2..40)));
            watch.is_over_within(milliseconds(dice, 500..2_000));
        }
        Strike::Silence => {
            proxy.set_pace(Pace::Never);
            watch.is_over_within(milliseconds(dice, 500..3_000));
            // What was said meanwhile arrives late, or never.
            if dice.random_bool(0.5) {
                proxy.cut_all();
            }
        }
    }
    proxy.set_pace(Pace::AtOnce);
    true
}
