//! Two owners of one seat.

use super::script::{ASHA, BINA, LOCK, Script};
use crate::history::Rule::TwoOwners;
use crate::journal::State;

#[test]
fn two_holds_of_one_seat_are_two_owners() {
    let mut script = Script::default();
    let asha = script.held(ASHA, 0..1, "A", &[1, 2]);
    let bina = script.held(BINA, 2..3, "B", &[2, 3]);
    script.breaks(TwoOwners, Some(2), &[asha, bina]);
}

#[test]
fn a_seat_sold_to_two_has_two_owners() {
    let mut script = Script::default();
    let (_, asha) = script.bought(ASHA, "A", &[1]);
    let bina = script.held(BINA, LOCK + 10..LOCK + 11, "B", &[1]);
    script.pay(BINA, LOCK + 12..LOCK + 13, "B");
    script.page(BINA, LOCK + 14..LOCK + 15, "B", &[1], State::Confirmed);
    script.breaks(TwoOwners, Some(1), &[asha, bina]);
}

#[test]
fn late_money_that_buys_a_seat_which_another_holds_makes_two_owners() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    script.pay(ASHA, 2..3, "A");
    let bina = script.held(BINA, LOCK + 10..LOCK + 11, "B", &[1]);
    let asha = script.page(ASHA, LOCK + 20..LOCK + 21, "A", &[1], State::Confirmed);
    script.breaks(TwoOwners, Some(1), &[bina, asha]);
}

#[test]
fn one_who_was_never_answered_is_an_owner_when_a_map_can_mean_nobody_else() {
    let mut script = Script::default();
    script.unknown(ASHA, 0, super::script::hold("A", &[1]));
    let seen = script.map(BINA, 1..2, "L");
    let bina = script.held(BINA, 3..4, "B", &[1]);
    script.breaks(TwoOwners, Some(1), &[seen, bina]);
}
