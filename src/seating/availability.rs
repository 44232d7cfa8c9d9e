//! How full houses are: free seats counted for many shows at once.

use super::show_seat::{SeatStatus, is_free_at};
use crate::clock::Instant;
use crate::ids::ShowId;
use crate::schema::show_seats;
use diesel::dsl::count;
use diesel::prelude::*;
use std::collections::HashMap;

/// A house is filling fast when no more than this share of it is free, in percent.
const FILLING_PERCENT: i64 = 45;
/// A house is almost full when no more than this share of it is free, in percent.
const ALMOST_FULL_PERCENT: i64 = 12;

/// Seats of one show at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    pub free: i64,
    /// Those that customers can have at all: blocked ones are not among them.
    pub sellable: i64,
}

/// How full a house is, in the words of a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Plenty,
    FillingFast,
    AlmostFull,
    SoldOut,
}

impl Availability {
    pub fn level(self) -> Level {
        let percent = |share| self.free * 100 <= self.sellable * share;
        match self.free {
            ..=0 => Level::SoldOut,
            _ if percent(ALMOST_FULL_PERCENT) => Level::AlmostFull,
            _ if percent(FILLING_PERCENT) => Level::FillingFast,
            _ => Level::Plenty,
        }
    }
}

/// Counts the seats of these shows as they are at `now`, in one statement. A show without seats is missing from the
/// answer, and has none free.
pub fn of_shows(
    conn: &mut PgConnection,
    shows: &[ShowId],
    now: Instant,
) -> QueryResult<HashMap<ShowId, Availability>> {
    let sellable = show_seats::status.ne(SeatStatus::Blocked);
    let rows: Vec<(ShowId, i64, i64)> = show_seats::table
        .filter(show_seats::show_id.eq_any(shows))
        .group_by(show_seats::show_id)
        .select((
            show_seats::show_id,
            count(show_seats::seat_id).aggregate_filter(is_free_at(now)),
            count(show_seats::seat_id).aggregate_filter(sellable),
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(|(show, free, sellable)| (show, Availability { free, sellable })).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(free: i64, sellable: i64) -> Level {
        Availability { free, sellable }.level()
    }

    #[test]
    fn the_badge_follows_the_share_of_free_seats() {
        assert_eq!(level(100, 100), Level::Plenty);
        assert_eq!(level(46, 100), Level::Plenty);
        assert_eq!(level(45, 100), Level::FillingFast);
        assert_eq!(level(13, 100), Level::FillingFast);
        assert_eq!(level(12, 100), Level::AlmostFull);
        assert_eq!(level(1, 100), Level::AlmostFull);
        assert_eq!(level(0, 100), Level::SoldOut);
    }

    #[test]
    fn a_house_without_seats_is_sold_out() {
        assert_eq!(Availability::default().level(), Level::SoldOut);
    }
}
