//! What maps show, and which seats a hold was told to have lost: each needs an owner that explains it, and a booking
//! that explains one seat of a map explains all of its seats.

use super::bookings::Known;
use super::seats::{Cause, Look, Seats, Sight};
use super::{History, Rule, Violation};
use crate::journal::{Ask, Entry, Map, Said, Seat, Show};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The looks of one sight, each with what can have caused it.
struct Seen {
    sight: Sight,
    looks: Vec<(Seat, Look, Cause)>,
    /// A map: one statement read them all.
    is_map: bool,
}

/// A booking that a map shows half of: one seat that only it explains, and one that does not look the same though nobody
/// else may have had it.
struct Half {
    booking: usize,
    shown: (Seat, Look),
    hidden: (Seat, Look),
}

/// What looks like that of one booking and nobody else's, so that it was made by the time of the answer; where nothing
/// had shown so before.
pub fn prove(history: &History<'_>) -> Vec<(usize, Look, Known)> {
    let mut proofs = Vec::new();
    walk(history, |_, seen| {
        let known = Known { at: seen.sight.to, entry: seen.sight.entry };
        for (_, look, cause) in seen.looks {
            if let Cause::Only(booking) = cause
                && history.lives[booking].is_news(look == Look::Booked, known.at)
            {
                proofs.push((booking, look, known));
            }
        }
    });
    proofs
}

pub fn check(history: &History<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    walk(history, |seats, seen| {
        let halves = if seen.is_map { halves(history, seats, &seen) } else { Vec::new() };
        violations.extend(halves.iter().map(|half| half_seen(history, half, seen.sight)));
        for (seat, look, cause) in &seen.looks {
            match cause {
                Cause::Against(booking) if !halves.iter().any(|half| half.booking == *booking) => {
                    violations.push(against(history, *booking, *seat, *look, seen.sight));
                }
                Cause::Nobody(last) => violations.push(nobodys(history, *seat, *look, *last, seen.sight)),
                _ => {}
            }
        }
    });
    violations
}

/// Every sight in the order of asking, show by show.
fn walk<'a>(history: &'a History<'a>, mut see: impl FnMut(&mut Seats<'a>, Seen)) {
    let mut shows: BTreeMap<Show, Vec<usize>> = BTreeMap::new();
    for (index, entry) in history.entries.iter().enumerate() {
        if let Ask::Map { show } | Ask::Hold { show, .. } = entry.ask {
            shows.entry(show).or_default().push(index);
        }
    }
    let mut bookings: HashMap<Show, Vec<usize>> = HashMap::new();
    for (index, booking) in history.bookings.iter().enumerate() {
        bookings.entry(booking.show).or_default().push(index);
    }
    for (show, mut entries) in shows {
        entries.sort_by_key(|index| history.entries[*index].sent);
        let kept_back: HashSet<Seat> = entries.iter().flat_map(|index| blocked(&history.entries[*index])).collect();
        let mut seats = Seats::of(history, bookings.get(&show).map_or(&[], Vec::as_slice));
        for index in entries {
            if let Some(seen) = look(history, index, &kept_back, &mut seats) {
                see(&mut seats, seen);
            }
        }
    }
}

/// The house keeps no journal: a seat that it ever kept back may be lost to it.
fn blocked(entry: &Entry) -> Vec<Seat> {
    match &entry.answer {
        Some(answer) => match &answer.said {
            Said::Map(map) => map.blocked.clone(),
            _ => Vec::new(),
        },
        None => Vec::new(),
    }
}

fn look(history: &History<'_>, index: usize, kept_back: &HashSet<Seat>, seats: &mut Seats<'_>) -> Option<Seen> {
    let entry = &history.entries[index];
    let answer = entry.answer.as_ref()?;
    let sight = Sight { viewer: entry.client, from: entry.sent, to: answer.at, entry: index };
    let (looks, is_map): (Vec<(Seat, Look)>, bool) = match &answer.said {
        Said::Map(map) => (looks(map).collect(), true),
        Said::Lost { seats } => {
            let lost = seats.iter().filter(|seat| !kept_back.contains(seat));
            (lost.map(|seat| (*seat, Look::Taken)).collect(), false)
        }
        _ => return None,
    };
    let explain = |(seat, look)| (seat, look, seats.explain(seat, look, sight));
    Some(Seen { sight, looks: looks.into_iter().map(explain).collect(), is_map })
}

