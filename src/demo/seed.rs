//! Seed: the demo's cinemas with a week of shows on sale.
//!
//! It may be stopped at any point and run again, today or another day: what exists is left alone, what is missing is
//! added.

use super::catalogue::Catalogue;
use super::data::{self, DataError, DemoData};
use super::programme::{self, PlannedShow};
use super::turn::{Turn, in_turn};
use crate::catalogue::business_day;
use crate::catalogue::price_list::Prices;
use crate::catalogue::show::{self, Format};
use crate::clock::{self, Instant};
use crate::db::{Database, Failure, MayFail, Stop};
use crate::ids::{RequestId, ScreenId};
use crate::ledger::{Actor, Author};
use crate::programme::schedule::{ScheduleRefusal, ShowRequest, schedule};
use chrono::{NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use diesel::prelude::*;
use std::collections::{BTreeMap, HashSet};
use thiserror::Error;
use uuid::Uuid;

/// Business days that are on sale.
const DAYS: usize = 7;

/// What a run of [`seed`] added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeedSummary {
    pub shows: usize,
}

/// Why the demo could not be seeded.
#[derive(Debug, Error)]
pub enum SeedError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Database(#[from] Failure),
    #[error("the demo's data name an unknown {0}: {1}")]
    Unknown(&'static str, String),
    #[error("the demo's data were refused: {0}")]
    Refused(String),
}

impl From<diesel::result::Error> for SeedError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl<R: std::fmt::Debug> From<Stop<R>> for SeedError {
    fn from(stop: Stop<R>) -> Self {
        match stop {
            Stop::Refused(why) => Self::Refused(format!("{why:?}")),
            Stop::Failed(failure) => Self::Database(failure),
        }
    }
}

impl MayFail for SeedError {
    fn failure(&self) -> Option<&Failure> {
        if let Self::Database(failure) = self { Some(failure) } else { None }
    }
}

/// Sees to it that the demo's cinemas stand and that every show of the next seven business days that has not begun is on
/// sale. Two processes that do this at once take turns.
///
/// # Errors
/// When the database fails; what was added until then stays.
pub fn seed(db: &Database) -> Result<SeedSummary, SeedError> {
    let data = data::load()?;
    db.run_here(|conn| in_turn(conn, Turn::Seed, |conn| add_missing(conn, &data)))
}

fn add_missing(conn: &mut PgConnection, data: &DemoData) -> Result<SeedSummary, SeedError> {
    let catalogue = Catalogue::ensure(conn, data)?;
    let now = clock::now(conn)?;
    let known: HashSet<(ScreenId, Instant)> =
        show::beginning_after(conn, now)?.into_iter().map(|show| (show.screen_id, show.starts_at)).collect();
    let mut summary = SeedSummary::default();
    for date in dates(data, now)? {
        for planned in programme::day(data, date) {
            let request = show_request(&catalogue, &planned, date)?;
            if request.starts_at <= now || known.contains(&(request.screen, request.starts_at)) {
                continue;
            }
            match schedule(conn, &request, &author()) {
                Ok(_) => summary.shows += 1,
                // It has begun; or staff have given its time to another show, or its screen other zones.
                Err(Stop::Refused(
                    ScheduleRefusal::InPast
                    | ScheduleRefusal::Overlap { .. }
                    | ScheduleRefusal::ZonesWithoutPrice(_)
                    | ScheduleRefusal::UnknownZones(_),
                )) => {}
                Err(stop) => return Err(stop.into()),
            }
        }
    }
    Ok(summary)
}

/// The business days on sale; the first is today in the cinema where it is earliest.
pub(super) fn dates(data: &DemoData, now: Instant) -> Result<Vec<NaiveDate>, SeedError> {
    let mut first = business_day::of((now + chrono::TimeDelta::days(1)).naive_utc());
    for cinema in &data.cinemas {
        first = first.min(business_day::of(now.with_timezone(&zone(&cinema.time_zone)?).naive_local()));
    }
    Ok(first.iter_days().take(DAYS).collect())
}

fn zone(name: &str) -> Result<Tz, SeedError> {
    name.parse().map_err(|_| SeedError::Unknown("time zone", name.to_owned()))
}

/// The screen and the instant of a planned show, by which it is known in the database.
pub(super) fn place(catalogue: &Catalogue<'_>, planned: &PlannedShow<'_>) -> Result<(ScreenId, Instant), SeedError> {
    let screen = catalogue
        .screen(&planned.cinema.slug, &planned.screen.name)
        .ok_or_else(|| SeedError::Unknown("screen", planned.screen.name.clone()))?;
    Ok((screen, instant(planned.starts_at, zone(&planned.cinema.time_zone)?)))
}

/// A local time that the clocks skip is read as if it were UTC: no demo cinema is where they do.
fn instant(local: NaiveDateTime, zone: Tz) -> Instant {
    zone.from_local_datetime(&local).earliest().map_or_else(|| local.and_utc(), |time| time.to_utc())
}

fn show_request(
    catalogue: &Catalogue<'_>,
    planned: &PlannedShow<'_>,
    date: NaiveDate,
) -> Result<ShowRequest, SeedError> {
    let (screen, starts_at) = place(catalogue, planned)?;
    let unknown = |what, name: &str| SeedError::Unknown(what, name.to_owned());
    Ok(ShowRequest {
        screen,
        movie: catalogue.movie(&planned.movie.slug).ok_or_else(|| unknown("movie", &planned.movie.slug))?,
        starts_at,
        language: planned.language.to_owned(),
        subtitles: planned.subtitles.map(str::to_owned),
        format: Format::parse(planned.format).ok_or_else(|| unknown("format", planned.format))?,
        prices: prices(planned, date)?,
    })
}

fn prices(planned: &PlannedShow<'_>, date: NaiveDate) -> Result<BTreeMap<String, Prices>, SeedError> {
    let zones = planned.screen.plan()?.zones;
    let priced = zones.into_iter().filter_map(|zone| {
        let levels = planned.cinema.price_levels(&zone.code, date, planned.format)?;
        Some((zone.code, Prices { adult: levels.adult, child: Some(levels.child), senior: Some(levels.senior) }))
    });
    Ok(priced.collect())
}

pub(super) fn author() -> Author {
    Author { actor: Actor::System("seed".into()), request: RequestId(Uuid::now_v7()) }
}
