//! Every two who can meet over the same seats, met at every moment of the locks. Each meeting must end, in what both
//! are told and in every row, as if one had come after the other.

use crate::actor::EVERYBODY;
use crate::contention::turn;
use crate::meeting::{Meeting, pairs};
use crate::scene::{Moment, Stage};

fn every_pair(moment: Moment, rounds: usize) {
    let _turn = turn();
    let mut stage = Stage::new();
    let pools = stage.pools();
    for actors in pairs(&EVERYBODY) {
        Meeting { actors: &actors, moment }.judge(&mut stage, &pools, rounds);
    }
    drop(pools);
    stage.close();
}

#[test]
fn every_pair_while_the_locks_live_ends_as_if_one_came_after_the_other() {
    every_pair(Moment::Alive, 3);
}

#[test]
fn every_pair_after_the_locks_lapsed_ends_as_if_one_came_after_the_other() {
    every_pair(Moment::Lapsed, 3);
}

#[test]
fn every_pair_that_waits_past_the_locks_end_is_judged_after_it() {
    every_pair(Moment::LapsesMeanwhile, 0);
}

#[test]
fn every_pair_in_the_last_microsecond_of_the_locks_still_finds_them() {
    every_pair(Moment::LastInstant, 1);
}

#[test]
fn every_pair_at_the_very_end_of_the_locks_finds_the_seats_free() {
    every_pair(Moment::AtTheEnd, 1);
}
