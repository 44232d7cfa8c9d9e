//! The history checker: what the clients of a run were told, held against itself. It reads their journals and nothing
//! else; it knows no table, no log, no ledger.
//!
//! Each seat of a show is a register of owners, which are bookings. Requests overlap, and some are never answered, so
//! nobody can say when an owner changed: only that it was within the window from a request's sending to its answer.
//! From these windows the checker reckons for each booking two times of having its seats, by its lock and by its sale:
//!
//! - when it **surely** had them: a lock from the answer that acknowledged it, or that of a map which nobody else
//!   explains, until a cancellation is sent or the clock may have come to the lock's end, whichever is first; a sale from
//!   the page that shows it confirmed until a cancellation is sent. A page that shows it alive later proves more.
//! - when it **may** have had them: from the first sending of its form (of the payment) until it was surely over.
//!
//! Then everything that was seen is compared with these:
//!
//! | rule | broken when |
//! |---|---|
//! | two owners | two bookings surely had a seat at the same instant |
//! | half-seen | of one map, one seat can only be a booking's, and another seat of it looks different though nobody else may have had it: half of a hold, of a release, of a sale |
//! | lock lost early | a seat that was surely locked, as its owner had been told, does not look so; a page says that it expired, was cancelled by nobody, or must be paid for earlier than promised |
//! | confirmation vanished | what a page showed as confirmed, and nobody cancelled, is on a later page something else, or its seat is on a later map not sold |
//! | back in time | a map or a page contradicts what another showed before it was asked for; or shows a seat as somebody's which nobody may have had |
//! | two bookings | one form made two bookings, two forms made one, or a form lost its seats to itself |
//! | other seats | a page, tickets included, names other seats than the hold asked for |
//!
//! A seat that is sold or held twice is told as two owners, whether the first had it locked or confirmed.
//!
//! **Sound.** What is found cannot have happened at a server that keeps its promises: of a request that was never
//! answered everything is thought possible, that it was done at any instant from its sending on, or never. It rests on:
//! the journals are whole, so that nobody else buys, cancels, or cancels shows (what staff keep back is known from the
//! maps that show it); who sends a form again names the same seats; a client is one visitor; the server's clock runs as
//! the run's does, but for [`Terms::skew`] and jumps that are told; and [`Terms::unknown_for`], where it is given.
//!
//! **Not complete.** It is no search for a linearization, which would find all that can be found and takes too long for
//! a million requests. It overlooks what only several uncertain owners together make impossible, such as two maps of a
//! seat that two unanswered holds wanted; what nobody looked at; and what went wrong and right again within a window.
//!
//! **Cost.** Bookings and sights are sorted, then gone through once in time; each seat keeps at hand only those who may
//! have had it then. It takes n log n for n requests, times the contenders of a seat where nobody surely has it.

mod bookings;
mod life;
mod maps;
mod owners;
mod pages;
mod seats;
mod server_clock;
#[cfg(test)]
mod tests;

use crate::journal::{Ask, Entry, Nanos, Seat, Show};
use bookings::{Booking, gather};
use life::Life;
use seats::Look;
use server_clock::ServerClock;
use std::fmt;
use std::time::Duration;

/// How the server keeps its locks (`DeadlinePolicy`), in nanoseconds, and how far its clock may be off.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// From the hold to the deadline shown, at least.
    pub choose: Nanos,
    /// So long a lock lasts after the deadline shown.
    pub grace: Nanos,
    /// No lock ends later than this after its hold.
    pub ceiling: Nanos,
    /// How much the server's clock may gain or lose on the run's while a lock lasts.
    pub skew: Nanos,
    /// A request without an answer is done within this time of its sending, or never. [`Nanos::MAX`] assumes nothing,
    /// and leaves seats that many wanted with so many who may have got them that little is found out about their maps.
    pub unknown_for: Nanos,
}

impl Terms {
    fn until_done(&self, sent: Nanos) -> Nanos {
        sent.saturating_add(self.unknown_for)
    }
}

