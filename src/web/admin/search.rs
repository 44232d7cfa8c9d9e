//! Search: one box for whatever a customer has in hand.

use super::{Desk, page, see_other};
use crate::booking::{Booking, BookingStatus};
use crate::catalogue::show::{self, ShowDetails};
use crate::clock::{self, Instant};
use crate::db::{Failure, snapshot};
use crate::history::search;
use crate::ids::ShowId;
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::extractors::Query;
use crate::web::page::{ShowFacts, contact, local};
use crate::web::session::Staff;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

/// More at once would help nobody: the newest are shown.
const MOST: i64 = 50;

#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    /// Set by the search below a show's map, where a seat's name suffices.
    show: Option<i64>,
}

impl Asked {
    fn seat(&self) -> Option<(ShowId, String)> {
        let text = self.q.trim();
        match self.show {
            Some(show) if search::is_label(text) => Some((ShowId(show), text.to_uppercase())),
            _ => search::seat(text),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/search.html")]
struct SearchPage {
    desk: Desk,
    q: String,
    asked: bool,
    /// There may be more than are shown.
    shortened: bool,
    bookings: Vec<BookingLine>,
}

struct BookingLine {
    reference: String,
    state: &'static str,
    /// `Sat 28 Nov, 19:02:11`, at the cinema.
    made: String,
    customer: String,
    facts: ShowFacts,
}

/// `GET /admin/search?q=k7qm-2xpd`
pub async fn index(
    state: web::Data<State>,
    request: HttpRequest,
    staff: Staff,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse, PageError> {
    if let Some((show, label)) = asked.seat() {
        return Ok(see_other(&format!("/admin/shows/{show}/seats/{label}")));
    }
    let text = asked.q.clone();
    let bookings = state.db.run(move |conn| read(conn, &text)).await?;
    let body = SearchPage {
        desk: Desk::new(&state, &request, staff),
        asked: !asked.q.trim().is_empty(),
        // What is typed again into the box, as far as it could have been asked.
        q: asked.q.chars().filter(|c| !c.is_control()).take(search::LONGEST).collect(),
        shortened: bookings.len() as i64 >= MOST,
        bookings,
    };
    page(StatusCode::OK, &body)
}

fn read(conn: &mut diesel::PgConnection, text: &str) -> Result<Vec<BookingLine>, Failure> {
    snapshot(conn, |conn| {
        let now = clock::now(conn)?;
        let found = search::bookings(conn, text, MOST)?;
        let ids: Vec<ShowId> = found.iter().map(|booking| booking.show_id).collect();
        let shows = show::details_of(conn, &ids)?;
        let of = |booking: &Booking| shows.iter().find(|details| details.show.id == booking.show_id);
        Ok(found.iter().filter_map(|booking| Some(line(booking, of(booking)?, now))).collect())
    })
}

fn line(booking: &Booking, details: &ShowDetails, now: Instant) -> BookingLine {
    let made = local(booking.created_at, &details.cinema.time_zone);
    BookingLine {
        reference: booking.reference.clone(),
        state: state_words(booking.state(now)),
        made: made.format("%a %-d %b, %H:%M:%S").to_string(),
        customer: contact([&booking.contact_name, &booking.contact_email]),
        facts: ShowFacts::new(details),
    }
}

/// A booking's state in a word.
pub fn state_words(state: BookingStatus) -> &'static str {
    match state {
        BookingStatus::Created => "Waiting for payment",
        BookingStatus::Confirmed => "Confirmed",
        BookingStatus::Cancelled => "Cancelled",
        BookingStatus::Expired => "Expired",
    }
}
