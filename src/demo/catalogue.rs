//! The demo's movies, cinemas and screens in the database, as often as it is asked for.

use super::data::{CinemaData, DemoData, MovieData};
use super::seed::SeedError;
use crate::catalogue::cinema::{self, NewCinema};
use crate::catalogue::layout;
use crate::catalogue::movie::{self, Certificate, NewMovie};
use crate::ids::{MovieId, ScreenId};
use crate::programme::publish_layout::publish_layout;
use diesel::prelude::*;
use std::collections::HashMap;

/// What the rows of the demo's data are called in this database.
pub struct Catalogue<'a> {
    movies: HashMap<&'a str, MovieId>,
    screens: HashMap<(&'a str, &'a str), ScreenId>,
}

impl<'a> Catalogue<'a> {
    /// Adds what is missing and leaves alone what is there, whoever has changed it since.
    pub fn ensure(conn: &mut PgConnection, data: &'a DemoData) -> Result<Self, SeedError> {
        let mut catalogue = Self { movies: HashMap::new(), screens: HashMap::new() };
        for movie in &data.movies {
            catalogue.movies.insert(&movie.slug, movie::ensure(conn, &new_movie(movie)?)?);
        }
        for city in &data.cities {
            let city_id = cinema::ensure_city(conn, &city.slug, &city.name)?;
            for cinema in data.cinemas.iter().filter(|cinema| cinema.city == city.slug) {
                let cinema_id = cinema::ensure(conn, &new_cinema(cinema, city_id))?;
                for screen in &cinema.screens {
                    let id = cinema::ensure_screen(conn, cinema_id, &screen.name)?;
                    // A screen that has seats keeps them, for staff may have published others.
                    if layout::newest(conn, id)?.is_none() {
                        publish_layout(conn, id, &screen.plan()?)?;
                    }
                    catalogue.screens.insert((&cinema.slug, &screen.name), id);
                }
            }
        }
        Ok(catalogue)
    }

    pub fn movie(&self, slug: &str) -> Option<MovieId> {
        self.movies.get(slug).copied()
    }

    pub fn screen(&self, cinema: &str, name: &str) -> Option<ScreenId> {
        self.screens.get(&(cinema, name)).copied()
    }
}

fn new_movie(movie: &MovieData) -> Result<NewMovie<'_>, SeedError> {
    let certificate = Certificate::parse(&movie.certificate)
        .ok_or_else(|| SeedError::Unknown("certificate", movie.certificate.clone()))?;
    Ok(NewMovie {
        slug: &movie.slug,
        title: &movie.title,
        year: movie.year,
        director: &movie.director,
        running_minutes: movie.running_minutes,
        certificate,
        languages: movie.languages.iter().map(String::as_str).collect(),
        genres: movie.genres.iter().map(String::as_str).collect(),
        synopsis: &movie.synopsis,
    })
}

fn new_cinema(cinema: &CinemaData, city_id: crate::ids::CityId) -> NewCinema<'_> {
    NewCinema {
        slug: &cinema.slug,
        name: &cinema.name,
        city_id,
        address: &cinema.address,
        time_zone: &cinema.time_zone,
        currency: &cinema.currency,
        trailer_minutes: cinema.turnaround.trailers,
        interval_minutes: cinema.turnaround.interval,
        cleaning_minutes: cinema.turnaround.cleaning,
    }
}
