//! The bookings that this browser made.

use super::money_back;
use crate::booking::{Booking, BookingStatus, booking};
use crate::catalogue::show::{self, ShowDetails, ShowStatus};
use crate::clock::{self, Instant};
use crate::db::Failure;
use crate::payment::{Refund, refund};
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::page::{Shell, ShowFacts, uncached};
use crate::web::session::known_visitor;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

/// Older ones are found by their links.
const MOST: i64 = 20;

#[derive(Template)]
#[template(path = "bookings/index.html")]
struct BookingsPage {
    shell: Shell,
    bookings: Vec<BookingLine>,
}

struct BookingLine {
    reference: String,
    facts: ShowFacts,
    state: &'static str,
    /// How its latest refund stands.
    refund: Option<String>,
    /// Whether it waits for its payment.
    open: bool,
}

/// `GET /bookings`
pub async fn index(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let bookings = match known_visitor(&request) {
        Some(visitor) => {
            state
                .db
                .run(move |conn| -> Result<_, Failure> {
                    let now = clock::now(conn)?;
                    let bookings = booking::latest_of_visitor(conn, visitor, MOST)?;
                    let ids: Vec<_> = bookings.iter().map(|booking| booking.show_id).collect();
                    let shows = show::details_of(conn, &ids)?;
                    let details = |booking: &Booking| shows.iter().find(|details| details.show.id == booking.show_id);
                    let ids: Vec<_> = bookings.iter().map(|booking| booking.id).collect();
                    let refunds = refund::of_bookings(conn, &ids)?;
                    let latest =
                        |booking: &Booking| refunds.iter().rfind(|refund| refund.life.booking_id == booking.id);
                    let line = |booking| Some(line(booking, details(booking)?, latest(booking), now));
                    Ok(bookings.iter().filter_map(line).collect())
                })
                .await?
        }
        None => Vec::new(),
    };
    uncached(StatusCode::OK, &BookingsPage { shell: Shell::default(), bookings })
}

fn line(booking: &Booking, details: &ShowDetails, refund: Option<&Refund>, now: Instant) -> BookingLine {
    let state = booking.state(now);
    let refunded = refund.map(|refund| money_back::in_short(refund.life.status));
    let words = match state {
        // Its money goes back, and it takes no more.
        BookingStatus::Created | BookingStatus::Expired if refund.is_some() => "Not booked",
        BookingStatus::Created => "Waiting for payment",
        BookingStatus::Confirmed | BookingStatus::Cancelled if details.show.status == ShowStatus::Cancelled => {
            "Show cancelled"
        }
        BookingStatus::Confirmed => "Confirmed",
        BookingStatus::Cancelled => "Cancelled",
        BookingStatus::Expired => "Expired",
    };
    BookingLine {
        reference: booking.reference.clone(),
        facts: ShowFacts::new(details),
        state: words,
        // What goes back of a booking that holds is another payment than its own.
        refund: refunded.map(|words| match state {
            BookingStatus::Confirmed => format!("Another payment: {}", words.to_lowercase()),
            _ => words.to_owned(),
        }),
        open: state == BookingStatus::Created && refund.is_none(),
    }
}
