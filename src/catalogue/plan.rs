//! A *plan*: the seating of one screen as a text that looks like the hall, so that a person can review it.
//!
//! ```text
//! # Lines that start with # are remarks.
//! zone s silver Silver
//! zone g gold Gold
//! number from left
//!
//! A s ..oooo..oooo..
//! B s .ooooo..ooooo.
//! -
//! C g wcoooo..oooocw
//! D g .G=G=...gg.ss.
//! ```
//!
//! - `zone <letter> <code> <name>`: a price zone. The letter draws its seats; zones stand from the cheapest up.
//! - `number from left` or `number from right`: where seat 1 of each row is, seen by a guest who faces the screen.
//! - `<label> <letter> <map>`: a row, the first one nearest the screen. The letter names the row's zone. In the map
//!   `o` is a seat of the row's zone, `w` a wheelchair bay, `c` the seat of a companion, `.` bare floor (an aisle); a
//!   zone's letter is a seat of that zone. A capital (`O`, or a zone's letter) is a sofa, and each `=` after it makes the
//!   sofa one column wider. All maps of a plan are equally wide.
//! - `-`: a walkway across the hall, where a row could be.
//!
//! Remarks are for the reader and are not kept: [`Plan`]'s `Display` writes the canonical text, and for every parsed
//! plan `Plan::parse(&plan.to_string())` gives the same plan again.

mod check;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;
use thiserror::Error;

/// Most seats that one screen can have; the largest halls stay well below.
pub const MAX_SEATS: usize = 1_000;
/// Most grid columns, so that a seat map stays usable on a phone.
pub const MAX_COLUMNS: i32 = 60;
/// Most grid rows, walkways included.
pub const MAX_ROWS: i32 = 40;
/// Most grid columns that one sofa covers.
pub const MAX_SOFA_WIDTH: i32 = 3;

text_enum! {
    /// What a guest finds at a place of the hall.
    pub enum SeatKind {
        /// An ordinary chair.
        Standard = "standard",
        /// A sofa or recliner, perhaps wider than one grid column; sold as one seat.
        Sofa = "sofa",
        /// A bay without a chair, for a guest in a wheelchair.
        Wheelchair = "wheelchair",
        /// The chair beside a bay, for the person who comes along.
        Companion = "companion",
    }
}

/// A part of the hall with its own price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Lower-case name that price lists use, such as `gold`; unique in the plan.
    pub code: String,
    /// Name that guests read, such as `Gold`.
    pub name: String,
    /// Place in the plan's list of zones, from 1; cheaper zones come first.
    pub position: i32,
}

/// One seat of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedSeat {
    /// Label of its row, such as `F`; unique in the plan.
    pub row_label: String,
    /// Number in its row, from 1 without holes.
    pub number: i32,
    /// Code of its [`Zone`].
    pub zone: String,
    pub kind: SeatKind,
    /// Grid row, from 1 at the screen; walkways count.
    pub grid_row: i32,
    /// Leftmost grid column that it covers, from 1 at the left of a guest who faces the screen.
    pub grid_column: i32,
    /// Grid columns that it covers: 1, and for a sofa up to [`MAX_SOFA_WIDTH`].
    pub width: i32,
    /// The run of adjacent seats that it stands in, from 1, unique in the plan. A row's end, an aisle and a wheelchair
    /// bay end a run; a bay is a run of its own. The run never changes, so rules over neighbours may lock it whole.
    pub segment: i32,
}

/// The seating of one screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In order of position.
    pub zones: Vec<Zone>,
    /// Width of the grid.
    pub columns: i32,
    /// Height of the grid, walkways included.
    pub rows: i32,
    /// Front row first, and in each row from left to right.
    pub seats: Vec<PlannedSeat>,
}

impl Plan {
    /// Reads a plan from its text.
    ///
    /// # Errors
    /// Everything that is wrong with the text, in order of line, each with what to do about it. A text that is far too
    /// long for a hall is refused before it is read.
    pub fn parse(text: &str) -> Result<Self, Vec<PlanError>> {
        read::plan(text)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write::plan(self, f)
    }
}

/// One thing that is wrong with a plan's text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("line {line}: {message}")]
pub struct PlanError {
    /// Line of the text, from 1; for what concerns the whole plan, the last line.
    pub line: usize,
    /// What is wrong and what to do, for the person who wrote the plan.
    pub message: String,
}

impl PlanError {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}
