//! A good history in which one answer is changed is a bad one.

use super::crowd::play;
use super::server::TERMS;
use crate::history::{Rule, check};
use crate::journal::{Answer, Ask, Entry, Said, Seat, State};

/// Answers that are changed, one at a time.
const CHANGES: usize = 20;

/// Changes answers that `change` can change; each must be found out.
fn each_is_found(rule: Rule, change: impl Fn(&[Entry], usize, &mut Said) -> bool) {
    let mut changed = 0;
    for seed in 100.. {
        let good = play(seed, None);
        for (index, entry) in good.iter().enumerate() {
            let Some(Answer { at, mut said }) = entry.answer.clone() else { continue };
            if changed < CHANGES && change(&good, index, &mut said) {
                let mut bad = good.clone();
                bad[index].answer = Some(Answer { at, said });
                let found = check(&bad, &TERMS);
                let told = found.iter().any(|violation| violation.rule == rule);
                assert!(told, "seed {seed}: {:?} instead of {entry:?}: {found:?}", bad[index]);
                changed += 1;
            }
        }
        if changed == CHANGES {
            return;
        }
    }
}

/// The seats of a booking that its client saw in this state right before an entry, and still right after it.
fn seen_around(entries: &[Entry], index: usize, is: fn(State) -> bool) -> Option<&[Seat]> {
    let page = |index: usize| {
        let entry = entries.get(index)?;
        match (&entry.ask, &entry.answer.as_ref()?.said) {
            (Ask::Page { reference }, Said::Booking { seats, state }) if is(*state) => {
                Some((entry.client, reference, seats))
            }
            _ => None,
        }
    };
    let (before, after) = (page(index.checked_sub(1)?)?, page(index + 1)?);
    (before == after).then_some(before.2)
}

fn is_held(state: State) -> bool {
    matches!(state, State::Held { .. })
}

fn is_confirmed(state: State) -> bool {
    state == State::Confirmed
}

/// On a map, the first seat of a booking of so many looks available.
fn drops_seat(good: &[Entry], index: usize, said: &mut Said, is: fn(State) -> bool, fits: fn(usize) -> bool) -> bool {
    let (Said::Map(map), Some(seats)) = (said, seen_around(good, index, is)) else { return false };
    for looks in [&mut map.yours, &mut map.booked] {
        looks.retain(|seat| *seat != seats[0]);
    }
    map.available.push(seats[0]);
    fits(seats.len())
}

#[test]
fn a_map_that_drops_a_held_seat() {
    each_is_found(Rule::LockLostEarly, |good, index, said| {
        drops_seat(good, index, said, is_held, |seats| seats == 1)
    });
}

#[test]
fn a_map_that_drops_a_sold_seat() {
    let one = |seats| seats == 1;
    each_is_found(Rule::ConfirmationVanished, |good, index, said| drops_seat(good, index, said, is_confirmed, one));
}

#[test]
fn a_map_that_drops_one_of_several_seats() {
    let several = |seats| seats > 1;
    each_is_found(Rule::HalfSeen, |good, index, said| drops_seat(good, index, said, is_held, several));
    each_is_found(Rule::HalfSeen, |good, index, said| drops_seat(good, index, said, is_confirmed, several));
}

#[test]
fn a_map_that_swaps_owners() {
    each_is_found(Rule::LockLostEarly, |good, index, said| match (said, seen_around(good, index, is_held)) {
        (Said::Map(map), Some(_)) => {
            std::mem::swap(&mut map.yours, &mut map.locked);
            true
        }
        _ => false,
    });
}

#[test]
fn a_page_that_drops_a_seat() {
    each_is_found(Rule::OtherSeats, |_, _, said| match said {
        Said::Booking { seats, .. } => seats.pop().is_some(),
        _ => false,
    });
}

#[test]
fn a_page_that_forgets_a_confirmation() {
    each_is_found(Rule::ConfirmationVanished, |good, index, said| match said {
        Said::Booking { state, .. } if seen_around(good, index, is_confirmed).is_some() => {
            *state = State::Expired;
            true
        }
        _ => false,
    });
}

#[test]
fn a_form_that_is_answered_with_anothers_booking() {
    each_is_found(Rule::TwoBookings, |good, index, said| {
        let held = |entry: &Entry| match &entry.answer.as_ref()?.said {
            Said::Held { reference } => Some(reference.clone()),
            _ => None,
        };
        let Said::Held { reference } = said else { return false };
        // The form was sent again, so that there is another answer to tell its booking by.
        let is_told_again = good.iter().filter(|entry| held(entry).as_ref() == Some(reference)).count() > 1;
        let others = good.iter().filter(|entry| entry.client != good[index].client);
        *reference = others.into_iter().find_map(held).expect("somebody else holds something");
        is_told_again
    });
}
