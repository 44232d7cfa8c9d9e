//! Histories that look wrong and are not.

use super::script::{ASHA, BINA, CHIRAG, HELD, LOCK, SECOND, Script, cancel, hold, left};
use crate::journal::{Ask, Said, State};

#[test]
fn an_unanswered_hold_happened_and_is_found_by_sending_its_form_again() {
    let mut script = Script::default();
    script.unknown(ASHA, 0, hold("A", &[1, 2]));
    script.map(BINA, 1..2, "LL");
    script.lost(BINA, 3..4, "B", &[2]);
    script.held(ASHA, 5..6, "A", &[1, 2]);
    script.held(ASHA, 7..8, "A", &[1, 2]);
    script.is_good();
}

#[test]
fn an_unanswered_hold_happens_long_after_it_was_sent() {
    let mut script = Script::default();
    script.unknown(ASHA, 0, hold("A", &[1]));
    script.map(BINA, 1..2, ".");
    script.held(BINA, 3..4, "B", &[1]);
    script.cancel(BINA, 5..6, "B");
    script.map(BINA, 700..701, "L");
    script.map(BINA, 1500..1501, ".");
    script.is_good();
}

#[test]
fn an_unanswered_hold_never_happened() {
    let mut script = Script::default();
    script.unknown(ASHA, 0, hold("A", &[1]));
    script.held(BINA, 1..2, "B", &[1]);
    script.lost(ASHA, 3..4, "A", &[1]);
    script.is_good();
}

#[test]
fn an_unanswered_hold_lapses_and_another_takes_over() {
    let mut script = Script::default();
    script.unknown(ASHA, 0, hold("A", &[1]));
    script.map(BINA, 1..2, "L");
    script.map(BINA, 610..611, ".");
    script.held(BINA, 612..613, "B", &[1]);
    script.is_good();
}

#[test]
fn a_lock_lapses_and_another_takes_over() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    script.held(BINA, LOCK..LOCK + 1, "B", &[1]);
    script.page(ASHA, LOCK + 2..LOCK + 3, "A", &[1], State::Expired);
    script.is_good();
}

/// The server's clock may be ahead by a second: the lock ends between two looks that both are right.
#[test]
fn a_lock_lapses_a_second_early_by_the_runs_clock() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    script.map(BINA, LOCK - 2..LOCK - 1, ".");
    script.page(ASHA, LOCK - 2..LOCK - 1, "A", &[1], State::Expired);
    script.is_good();
}

#[test]
fn a_lock_that_lapsed_is_shown_until_the_ceiling_since_a_payment_may_have_moved_it() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    script.unknown(ASHA, 470, Ask::Pay { reference: "A".to_owned() });
    script.map(BINA, 880..881, "L");
    script.is_good();
}

#[test]
fn late_money_buys_the_seats_after_another_had_them_and_gave_them_up() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    script.pay(ASHA, 2..3, "A");
    script.page(ASHA, LOCK + 1..LOCK + 2, "A", &[1], State::Expired);
    script.held(BINA, LOCK + 3..LOCK + 4, "B", &[1]);
    script.cancel(BINA, LOCK + 5..LOCK + 6, "B");
    script.map(BINA, LOCK + 7..LOCK + 8, "B");
    script.page(ASHA, LOCK + 9..LOCK + 10, "A", &[1], State::Confirmed);
    script.is_good();
}

/// Giving up what has lapsed changes nothing, so that money may still buy it.
#[test]
fn late_money_buys_the_seats_of_one_who_gave_up_after_they_had_lapsed() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    script.pay(ASHA, 2..3, "A");
    script.cancel(ASHA, LOCK + 1..LOCK + 2, "A");
    script.page(ASHA, LOCK + 3..LOCK + 4, "A", &[1], State::Confirmed);
    script.map(BINA, LOCK + 5..LOCK + 6, "B");
    script.is_good();
}

#[test]
fn money_that_came_too_late_buys_nothing() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    script.pay(ASHA, 2..3, "A");
    script.held(BINA, LOCK + 1..LOCK + 2, "B", &[1]);
    script.page(ASHA, LOCK + 3..LOCK + 4, "A", &[1], State::NotBought);
    script.is_good();
}

#[test]
fn maps_asked_for_while_a_hold_is_placed_may_show_it_or_not() {
    let mut script = Script::default();
    script.held(ASHA, 0..20, "A", &[1, 2]);
    script.map(BINA, 1..9, "LL");
    script.map(CHIRAG, 2..8, "..");
    script.is_good();
}

