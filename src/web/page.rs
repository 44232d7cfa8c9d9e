//! What every page shares, and how instants and money are written.

use super::error::PageError;
use crate::catalogue::show::ShowDetails;
use crate::clock::Instant;
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;
use chrono::DateTime;
use chrono_tz::Tz;

/// The frame of a moviegoer's page.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// The visitor's chosen city, if any: its name.
    pub city: Option<String>,
}

/// A page for one person, at this moment: kept by no cache.
///
/// # Errors
/// When it cannot be drawn.
pub fn uncached(status: StatusCode, page: &impl Template) -> Result<HttpResponse, PageError> {
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page.render().map_err(PageError::internal)?))
}

/// Where no cinema tells the time zone.
pub const INDIA: &str = "Asia/Kolkata";

/// An instant as the clock on a cinema's wall shows it.
pub fn local(at: Instant, zone: &str) -> DateTime<Tz> {
    at.with_timezone(&zone_by_name(zone))
}

/// A cinema's time zone by its IANA name; India's if the name is unknown, which the schema's data never has.
fn zone_by_name(name: &str) -> Tz {
    name.parse().unwrap_or(chrono_tz::Asia::Kolkata)
}

/// A show in the words of its page, ticket and booking.
#[derive(Clone, Debug)]
pub struct ShowFacts {
    pub movie: String,
    pub movie_slug: String,
    pub certificate: String,
    pub cinema: String,
    pub cinema_slug: String,
    pub address: String,
    pub city: String,
    pub screen: String,
    pub language: String,
    pub subtitles: Option<String>,
    pub format: &'static str,
    /// `Saturday, 28 November 2026`
    pub day: String,
    /// `7:30 pm`, where the cinema is.
    pub time: String,
    /// RFC 3339, for machines.
    pub starts_at: String,
}

impl ShowFacts {
    pub fn new(details: &ShowDetails) -> Self {
        let show = &details.show;
        let starts = local(show.starts_at, &details.cinema.time_zone);
        Self {
            movie: details.movie.title.clone(),
            movie_slug: details.movie.slug.clone(),
            certificate: certificate(&details.movie.certificate).to_owned(),
            cinema: details.cinema.name.clone(),
            cinema_slug: details.cinema.slug.clone(),
            address: details.cinema.address.clone(),
            city: details.cinema.city.clone(),
            screen: details.screen.clone(),
            language: show.language.clone(),
            subtitles: show.subtitles.clone(),
            format: show.format.as_str(),
            day: starts.format("%A, %-d %B %Y").to_string(),
            time: clock_time(&starts),
            starts_at: starts.to_rfc3339(),
        }
    }
}

/// `7:30 pm`
pub fn clock_time(at: &DateTime<Tz>) -> String {
    at.format("%-I:%M %P").to_string()
}

/// `Sat 28 Nov, 7:30 pm`
pub fn day_and_time(at: &DateTime<Tz>) -> String {
    at.format("%a %-d %b, %-I:%M %P").to_string()
}

/// `28 November 2026`
pub fn date(at: &DateTime<Tz>) -> String {
    at.format("%-d %B %Y").to_string()
}

/// `Sat 28 Nov 2026, 19:02:11`, in the time of a zone (IANA name).
pub fn to_the_second(at: Instant, zone: &str) -> String {
    local(at, zone).format("%a %-d %b %Y, %H:%M:%S").to_string()
}

/// `Meera Rao, meera@example.in`: what is known of a customer.
pub fn contact<const N: usize>(parts: [&Option<String>; N]) -> String {
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// `2 h 43 min`
pub fn running_time(minutes: i32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A certificate as the Central Board of Film Certification writes it.
pub fn certificate(stored: &str) -> &str {
    match stored {
        "UA7" => "UA 7+",
        "UA13" => "UA 13+",
        "UA16" => "UA 16+",
        other => other,
    }
}