fn looks(map: &Map) -> impl Iterator<Item = (Seat, Look)> {
    let all = [
        (&map.available, Look::Available),
        (&map.yours, Look::Yours),
        (&map.locked, Look::Locked),
        (&map.booked, Look::Booked),
        (&map.blocked, Look::Blocked),
    ];
    all.into_iter().flat_map(|(seats, look)| seats.iter().map(move |seat| (*seat, look)))
}

fn halves(history: &History<'_>, seats: &mut Seats<'_>, seen: &Seen) -> Vec<Half> {
    let mut alone: HashMap<usize, (Seat, Look)> = HashMap::new();
    for (seat, look, cause) in &seen.looks {
        if let Cause::Only(booking) = cause
            && history.bookings[*booking].seats.len() > 1
        {
            alone.entry(*booking).or_insert((*seat, *look));
        }
    }
    if alone.is_empty() {
        return Vec::new();
    }
    let looks: HashMap<Seat, Look> = seen.looks.iter().map(|(seat, look, _)| (*seat, *look)).collect();
    let half = |(booking, shown): (usize, (Seat, Look))| {
        let its = history.bookings[booking].seats.iter().filter_map(|seat| Some((*seat, *looks.get(seat)?)));
        let mut other = its.filter(|(_, look)| differ(shown.1, *look));
        let hidden = other.find(|(seat, _)| seats.is_alone(booking, *seat, seen.sight))?;
        Some(Half { booking, shown, hidden })
    };
    alone.into_iter().filter_map(half).collect()
}

/// A seat that is kept back says nothing of those beside it; a lock looks different to its owner.
fn differ(one: Look, other: Look) -> bool {
    one != other && other != Look::Blocked && !(is_lock(one) && is_lock(other))
}

fn is_lock(look: Look) -> bool {
    matches!(look, Look::Locked | Look::Yours)
}

fn half_seen(history: &History<'_>, half: &Half, sight: Sight) -> Violation {
    let booking = &history.bookings[half.booking];
    let ((shown, look), (hidden, other)) = (half.shown, half.hidden);
    let why = format!("looks {other:?} on a map where seat {shown} looks {look:?}, and {} has both", booking.name());
    history.violation(Rule::HalfSeen, booking.show, Some(hidden), [booking.sent.entry, sight.entry], why)
}

/// A seat that was surely a booking's and does not look so.
fn against(history: &History<'_>, booking: usize, seat: Seat, look: Look, sight: Sight) -> Violation {
    let (life, booking) = (&history.lives[booking], &history.bookings[booking]);
    let (lock, sale) = (&life.lock, &life.sale);
    // Only a sale is contradicted by a lock, unless it is shown as somebody else's.
    let only_sale = is_lock(look) && sale.covers(sight.from, sight.to) || lock.sure.1 <= sight.from;
    let (rule, by, was) = if sale.is_told_by(sight.from) {
        (Rule::ConfirmationVanished, sale.told, "it is confirmed for")
    } else if only_sale {
        (Rule::BackInTime, sale.shown_by(), "it was seen before as sold to")
    } else if lock.is_told_by(sight.from) {
        (Rule::LockLostEarly, lock.told, "it is held for")
    } else {
        (Rule::BackInTime, lock.shown_by(), "it was seen before as that of")
    };
    let why = format!("looks {look:?}, and {was} {}", booking.name());
    let shown = by.map(|known| known.entry).into_iter().chain([sight.entry]);
    history.violation(rule, booking.show, Some(seat), shown, why)
}

/// A seat that is shown as somebody's when nobody can have had it.
fn nobodys(history: &History<'_>, seat: Seat, look: Look, last: Option<usize>, sight: Sight) -> Violation {
    let last = last.map(|booking| &history.bookings[booking]);
    let before = last.map_or("nobody ever had it".to_owned(), |last| format!("{} had it before", last.name()));
    let why = format!("looks {look:?} and can be nobody's: {before}");
    let shown = last.map(|last| last.sent.entry).into_iter().chain([sight.entry]);
    history.violation(Rule::BackInTime, history.show_of(sight.entry), Some(seat), shown, why)
}
