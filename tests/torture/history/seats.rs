//! Who may have had a seat while somebody looked at it.
//!
//! Looks are taken in the order of their asking. Each seat keeps at hand only the bookings that may have had it then, so
//! a look costs as much as there were contenders, however long the history is.

use super::History;
use super::life::Claim;
use crate::journal::{Nanos, Seat};
use std::collections::HashMap;

/// How a seat is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Available,
    /// Locked for whoever looks.
    Yours,
    /// Locked for somebody else, at a look of this client.
    Locked,
    Booked,
    Blocked,
    /// Locked, booked or blocked: lost to a hold.
    Taken,
}

/// Who looks, and the window in which the server did.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    pub viewer: u32,
    pub from: Nanos,
    pub to: Nanos,
    pub entry: usize,
}

/// What can have made a seat look so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nothing contradicts it, or more than one booking can have.
    Anybody,
    /// This booking, and no other.
    Only(usize),
    /// It was surely this booking's, and does not look so.
    Against(usize),
    /// Nobody; this booking was the last who can have had it.
    Nobody(Option<usize>),
}

/// The seats of one show.
pub struct Seats<'a> {
    history: &'a History<'a>,
    seats: HashMap<Seat, Contenders>,
}

#[derive(Default)]
struct Contenders {
    /// Who surely had it from when to when, in this order. Of good histories no two overlap, and of others the overlap
    /// is found otherwise.
    owned: Vec<(Nanos, Nanos, usize)>,
    locks: Queue,
    sales: Queue,
}

/// Who may have a seat by a lock, or by a sale.
#[derive(Default)]
struct Queue {
    /// Each with its claim, by the instant from which it may have it.
    all: Vec<(Claim, usize)>,
    /// So many of them may have had it by now.
    come: usize,
    /// Those of them who may still, and some who no longer can.
    at_hand: Vec<(Claim, usize)>,
    /// At so many at hand it is worth looking who is gone.
    many: usize,
}

impl<'a> Seats<'a> {
    /// The seats that these bookings are of.
    pub fn of(history: &'a History<'a>, bookings: &[usize]) -> Self {
        let mut seats: HashMap<Seat, Contenders> = HashMap::new();
        for &booking in bookings {
            for seat in &history.bookings[booking].seats {
                let contenders = seats.entry(*seat).or_default();
                let life = &history.lives[booking];
                contenders.locks.all.push((life.lock, booking));
                contenders.sales.all.extend(life.sale.is_possible().then_some((life.sale, booking)));
                let sure = life.sure().into_iter().filter(|(from, until)| from < until);
                contenders.owned.extend(sure.map(|(from, until)| (from, until, booking)));
            }
        }
        for contenders in seats.values_mut() {
            for queue in [&mut contenders.locks, &mut contenders.sales] {
                queue.all.sort_by_key(|(claim, _)| claim.possible.0);
            }
            contenders.owned.sort_unstable();
        }
        Self { history, seats }
    }

    /// Explains how a seat looked. Sights must come in the order of their asking.
    pub fn explain(&mut self, seat: Seat, look: Look, sight: Sight) -> Cause {
        let history = self.history;
        let contenders = self.seats.entry(seat).or_default();
        let owner = contenders.owner(sight);
        if matches!(look, Look::Available | Look::Blocked) {
            return owner.map_or(Cause::Anybody, Cause::Against);
        }
        if let Some(owner) = owner {
            return if fits(history, owner, look, sight) { Cause::Only(owner) } else { Cause::Against(owner) };
        }
        let mut able = contenders.at(sight, look).filter(|booking| fits(history, *booking, look, sight));
        let one = able.next();
        let is_only = able.all(|other| Some(other) == one);
        drop(able);
        match one {
            Some(one) if is_only => Cause::Only(one),
            Some(_) => Cause::Anybody,
            None => Cause::Nobody(contenders.last_before(sight)),
        }
    }

    /// Whether nobody but this booking may have had the seat. Sights must come in the order of their asking.
    pub fn is_alone(&mut self, booking: usize, seat: Seat, sight: Sight) -> bool {
        let covers = self.history.lives[booking].covers(sight.from, sight.to);
        covers || !self.seats.entry(seat).or_default().at(sight, Look::Taken).any(|other| other != booking)
    }
}

/// Whether a booking can have made a seat look so.
fn fits(history: &History<'_>, booking: usize, look: Look, sight: Sight) -> bool {
    let life = &history.lives[booking];
    let own = history.bookings[booking].client == sight.viewer;
    let meets = |claim: &Claim| claim.may_meet(sight.from, sight.to);
    match look {
        Look::Booked => meets(&life.sale),
        Look::Yours => own && meets(&life.lock),
        // A page reads whose locks are its viewer's before it reads the seats, so that a new one may look like another's.
        Look::Locked => meets(&life.lock) && !(own && life.lock.covers(sight.from, sight.to)),
        Look::Available | Look::Blocked | Look::Taken => life.may_meet(sight.from, sight.to),
    }
}

impl Contenders {
    /// Whose it surely was at every instant of the sight.
    fn owner(&self, sight: Sight) -> Option<usize> {
        let begun = self.owned.partition_point(|(from, ..)| *from <= sight.from);
        let (_, until, booking) = *self.owned.get(begun.checked_sub(1)?)?;
        (sight.to < until).then_some(booking)
    }

    /// Those who may have had it so that it looked so; some twice, by a lock and by a sale.
    fn at(&mut self, sight: Sight, look: Look) -> impl Iterator<Item = usize> {
        let locks = (look != Look::Booked).then_some(&mut self.locks);
        let sales = (!matches!(look, Look::Locked | Look::Yours)).then_some(&mut self.sales);
        locks.into_iter().chain(sales).flat_map(move |queue| queue.at(sight))
    }

    /// For people.
    fn last_before(&self, sight: Sight) -> Option<usize> {
        let all = self.locks.all.iter().chain(&self.sales.all);
        let over = all.filter(|(claim, _)| claim.possible.1 < sight.from);
        over.max_by_key(|(claim, _)| claim.possible.1).map(|(_, booking)| *booking)
    }
}

impl Queue {
    fn at(&mut self, sight: Sight) -> impl Iterator<Item = usize> {
        while let Some(next) = self.all.get(self.come).filter(|(claim, _)| claim.possible.0 <= sight.to) {
            self.at_hand.push(*next);
            self.come += 1;
        }
        if self.at_hand.len() >= self.many {
            let is_over = |(claim, _): &(Claim, usize)| claim.possible.1 < sight.from;
            self.at_hand.retain(|one| !is_over(one));
            self.many = 2 * self.at_hand.len() + 8;
        }
        let meets = move |(claim, _): &&(Claim, usize)| claim.may_meet(sight.from, sight.to);
        self.at_hand.iter().filter(meets).map(|(_, booking)| *booking)
    }
}
