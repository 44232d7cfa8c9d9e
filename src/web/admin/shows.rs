//! The staff's list of shows: one business day, cinema by cinema, with how full each is.

use super::{Desk, page};
use crate::catalogue::business_day;
use crate::catalogue::show::{self, ShowDetails, ShowStatus};
use crate::clock;
use crate::db::Failure;
use crate::seating::availability::{self, Availability};
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::extractors::Query;
use crate::web::page::{INDIA, clock_time, local};
use crate::web::session::Staff;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{Datelike, Days, NaiveDate};
use diesel::{PgConnection, QueryResult};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "admin/shows.html")]
struct ShowsPage {
    desk: Desk,
    day: String,
    before: NaiveDate,
    after: NaiveDate,
    cinemas: Vec<CinemaList>,
}

struct CinemaList {
    name: String,
    city: String,
    shows: Vec<ShowLine>,
}

struct ShowLine {
    id: i64,
    time: String,
    movie: String,
    screen: String,
    version: String,
    cancelled: bool,
    taken: i64,
    sellable: i64,
    /// For a meter: whole percent of the sellable seats that are taken.
    percent: i64,
}

#[derive(Default, Deserialize)]
pub struct Asked {
    day: String,
}

impl Asked {
    /// None when it is no day that a cinema could have: those far off are too much for the database's calendar.
    fn day(&self) -> Option<NaiveDate> {
        self.day.parse().ok().filter(|day: &NaiveDate| (1900..=2199).contains(&day.year()))
    }
}

/// `GET /admin/shows?day=2026-11-28`
pub async fn index(
    state: web::Data<State>,
    request: HttpRequest,
    staff: Staff,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse, PageError> {
    let wanted = asked.day();
    let (day, shows) = state
        .db
        .run(move |conn| -> Result<_, Failure> {
            let now = clock::now(conn)?;
            let (day, shows) = match wanted {
                Some(day) => (day, show::of_day(conn, day)?),
                None => next_with_shows(conn, business_day::of(local(now, INDIA).naive_local()))?,
            };
            let ids: Vec<_> = shows.iter().map(|details| details.show.id).collect();
            let counts = availability::of_shows(conn, &ids, now)?;
            let with_counts: Vec<(ShowDetails, Availability)> = shows
                .into_iter()
                .map(|details| {
                    let count = counts.get(&details.show.id).copied().unwrap_or_default();
                    (details, count)
                })
                .collect();
            Ok((day, with_counts))
        })
        .await?;
    let body = ShowsPage {
        desk: Desk::new(&state, &request, staff),
        day: day.format("%A, %-d %B %Y").to_string(),
        before: day.checked_sub_days(Days::new(1)).unwrap_or(day),
        after: day.checked_add_days(Days::new(1)).unwrap_or(day),
        cinemas: by_cinema(shows),
    };
    page(StatusCode::OK, &body)
}

/// Today, or, when the house is dark, the next day of the week that is not.
fn next_with_shows(conn: &mut PgConnection, today: NaiveDate) -> QueryResult<(NaiveDate, Vec<ShowDetails>)> {
    for day in today.iter_days().take(7) {
        let shows = show::of_day(conn, day)?;
        if !shows.is_empty() {
            return Ok((day, shows));
        }
    }
    Ok((today, Vec::new()))
}

fn by_cinema(shows: Vec<(ShowDetails, Availability)>) -> Vec<CinemaList> {
    let mut lists: Vec<CinemaList> = Vec::new();
    for (details, count) in shows {
        let line = line(&details, count);
        match lists.last_mut() {
            Some(list) if list.name == details.cinema.name => list.shows.push(line),
            _ => lists.push(CinemaList { name: details.cinema.name, city: details.cinema.city, shows: vec![line] }),
        }
    }
    lists
}

fn line(details: &ShowDetails, count: Availability) -> ShowLine {
    let taken = count.sellable - count.free;
    ShowLine {
        id: details.show.id.0,
        time: clock_time(&local(details.show.starts_at, &details.cinema.time_zone)),
        movie: details.movie.title.clone(),
        screen: details.screen.clone(),
        version: format!("{}, {}", details.show.language, details.show.format),
        cancelled: details.show.status == ShowStatus::Cancelled,
        taken,
        sellable: count.sellable,
        percent: taken * 100 / count.sellable.max(1),
    }
}
