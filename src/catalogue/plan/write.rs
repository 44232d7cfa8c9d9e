//! From a [`Plan`] back to its canonical text.

use super::{Plan, PlannedSeat, SeatKind, Zone};
use std::fmt;

pub(super) fn plan(plan: &Plan, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let letters = letters(&plan.zones);
    for (zone, letter) in plan.zones.iter().zip(&letters) {
        writeln!(f, "zone {letter} {} {}", zone.code, zone.name)?;
    }
    writeln!(f, "number from {}\n", if numbers_fall(plan) { "right" } else { "left" })?;
    let letter_of = |code: &str| {
        let position = plan.zones.iter().position(|zone| zone.code == code);
        position.and_then(|index| letters.get(index).copied()).unwrap_or('?')
    };
    let label_width = plan.seats.iter().map(|seat| seat.row_label.len()).max().unwrap_or(1);
    for grid_row in 1..=plan.rows {
        let row: Vec<&PlannedSeat> = plan.seats.iter().filter(|seat| seat.grid_row == grid_row).collect();
        match row.first() {
            None => writeln!(f, "-")?,
            Some(seat) => {
                let row_zone = row_zone(&row);
                let map = map(&row, plan.columns, row_zone, &letter_of);
                writeln!(f, "{:label_width$} {} {map}", seat.row_label, letter_of(row_zone))?;
            }
        }
    }
    Ok(())
}

/// One free letter per zone, its own initial where possible, so that the text reads easily.
fn letters(zones: &[Zone]) -> Vec<char> {
    let mut taken = vec!['o', 'w', 'c'];
    for zone in zones {
        let own = zone.code.chars().filter(char::is_ascii_lowercase);
        let free = own.chain('a'..='z').find(|letter| !taken.contains(letter));
        taken.push(free.unwrap_or('?'));
    }
    taken.split_off(3)
}

/// Whether seat numbers fall from left to right, that is, seat 1 is on the right.
fn numbers_fall(plan: &Plan) -> bool {
    plan.seats.windows(2).any(|pair| pair[0].grid_row == pair[1].grid_row && pair[0].number > pair[1].number)
}

/// The zone that the row's line names: that of its bays and companions, which have no letter of their own, else the most
/// common one, which makes the plainest map.
fn row_zone<'a>(row: &[&'a PlannedSeat]) -> &'a str {
    let needs_row_zone = |seat: &&&'a PlannedSeat| matches!(seat.kind, SeatKind::Wheelchair | SeatKind::Companion);
    let count = |code: &str| row.iter().filter(|seat| seat.zone == code).count();
    let bay = row.iter().find(needs_row_zone);
    bay.or_else(|| row.iter().max_by_key(|seat| (count(&seat.zone), &seat.zone))).map_or("", |seat| &seat.zone)
}

fn map(row: &[&PlannedSeat], columns: i32, row_zone: &str, letter_of: &dyn Fn(&str) -> char) -> String {
    let mut map = vec!['.'; usize::try_from(columns).unwrap_or(0)];
    for seat in row {
        let letter = if seat.zone == row_zone { 'o' } else { letter_of(&seat.zone) };
        let drawn = match seat.kind {
            SeatKind::Standard => letter,
            SeatKind::Sofa => letter.to_ascii_uppercase(),
            SeatKind::Wheelchair => 'w',
            SeatKind::Companion => 'c',
        };
        let start = usize::try_from(seat.grid_column - 1).unwrap_or(0);
        let width = usize::try_from(seat.width).unwrap_or(1);
        for (offset, cell) in map.iter_mut().skip(start).take(width).enumerate() {
            *cell = if offset == 0 { drawn } else { '=' };
        }
    }
    map.into_iter().collect()
}
