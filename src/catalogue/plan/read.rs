//! From a plan's text to a [`Plan`]: line by line into a sketch, which is then checked as a whole.

use super::check::{self, ZoneLine};
use super::{MAX_SOFA_WIDTH, Plan, PlanError, PlannedSeat, SeatKind, Zone};

/// The longest sensible plan (40 rows of 60 columns with remarks) needs a fifth of this. The limit keeps a hostile text
/// from costing more than a glance.
const MAX_BYTES: usize = 20_000;

/// Letters of the map that a zone cannot take, because they already mean something in every zone.
const RESERVED_LETTERS: &str = "owc";

/// More prices than this in one hall would confuse anybody, and each zone needs a letter.
const MAX_ZONES: usize = 8;

/// Where seat 1 of a row is, seen by a guest who faces the screen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    FromLeft,
    FromRight,
}

/// A plan as far as it has been read, with the lines that later errors must point at.
#[derive(Default)]
pub(super) struct Sketch {
    pub zones: Vec<ZoneLine>,
    pub seats: Vec<PlannedSeat>,
    /// Label and line of each row of seats, from the screen backwards.
    pub rows: Vec<(String, usize)>,
    pub columns: i32,
    pub grid_rows: i32,
    /// Whether any line tried to be a row of seats.
    pub saw_row: bool,
    numbering: Option<Numbering>,
    segments: i32,
    pub errors: Vec<PlanError>,
}

pub(super) fn plan(text: &str) -> Result<Plan, Vec<PlanError>> {
    if text.len() > MAX_BYTES {
        let message =
            format!("the plan is longer than {MAX_BYTES} characters: no hall needs that, so nothing was read");
        return Err(vec![PlanError::new(1, message)]);
    }
    let mut sketch = Sketch::default();
    for (index, line) in text.lines().enumerate() {
        sketch.read_line(index + 1, line.trim());
    }
    let last_line = text.lines().count().max(1);
    if sketch.numbering.is_none() {
        sketch.fail(last_line, "where is seat 1? Add a line `number from left` or `number from right`");
    }
    check::whole_plan(&mut sketch, last_line);
    sketch.finish()
}

impl Sketch {
    pub(super) fn fail(&mut self, line: usize, message: impl Into<String>) {
        self.errors.push(PlanError::new(line, message));
    }

