//! A movie, as the editors describe it.

use crate::ids::MovieId;
use crate::schema::movies;
use diesel::prelude::*;

text_enum! {
    /// What the Central Board of Film Certification (India) allows: https://www.cbfcindia.gov.in, grades since 2024-11.
    pub enum Certificate {
        U = "U",
        Ua7 = "UA7",
        Ua13 = "UA13",
        Ua16 = "UA16",
        A = "A",
        S = "S",
    }
}

impl Certificate {
    /// Whether child tickets may be sold: not for what only adults may see.
    pub fn admits_children(self) -> bool {
        self != Self::A
    }
}

/// A movie as its own page tells of it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = movies, check_for_backend(diesel::pg::Pg))]
pub struct Movie {
    pub id: MovieId,
    pub slug: String,
    pub title: String,
    /// Of the first release.
    pub year: i32,
    pub director: String,
    pub running_minutes: i32,
    pub certificate: Certificate,
    /// Spoken versions, the original first.
    languages: Vec<Option<String>>,
    /// The main one first.
    genres: Vec<Option<String>>,
    pub synopsis: String,
}

impl Movie {
    pub fn languages(&self) -> Vec<&str> {
        self.languages.iter().flatten().map(String::as_str).collect()
    }

    pub fn genres(&self) -> Vec<&str> {
        self.genres.iter().flatten().map(String::as_str).collect()
    }
}

/// The movie of that slug, or none.
pub fn find(conn: &mut PgConnection, slug: &str) -> QueryResult<Option<Movie>> {
    movies::table.filter(movies::slug.eq(slug)).select(Movie::as_select()).first(conn).optional()
}

/// A movie to add.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = movies)]
pub struct NewMovie<'a> {
    /// In addresses of pages; unique.
    pub slug: &'a str,
    pub title: &'a str,
    /// Of the first release.
    pub year: i32,
    pub director: &'a str,
    /// The feature alone, without trailers and interval.
    pub running_minutes: i32,
    pub certificate: Certificate,
    /// Spoken versions, the original first.
    pub languages: Vec<&'a str>,
    /// The main one first.
    pub genres: Vec<&'a str>,
    pub synopsis: &'a str,
}

/// Adds a movie; one with the same slug stays as it is. Returns the movie of that slug.
pub fn ensure(conn: &mut PgConnection, new: &NewMovie<'_>) -> QueryResult<MovieId> {
    diesel::insert_into(movies::table).values(new).on_conflict(movies::slug).do_nothing().execute(conn)?;
    movies::table.filter(movies::slug.eq(new.slug)).select(movies::id).first(conn)
}

/// What scheduling needs to know of a movie.
#[derive(Clone, Debug, Queryable)]
pub struct Feature {
    pub running_minutes: i32,
    pub certificate: Certificate,
    /// Spoken versions that exist.
    pub languages: Vec<Option<String>>,
}

/// The movie as scheduling needs it, or none.
pub fn feature(conn: &mut PgConnection, id: MovieId) -> QueryResult<Option<Feature>> {
    movies::table
        .find(id)
        .select((movies::running_minutes, movies::certificate, movies::languages))
        .first(conn)
        .optional()
}
