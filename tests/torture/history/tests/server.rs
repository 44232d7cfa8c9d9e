//! A small server: one show, at one instant after another. It makes the mistake that it is told to make.

use super::script::SECOND;
use crate::history::Terms;
use crate::journal::{Map, Nanos, Said, Seat, State};
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, VecDeque};

pub const SEATS: Seat = 12;
/// A lapse is an everyday thing here.
pub const TERMS: Terms = Terms {
    choose: 8 * SECOND,
    grace: 2 * SECOND,
    ceiling: 15 * SECOND,
    skew: SECOND / 100,
    unknown_for: 10 * SECOND,
};
const PAY: Nanos = 6 * SECOND;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// A hold does not look whether its last seat is free.
    SellsTwice,
    /// A hold forgets one of its seats.
    HoldsHalf,
    /// A cancellation forgets one of its seats.
    ReleasesHalf,
    /// Locks end three seconds early.
    LapsesEarly,
    /// What was confirmed is lost in a crash.
    LosesSales,
    /// What was held is lost in a crash.
    LosesHolds,
    /// Maps are two seconds old.
    ShowsOldMaps,
    /// A form that is sent again is taken for another.
    ForgetsForms,
}

#[derive(Clone, Debug)]
enum Life {
    Created,
    Confirmed,
    Cancelled,
    NotBought,
}

#[derive(Clone, Debug)]
struct Booking {
    client: u32,
    seats: Vec<Seat>,
    life: Life,
    held_at: Nanos,
    pay_by: Nanos,
    pay_started: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Lock { booking: usize, until: Nanos },
    Sale { booking: usize },
}

pub struct Server {
    mistake: Option<Mistake>,
    /// How much its clock is ahead of the run's.
    ahead: Nanos,
    bookings: Vec<Booking>,
    forms: BTreeMap<(u32, String), usize>,
    seats: BTreeMap<Seat, Owner>,
    /// Seats as they were, with the instants from which they were so.
    old: VecDeque<(Nanos, BTreeMap<Seat, Owner>)>,
}

