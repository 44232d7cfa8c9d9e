//! Replay: a show rebuilt from its ledger, as it is or as it was at a past instant, and compared with the tables.
//!
//! [`fold`] builds the [`state`] from ledger rows alone, with the transitions that the application's writers refuse by;
//! [`diff`] compares two states column by column. This file reads what they need, in one snapshot.

pub mod diff;
pub mod fold;
pub mod state;

use super::rows;
use crate::catalogue::show;
use crate::clock::{self, Instant};
use crate::db::{Failure, snapshot};
use crate::ids::{BookingId, SeatId, ShowId};
use crate::ledger::Recorded;
use crate::schema::bookings;
use crate::seating::hall::{Hall, Halls};
use chrono_tz::Tz;
use diesel::prelude::*;
use diff::{Difference, diff};
use fold::{Fault, fold};
use state::State;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is said about a show without history: it never changes.
#[derive(Clone, Debug)]
pub struct Facts {
    pub show: ShowId,
    /// `Sairat, Regal, Screen 1`
    pub name: String,
    /// The cinema's time zone, in which its times are told.
    pub zone: Tz,
    pub hall: Arc<Hall>,
    pub references: BTreeMap<BookingId, String>,
}

/// A show as its ledger tells it.
#[derive(Clone, Debug)]
pub struct Replay {
    pub facts: Facts,
    /// The instant of the picture: locks that end by then have lapsed.
    pub as_of: Instant,
    /// Ledger rows up to that instant.
    pub rows: usize,
    pub state: State,
    pub faults: Vec<Fault>,
    /// Where the tables say something else; none for a past instant, of which the tables know nothing.
    pub differences: Option<Vec<Difference>>,
}

impl Replay {
    /// Whether every row follows from the one before, and the tables, where they were compared, say the same.
    pub fn agrees(&self) -> bool {
        self.faults.is_empty() && self.differences.as_ref().is_none_or(Vec::is_empty)
    }
}

/// Why there is no replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReplay {
    UnknownShow,
    /// The instant asked for has not come yet.
    InFuture,
}

/// Replays a show up to an instant, inclusive, or up to now and against the tables. Everything is read in one snapshot.
pub fn replay(conn: &mut PgConnection, id: ShowId, at: Option<Instant>) -> Result<Result<Replay, NoReplay>, Failure> {
    snapshot(conn, |conn| Ok(replay_in(conn, id, at)?))
}

/// As [`replay`], in the snapshot of the caller.
pub fn replay_in(conn: &mut PgConnection, id: ShowId, at: Option<Instant>) -> QueryResult<Result<Replay, NoReplay>> {
    let now = clock::now(conn)?;
    let Some(facts) = facts(conn, id)? else { return Ok(Err(NoReplay::UnknownShow)) };
    if at.is_some_and(|at| at > now) {
        return Ok(Err(NoReplay::InFuture));
    }
    let rows = rows_of_show(conn, id)?;
    // The tables have every row that the ledger has, even one that a clock since set back calls later than now.
    let until = at.unwrap_or(Instant::MAX_UTC);
    let (state, faults) = fold(id, &seats(&facts.hall), &rows, until);
    let differences = match at {
        None => Some(diff(&state, &State::of_tables(conn, id)?)),
        Some(_) => None,
    };
    let rows = rows.iter().filter(|row| row.at <= until).count();
    Ok(Ok(Replay { facts, as_of: at.unwrap_or(now), rows, state, faults, differences }))
}

fn seats(hall: &Hall) -> Vec<SeatId> {
    hall.places.iter().map(|place| place.seat_id).collect()
}

fn facts(conn: &mut PgConnection, id: ShowId) -> QueryResult<Option<Facts>> {
    let Some(details) = show::details(conn, id)? else { return Ok(None) };
    let references: Vec<(BookingId, String)> =
        bookings::table.filter(bookings::show_id.eq(id)).select((bookings::id, bookings::reference)).load(conn)?;
    Ok(Some(Facts {
        show: id,
        name: format!("{}, {}, {}", details.movie.title, details.cinema.name, details.screen),
        zone: details.cinema.time_zone.parse().unwrap_or(Tz::UTC),
        hall: Halls::default().get(conn, details.show.layout_id)?,
        references: references.into_iter().collect(),
    }))
}

/// A show's ledger: its own rows, and those of its seats, bookings, payments and tickets, by time.
pub fn rows_of_show(conn: &mut PgConnection, show: ShowId) -> QueryResult<Vec<Recorded>> {
    let mut rows = rows::of_show(conn, show)?;
    rows.extend(rows::of_seats(conn, show)?);
    // Whoever ever owned a seat, and whoever the table knows: each is found by its key.
    let mut bookings: BTreeSet<BookingId> = rows.iter().filter_map(|row| row.to_owner).collect();
    bookings.extend(bookings::table.filter(bookings::show_id.eq(show)).select(bookings::id).load::<BookingId>(conn)?);
    let bookings: Vec<BookingId> = bookings.into_iter().collect();
    rows.extend(rows::of_bookings(conn, &bookings)?);
    rows.sort_by_key(|row| (row.at, row.id));
    Ok(rows)
}
