//! The front page: what is showing in the visitor's city, as posters.

use super::app::State;
use super::cities::{CityWish, Place, wants_fragment};
use super::error::PageError;
use super::extractors::Query;
use super::page::{Shell, certificate, running_time};
use crate::catalogue::city;
use crate::catalogue::listing::{self, NowShowing};
use crate::catalogue::show::Format;
use crate::clock;
use crate::db::Failure;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use std::collections::BTreeSet;

/// What the visitor looks for; empty means anything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    language: String,
    genre: String,
    format: String,
}

impl Filter {
    fn is_empty(&self) -> bool {
        self.language.is_empty() && self.genre.is_empty() && self.format.is_empty()
    }

    /// Language and format must come together in one version: Hindi in IMAX is not Hindi here and IMAX there.
    fn admits(&self, showing: &NowShowing) -> bool {
        let fits = |wanted: &str, has: &str| wanted.is_empty() || wanted == has;
        let version = showing
            .versions
            .iter()
            .any(|version| fits(&self.language, &version.language) && fits(&self.format, version.format.as_str()));
        version && (self.genre.is_empty() || showing.movie.genres().contains(&self.genre.as_str()))
    }
}

/// A movie as the grid shows it.
struct MovieCard {
    slug: String,
    title: String,
    certificate: String,
    running_time: String,
    languages: String,
    genres: String,
    /// What is grander than 2D.
    formats: Vec<&'static str>,
}

impl MovieCard {
    fn new(showing: &NowShowing) -> Self {
        let (movie, versions) = (&showing.movie, &showing.versions);
        let languages: BTreeSet<&str> = versions.iter().map(|version| version.language.as_str()).collect();
        let formats: BTreeSet<Format> = versions.iter().map(|version| version.format).collect();
        Self {
            slug: movie.slug.clone(),
            title: movie.title.clone(),
            certificate: certificate(movie.certificate.as_str()).to_owned(),
            running_time: running_time(movie.running_minutes),
            languages: languages.into_iter().collect::<Vec<_>>().join(", "),
            genres: movie.genres().into_iter().take(2).collect::<Vec<_>>().join(", "),
            formats: formats.into_iter().filter(|format| *format != Format::TwoD).map(Format::as_str).collect(),
        }
    }
}

/// One `<select>`: its name, its label, what can be chosen.
struct Select {
    name: &'static str,
    label: &'static str,
    chosen: String,
    options: BTreeSet<String>,
}

#[derive(Template)]
#[template(path = "home/show.html", blocks = ["now_showing"])]
struct HomePage {
    shell: Shell,
    place: Place,
    selects: [Select; 3],
    filtered: bool,
    movies: Vec<MovieCard>,
}

impl HomePage {
    fn new(place: Place, showing: &[NowShowing], filter: Filter) -> Self {
        let versions = || showing.iter().flat_map(|showing| &showing.versions);
        let languages = versions().map(|version| version.language.clone()).collect();
        let formats = versions().map(|version| version.format.to_string()).collect();
        let genres = showing.iter().flat_map(|showing| showing.movie.genres()).map(str::to_owned).collect();
        let movies = showing.iter().filter(|showing| filter.admits(showing)).map(MovieCard::new).collect();
        let select = |name, label, chosen, options| Select { name, label, chosen, options };
        Self {
            shell: place.shell(),
            place,
            filtered: !filter.is_empty(),
            selects: [
                select("language", "Language", filter.language, languages),
                select("genre", "Genre", filter.genre, genres),
                select("format", "Format", filter.format, formats),
            ],
            movies,
        }
    }
}

/// `GET /`
pub async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    wish: CityWish,
    Query(filter): Query<Filter>,
) -> Result<HttpResponse, PageError> {
    let (place, showing) = state
        .db
        .run(move |conn| {
            let now = clock::now(conn)?;
            let place = wish.choose(city::all(conn)?);
            let showing = listing::now_showing(conn, place.city.as_ref().map(|city| city.id), now)?;
            Ok::<_, Failure>((place, showing))
        })
        .await?;
    let page = HomePage::new(place.clone(), &showing, filter);
    place.respond(if wants_fragment(&request) { page.as_now_showing().render() } else { page.render() })
}