/// The page reads whose the viewer's locks are before it reads the seats.
#[test]
fn a_map_asked_for_while_the_own_hold_is_placed_may_show_it_as_anothers() {
    let mut script = Script::default();
    script.held(ASHA, 0..9, "A", &[1, 2]);
    script.map(ASHA, 1..2, "LL");
    script.map(ASHA, 10..11, "YY");
    script.is_good();
}

/// Seat 1 went from one to the other, and the map saw both.
#[test]
fn a_map_may_show_half_of_a_booking_whose_other_half_another_took_meanwhile() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1, 2]);
    script.cancel(ASHA, 2..9, "A");
    script.held(BINA, 3..8, "B", &[1]);
    script.map(CHIRAG, 2..9, "L.");
    script.is_good();
}

/// The page reads the clock, by which the lock has not ended yet, and then the seats.
#[test]
fn a_map_may_show_half_of_a_lapsing_booking_whose_other_half_another_had_meanwhile() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1, 2]);
    script.held(BINA, LOCK + 5..LOCK + 6, "B", &[2]);
    script.cancel(BINA, LOCK + 7..LOCK + 8, "B");
    script.map(CHIRAG, LOCK - 5..LOCK + 10, "L.");
    script.is_good();
}

#[test]
fn seats_are_given_back_and_sold_again() {
    let mut script = Script::default();
    script.bought(ASHA, "A", &[1, 2]);
    script.map(BINA, 5..6, "BB");
    script.cancel(ASHA, 6..8, "A");
    script.map(BINA, 6..7, "BB");
    script.map(CHIRAG, 6..7, "..");
    script.held(BINA, 9..10, "B", &[2]);
    script.page(ASHA, 10..11, "A", &[1, 2], State::Cancelled);
    script.map(CHIRAG, 11..12, ".L");
    script.is_good();
}

#[test]
fn an_unanswered_cancellation_happened() {
    let mut script = Script::default();
    script.bought(ASHA, "A", &[1]);
    script.unknown(ASHA, 6, cancel("A"));
    script.map(BINA, 50..51, ".");
    script.held(BINA, 52..53, "B", &[1]);
    script.page(ASHA, 54..55, "A", &[1], State::Cancelled);
    script.is_good();
}

#[test]
fn an_unanswered_cancellation_did_not_happen_until_much_later() {
    let mut script = Script::default();
    script.bought(ASHA, "A", &[1]);
    script.unknown(ASHA, 6, cancel("A"));
    script.page(ASHA, 20..21, "A", &[1], State::Confirmed);
    script.map(BINA, 22..23, "B");
    script.map(BINA, 24..25, ".");
    script.is_good();
}

#[test]
fn an_unanswered_release_did_not_happen() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    script.unknown(ASHA, 2, cancel("A"));
    script.map(BINA, 3..4, "L");
    script.page(ASHA, 5..6, "A", &[1], HELD);
    script.is_good();
}

#[test]
fn a_sale_is_on_the_map_before_its_owner_is_told() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1, 2]);
    script.unknown(ASHA, 2, Ask::Pay { reference: "A".to_owned() });
    script.page(ASHA, 3..4, "A", &[1, 2], left(475));
    script.map(BINA, 5..6, "LL");
    script.map(BINA, 7..8, "BB");
    script.page(ASHA, 9..10, "A", &[1, 2], State::Confirmed);
    script.is_good();
}

#[test]
fn the_servers_clock_is_set_forward() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    script.say(CHIRAG, 10..20, Ask::Jump { nanos: LOCK * SECOND }, Said::Done);
    // While it jumps nobody knows; afterwards the lock is over.
    script.map(BINA, 11..12, "L");
    script.map(BINA, 13..14, ".");
    script.held(BINA, 21..22, "B", &[1]);
    script.page(ASHA, 23..24, "A", &[1], State::Expired);
    script.is_good();
}

#[test]
fn a_seat_that_the_house_keeps_back_is_lost_to_nobody() {
    let mut script = Script::default();
    script.lost(ASHA, 0..1, "A", &[1]);
    script.map(BINA, 2..3, "X");
    script.is_good();
}

#[test]
fn the_same_seat_of_another_show_is_another_seat() {
    let mut script = Script::default();
    script.held(ASHA, 0..1, "A", &[1]);
    let other = Ask::Hold { show: super::script::SHOW + 1, seats: vec![1], form: "B".to_owned() };
    script.say(BINA, 2..3, other, Said::Held { reference: "B".to_owned() });
    script.is_good();
}
