//! The page of a movie: what it is, and where and when it can be seen.

use super::app::State;
use super::cities::{CityWish, Place, wants_fragment};
use super::error::PageError;
use super::extractors::{Query, SlugInPath};
use super::page::{INDIA, Shell, certificate, running_time};
use super::showtimes::{self, VersionGroup, Week, day_of};
use crate::catalogue::city;
use crate::catalogue::listing::{self, ListedShow, Programme, Version};
use crate::catalogue::movie::{self, Movie};
use crate::catalogue::show::CinemaNames;
use crate::clock::{self, Instant};
use crate::db::Failure;
use crate::ids::ShowId;
use crate::sale::SalePolicy;
use crate::seating::availability::{self, Availability};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use url::form_urlencoded::Serializer;

/// What the visitor looks for; empty means anything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    day: String,
    language: String,
    format: String,
}

impl Asked {
    /// Without a version that there is not.
    fn among(mut self, versions: &BTreeSet<Version>) -> Self {
        if !versions.iter().any(|version| self.is_version(version)) {
            (self.language, self.format) = Default::default();
        }
        self
    }

    fn is_version(&self, version: &Version) -> bool {
        self.language == version.language && self.format == version.format.as_str()
    }

    fn admits(&self, show: &ListedShow) -> bool {
        (self.language.is_empty() || self.language == show.language)
            && (self.format.is_empty() || self.format == show.format.as_str())
    }
}

/// One cinema's shows of the day.
struct CinemaShows {
    cinema: CinemaNames,
    versions: Vec<VersionGroup>,
}

#[derive(Template)]
#[template(path = "movies/show.html", blocks = ["programme"])]
struct MoviePage {
    shell: Shell,
    place: Place,
    movie: Movie,
    asked: Asked,
    week: Week,
    /// More than one, or there is nothing to choose.
    versions: Vec<Version>,
    has_shows: bool,
    cinemas: Vec<CinemaShows>,
    fee: Option<String>,
}

/// Everything that the page shows, read in one go.
struct Snapshot {
    now: Instant,
    place: Place,
    movie: Movie,
    asked: Asked,
    /// Of the whole week, in any language and format.
    versions: BTreeSet<Version>,
    /// Of the whole week, as far as asked for.
    shows: Vec<ListedShow>,
    week: Week,
    /// Of the chosen day.
    free: HashMap<ShowId, Availability>,
}

fn read(
    conn: &mut diesel::PgConnection,
    slug: &str,
    wish: &CityWish,
    asked: Asked,
) -> Result<Option<Snapshot>, Failure> {
    let now = clock::now(conn)?;
    let Some(movie) = movie::find(conn, slug)? else { return Ok(None) };
    let place = wish.choose(city::all(conn)?);
    let city = place.city.as_ref().map(|city| city.id);
    let mut shows = listing::shows(conn, Programme::OfMovie(movie.id, city), now)?;
    let versions: BTreeSet<Version> = shows.iter().map(ListedShow::version).collect();
    let asked = asked.among(&versions);
    shows.retain(|show| asked.admits(show));
    let zone = shows.first().map_or(INDIA, |show| show.cinema.time_zone.as_str());
    let week = Week::new(&shows, &asked.day, now, zone);
    let of_day: Vec<ShowId> = shows.iter().filter(|show| day_of(show) == week.chosen).map(|show| show.id).collect();
    let free = availability::of_shows(conn, &of_day, now)?;
    Ok(Some(Snapshot { now, place, movie, asked, versions, shows, week, free }))
}

impl MoviePage {
    fn new(snapshot: Snapshot, policy: &SalePolicy) -> Self {
        let Snapshot { now, place, movie, asked, versions, shows, week, free } = snapshot;
        let of_day: Vec<&ListedShow> = shows.iter().filter(|show| day_of(show) == week.chosen).collect();
        Self {
            shell: place.shell(),
            cinemas: by_cinema(&of_day, &free),
            versions: if versions.len() > 1 { versions.into_iter().collect() } else { Vec::new() },
            has_shows: !shows.is_empty(),
            fee: showtimes::fee_per_ticket(policy, now, &shows),
            place,
            movie,
            asked,
            week,
        }
    }

    fn certificate(&self) -> &str {
        certificate(self.movie.certificate.as_str())
    }

    fn running_time(&self) -> String {
        running_time(self.movie.running_minutes)
    }

    fn day_url(&self, day: &NaiveDate) -> String {
        self.url(day, &self.asked.language, &self.asked.format)
    }

    fn version_url(&self, version: &Version) -> String {
        self.url(&self.week.chosen, &version.language, version.format.as_str())
    }

    fn every_version_url(&self) -> String {
        self.url(&self.week.chosen, "", "")
    }

    fn url(&self, day: &NaiveDate, language: &str, format: &str) -> String {
        let mut query = Serializer::new(String::new());
        query.append_pair("day", &day.to_string());
        for (name, value) in [("language", language), ("format", format)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("/movies/{}?{}", self.movie.slug, query.finish())
    }
}

/// In order of name, so that a cinema stays in its place from day to day.
fn by_cinema(shows: &[&ListedShow], free: &HashMap<ShowId, Availability>) -> Vec<CinemaShows> {
    let mut cinemas: Vec<&CinemaNames> = Vec::new();
    for show in shows {
        if !cinemas.iter().any(|cinema| cinema.slug == show.cinema.slug) {
            cinemas.push(&show.cinema);
        }
    }
    cinemas.sort_by_key(|cinema| &cinema.name);
    cinemas
        .into_iter()
        .map(|cinema| {
            let here = shows.iter().copied().filter(|show| show.cinema.slug == cinema.slug);
            CinemaShows { cinema: cinema.clone(), versions: showtimes::by_version(here, free) }
        })
        .collect()
}

/// `GET /movies/{slug}`
pub async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    SlugInPath(slug): SlugInPath,
    wish: CityWish,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse, PageError> {
    let snapshot = state.db.run(move |conn| read(conn, &slug, &wish, asked.clone())).await?;
    let snapshot = snapshot.ok_or(PageError::NotFound)?;
    let place = snapshot.place.clone();
    let page = MoviePage::new(snapshot, &state.policy);
    place.respond(if wants_fragment(&request) { page.as_programme().render() } else { page.render() })
}
