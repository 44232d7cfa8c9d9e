//! Cities, their cinemas, and the cinemas' screens.

use super::show::CinemaNames;
use crate::ids::{CinemaId, CityId, ScreenId};
use crate::schema::{cinemas, cities, screens};
use diesel::prelude::*;

/// Adds a city; one with the same slug stays as it is. Returns the city of that slug.
pub fn ensure_city(conn: &mut PgConnection, slug: &str, name: &str) -> QueryResult<CityId> {
    diesel::insert_into(cities::table)
        .values((cities::slug.eq(slug), cities::name.eq(name)))
        .on_conflict(cities::slug)
        .do_nothing()
        .execute(conn)?;
    cities::table.filter(cities::slug.eq(slug)).select(cities::id).first(conn)
}

/// A cinema with its city.
#[derive(Clone, Debug, Queryable)]
pub struct Cinema {
    pub id: CinemaId,
    pub names: CinemaNames,
    pub city_id: CityId,
}

/// The cinema of that slug, or none.
pub fn find(conn: &mut PgConnection, slug: &str) -> QueryResult<Option<Cinema>> {
    cinemas::table
        .inner_join(cities::table)
        .filter(cinemas::slug.eq(slug))
        .select((
            cinemas::id,
            (cinemas::name, cinemas::slug, cinemas::address, cities::name, cinemas::time_zone),
            cinemas::city_id,
        ))
        .first(conn)
        .optional()
}

/// Every cinema, by name.
pub fn all(conn: &mut PgConnection) -> QueryResult<Vec<Cinema>> {
    cinemas::table
        .inner_join(cities::table)
        .order(cinemas::name)
        .select((
            cinemas::id,
            (cinemas::name, cinemas::slug, cinemas::address, cities::name, cinemas::time_zone),
            cinemas::city_id,
        ))
        .load(conn)
}

/// A cinema to add.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = cinemas)]
pub struct NewCinema<'a> {
    /// In addresses of pages; unique.
    pub slug: &'a str,
    pub name: &'a str,
    pub city_id: CityId,
    pub address: &'a str,
    /// IANA name, such as `Asia/Kolkata`.
    pub time_zone: &'a str,
    /// ISO 4217; all its prices are in this currency's minor unit.
    pub currency: &'a str,
    pub trailer_minutes: i32,
    pub interval_minutes: i32,
    pub cleaning_minutes: i32,
}

/// Adds a cinema; one with the same slug stays as it is. Returns the cinema of that slug.
pub fn ensure(conn: &mut PgConnection, new: &NewCinema<'_>) -> QueryResult<CinemaId> {
    diesel::insert_into(cinemas::table).values(new).on_conflict(cinemas::slug).do_nothing().execute(conn)?;
    cinemas::table.filter(cinemas::slug.eq(new.slug)).select(cinemas::id).first(conn)
}

/// Adds a screen; one with the same name in that cinema stays as it is. Returns the screen of that name.
pub fn ensure_screen(conn: &mut PgConnection, cinema: CinemaId, name: &str) -> QueryResult<ScreenId> {
    diesel::insert_into(screens::table)
        .values((screens::cinema_id.eq(cinema), screens::name.eq(name)))
        .on_conflict((screens::cinema_id, screens::name))
        .do_nothing()
        .execute(conn)?;
    screens::table
        .filter(screens::cinema_id.eq(cinema))
        .filter(screens::name.eq(name))
        .select(screens::id)
        .first(conn)
}

/// Locks a screen against every other change of its programme or seating; false when there is none.
///
/// Taken before anything else: two inserts of shows that race for one screen would deadlock inside the exclusion
/// constraint instead of one being refused by it.
pub fn lock_screen(conn: &mut PgConnection, id: ScreenId) -> QueryResult<bool> {
    let locked: Option<ScreenId> = screens::table.find(id).for_update().select(screens::id).first(conn).optional()?;
    Ok(locked.is_some())
}

/// What surrounds a feature in a cinema, in minutes, and the currency of its prices.
#[derive(Clone, Debug, Queryable)]
pub struct House {
    pub trailer_minutes: i32,
    pub interval_minutes: i32,
    pub cleaning_minutes: i32,
    pub currency: String,
}

/// The house that a screen is in.
pub fn house_of(conn: &mut PgConnection, screen: ScreenId) -> QueryResult<House> {
    screens::table
        .inner_join(cinemas::table)
        .filter(screens::id.eq(screen))
        .select((cinemas::trailer_minutes, cinemas::interval_minutes, cinemas::cleaning_minutes, cinemas::currency))
        .first(conn)
}