impl Server {
    pub fn new(mistake: Option<Mistake>) -> Self {
        Self {
            mistake,
            ahead: 0,
            bookings: Vec::new(),
            forms: BTreeMap::new(),
            seats: BTreeMap::new(),
            old: VecDeque::new(),
        }
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    pub fn jump(&mut self, by: Nanos) {
        self.ahead += by;
    }

    fn is_free(&self, seat: Seat, now: Nanos) -> bool {
        let early = if self.makes(Mistake::LapsesEarly) { 3 * SECOND } else { 0 };
        match self.seats.get(&seat) {
            Some(Owner::Lock { until, .. }) => *until <= now + early,
            owner => owner.is_none(),
        }
    }

    fn is_its_lock(&self, seat: Seat, booking: usize, now: Nanos) -> bool {
        matches!(self.seats.get(&seat), Some(Owner::Lock { booking: owner, .. }) if *owner == booking)
            && !self.is_free(seat, now)
    }

    pub fn hold(&mut self, at: Nanos, client: u32, form: &str, seats: &[Seat]) -> Said {
        let now = at + self.ahead;
        let key = (client, form.to_owned());
        if let Some(made) = self.forms.get(&key).filter(|_| !self.makes(Mistake::ForgetsForms)) {
            return Said::Held { reference: name(*made) };
        }
        let mut lost: Vec<Seat> = seats.iter().copied().filter(|seat| !self.is_free(*seat, now)).collect();
        if self.makes(Mistake::SellsTwice) {
            lost.retain(|seat| Some(seat) != seats.last());
        }
        if !lost.is_empty() {
            return Said::Lost { seats: lost };
        }
        let booking = self.bookings.len();
        let pay_by = now + TERMS.choose;
        let life = Life::Created;
        self.bookings.push(Booking { client, seats: seats.to_vec(), life, held_at: now, pay_by, pay_started: false });
        self.forms.insert(key, booking);
        let forgotten = usize::from(self.makes(Mistake::HoldsHalf) && seats.len() > 1);
        for seat in &seats[forgotten..] {
            self.seats.insert(*seat, Owner::Lock { booking, until: pay_by + TERMS.grace });
        }
        Said::Held { reference: name(booking) }
    }

    pub fn start_payment(&mut self, at: Nanos, booking: usize) -> Said {
        let now = at + self.ahead;
        let told = &self.bookings[booking];
        let all_its = told.seats.iter().all(|seat| self.is_its_lock(*seat, booking, now));
        if !matches!(told.life, Life::Created) || now > told.pay_by || !all_its {
            return Said::Refused;
        }
        let told = &mut self.bookings[booking];
        if !told.pay_started {
            told.pay_started = true;
            told.pay_by = told.pay_by.max(now + PAY).min(told.held_at + TERMS.ceiling - TERMS.grace);
        }
        let until = told.pay_by + TERMS.grace;
        for seat in &told.seats {
            self.seats.insert(*seat, Owner::Lock { booking, until });
        }
        Said::Done
    }

    /// The money is here.
    pub fn settle(&mut self, at: Nanos, booking: usize) {
        let now = at + self.ahead;
        let told = &self.bookings[booking];
        if !matches!(told.life, Life::Created) {
            return;
        }
        let ours = |seat: &Seat| self.is_its_lock(*seat, booking, now) || self.is_free(*seat, now);
        if told.seats.iter().all(ours) {
            for seat in &told.seats {
                self.seats.insert(*seat, Owner::Sale { booking });
            }
            self.bookings[booking].life = Life::Confirmed;
        } else {
            self.bookings[booking].life = Life::NotBought;
        }
    }

    /// `seen_confirmed`: the client agrees to give tickets back.
    pub fn cancel(&mut self, at: Nanos, booking: usize, seen_confirmed: bool) -> Said {
        let now = at + self.ahead;
        let told = &self.bookings[booking];
        let has_lapsed = now >= told.pay_by + TERMS.grace;
        match told.life {
            Life::Confirmed if !seen_confirmed => return Said::Refused,
            Life::Confirmed => {}
            Life::Created if !has_lapsed => {}
            _ => return Said::Done,
        }
        let forgotten = usize::from(self.makes(Mistake::ReleasesHalf) && told.seats.len() > 1);
        let seats: Vec<Seat> = told.seats[forgotten..].to_vec();
        self.bookings[booking].life = Life::Cancelled;
        self.free(booking, &seats);
        Said::Done
    }

    fn free(&mut self, booking: usize, seats: &[Seat]) {
        for seat in seats {
            if self.seats.get(seat).is_some_and(|owner| owner_of(*owner) == booking) {
                self.seats.remove(seat);
            }
        }
    }

    pub fn page(&self, at: Nanos, booking: usize) -> Said {
        let now = at + self.ahead;
        let told = &self.bookings[booking];
        let seconds_left = told.pay_by.checked_sub(now).map(|left| left / SECOND);
        let state = match told.life {
            Life::Confirmed => State::Confirmed,
            Life::Cancelled => State::Cancelled,
            Life::NotBought => State::NotBought,
            Life::Created if now >= told.pay_by + TERMS.grace => State::Expired,
            Life::Created => State::Held { seconds_left },
        };
        Said::Booking { seats: told.seats.clone(), state }
    }

    /// The seats that a map shows.
    fn shown(&mut self, at: Nanos) -> BTreeMap<Seat, Owner> {
        if !self.makes(Mistake::ShowsOldMaps) {
            return self.seats.clone();
        }
        self.old.push_back((at, self.seats.clone()));
        while self.old.get(1).is_some_and(|(since, _)| since + 2 * SECOND <= at) {
            self.old.pop_front();
        }
        self.old[0].1.clone()
    }

    /// A page reads the clock, then the viewer's own bookings, and then the seats: `judged_at` is the first.
    pub fn map(&mut self, at: Nanos, judged_at: Nanos, viewer: u32) -> Said {
        let (now, seats) = (judged_at + self.ahead, self.shown(at));
        let mut map = Map::default();
        for seat in 1..=SEATS {
            let looks = match seats.get(&seat) {
                Some(Owner::Sale { .. }) => &mut map.booked,
                Some(Owner::Lock { booking, until }) if now < *until => {
                    let own = &self.bookings[*booking];
                    let is_known = own.client == viewer && own.held_at <= now;
                    if is_known { &mut map.yours } else { &mut map.locked }
                }
                _ => &mut map.available,
            };
            looks.push(seat);
        }
        Said::Map(map)
    }

    /// A crash; some of what was committed is gone, if that is the mistake.
    pub fn crash(&mut self, dice: &mut StdRng) {
        for booking in 0..self.bookings.len() {
            let is_lost = match self.bookings[booking].life {
                Life::Confirmed => self.makes(Mistake::LosesSales),
                Life::Created => self.makes(Mistake::LosesHolds),
                _ => false,
            };
            if is_lost && dice.random_bool(0.5) {
                let seats = self.bookings[booking].seats.clone();
                self.free(booking, &seats);
                self.bookings[booking].life = Life::NotBought;
            }
        }
    }
}

fn owner_of(owner: Owner) -> usize {
    match owner {
        Owner::Lock { booking, .. } | Owner::Sale { booking } => booking,
    }
}

fn name(booking: usize) -> String {
    format!("R{booking}")
}

/// The booking that the server calls so.
pub fn booking(reference: &str) -> usize {
    reference.trim_start_matches('R').parse().expect("a reference of this server")
}
