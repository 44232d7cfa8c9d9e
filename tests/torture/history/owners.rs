//! One owner at a time: what two bookings surely had may not overlap.

use super::{History, Rule, Violation, instant};
use crate::journal::{Nanos, Seat, Show};
use std::collections::BTreeMap;

/// A time of surely having a seat.
#[derive(Clone, Copy)]
struct Owned {
    from: Nanos,
    until: Nanos,
    booking: usize,
}

pub fn check(history: &History<'_>) -> Vec<Violation> {
    let mut seats: BTreeMap<(Show, Seat), Vec<Owned>> = BTreeMap::new();
    for (booking, (told, life)) in history.bookings.iter().zip(&history.lives).enumerate() {
        for (from, until) in life.sure().into_iter().filter(|(from, until)| from < until) {
            for seat in &told.seats {
                seats.entry((told.show, *seat)).or_default().push(Owned { from, until, booking });
            }
        }
    }
    let both = |((show, seat), owned)| {
        overlaps(owned).into_iter().map(move |pair| two_owners(history, show, seat, pair)).collect::<Vec<_>>()
    };
    seats.into_iter().flat_map(both).collect()
}

/// Each owned time that begins before the longest of those before it is over. Two of one booking are the same time, or
/// do not overlap.
fn overlaps(mut owned: Vec<Owned>) -> Vec<(Owned, Owned)> {
    owned.sort_unstable_by_key(|owned| (owned.from, owned.booking));
    let mut pairs: Vec<(Owned, Owned)> = Vec::new();
    let mut longest = owned[0];
    for next in owned {
        let told = pairs.last().is_some_and(|pair| pair.1.booking == next.booking && pair.1.from == next.from);
        if next.booking != longest.booking && next.from < longest.until && !told {
            pairs.push((longest, next));
        }
        if next.until > longest.until {
            longest = next;
        }
    }
    pairs
}

fn two_owners(history: &History<'_>, show: Show, seat: Seat, (first, second): (Owned, Owned)) -> Violation {
    let name = |owned: Owned| history.bookings[owned.booking].name();
    let (from, until) = (instant(second.from), instant(first.until.min(second.until)));
    let why = format!("{} and {} both had it, from {from} to {until}", name(first), name(second));
    let shown = [first, second].into_iter().filter_map(|owned| history.lives[owned.booking].shown_at(second.from));
    history.violation(Rule::TwoOwners, show, Some(seat), shown, why)
}
