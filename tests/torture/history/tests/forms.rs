//! One booking for each form, however often it is sent.

use super::script::{ASHA, BINA, Script, hold};
use crate::history::Rule::TwoBookings;
use crate::journal::Said;

#[test]
fn a_form_that_is_sent_again_makes_another_booking() {
    let mut script = Script::default();
    let held = |reference: &str| Said::Held { reference: reference.to_owned() };
    let first = script.say(ASHA, 0..1, hold("form", &[1]), held("A"));
    script.cancel(ASHA, 2..3, "A");
    let second = script.say(ASHA, 4..5, hold("form", &[1]), held("A2"));
    script.breaks(TwoBookings, None, &[first, second]);
}

#[test]
fn two_forms_are_answered_with_one_booking() {
    let mut script = Script::default();
    let held = Said::Held { reference: "A".to_owned() };
    let first = script.say(ASHA, 0..1, hold("one", &[1]), held.clone());
    let second = script.say(BINA, 2..3, hold("two", &[2]), held);
    script.breaks(TwoBookings, None, &[first, second]);
}

#[test]
fn a_form_is_said_to_have_named_other_seats_than_it_did() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    let again = script.say(ASHA, 2..3, hold("A", &[1]), Said::FormUsed { reference: "A".to_owned() });
    script.breaks(TwoBookings, None, &[again]);
}

#[test]
fn a_form_that_is_sent_again_loses_its_seats_to_itself() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1]);
    let again = script.lost(ASHA, 2..3, "A", &[1]);
    script.breaks(TwoBookings, None, &[held, again]);
}
