//! Maps that show half of a hold, of a release or of a sale.

use super::script::{ASHA, BINA, Script};
use crate::history::Rule::HalfSeen;

#[test]
fn half_of_a_hold_that_was_acknowledged() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1, 2]);
    let map = script.map(BINA, 2..3, "L.");
    script.breaks(HalfSeen, Some(2), &[held, map]);
}

#[test]
fn half_of_a_hold_that_is_being_placed() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..9, "A", &[1, 2]);
    let map = script.map(BINA, 2..3, "L.");
    script.breaks(HalfSeen, Some(2), &[held, map]);
}

#[test]
fn half_of_a_release() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1, 2]);
    script.cancel(ASHA, 2..9, "A");
    let map = script.map(BINA, 3..4, ".L");
    script.breaks(HalfSeen, Some(1), &[held, map]);
}

#[test]
fn half_of_a_sale() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1, 2]);
    script.pay(ASHA, 2..3, "A");
    let map = script.map(ASHA, 4..5, "BY");
    script.breaks(HalfSeen, Some(1), &[held, map]);
}

#[test]
fn half_of_a_hold_that_nobody_was_told_of() {
    let mut script = Script::default();
    let held = script.unknown(ASHA, 0, super::script::hold("A", &[1, 2]));
    let map = script.map(BINA, 2..3, ".L");
    script.breaks(HalfSeen, Some(1), &[held, map]);
}
