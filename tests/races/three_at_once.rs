//! Three at once over the same seats.

use crate::actor::Actor::{self, *};
use crate::contention::turn;
use crate::meeting::Meeting;
use crate::scene::Moment::{self, *};
use crate::scene::Stage;

fn three(actors: [Actor; 3], moments: &[Moment], rounds: usize) {
    let _turn = turn();
    let mut stage = Stage::new();
    let pools = stage.pools();
    for moment in moments {
        Meeting { actors: &actors, moment: *moment }.judge(&mut stage, &pools, rounds);
    }
    drop(pools);
    stage.close();
}

#[test]
fn of_three_bookings_that_want_the_same_seats_one_has_both_and_two_are_told_which_they_lost() {
    three([Holds, Holds, Holds], &[Alive, Lapsed, LapsesMeanwhile, AtTheEnd], 4);
}

#[test]
fn money_a_cancellation_and_a_stranger_end_in_some_order() {
    three([Settles, Cancels, Holds], &[Alive, Lapsed, LapsesMeanwhile], 2);
}

#[test]
fn late_money_a_stranger_and_the_house_end_in_some_order() {
    three([SettlesLate, Holds, Blocks], &[Alive, Lapsed, LapsesMeanwhile], 2);
}

#[test]
fn late_money_a_new_attempt_to_pay_and_a_cancellation_end_in_some_order() {
    three([SettlesLate, StartsPaying, Cancels], &[Alive, LapsesMeanwhile], 2);
}
