//! The page of a cinema: its programme for a day.

use super::app::State;
use super::cities::{CityWish, Place, wants_fragment};
use super::error::PageError;
use super::extractors::{Query, SlugInPath};
use super::page::{Shell, certificate, running_time};
use super::showtimes::{self, VersionGroup, Week, day_of};
use crate::catalogue::cinema::{self, Cinema};
use crate::catalogue::city;
use crate::catalogue::listing::{self, ListedShow, Programme};
use crate::catalogue::show::MovieNames;
use crate::clock::{self, Instant};
use crate::db::Failure;
use crate::ids::ShowId;
use crate::sale::SalePolicy;
use crate::seating::availability::{self, Availability};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    day: String,
}

/// One movie's shows of the day.
struct MovieShows {
    movie: MovieNames,
    versions: Vec<VersionGroup>,
}

impl MovieShows {
    fn certificate(&self) -> &str {
        certificate(&self.movie.certificate)
    }

    fn running_time(&self) -> String {
        running_time(self.movie.running_minutes)
    }
}

#[derive(Template)]
#[template(path = "cinemas/show.html", blocks = ["programme"])]
struct CinemaPage {
    shell: Shell,
    cinema: Cinema,
    week: Week,
    movies: Vec<MovieShows>,
    fee: Option<String>,
}

/// Everything that the page shows, read in one go.
struct Snapshot {
    now: Instant,
    place: Place,
    cinema: Cinema,
    /// Of the whole week.
    shows: Vec<ListedShow>,
    week: Week,
    /// Of the chosen day.
    free: HashMap<ShowId, Availability>,
}

fn read(
    conn: &mut diesel::PgConnection,
    slug: &str,
    wish: &CityWish,
    asked: &Asked,
) -> Result<Option<Snapshot>, Failure> {
    let now = clock::now(conn)?;
    let Some(cinema) = cinema::find(conn, slug)? else { return Ok(None) };
    let place = wish.choose(city::all(conn)?);
    let shows = listing::shows(conn, Programme::OfCinema(cinema.id), now)?;
    let week = Week::new(&shows, &asked.day, now, &cinema.names.time_zone);
    let of_day: Vec<ShowId> = shows.iter().filter(|show| day_of(show) == week.chosen).map(|show| show.id).collect();
    let free = availability::of_shows(conn, &of_day, now)?;
    Ok(Some(Snapshot { now, place, cinema, shows, week, free }))
}

impl CinemaPage {
    fn new(snapshot: Snapshot, policy: &SalePolicy) -> Self {
        let Snapshot { now, place, cinema, shows, week, free } = snapshot;
        let of_day: Vec<&ListedShow> = shows.iter().filter(|show| day_of(show) == week.chosen).collect();
        Self {
            shell: place.shell(),
            movies: by_movie(&of_day, &free),
            fee: showtimes::fee_per_ticket(policy, now, &shows),
            cinema,
            week,
        }
    }

    fn day_url(&self, day: &NaiveDate) -> String {
        format!("/cinemas/{}?day={day}", self.cinema.names.slug)
    }
}

/// In order of title.
fn by_movie(shows: &[&ListedShow], free: &HashMap<ShowId, Availability>) -> Vec<MovieShows> {
    let mut movies: Vec<&MovieNames> = Vec::new();
    for show in shows {
        if !movies.iter().any(|movie| movie.slug == show.movie.slug) {
            movies.push(&show.movie);
        }
    }
    movies.sort_by_key(|movie| &movie.title);
    movies
        .into_iter()
        .map(|movie| {
            let of_movie = shows.iter().copied().filter(|show| show.movie.slug == movie.slug);
            MovieShows { movie: movie.clone(), versions: showtimes::by_version(of_movie, free) }
        })
        .collect()
}

/// `GET /cinemas/{slug}`
pub async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    SlugInPath(slug): SlugInPath,
    wish: CityWish,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse, PageError> {
    let snapshot = state.db.run(move |conn| read(conn, &slug, &wish, &asked)).await?.ok_or(PageError::NotFound)?;
    let place = snapshot.place.clone();
    let page = CinemaPage::new(snapshot, &state.policy);
    place.respond(if wants_fragment(&request) { page.as_programme().render() } else { page.render() })
}
