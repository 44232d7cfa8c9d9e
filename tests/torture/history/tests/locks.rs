//! Locks that are lost before their end.

use super::script::{ASHA, BINA, HELD, LOCK, Script, left};
use crate::history::Rule::LockLostEarly;
use crate::journal::State;

#[test]
fn a_held_seat_is_shown_available_before_the_deadline() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let map = script.map(BINA, 470..471, ".");
    script.breaks(LockLostEarly, Some(1), &[held, map]);
}

#[test]
fn a_held_seat_is_shown_available_in_the_grace_after_the_deadline() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let map = script.map(BINA, LOCK - 3..LOCK - 2, ".");
    script.breaks(LockLostEarly, Some(1), &[held, map]);
}

#[test]
fn a_held_seat_is_shown_available_before_the_deadline_that_a_payment_moved() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    script.pay(ASHA, 470..471, "A");
    script.page(ASHA, 472..473, "A", &[1], left(298));
    let map = script.map(BINA, 880..881, ".");
    script.breaks(LockLostEarly, Some(1), &[held, map]);
}

#[test]
fn a_held_seat_is_kept_back_by_the_house() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let map = script.map(BINA, 2..3, "X");
    script.breaks(LockLostEarly, Some(1), &[held, map]);
}

#[test]
fn a_held_seat_is_shown_sold_though_its_owner_has_not_paid() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let map = script.map(BINA, 2..3, "B");
    script.breaks(LockLostEarly, Some(1), &[held, map]);
}

#[test]
fn a_held_seat_is_shown_sold_before_its_owner_pays() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let map = script.map(BINA, 2..3, "B");
    script.pay(ASHA, 4..5, "A");
    script.breaks(LockLostEarly, Some(1), &[held, map]);
}

#[test]
fn a_held_seat_is_shown_sold_before_its_owner_is_shown_that_it_is_not() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    script.pay(ASHA, 2..3, "A");
    let map = script.map(BINA, 4..5, "B");
    script.page(ASHA, 6..7, "A", &[1], HELD);
    script.breaks(LockLostEarly, Some(1), &[held, map]);
}

#[test]
fn a_held_seat_is_shown_to_its_owner_as_anothers() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let map = script.map(ASHA, 2..3, "L");
    script.breaks(LockLostEarly, Some(1), &[held, map]);
}

#[test]
fn a_held_seat_is_shown_to_another_as_his() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let map = script.map(BINA, 2..3, "Y");
    script.breaks(LockLostEarly, Some(1), &[held, map]);
}

#[test]
fn a_booking_expires_before_its_locks_end() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let page = script.page(ASHA, 590..591, "A", &[1], State::Expired);
    script.breaks(LockLostEarly, None, &[held, page]);
}

#[test]
fn a_booking_is_cancelled_by_nobody() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let page = script.page(ASHA, 2..3, "A", &[1], State::Cancelled);
    script.breaks(LockLostEarly, None, &[held, page]);
}

#[test]
fn the_time_to_pay_is_shorter_than_it_was_shown() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    let longer = script.page(ASHA, 400..401, "A", &[1], left(200));
    let shorter = script.page(ASHA, 410..411, "A", &[1], left(180));
    script.breaks(LockLostEarly, None, &[longer, shorter]);
}

#[test]
fn the_time_to_pay_is_shorter_than_the_rule() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let page = script.page(ASHA, 2..3, "A", &[1], left(470));
    script.breaks(LockLostEarly, None, &[held, page]);
}
