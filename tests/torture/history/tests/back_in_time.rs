//! Maps and pages that go back in time: older than what was shown, to anybody, before they were asked for.

use super::script::{ASHA, BINA, CHIRAG, HELD, LOCK, SECOND, Script, TERMS, cancel};
use crate::history::Rule::BackInTime;
use crate::history::Terms;
use crate::journal::{Said, State};

#[test]
fn a_map_is_older_than_anothers_which_showed_the_hold_before_it_was_acknowledged() {
    let mut script = Script::default();
    script.held(ASHA, 0..20, "A", &[1]);
    let newer = script.map(BINA, 1..2, "L");
    let older = script.map(CHIRAG, 3..4, ".");
    script.breaks(BackInTime, Some(1), &[newer, older]);
}

#[test]
fn a_map_is_older_than_anothers_which_showed_the_sale_before_its_owner_was_told() {
    for (looks, from) in [(".", LOCK + 3), ("L", 5)] {
        let mut script = Script::default();
        script.held(ASHA, 0..1, "A", &[1]);
        script.pay(ASHA, 2..3, "A");
        let newer = script.map(BINA, 3..4, "B");
        let older = script.map(CHIRAG, from..from + 1, looks);
        script.breaks(BackInTime, Some(1), &[newer, older]);
    }
}

#[test]
fn a_map_shows_a_hold_that_was_given_up_before() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    script.cancel(ASHA, 2..3, "A");
    let map = script.map(BINA, 4..5, "L");
    script.breaks(BackInTime, Some(1), &[held, map]);
}

#[test]
fn a_map_shows_a_sale_that_was_given_back_before() {
    let mut script = Script::default();
    let (held, _) = script.bought(ASHA, "A", &[1]);
    script.cancel(ASHA, 6..7, "A");
    let map = script.map(BINA, 8..9, "B");
    script.breaks(BackInTime, Some(1), &[held, map]);
}

#[test]
fn a_map_shows_a_hold_long_after_its_latest_end() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let map = script.map(BINA, 910..911, "L");
    script.breaks(BackInTime, Some(1), &[held, map]);
}

#[test]
fn a_map_shows_a_hold_that_nobody_asked_for() {
    let mut script = Script::default();
    let map = script.map(BINA, 1..2, ".L");
    script.held(ASHA, 3..4, "A", &[2]);
    script.breaks(BackInTime, Some(2), &[map]);
}

#[test]
fn a_hold_loses_a_seat_that_nobody_has_any_more() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    script.cancel(ASHA, 2..3, "A");
    let lost = script.lost(BINA, 4..5, "B", &[1]);
    script.breaks(BackInTime, Some(1), &[held, lost]);
}

#[test]
fn a_booking_is_held_after_it_was_over() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    let expired = script.page(ASHA, 601..602, "A", &[1], State::Expired);
    let page = script.page(ASHA, 603..604, "A", &[1], HELD);
    script.breaks(BackInTime, None, &[expired, page]);
}

#[test]
fn a_booking_is_held_after_it_was_given_up() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    let cancelled = script.cancel(ASHA, 2..3, "A");
    let page = script.page(ASHA, 4..5, "A", &[1], HELD);
    script.breaks(BackInTime, None, &[cancelled, page]);
}

#[test]
fn a_booking_is_confirmed_after_it_was_cancelled() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    script.pay(ASHA, 2..3, "A");
    script.unknown(ASHA, 4, cancel("A"));
    let cancelled = script.page(ASHA, 5..6, "A", &[1], State::Cancelled);
    let page = script.page(ASHA, 7..8, "A", &[1], State::Confirmed);
    script.breaks(BackInTime, None, &[cancelled, page]);
}

#[test]
fn a_booking_is_confirmed_after_it_was_given_back() {
    let mut script = Script::default();
    script.bought(ASHA, "A", &[1]);
    let cancelled = script.cancel(ASHA, 6..7, "A");
    let page = script.page(ASHA, 8..9, "A", &[1], State::Confirmed);
    script.breaks(BackInTime, None, &[cancelled, page]);
}

#[test]
fn a_map_shows_a_hold_that_was_never_answered_when_it_can_no_longer_be_done() {
    let mut script = Script::default();
    let hold = script.unknown(ASHA, 0, super::script::hold("A", &[1]));
    let map = script.map(BINA, 1000..1001, "L");
    script.is_good();
    let terms = Terms { unknown_for: 60 * SECOND, ..TERMS };
    script.breaks_under(&terms, &[(BackInTime, Some(1), &[hold, map])]);
}

#[test]
fn a_map_shows_a_hold_before_its_form_was_known_to_have_made_nothing() {
    let mut script = Script::default();
    script.unknown(ASHA, 0, super::script::hold("A", &[1, 2]));
    script.held(BINA, 1..2, "B", &[1]);
    let map = script.map(CHIRAG, 3..4, "LL");
    script.say(ASHA, 5..6, super::script::hold("A", &[1, 2]), Said::Lost { seats: vec![1] });
    script.breaks(BackInTime, Some(2), &[map]);
}
