//! Why a booking is as it is: its facts, its timeline and its payments.

use super::payments::{PaymentLine, lines};
use super::refunds::{self, RefundLine};
use super::search::state_words;
use super::{Desk, page};
use crate::booking::{Booking, booking, booking_seat, reference};
use crate::catalogue::show::{self, ShowDetails};
use crate::clock::{self, Instant};
use crate::db::{Failure, snapshot};
use crate::history::timeline::load::{Story, of_booking};
use crate::history::timeline::{Audience, Subject, words};
use crate::money::Money;
use crate::payment::payment::{self, Payment};
use crate::payment::{Refund, refund};
use crate::seating::hall::Halls;
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::page::{ShowFacts, contact, local, to_the_second};
use crate::web::session::Staff;
use crate::web::timeline::{self, MomentView};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

#[derive(Template)]
#[template(path = "admin/booking.html")]
struct BookingPage {
    desk: Desk,
    booking: Booking,
    facts: ShowFacts,
    state: &'static str,
    /// Labels of the seats it wanted, in seat order.
    seats: Vec<String>,
    customer: String,
    visitor: String,
    amount: Option<String>,
    made: String,
    pay_by: String,
    payments: Vec<PaymentLine>,
    refunds: Vec<RefundLine>,
    moments: Vec<MomentView>,
}

struct Rows {
    now: Instant,
    booking: Booking,
    details: ShowDetails,
    seats: Vec<String>,
    payments: Vec<Payment>,
    refunds: Vec<Refund>,
    story: Story,
}

fn read(conn: &mut diesel::PgConnection, halls: &Halls, reference: &str) -> Result<Option<Rows>, Failure> {
    snapshot(conn, |conn| {
        let now = clock::now(conn)?;
        let Some(booking) = booking::find(conn, reference)? else { return Ok(None) };
        let Some(details) = show::details(conn, booking.show_id)? else { return Ok(None) };
        let hall = halls.get(conn, details.show.layout_id)?;
        let wanted = booking_seat::of_booking(conn, booking.id)?;
        let label = |seat: &booking_seat::BookingSeat| hall.place(seat.seat_id).map(|place| place.label());
        let seats = wanted.iter().filter_map(label).collect();
        let payments = payment::of_booking(conn, booking.id)?;
        let refunds = refund::of_booking(conn, booking.id)?;
        let story = of_booking(conn, &booking, &hall, now)?;
        Ok(Some(Rows { now, booking, details, seats, payments, refunds, story }))
    })
}

/// `GET /admin/bookings/{reference}`
pub async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    staff: Staff,
    wanted: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let wanted = reference::parse(&wanted).ok_or(PageError::NotFound)?;
    let halls = state.halls.clone();
    let rows = state.db.run(move |conn| read(conn, &halls, &wanted)).await?.ok_or(PageError::NotFound)?;
    page(StatusCode::OK, &booking_page(rows, Desk::new(&state, &request, staff)))
}

fn booking_page(rows: Rows, desk: Desk) -> BookingPage {
    let Rows { now, booking, details, seats, payments, refunds: owed, story } = rows;
    let zone = details.cinema.time_zone.as_str();
    BookingPage {
        desk,
        facts: ShowFacts::new(&details),
        state: state_words(booking.state(now)),
        seats,
        customer: contact([&booking.contact_name, &booking.contact_email, &booking.contact_phone]),
        visitor: words::visitor(booking.visitor_id.0),
        amount: booking.amount.map(|minor| Money::new(minor, &booking.currency).to_string()),
        made: to_the_second(booking.created_at, zone),
        pay_by: local(booking.pay_by, zone).format("%H:%M:%S").to_string(),
        payments: lines(&payments, zone),
        refunds: refunds::lines(&owed, zone),
        moments: timeline::view(&story, Subject::Booking(booking.id), zone, Audience::Staff),
        booking,
    }
}
