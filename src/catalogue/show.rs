//! A show: one movie on one screen with one layout at one time.

use crate::clock::Instant;
use crate::ids::{LayoutId, MovieId, ScreenId, ShowId};
use crate::schema::{cinemas, cities, movies, screens, shows};
use diesel::prelude::*;

text_enum! {
    pub enum ShowStatus { Published = "published", Cancelled = "cancelled" }
}

text_enum! {
    /// A projection format.
    pub enum Format { TwoD = "2D", ThreeD = "3D", Imax = "IMAX", FourDx = "4DX" }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = shows, check_for_backend(diesel::pg::Pg))]
pub struct Show {
    pub id: ShowId,
    pub movie_id: MovieId,
    pub screen_id: ScreenId,
    pub layout_id: LayoutId,
    pub language: String,
    pub subtitles: Option<String>,
    pub format: Format,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub sale_ends_at: Instant,
    pub currency: String,
    pub status: ShowStatus,
    pub version: i32,
}

/// Whether seats of a show may be sold to customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sale {
    Open,
    /// Past its sale end.
    Ended,
    Cancelled,
}

/// The rule for selling: a published show, until its sale end.
pub fn sale(status: ShowStatus, sale_ends_at: Instant, now: Instant) -> Sale {
    match status {
        ShowStatus::Cancelled => Sale::Cancelled,
        ShowStatus::Published if now >= sale_ends_at => Sale::Ended,
        ShowStatus::Published => Sale::Open,
    }
}

/// The rule of [`sale`] for statements: whether a show is on sale at the caller's `now`.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn is_on_sale_at(now: Instant) -> _ {
    let published: ShowStatus = ShowStatus::Published;
    shows::status.eq(published).and(shows::sale_ends_at.gt(now))
}

/// The show, or none.
pub fn find(conn: &mut PgConnection, id: ShowId) -> QueryResult<Option<Show>> {
    shows::table.find(id).select(Show::as_select()).first(conn).optional()
}

/// Locks a show's row against every hold that has not inserted its booking yet, for a change of status or time.
///
/// `FOR UPDATE`, since a hold's foreign key takes KEY SHARE on the row: a plain UPDATE would let holds slip past.
pub fn lock(conn: &mut PgConnection, id: ShowId) -> QueryResult<Option<Show>> {
    shows::table.find(id).for_update().select(Show::as_select()).first(conn).optional()
}

/// A show with the names that a person knows it by.
#[derive(Clone, Debug, Queryable)]
pub struct ShowDetails {
    pub show: Show,
    pub movie: MovieNames,
    pub cinema: CinemaNames,
    pub screen: String,
}

#[derive(Clone, Debug, Queryable)]
pub struct MovieNames {
    pub title: String,
    pub slug: String,
    pub certificate: String,
    pub running_minutes: i32,
}

#[derive(Clone, Debug, Queryable)]
pub struct CinemaNames {
    pub name: String,
    pub slug: String,
    pub address: String,
    pub city: String,
    /// IANA name.
    pub time_zone: String,
}

/// The show with its movie, screen and cinema, or none.
pub fn details(conn: &mut PgConnection, id: ShowId) -> QueryResult<Option<ShowDetails>> {
    shows::table
        .inner_join(movies::table)
        .inner_join(screens::table.on(screens::id.eq(shows::screen_id)))
        .inner_join(cinemas::table.on(cinemas::id.eq(screens::cinema_id)))
        .inner_join(cities::table.on(cities::id.eq(cinemas::city_id)))
        .filter(shows::id.eq(id))
        .select((
            Show::as_select(),
            (movies::title, movies::slug, movies::certificate, movies::running_minutes),
            (cinemas::name, cinemas::slug, cinemas::address, cities::name, cinemas::time_zone),
            screens::name,
        ))
        .first(conn)
        .optional()
}
