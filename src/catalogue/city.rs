//! A city, where moviegoers begin.

use crate::ids::CityId;
use crate::schema::{cinemas, cities};
use diesel::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = cities, check_for_backend(diesel::pg::Pg))]
pub struct City {
    pub id: CityId,
    /// In addresses of pages; unique.
    pub slug: String,
    pub name: String,
}

/// Every city that has a cinema, by name.
pub fn all(conn: &mut PgConnection) -> QueryResult<Vec<City>> {
    cities::table
        .filter(diesel::dsl::exists(cinemas::table.filter(cinemas::city_id.eq(cities::id))))
        .order(cities::name)
        .select(City::as_select())
        .load(conn)
}
