//! Who had a seat when: its time cut into stretches.

use crate::clock::Instant;
use crate::ids::BookingId;
use crate::ledger::Recorded;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Free,
    Held(BookingId),
    Sold(BookingId),
    KeptBack,
}

/// A time in which one had the seat, or nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub from: Instant,
    /// The end of the last is the reader's `now`.
    pub until: Instant,
    pub standing: Standing,
}

/// Cuts up the time from the first row to `now`. `rows` are those of one seat and of its show, in any order.
pub fn stretches(rows: &[Recorded], now: Instant) -> Vec<Stretch> {
    let mut rows: Vec<&Recorded> =
        rows.iter().filter(|row| matches!(row.entity.as_str(), "show_seat" | "show")).collect();
    rows.sort_by_key(|row| (row.at, row.id));
    let mut cut: Vec<Stretch> = Vec::new();
    let mut add = |from: Instant, until: Instant, standing: Standing| match cut.last_mut() {
        _ if until <= from => {}
        Some(last) if last.standing == standing => last.until = until,
        _ => cut.push(Stretch { from, until, standing }),
    };
    for (place, row) in rows.iter().enumerate() {
        let Some(standing) = standing(row) else { continue };
        let until = rows[place + 1..].iter().find(|next| next.entity == "show_seat").map_or(now, |next| next.at);
        // A lock ends by itself, and the seat is free from there on.
        let end = row.to_end.filter(|_| matches!(standing, Standing::Held(_))).unwrap_or(until).min(until);
        add(row.at, end, standing);
        add(end, until, Standing::Free);
    }
    cut
}

fn standing(row: &Recorded) -> Option<Standing> {
    match (row.entity.as_str(), row.to_status.as_str(), row.to_owner) {
        ("show", ..) if row.from_status.is_none() => Some(Standing::Free),
        ("show_seat", "locked", Some(owner)) => Some(Standing::Held(owner)),
        ("show_seat", "booked", Some(owner)) => Some(Standing::Sold(owner)),
        ("show_seat", "blocked", _) => Some(Standing::KeptBack),
        ("show_seat", ..) => Some(Standing::Free),
        _ => None,
    }
}
