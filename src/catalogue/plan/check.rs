//! What makes a plan sound. Each rule answers with a message for the person who wrote the plan.

use super::read::Sketch;
use super::{MAX_COLUMNS, MAX_ROWS, MAX_SEATS, PlannedSeat, SeatKind, Zone};

/// A zone with the line that declares it and the letter that draws it.
pub(super) struct ZoneLine {
    pub letter: char,
    pub line: usize,
    pub zone: Zone,
}

/// Codes go into price lists and page markup, names onto tickets: both stay short and plain.
pub(super) fn zone_words(code: &str, name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !code.starts_with(|c: char| c.is_ascii_lowercase()) || !code.chars().all(plain) || code.len() > 20 {
        return Err(format!("{code:?} is no zone code: use up to 20 small letters, digits and hyphens"));
    }
    if name.chars().count() > 30 || name.chars().any(char::is_control) {
        return Err("a zone's name has at most 30 characters, all of them printable".to_owned());
    }
    Ok(())
}

/// Labels are printed on tickets and read out: short, and unlike any other row's.
pub(super) fn row_label(label: &str, rows: &[(String, usize)]) -> Result<(), String> {
    let plain = label.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    if !plain || label.len() > 3 || !label.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Err(format!("{label:?} is no row label: use a capital, and at most two more capitals or digits"));
    }
    match rows.iter().find(|(other, _)| other == label) {
        Some((_, line)) => Err(format!("line {line} is row {label} already: each row has a label of its own")),
        None => Ok(()),
    }
}

/// A map is drawn on a grid, so one short line is a slip of the pen rather than a shorter row.
pub(super) fn row_width(map: &str, columns: i32) -> Result<(), String> {
    if let Some(character) = map.chars().find(|c| !c.is_ascii_alphabetic() && *c != '.' && *c != '=') {
        return Err(format!("{character:?} is not a seat: use `o`, `O`, `=`, `w`, `c`, a zone's letter or `.`"));
    }
    let width = i32::try_from(map.len()).unwrap_or(i32::MAX);
    if width > MAX_COLUMNS {
        return Err(format!("the row is {width} columns wide: at most {MAX_COLUMNS} are possible"));
    }
    if columns != 0 && width != columns {
        return Err(format!("the row is {width} columns wide and the first one {columns}: fill it up with `.`"));
    }
    Ok(())
}

/// A companion seat is sold only with its bay, so one that touches no bay could never be sold.
pub(super) fn companions(row: &[PlannedSeat]) -> Vec<String> {
    let touches_bay = |seat: &PlannedSeat| {
        row.iter().filter(|other| other.kind == SeatKind::Wheelchair).any(|bay| {
            bay.grid_column + bay.width == seat.grid_column || seat.grid_column + seat.width == bay.grid_column
        })
    };
    row.iter()
        .filter(|seat| seat.kind == SeatKind::Companion && !touches_bay(seat))
        .map(|seat| format!("column {}: the companion seat `c` must stand beside a bay `w`", seat.grid_column))
        .collect()
}

/// The rules that need the whole plan.
pub(super) fn whole_plan(sketch: &mut Sketch, last_line: usize) {
    if !sketch.saw_row {
        sketch.fail(last_line, "the plan has no row of seats: add one, as in `A g ..oooo..`");
    }
    if sketch.seats.len() > MAX_SEATS {
        let message = format!("the plan has {} seats: at most {MAX_SEATS} are possible", sketch.seats.len());
        sketch.fail(last_line, message);
    }
    if sketch.grid_rows > MAX_ROWS {
        let message = format!("the hall is {} rows deep: at most {MAX_ROWS} are possible", sketch.grid_rows);
        sketch.fail(last_line, message);
    }
    unused_zones(sketch);
}

/// A zone without seats would ask for prices that nobody pays. While rows are still refused it may have its seats there.
fn unused_zones(sketch: &mut Sketch) {
    if !sketch.errors.is_empty() {
        return;
    }
    let unused: Vec<(usize, String)> = sketch
        .zones
        .iter()
        .filter(|zone| sketch.seats.iter().all(|seat| seat.zone != zone.zone.code))
        .map(|zone| (zone.line, format!("no seat is in zone {}: remove the line or use its letter", zone.zone.code)))
        .collect();
    for (line, message) in unused {
        sketch.fail(line, message);
    }
}
