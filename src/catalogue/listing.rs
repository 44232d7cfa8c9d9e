//! What is on: the shows that a moviegoer can still book, by city, movie and cinema.

use super::movie::Movie;
use super::show::{CinemaNames, Format, MovieNames, is_on_sale_at};
use crate::clock::Instant;
use crate::ids::{CinemaId, CityId, MovieId, ShowId};
use crate::schema::{cinemas, cities, movies, screens, show_prices, shows};
use chrono::TimeDelta;
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use std::collections::HashMap;

/// How far ahead a listing looks: a week of business days, and one more for the clocks of other zones.
const AHEAD: TimeDelta = TimeDelta::days(8);
/// No show is still on sale this long after its start. Lets the indexes by start skip everything that is over.
const BEHIND: TimeDelta = TimeDelta::days(1);

/// How a movie is shown: spoken in this language, projected in this format.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub language: String,
    pub format: Format,
}

/// A movie with the versions in which it can be booked.
#[derive(Clone, Debug)]
pub struct NowShowing {
    pub movie: Movie,
    pub versions: Vec<Version>,
    shows: i64,
}

/// The movies that can be booked in a city, or anywhere, in the days ahead: those with the most shows first.
pub fn now_showing(conn: &mut PgConnection, city: Option<CityId>, now: Instant) -> QueryResult<Vec<NowShowing>> {
    let mut query = shows::table
        .inner_join(screens::table.on(screens::id.eq(shows::screen_id)))
        .inner_join(cinemas::table.on(cinemas::id.eq(screens::cinema_id)))
        .filter(is_on_sale_at(now))
        .filter(shows::starts_at.between(now - BEHIND, now + AHEAD))
        .group_by((shows::movie_id, shows::language, shows::format))
        .select((shows::movie_id, shows::language, shows::format, count_star()))
        .into_boxed();
    if let Some(city) = city {
        query = query.filter(cinemas::city_id.eq(city));
    }
    let rows: Vec<(MovieId, String, Format, i64)> = query.load(conn)?;
    let mut versions: HashMap<MovieId, (Vec<Version>, i64)> = HashMap::new();
    for (movie, language, format, shows) in rows {
        let of_movie = versions.entry(movie).or_default();
        of_movie.0.push(Version { language, format });
        of_movie.1 += shows;
    }
    let mut showing: Vec<NowShowing> = movies::table
        .filter(movies::id.eq_any(versions.keys().copied().collect::<Vec<_>>()))
        .order(movies::title)
        .select(Movie::as_select())
        .load::<Movie>(conn)?
        .into_iter()
        .filter_map(|movie| versions.remove(&movie.id).map(|(versions, shows)| NowShowing { movie, versions, shows }))
        .collect();
    // Stable, so that equals stay in the order of their titles.
    showing.sort_by_key(|showing| std::cmp::Reverse(showing.shows));
    Ok(showing)
}

/// A show as a programme lists it.
#[derive(Clone, Debug, Queryable)]
pub struct ListedShow {
    pub id: ShowId,
    pub movie: MovieNames,
    pub cinema: CinemaNames,
    pub screen: String,
    pub language: String,
    pub subtitles: Option<String>,
    pub format: Format,
    pub starts_at: Instant,
    /// Minor units of `currency`: an adult's in the cheapest zone. None while the show has no prices.
    pub price_from: Option<i64>,
    pub currency: String,
}

impl ListedShow {
    pub fn version(&self) -> Version {
        Version { language: self.language.clone(), format: self.format }
    }
}

/// Whose programme is wanted.
#[derive(Clone, Copy, Debug)]
pub enum Programme {
    /// In one city, or everywhere.
    OfMovie(MovieId, Option<CityId>),
    OfCinema(CinemaId),
}

/// The shows of a programme that can be booked in the days ahead, by start.
pub fn shows(conn: &mut PgConnection, programme: Programme, now: Instant) -> QueryResult<Vec<ListedShow>> {
    let cheapest = show_prices::table
        .filter(show_prices::show_id.eq(shows::id))
        .select(min(show_prices::adult_price))
        .single_value();
    let mut query = shows::table
        .inner_join(movies::table)
        .inner_join(screens::table.on(screens::id.eq(shows::screen_id)))
        .inner_join(cinemas::table.on(cinemas::id.eq(screens::cinema_id)))
        .inner_join(cities::table.on(cities::id.eq(cinemas::city_id)))
        .filter(is_on_sale_at(now))
        .filter(shows::starts_at.between(now - BEHIND, now + AHEAD))
        .order((shows::starts_at, shows::id))
        .select((
            shows::id,
            (movies::title, movies::slug, movies::certificate, movies::running_minutes),
            (cinemas::name, cinemas::slug, cinemas::address, cities::name, cinemas::time_zone),
            screens::name,
            shows::language,
            shows::subtitles,
            shows::format,
            shows::starts_at,
            cheapest,
            shows::currency,
        ))
        .into_boxed();
    query = match programme {
        Programme::OfMovie(movie, None) => query.filter(shows::movie_id.eq(movie)),
        Programme::OfMovie(movie, Some(city)) => {
            query.filter(shows::movie_id.eq(movie)).filter(cinemas::city_id.eq(city))
        }
        Programme::OfCinema(cinema) => query.filter(screens::cinema_id.eq(cinema)),
    };
    query.load(conn)
}
