//! From when to when a booking surely had its seats, and from when to when it may have had them.
//!
//! It has them up to twice: by its lock, and by its sale, which may come after the lock has lapsed.

use super::Terms;
use super::bookings::{Booking, Known, Window};
use super::server_clock::ServerClock;
use crate::journal::{Nanos, State};

/// One time of having seats.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Not before; and not after the second, both included.
    pub possible: (Nanos, Nanos),
    /// At and after the first, before the second. Empty when the second is not later.
    pub sure: (Nanos, Nanos),
    /// Its owner was told, or else (`seen`) a map can mean nothing else.
    pub told: Option<Known>,
    pub seen: Option<Known>,
}

#[derive(Clone, Copy, Debug)]
pub struct Life {
    pub lock: Claim,
    pub sale: Claim,
}

impl Claim {
    const NEVER: Self = Self { possible: (Nanos::MAX, 0), sure: (Nanos::MAX, 0), told: None, seen: None };

    fn new(possible: (Nanos, Nanos), sure_until: Nanos, told: Option<Known>, seen: Option<Known>) -> Self {
        let sure_from = told.into_iter().chain(seen).min().map_or(Nanos::MAX, |known| known.at);
        Self { possible, sure: (sure_from, sure_until), told, seen }
    }

    pub fn is_possible(&self) -> bool {
        self.possible.0 <= self.possible.1
    }

    /// Whether there may have been an instant of it within the window.
    pub fn may_meet(&self, from: Nanos, to: Nanos) -> bool {
        self.possible.0 <= to && from <= self.possible.1
    }

    /// Whether every instant of the window is surely its.
    pub fn covers(&self, from: Nanos, to: Nanos) -> bool {
        self.sure.0 <= from && to < self.sure.1
    }

    pub fn is_told_by(&self, at: Nanos) -> bool {
        self.told.is_some_and(|told| told.at <= at)
    }

    /// What shows that it began.
    pub fn shown_by(&self) -> Option<Known> {
        self.told.into_iter().chain(self.seen).min()
    }
}

impl Life {
    pub fn of(booking: &Booking, clock: &ServerClock, terms: &Terms) -> Self {
        Self { lock: lock(booking, clock, terms), sale: sale(booking) }
    }

    pub fn may_meet(&self, from: Nanos, to: Nanos) -> bool {
        self.lock.may_meet(from, to) || self.sale.may_meet(from, to)
    }

    /// Whether the seats were surely its at every instant of the window.
    pub fn covers(&self, from: Nanos, to: Nanos) -> bool {
        self.sure().into_iter().any(|(begins, ends)| begins <= from && to < ends)
    }

    /// When it surely had its seats: twice, or once without a break.
    pub fn sure(&self) -> [(Nanos, Nanos); 2] {
        let (lock, sale) = (self.lock.sure, self.sale.sure);
        let overlap = lock.0 < lock.1 && sale.0 < sale.1 && sale.0 <= lock.1 && lock.0 <= sale.1;
        if overlap { [(lock.0.min(sale.0), lock.1.max(sale.1)); 2] } else { [lock, sale] }
    }

    /// Whether it was not known yet that it had its seats then, or had them sold.
    pub fn is_news(&self, sold: bool, at: Nanos) -> bool {
        at < self.lock.sure.0 || sold && at < self.sale.sure.0
    }

    /// What last showed by this instant that it had its seats.
    pub fn shown_at(&self, at: Nanos) -> Option<usize> {
        let shown = [self.lock.shown_by(), self.sale.shown_by()].into_iter().flatten();
        shown.filter(|known| known.at <= at).max().map(|known| known.entry)
    }
}

/// Of what its pages said, when it was asked for or answered.
fn said<'a>(booking: &'a Booking, is: impl Fn(State) -> bool + 'a) -> impl Iterator<Item = Window> + 'a {
    booking.pages.iter().filter(move |(_, state)| is(*state)).map(|(window, _)| *window)
}

fn is_held(state: State) -> bool {
    matches!(state, State::Held { .. })
}

/// Before this, it was surely not ended by a cancellation. It was alive when last seen to be, so that only those count
/// that may have come later.
fn cancelled_not_before(booking: &Booking, last_alive: Nanos) -> Nanos {
    let later = booking.cancels.iter().filter(|cancel| cancel.to >= last_alive);
    later.map(|cancel| cancel.from).min().unwrap_or(Nanos::MAX)
}

fn lock(booking: &Booking, clock: &ServerClock, terms: &Terms) -> Claim {
    let made_by = booking.seen.map_or(booking.made_by, |seen| booking.made_by.min(seen.at));
    let over = said(booking, |state| matches!(state, State::Expired | State::Cancelled)).map(|page| page.to).min();
    // A page that says so afterwards is wrong, and proves nothing.
    let alive = said(booking, is_held).map(|page| page.from).filter(|from| over.is_none_or(|over| *from <= over));
    let last_alive = alive.max().unwrap_or(0);
    let lapses = clock.not_before((pay_by(booking, clock, terms) + terms.grace).saturating_sub(terms.skew));
    let sure_until = lapses.min(cancelled_not_before(booking, last_alive)).max(last_alive);

    let ceiling = clock.surely_by(clock.most(made_by).saturating_add(terms.ceiling + terms.skew));
    let sold = booking.told_confirmed().into_iter().chain(booking.seen_booked).map(|known| known.at);
    let cancelled = booking.cancels.iter().filter(|cancel| cancel.is_sure).map(|cancel| cancel.to);
    let ended = cancelled.chain(over).chain(sold).fold(ceiling, Nanos::min);
    Claim::new((booking.sent.at, ended), sure_until, booking.held, booking.seen)
}

/// The server's clock at the deadline, or later: what a hold gives, and what pages said.
fn pay_by(booking: &Booking, clock: &ServerClock, terms: &Terms) -> Nanos {
    let shown = booking.pages.iter().filter_map(|(page, state)| Some(clock.least(page.from) + left(*state)?));
    shown.fold(clock.least(booking.sent.at) + terms.choose, Nanos::max)
}

/// Until the deadline, at least.
pub fn left(state: State) -> Option<Nanos> {
    match state {
        State::Held { seconds_left } => seconds_left.map(|seconds| seconds * 1_000_000_000),
        _ => None,
    }
}

fn sale(booking: &Booking) -> Claim {
    let told = booking.told_confirmed();
    let seen = booking.seen_booked;
    let confirmed = told.into_iter().chain(seen).map(|known| known.at).min();
    if booking.pay_sent.is_none() && confirmed.is_none() {
        return Claim::NEVER;
    }
    let not_yet = said(booking, |state| !matches!(state, State::Confirmed | State::Cancelled)).map(|page| page.from);
    let from = not_yet.fold(booking.pay_sent.unwrap_or(booking.sent.at), Nanos::max);
    let from = confirmed.map_or(from, |confirmed| from.min(confirmed));

    let last_alive = said(booking, |state| state == State::Confirmed).map(|page| page.from).max().unwrap_or(0);
    let sure_until = cancelled_not_before(booking, last_alive).max(last_alive);
    // Who was told of no tickets gave up a lock, which money may still buy back when it had lapsed.
    let paid_for =
        booking.cancels.iter().filter(|cancel| cancel.is_sure && told.is_some_and(|told| told.at <= cancel.from));
    let over = said(booking, |state| state == State::Cancelled);
    let ended = paid_for.copied().chain(over).map(|window| window.to).min().unwrap_or(Nanos::MAX);
    Claim::new((from, ended), sure_until, told, seen)
}