    fn read_line(&mut self, line: usize, text: &str) {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            ["zone", letter, code, _, ..] => self.read_zone(line, letter, code, &words[3..].join(" ")),
            ["zone", ..] => self.fail(line, "a zone needs a letter, a code and a name, as in `zone g gold Gold`"),
            ["number", ..] => self.read_numbering(line, &words[1..]),
            ["-"] => self.grid_rows += 1,
            [label, letter, map] => self.read_row(line, label, letter, map),
            _ => self.fail(
                line,
                "not a line of a plan: a row is its label, its zone's letter and its map without blanks (write bare \
                 floor as `.`), as in `A g ..oooo..`",
            ),
        }
    }

    fn read_numbering(&mut self, line: usize, words: &[&str]) {
        let numbering = match words {
            ["from", "left"] => Numbering::FromLeft,
            ["from", "right"] => Numbering::FromRight,
            _ => return self.fail(line, "write `number from left` or `number from right`"),
        };
        if !self.rows.is_empty() {
            self.fail(line, "say where seat 1 is before the first row");
        } else if self.numbering.is_some() {
            self.fail(line, "where seat 1 is has been said before: keep one of the two lines");
        }
        self.numbering = Some(numbering);
    }

    fn read_zone(&mut self, line: usize, letter: &str, code: &str, name: &str) {
        let mut letters = letter.chars();
        let (Some(letter), None) = (letters.next(), letters.next()) else {
            return self.fail(line, format!("{letter:?} must be one letter, which will draw the zone's seats"));
        };
        if !letter.is_ascii_lowercase() || RESERVED_LETTERS.contains(letter) {
            let message = format!("a zone's letter is a small letter other than o, w and c, not {letter:?}");
            return self.fail(line, message);
        }
        if let Some(earlier) = self.zones.iter().find(|zone| zone.letter == letter || zone.zone.code == code) {
            let message = format!("line {} has this letter or code already: choose another", earlier.line);
            return self.fail(line, message);
        }
        if self.zones.len() >= MAX_ZONES {
            return self.fail(line, format!("a plan has at most {MAX_ZONES} zones: join two of them"));
        }
        if let Err(message) = check::zone_words(code, name) {
            self.fail(line, message);
        }
        let position = i32::try_from(self.zones.len()).unwrap_or(i32::MAX).saturating_add(1);
        let zone = Zone { code: code.to_owned(), name: name.to_owned(), position };
        self.zones.push(ZoneLine { letter, line, zone });
    }

    fn zone_code(&self, letter: char) -> Option<String> {
        self.zones.iter().find(|zone| zone.letter == letter).map(|zone| zone.zone.code.clone())
    }

    fn read_row(&mut self, line: usize, label: &str, letter: &str, map: &str) {
        self.grid_rows += 1;
        self.saw_row = true;
        if let Err(message) = check::row_label(label, &self.rows) {
            self.fail(line, message);
        }
        let mut letters = letter.chars();
        let zone = match (letters.next(), letters.next()) {
            (Some(letter), None) => self.zone_code(letter),
            _ => None,
        };
        let Some(zone) = zone else {
            let message = format!("no zone has the letter {letter:?}: add `zone {letter} ...` above, or use another");
            return self.fail(line, message);
        };
        if let Err(message) = check::row_width(map, self.columns) {
            return self.fail(line, message);
        }
        self.columns = i32::try_from(map.len()).unwrap_or(i32::MAX);
        let first = self.seats.len();
        self.read_map(line, label, &zone, map);
        if self.seats.len() == first {
            self.fail(line, format!("row {label} has no seats: write `-` for a walkway"));
        }
        self.rows.push((label.to_owned(), line));
        self.number_row(first);
        let companions = check::companions(&self.seats[first..]);
        self.errors.extend(companions.into_iter().map(|message| PlanError::new(line, message)));
    }

    /// Reads the seats of one row from left to right, unnumbered.
    fn read_map(&mut self, line: usize, label: &str, row_zone: &str, map: &str) {
        for (character, grid_column) in map.chars().zip(1..) {
            let kind = match character {
                '.' => continue,
                '=' => {
                    self.widen_sofa(line, grid_column);
                    continue;
                }
                'w' => SeatKind::Wheelchair,
                'c' => SeatKind::Companion,
                'A'..='Z' => SeatKind::Sofa,
                _ => SeatKind::Standard,
            };
            let zone = match character {
                'o' | 'O' | 'w' | 'c' => Some(row_zone.to_owned()),
                letter => self.zone_code(letter.to_ascii_lowercase()),
            };
            let Some(zone) = zone else {
                let message = format!(
                    "column {grid_column}: {character:?} is neither a zone's letter nor one of `o`, `O`, `=`, `w`, `c` \
                     and `.`"
                );
                self.fail(line, message);
                continue;
            };
            let row_label = label.to_owned();
            let (number, grid_row, width) = (0, self.grid_rows, 1);
            let segment = self.segment_for(kind, grid_row, grid_column);
            self.seats.push(PlannedSeat { row_label, number, zone, kind, grid_row, grid_column, width, segment });
        }
    }

    /// The last seat, if it stands in this row and ends just before this column.
    fn left_neighbour(&mut self, grid_row: i32, grid_column: i32) -> Option<&mut PlannedSeat> {
        let last = self.seats.last_mut()?;
        (last.grid_row == grid_row && last.grid_column + last.width == grid_column).then_some(last)
    }

    fn widen_sofa(&mut self, line: usize, grid_column: i32) {
        let grid_row = self.grid_rows;
        match self.left_neighbour(grid_row, grid_column) {
            Some(sofa) if sofa.kind == SeatKind::Sofa && sofa.width < MAX_SOFA_WIDTH => sofa.width += 1,
            Some(sofa) if sofa.kind == SeatKind::Sofa => {
                self.fail(line, format!("column {grid_column}: a sofa covers at most {MAX_SOFA_WIDTH} columns"));
            }
            _ => {
                self.fail(line, format!("column {grid_column}: `=` widens a sofa, so a capital must stand before it"))
            }
        }
    }

    fn segment_for(&mut self, kind: SeatKind, grid_row: i32, grid_column: i32) -> i32 {
        match self.left_neighbour(grid_row, grid_column) {
            Some(left) if kind != SeatKind::Wheelchair && left.kind != SeatKind::Wheelchair => left.segment,
            _ => {
                self.segments += 1;
                self.segments
            }
        }
    }

    fn number_row(&mut self, first: usize) {
        let row = &mut self.seats[first..];
        match self.numbering {
            Some(Numbering::FromRight) => {
                row.iter_mut().rev().zip(1..).for_each(|(seat, number)| seat.number = number)
            }
            _ => row.iter_mut().zip(1..).for_each(|(seat, number)| seat.number = number),
        }
    }

    fn finish(mut self) -> Result<Plan, Vec<PlanError>> {
        if self.errors.is_empty() {
            let zones = self.zones.into_iter().map(|zone| zone.zone).collect();
            return Ok(Plan { zones, columns: self.columns, rows: self.grid_rows, seats: self.seats });
        }
        self.errors.sort();
        Err(self.errors)
    }
}
