//! Confirmations that vanish.

use super::script::{ASHA, BINA, HELD, LOCK, Script};
use crate::history::Rule::{ConfirmationVanished, OtherSeats};
use crate::journal::{Ask, Said, State};

#[test]
fn a_confirmed_booking_is_later_something_else() {
    for state in [HELD, State::Expired, State::NotBought, State::Cancelled] {
        let mut script = Script::default();
        let (_, confirmed) = script.bought(ASHA, "A", &[1]);
        let page = script.page(ASHA, 6..7, "A", &[1], state);
        script.breaks(ConfirmationVanished, None, &[confirmed, page]);
    }
}

#[test]
fn the_seats_of_a_confirmed_booking_are_shown_available() {
    let mut script = Script::default();
    let (_, confirmed) = script.bought(ASHA, "A", &[1]);
    let map = script.map(BINA, LOCK + 1..LOCK + 2, ".");
    script.breaks(ConfirmationVanished, Some(1), &[confirmed, map]);
}

#[test]
fn the_seats_of_a_confirmed_booking_are_shown_held() {
    let mut script = Script::default();
    let (_, confirmed) = script.bought(ASHA, "A", &[1]);
    let map = script.map(BINA, 6..7, "L");
    script.breaks(ConfirmationVanished, Some(1), &[confirmed, map]);
}

#[test]
fn a_cancellation_that_was_refused_ended_nothing() {
    let mut script = Script::default();
    let (_, confirmed) = script.bought(ASHA, "A", &[1]);
    script.say(ASHA, 6..7, Ask::Cancel { reference: "A".to_owned() }, Said::Refused);
    let map = script.map(BINA, LOCK + 1..LOCK + 2, ".");
    script.breaks(ConfirmationVanished, Some(1), &[confirmed, map]);
}

#[test]
fn tickets_for_other_seats_than_were_held() {
    let mut script = Script::default();
    let held = script.held(ASHA, 0..1, "A", &[1, 2]);
    script.pay(ASHA, 2..3, "A");
    let page = script.page(ASHA, 4..5, "A", &[2], State::Confirmed);
    script.breaks(OtherSeats, None, &[held, page]);
}