/// What a history breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Of one seat, at the same instant.
    TwoOwners,
    /// A map shows some seats of a booking otherwise than the rest.
    HalfSeen,
    /// Without its owner's release.
    LockLostEarly,
    /// Without its owner's cancellation.
    ConfirmationVanished,
    /// Older than what was shown before it was asked for.
    BackInTime,
    /// Of one form.
    TwoBookings,
    /// Than were asked for.
    OtherSeats,
}

/// Where an entry stands: the client, and its number in that client's journal.
pub type Place = (u32, u32);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    pub rule: Rule,
    pub show: Show,
    /// None: all seats of a booking.
    pub seat: Option<Seat>,
    /// The entries that contradict each other; the last one is the one that cannot be.
    pub entries: Vec<Place>,
    pub why: String,
}

impl Violation {
    fn new(
        entries: &[Entry],
        rule: Rule,
        show: Show,
        seat: Option<Seat>,
        shown: impl IntoIterator<Item = usize>,
        why: String,
    ) -> Self {
        let place = |index: usize| (entries[index].client, entries[index].number);
        Self { rule, show, seat, entries: shown.into_iter().map(place).collect(), why }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: show {}", self.rule, self.show)?;
        if let Some(seat) = self.seat {
            write!(f, ", seat {seat}")?;
        }
        write!(f, ": {}", self.why)?;
        self.entries.iter().try_for_each(|(client, number)| write!(f, " [client {client}, entry {number}]"))
    }
}

/// For people: seconds since the run began.
fn instant(at: Nanos) -> String {
    if at == Nanos::MAX { "the end".to_owned() } else { format!("{:.3} s", Duration::from_nanos(at).as_secs_f64()) }
}

/// What is known of a run.
struct History<'a> {
    entries: &'a [Entry],
    terms: &'a Terms,
    clock: ServerClock,
    bookings: Vec<Booking>,
    /// Of each booking.
    lives: Vec<Life>,
}

impl History<'_> {
    fn show_of(&self, entry: usize) -> Show {
        match self.entries[entry].ask {
            Ask::Map { show } | Ask::Hold { show, .. } => show,
            _ => panic!("this names no show: {:?}", self.entries[entry]),
        }
    }

    fn violation(
        &self,
        rule: Rule,
        show: Show,
        seat: Option<Seat>,
        shown: impl IntoIterator<Item = usize>,
        why: String,
    ) -> Violation {
        Violation::new(self.entries, rule, show, seat, shown, why)
    }

    fn judge_lives(&mut self) {
        self.lives = self.bookings.iter().map(|booking| Life::of(booking, &self.clock, self.terms)).collect();
    }

    /// Takes in what maps prove.
    fn look_at_maps(&mut self) {
        for (booking, look, known) in maps::prove(self) {
            let booking = &mut self.bookings[booking];
            let earlier = |seen: Option<bookings::Known>| Some(seen.map_or(known, |seen| seen.min(known)));
            booking.seen = earlier(booking.seen);
            if look == Look::Booked {
                booking.seen_booked = earlier(booking.seen_booked);
            }
        }
        self.judge_lives();
    }
}

/// Everything in the journals of a run that cannot have happened at a server which keeps its promises. The entries of
/// each client stand in the order of its journal; which client comes first does not matter.
///
/// # Panics
/// When the journals are no journals: an answer that does not fit, or a booking that no hold was answered with.
pub fn check(entries: &[Entry], terms: &Terms) -> Vec<Violation> {
    let mut violations = Vec::new();
    let bookings = gather(entries, terms, &mut violations);
    let mut history = History { entries, terms, clock: ServerClock::new(entries), bookings, lives: Vec::new() };
    history.judge_lives();
    history.look_at_maps();
    violations.extend(owners::check(&history));
    violations.extend(maps::check(&history));
    violations.extend(pages::check(&history));
    violations.sort();
    violations
}
