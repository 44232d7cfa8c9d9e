//! What the page of a booking says, beside what it said before and what was asked for.

use super::bookings::Booking;
use super::life::{Life, left};
use super::{History, Rule, Violation, instant};
use crate::journal::{Nanos, State};

/// The rule, the entry that the page contradicts, and why.
type Wrong = (Rule, usize, String);

/// What a page tells, rounded down.
const SECOND: Nanos = 1_000_000_000;

pub fn check(history: &History<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (booking, life) in history.bookings.iter().zip(&history.lives) {
        for page in 0..booking.pages.len() {
            if let Some((rule, with, why)) = judge(history, booking, life, page) {
                let why = format!("{} {why}", booking.name());
                let shown = [with, booking.pages[page].0.entry];
                violations.push(history.violation(rule, booking.show, None, shown, why));
            }
        }
    }
    violations
}

fn judge(history: &History<'_>, booking: &Booking, life: &Life, page: usize) -> Option<Wrong> {
    let (window, state) = booking.pages[page];
    let told = |is: fn(State) -> bool| {
        let earlier = booking.pages.iter().find(|(page, state)| page.to < window.from && is(*state));
        earlier.map(|(page, _)| page.entry)
    };
    let cancelled = told(|state| state == State::Cancelled);
    if let Some(entry) = cancelled.filter(|_| state != State::Cancelled) {
        return Some((Rule::BackInTime, entry, format!("was cancelled, and then {state:?}")));
    }
    let confirmed = told(|state| state == State::Confirmed);
    match (state, confirmed) {
        (State::Confirmed, _) => {
            let given_back = booking.cancels.iter().find(|cancel| {
                cancel.is_sure && cancel.to < window.from && life.sale.told.is_some_and(|told| told.at <= cancel.from)
            })?;
            Some((Rule::BackInTime, given_back.entry, "was given back, and then confirmed".to_owned()))
        }
        (State::Cancelled, _) if booking.cancels.iter().any(|cancel| cancel.from <= window.to) => None,
        (_, Some(entry)) => {
            Some((Rule::ConfirmationVanished, entry, format!("was confirmed, and then {state:?} by nobody")))
        }
        (State::Cancelled, None) => {
            Some((Rule::LockLostEarly, booking.sent.entry, "was cancelled by nobody".to_owned()))
        }
        (State::Expired, None) if life.lock.covers(window.from, window.to) => {
            let why = format!("expired, and its locks do not end before {}", instant(life.lock.sure.1));
            Some((Rule::LockLostEarly, life.lock.shown_by()?.entry, why))
        }
        (State::Held { .. }, None) => over(booking, page).or_else(|| shortened(history, booking, page)),
        (State::Expired | State::NotBought, None) => None,
    }
}

/// Shown held after it was given up or had expired.
fn over(booking: &Booking, page: usize) -> Option<Wrong> {
    let (window, _) = booking.pages[page];
    let expired = booking.pages.iter().filter(|(_, state)| *state == State::Expired).map(|(page, _)| *page);
    let ended = expired
        .chain(booking.cancels.iter().copied().filter(|cancel| cancel.is_sure))
        .find(|end| end.to < window.from)?;
    Some((Rule::BackInTime, ended.entry, "was over, and then held".to_owned()))
}

/// Shown with less time left than it was promised.
fn shortened(history: &History<'_>, booking: &Booking, page: usize) -> Option<Wrong> {
    let (window, state) = booking.pages[page];
    let at_most = history.clock.most(window.to) + left(state)? + SECOND + history.terms.skew;
    let at_hold = history.clock.least(booking.sent.at) + history.terms.choose;
    let earlier = booking.pages.iter().filter(|(page, _)| page.to < window.from);
    let shown =
        earlier.filter_map(|(page, state)| Some((history.clock.least(page.from) + left(*state)?, page.entry)));
    let (promised, with) = shown.fold((at_hold, booking.sent.entry), Ord::max);
    let why = || format!("has {} less to pay than it was promised", instant(promised - at_most));
    (at_most < promised).then(|| (Rule::LockLostEarly, with, why()))
}
