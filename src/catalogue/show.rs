//! A show: one movie on one screen with one layout at one time.

use super::business_day;
use crate::clock::Instant;
use crate::db::expect_rows;
use crate::ids::{BookingId, LayoutId, MovieId, ScreenId, ShowId};
use crate::ledger::{self, Entry, Illegal, Recorded, Stamp};
use crate::schema::{bookings, cinemas, cities, movies, screens, shows};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

text_enum! {
    pub enum ShowStatus { Published = "published", Cancelled = "cancelled" }
}

text_enum! {
    /// A projection format.
    pub enum Format { TwoD = "2D", ThreeD = "3D", Imax = "IMAX", FourDx = "4DX" }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Queryable, Selectable)]
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
    pub free_at: Instant,
    pub sale_ends_at: Instant,
    pub currency: String,
    pub status: ShowStatus,
    pub version: i32,
}

impl Show {
    /// A show as its first ledger row tells it: the detail has what [`publish`] was given.
    ///
    /// # Errors
    /// When the row is not one that a show begins with.
    pub fn recorded(row: &Recorded) -> Result<Self, Illegal> {
        let Value::Object(mut columns) = row.detail.clone() else {
            return Err(Illegal("its detail is missing".to_owned()));
        };
        let stated = [("id", json!(row.show_id)), ("status", json!(row.to_status)), ("version", json!(1))];
        columns.extend(stated.map(|(column, value)| (column.to_owned(), value)));
        match serde_json::from_value(Value::Object(columns)) {
            Ok(Self { status: ShowStatus::Cancelled, .. }) => Err(Illegal("no show begins cancelled".to_owned())),
            Ok(show) => Ok(show),
            Err(error) => Err(Illegal(format!("its detail is unclear: {error}"))),
        }
    }

    /// The show as it is after its cancellation.
    ///
    /// # Errors
    /// Refuses a second one.
    pub fn cancelled(&self) -> Result<Self, Illegal> {
        match self.status {
            ShowStatus::Published => {
                Ok(Self { status: ShowStatus::Cancelled, version: self.version + 1, ..self.clone() })
            }
            ShowStatus::Cancelled => Err(Illegal("a cancelled show may not be cancelled".to_owned())),
        }
    }
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

/// Keeps a show from being locked for a change until the transaction ends; before every lock below the show's.
///
/// For whoever moves one seat twice: PostgreSQL checks the keys of a row anew that its own transaction has written before,
/// also the one that names the show. It would then wait for who cancels the show, and that one for its booking or its seats.
pub fn keep(conn: &mut PgConnection, id: ShowId) -> QueryResult<()> {
    shows::table.find(id).select(shows::id).for_key_share().first::<ShowId>(conn).optional().map(drop)
}

/// As [`keep`], for the show of a booking.
pub fn keep_of(conn: &mut PgConnection, booking: BookingId) -> QueryResult<()> {
    let its_show = bookings::table.filter(bookings::id.eq(booking)).select(bookings::show_id);
    let kept = shows::table.filter(shows::id.eq_any(its_show)).select(shows::id).for_key_share();
    kept.first::<ShowId>(conn).map(drop)
}

/// A show to publish, and what its first ledger row tells. Times are UTC.
#[derive(Clone, Debug, Insertable, Serialize)]
#[diesel(table_name = shows)]
pub struct NewShow<'a> {
    pub movie_id: MovieId,
    pub screen_id: ScreenId,
    pub layout_id: LayoutId,
    pub language: &'a str,
    pub subtitles: Option<&'a str>,
    pub format: Format,
    pub starts_at: Instant,
    /// When the feature is over.
    pub ends_at: Instant,
    /// When the screen is clean again.
    pub free_at: Instant,
    pub sale_ends_at: Instant,
    pub currency: &'a str,
}

/// Publishes a show. Its ledger row stands for all its seats at version 0 too: they begin with it.
///
/// # Errors
/// `shows_do_not_overlap` when the screen is not free.
pub fn publish(conn: &mut PgConnection, new: &NewShow<'_>, stamp: &Stamp) -> QueryResult<ShowId> {
    let status = ShowStatus::Published;
    let id: ShowId = diesel::insert_into(shows::table)
        .values((new, shows::status.eq(status), shows::version.eq(1)))
        .returning(shows::id)
        .get_result(conn)?;
    let entry =
        Entry { show_id: Some(id), detail: json!(new), ..Entry::new("show", 1, None, status.as_str(), stamp) };
    ledger::write(conn, &[entry])?;
    Ok(id)
}

/// Cancels a published show whose row is locked.
pub fn cancel(conn: &mut PgConnection, show: &Show, reason: &str, stamp: &Stamp) -> QueryResult<()> {
    let next = show.cancelled()?;
    let rows = diesel::update(shows::table.find(show.id))
        .filter(shows::version.eq(show.version))
        .set((shows::status.eq(next.status), shows::version.eq(next.version)))
        .execute(conn)?;
    expect_rows("shows cancelled", rows, 1)?;
    let entry = Entry {
        show_id: Some(show.id),
        detail: json!({ "reason": reason }),
        ..Entry::new("show", next.version, Some(show.status.as_str()), next.status.as_str(), stamp)
    };
    ledger::write(conn, &[entry])
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
    with_names().filter(shows::id.eq(id)).first(conn).optional()
}

/// As [`details`], of several shows in one statement, in no promised order.
pub fn details_of(conn: &mut PgConnection, ids: &[ShowId]) -> QueryResult<Vec<ShowDetails>> {
    with_names().filter(shows::id.eq_any(ids)).load(conn)
}

/// The shows of one business day, each judged by its own cinema's clock: cinema by cinema, in order of time.
pub fn of_day(conn: &mut PgConnection, day: NaiveDate) -> QueryResult<Vec<ShowDetails>> {
    // Wide enough for every time zone; the index by start then keeps the search to three days.
    let around = day.and_time(NaiveTime::MIN).and_utc();
    let mut shows: Vec<ShowDetails> = with_names()
        .filter(shows::starts_at.ge(around - TimeDelta::days(1)))
        .filter(shows::starts_at.lt(around + TimeDelta::days(2)))
        .order((cities::name, cinemas::name, shows::starts_at, screens::name))
        .load(conn)?;
    shows.retain(|details| {
        let zone: Tz = details.cinema.time_zone.parse().unwrap_or(Tz::UTC);
        business_day::of(details.show.starts_at.with_timezone(&zone).naive_local()) == day
    });
    Ok(shows)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn with_names() -> _ {
    let show: diesel::dsl::AsSelect<Show, diesel::pg::Pg> = Show::as_select();
    shows::table
        .inner_join(movies::table)
        .inner_join(screens::table.on(screens::id.eq(shows::screen_id)))
        .inner_join(cinemas::table.on(cinemas::id.eq(screens::cinema_id)))
        .inner_join(cities::table.on(cities::id.eq(cinemas::city_id)))
        .select((
            show,
            (movies::title, movies::slug, movies::certificate, movies::running_minutes),
            (cinemas::name, cinemas::slug, cinemas::address, cities::name, cinemas::time_zone),
            screens::name,
        ))
}

/// The shows that begin after an instant, cancelled ones too, in order of time.
pub fn beginning_after(conn: &mut PgConnection, instant: Instant) -> QueryResult<Vec<Show>> {
    shows::table
        .filter(shows::starts_at.gt(instant))
        .order((shows::starts_at, shows::id))
        .select(Show::as_select())
        .load(conn)
}
