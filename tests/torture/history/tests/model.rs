//! The checker at the small server: silent as long as it makes no mistake, and not when it does.

use super::crowd::play;
use super::server::{Mistake, TERMS};
use crate::history::{Rule, check};
use crate::journal::{Ask, Said, State};
use std::collections::BTreeSet;

const SEEDS: u64 = 40;

#[test]
fn nothing_is_found_in_what_a_good_server_did() {
    let (mut held, mut lost, mut confirmed, mut expired, mut unknown, mut cancelled) = (0, 0, 0, 0, 0, 0);
    for seed in 1..=SEEDS {
        let entries = play(seed, None);
        for entry in &entries {
            match entry.answer.as_ref().map(|answer| &answer.said) {
                Some(Said::Held { .. }) => held += 1,
                Some(Said::Lost { .. }) => lost += 1,
                Some(Said::Booking { state: State::Confirmed, .. }) => confirmed += 1,
                Some(Said::Booking { state: State::Expired, .. }) => expired += 1,
                Some(Said::Done) if matches!(entry.ask, Ask::Cancel { .. }) => cancelled += 1,
                None => unknown += 1,
                Some(_) => {}
            }
        }
        assert_eq!(check(&entries, &TERMS), [], "seed {seed}");
    }
    let met = [held, lost, confirmed, expired, unknown, cancelled];
    assert!(met.into_iter().all(|count| count > 200), "hardly met: {met:?}");
}

/// Something is found in each run, and each of these rules is found broken in some.
#[test]
fn every_mistake_is_found_in_every_run() {
    use Mistake::*;
    let mistakes: [(Mistake, &[Rule]); 8] = [
        (SellsTwice, &[Rule::TwoOwners]),
        (HoldsHalf, &[Rule::HalfSeen, Rule::LockLostEarly, Rule::TwoOwners]),
        (ReleasesHalf, &[Rule::HalfSeen, Rule::BackInTime]),
        (LapsesEarly, &[Rule::TwoOwners]),
        (LosesSales, &[Rule::ConfirmationVanished]),
        (LosesHolds, &[Rule::LockLostEarly, Rule::TwoOwners]),
        (ShowsOldMaps, &[Rule::BackInTime, Rule::LockLostEarly, Rule::ConfirmationVanished]),
        (ForgetsForms, &[Rule::TwoBookings]),
    ];
    for (mistake, rules) in mistakes {
        let mut found = BTreeSet::new();
        for seed in 1..=12 {
            let broken: BTreeSet<Rule> =
                check(&play(seed, Some(mistake)), &TERMS).iter().map(|one| one.rule).collect();
            assert!(!broken.is_empty(), "{mistake:?}, seed {seed}");
            found.extend(broken);
        }
        assert!(rules.iter().all(|rule| found.contains(rule)), "{mistake:?}: {found:?}");
    }
}
