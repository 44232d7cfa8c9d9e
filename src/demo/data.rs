//! The demo's movies, cities and cinemas, read from the reviewed files beside this one.
//!
//! The files are part of the binary, so a mistake in them is found by the tests and not by a person who runs the demo.

#[cfg(test)]
mod tests;

use crate::catalogue::plan::{Plan, PlanError};
use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

const MOVIES: &str = include_str!("movies.toml");
const CINEMAS: &str = include_str!("cinemas.toml");

/// Every plan that a screen can name, with its text.
const PLANS: [(&str, &str); 16] = [
    ("backwater-1", include_str!("plans/backwater-1.txt")),
    ("backwater-2", include_str!("plans/backwater-2.txt")),
    ("backwater-3", include_str!("plans/backwater-3.txt")),
    ("chandni", include_str!("plans/chandni.txt")),
    ("gulmohar-1", include_str!("plans/gulmohar-1.txt")),
    ("gulmohar-2", include_str!("plans/gulmohar-2.txt")),
    ("lakeview-1", include_str!("plans/lakeview-1.txt")),
    ("lakeview-2", include_str!("plans/lakeview-2.txt")),
    ("lantern-house", include_str!("plans/lantern-house.txt")),
    ("prism-2", include_str!("plans/prism-2.txt")),
    ("prism-3", include_str!("plans/prism-3.txt")),
    ("prism-imax", include_str!("plans/prism-imax.txt")),
    ("seagull-1", include_str!("plans/seagull-1.txt")),
    ("seagull-2", include_str!("plans/seagull-2.txt")),
    ("seagull-3", include_str!("plans/seagull-3.txt")),
    ("velvet-room", include_str!("plans/velvet-room.txt")),
];

/// Everything that the demo shows and where.
#[derive(Debug, Clone)]
pub struct DemoData {
    pub movies: Vec<MovieData>,
    pub cities: Vec<CityData>,
    pub cinemas: Vec<CinemaData>,
}

/// A movie of `movies.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovieData {
    pub slug: String,
    pub title: String,
    /// Of the first release.
    pub year: i32,
    pub director: String,
    /// The feature alone, without trailers and interval.
    pub running_minutes: i32,
    /// Spoken versions that play here, the original first.
    pub languages: Vec<String>,
    /// The main one first.
    pub genres: Vec<String>,
    /// Of the Central Board of Film Certification: `U`, `UA7`, `UA13`, `UA16` or `A`.
    pub certificate: String,
    /// `2D`, `3D` and `IMAX`, as far as the movie exists in them.
    pub formats: Vec<String>,
    /// From 1, a rarity, to 5, on everywhere.
    pub popularity: i32,
    pub synopsis: String,
}

impl MovieData {
    /// The language in which it was made.
    pub fn original_language(&self) -> &str {
        self.languages.first().map_or("", String::as_str)
    }
}

/// A city of `cinemas.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CityData {
    pub slug: String,
    pub name: String,
    /// What its audiences watch without subtitles, the most common first.
    pub languages: Vec<String>,
}

/// A cinema of `cinemas.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CinemaData {
    pub slug: String,
    pub name: String,
    /// Slug of its [`CityData`].
    pub city: String,
    pub address: String,
    /// IANA name.
    pub time_zone: String,
    /// ISO 4217 code; all prices are in its minor unit.
    pub currency: String,
    pub turnaround: Turnaround,
    /// Added to every ticket of a show in that format, in minor units.
    #[serde(default)]
    pub surcharge: BTreeMap<String, i64>,
    /// By zone code of its plans.
    pub prices: BTreeMap<String, ZonePrices>,
    #[serde(rename = "screen")]
    pub screens: Vec<ScreenData>,
}

/// What surrounds a feature on its screen, in minutes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turnaround {
    pub trailers: i32,
    pub interval: i32,
    pub cleaning: i32,
}

impl Turnaround {
    /// How long a show of a feature keeps its screen, cleaning included.
    pub fn occupies(self, running_minutes: i32) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.trailers + running_minutes + self.interval + self.cleaning))
    }
}

/// A zone's prices through the week.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZonePrices {
    pub weekday: PriceLevels,
    /// Saturday and Sunday.
    pub weekend: PriceLevels,
}

/// A ticket's price per price type, tax included, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceLevels {
    pub adult: i64,
    pub child: i64,
    pub senior: i64,
}

impl PriceLevels {
    fn plus(self, surcharge: i64) -> Self {
        Self { adult: self.adult + surcharge, child: self.child + surcharge, senior: self.senior + surcharge }
    }
}

impl CinemaData {
    /// What tickets of a zone cost for a show on that business day in that format; `None` for an unknown zone.
    pub fn price_levels(&self, zone: &str, business_day: NaiveDate, format: &str) -> Option<PriceLevels> {
        let prices = self.prices.get(zone)?;
        let levels = if is_weekend(business_day) { prices.weekend } else { prices.weekday };
        Some(levels.plus(self.surcharge.get(format).copied().unwrap_or(0)))
    }
}

/// Whether weekend prices hold on that day.
pub fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// A screen of a cinema.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreenData {
    /// As guests read it, unique in its cinema.
    pub name: String,
    /// Name of its file in `plans/`, without `.txt`.
    pub plan: String,
    /// What the plan must count to.
    pub seats: usize,
    /// What its projector can show.
    pub formats: Vec<String>,
}

impl ScreenData {
    /// Its seating.
    ///
    /// # Errors
    /// When there is no such plan, or its text is wrong; the tests see to it that neither happens.
    pub fn plan(&self) -> Result<Plan, DataError> {
        let text = PLANS.iter().find(|(name, _)| *name == self.plan).map(|(_, text)| *text);
        let text = text.ok_or_else(|| DataError::NoPlan(self.plan.clone()))?;
        Plan::parse(text).map_err(|errors| DataError::Plan { name: self.plan.clone(), errors })
    }
}

/// A mistake in the demo's files.
#[derive(Debug, Error)]
pub enum DataError {
    #[error("the demo's {file} cannot be read: {source}")]
    Toml { file: &'static str, source: toml::de::Error },
    #[error("the demo has no plan named {0}")]
    NoPlan(String),
    #[error("the demo's plan {name} is wrong: {}", .errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Plan { name: String, errors: Vec<PlanError> },
}

/// Reads the movies, cities and cinemas.
///
/// # Errors
/// When a file has a mistake; the tests see to it that none has.
pub fn load() -> Result<DemoData, DataError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct MoviesFile {
        movie: Vec<MovieData>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct CinemasFile {
        city: Vec<CityData>,
        cinema: Vec<CinemaData>,
    }
    let toml_error = |file| move |source| DataError::Toml { file, source };
    let movies: MoviesFile = toml::from_str(MOVIES).map_err(toml_error("movies.toml"))?;
    let cinemas: CinemasFile = toml::from_str(CINEMAS).map_err(toml_error("cinemas.toml"))?;
    Ok(DemoData { movies: movies.movie, cities: cinemas.city, cinemas: cinemas.cinema })
}
