//! Every two who can meet over the same seats, met at every moment of the locks. Each meeting must end, in what both
//! are told and in every row, as if one had come after the other.

use crate::actor::Actor::{self, *};
use crate::actor::{AFTER_THE_SALE, EVERYBODY};
use crate::contention::turn;
use crate::meeting::{Meeting, pairs};
use crate::scene::{Moment, Stage};

fn every_pair(moment: Moment, rounds: usize) {
    every_pair_of(&EVERYBODY, moment, rounds);
}

fn every_pair_of(actors: &[Actor], moment: Moment, rounds: usize) {
    let _turn = turn();
    let mut stage = Stage::new();
    let pools = stage.pools();
    for actors in pairs(actors) {
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

#[test]
fn every_pair_after_the_sale_ends_as_if_one_came_after_the_other() {
    every_pair_of(&AFTER_THE_SALE, Moment::Paid, 3);
}

/// Who gives a booking back meets its money: too early, or just in time.
#[test]
fn who_gives_a_booking_back_beside_its_money_ends_as_if_one_came_after_the_other() {
    let _turn = turn();
    let mut stage = Stage::new();
    let pools = stage.pools();
    for moment in [Moment::Alive, Moment::Lapsed, Moment::LapsesMeanwhile, Moment::AtTheEnd] {
        for other in [Settles, SettlesLate, Cancels, StartsPaying, GivesBack, Tells("checkout.session.expired")] {
            Meeting { actors: &[GivesBack, other], moment }.judge(&mut stage, &pools, 2);
        }
    }
    drop(pools);
    stage.close();
}
