//! The one page of a booking, in whichever state it is.

use super::access::Access;
use super::checkout_form::{CheckoutForm, FieldErrors};
use super::problem::Problem;
use crate::booking::booking::Payable;
use crate::booking::quote::{Quote, quote};
use crate::booking::{Booking, BookingSeat, BookingStatus, PriceType, booking, booking_seat};
use crate::catalogue::show::{self, ShowDetails, ShowStatus};
use crate::clock::{self, Instant};
use crate::db::{Failure, snapshot};
use crate::history::timeline::load::{Story, for_customer};
use crate::history::timeline::{Audience, Subject};
use crate::ids::SeatId;
use crate::money::Money;
use crate::payment::payment::{self, Payment};
use crate::payment::{Outcome, PaymentStatus};
use crate::seating::hall::{Hall, Halls};
use crate::ticketing::ticket;
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::page::{Shell, ShowFacts, clock_time, local};
use crate::web::timeline::{self, MomentView};
use actix_session::SessionExt;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use qrcode::{EcLevel, QrCode, render::svg};
use std::sync::Arc;

/// A seat of the booking with the types it can be bought at.
pub struct SeatLine {
    pub id: SeatId,
    pub label: String,
    pub zone: String,
    pub chosen: PriceType,
    pub options: Vec<TypeOption>,
}

pub struct TypeOption {
    pub price_type: PriceType,
    pub name: &'static str,
    pub price: String,
}

/// A line of the bill.
pub struct PriceLine {
    pub name: String,
    pub amount: String,
}

pub struct TicketView {
    pub label: String,
    pub zone: String,
    pub price_type: &'static str,
    pub code: String,
    /// Inline SVG, drawn here, so that no other party ever sees a ticket.
    pub qr: String,
}

/// What the customer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// To be filled in and paid.
    Checkout,
    /// A payment was sent off; the gateway has not said how it went.
    Waiting,
    /// Past the deadline: no payment starts, one on its way is still taken.
    TooLate,
    Confirmed,
    /// Paid, and the cinema cancelled the show.
    ShowCancelled,
    Cancelled,
    Expired,
    /// Money arrived that could not buy the seats; a person looks into it.
    MoneyHere,
}

/// The new bill, and the sum on the button. A block inside a `match` is empty as a fragment, so it is a file of its own.
#[derive(Template)]
#[template(path = "bookings/_new_price.html")]
struct NewPrice {
    lines: Vec<PriceLine>,
    total: String,
    tax_note: String,
}

#[derive(Template)]
#[template(path = "bookings/show.html")]
pub struct BookingPage {
    shell: Shell,
    pub booking: Booking,
    facts: ShowFacts,
    pub view: View,
    pub problem: Option<Problem>,
    errors: FieldErrors,
    form: CheckoutForm,
    seats: Vec<SeatLine>,
    lines: Vec<PriceLine>,
    total: String,
    tax_note: String,
    tickets: Vec<TicketView>,
    /// `7:12 pm`, at the cinema.
    pay_by: String,
    seconds_left: i64,
    payment_open: bool,
    token: String,
    /// With the link's key.
    url: String,
    pay_url: String,
    update_url: String,
    cancel_url: String,
    status_url: String,
    signed_link: String,
    show_url: String,
    /// What happened so far; empty where there is nothing worth telling.
    moments: Vec<MomentView>,
}

struct Rows {
    now: Instant,
    booking: Booking,
    details: ShowDetails,
    seats: Vec<BookingSeat>,
    hall: Arc<Hall>,
    payments: Vec<Payment>,
    tickets: Vec<ticket::Ticket>,
    /// What happened so far; read for who looks at the page, once more has happened than the hold.
    story: Option<Story>,
}

fn read(
    conn: &mut diesel::PgConnection,
    halls: &Halls,
    reference: &str,
    with_story: bool,
) -> Result<Option<Rows>, Failure> {
    snapshot(conn, |conn| {
        let now = clock::now(conn)?;
        let Some(booking) = booking::find(conn, reference)? else { return Ok(None) };
        let Some(details) = show::details(conn, booking.show_id)? else { return Ok(None) };
        let seats = booking_seat::of_booking(conn, booking.id)?;
        let hall = halls.get(conn, details.show.layout_id)?;
        let payments = payment::of_booking(conn, booking.id)?;
        let tickets = ticket::of_booking(conn, booking.id)?;
        let mut rows = Rows { now, booking, details, seats, hall, payments, tickets, story: None };
        let only_held = view(&rows) == View::Checkout && rows.booking.amount.is_none();
        if with_story && !only_held {
            rows.story = Some(for_customer(conn, &rows.booking, &rows.hall, now)?);
        }
        Ok(Some(rows))
    })
}

impl BookingPage {
    /// Reads the booking as it is now, without what happened so far.
    pub async fn read(state: &State, request: &HttpRequest, access: Access) -> Result<Self, PageError> {
        Self::read_rows(state, request, access, false).await
    }

    /// Reads the booking as it is now and what happened so far.
    pub async fn read_with_story(state: &State, request: &HttpRequest, access: Access) -> Result<Self, PageError> {
        Self::read_rows(state, request, access, true).await
    }

    async fn read_rows(
        state: &State,
        request: &HttpRequest,
        access: Access,
        with_story: bool,
    ) -> Result<Self, PageError> {
        let reference = access.booking.reference.clone();
        let halls = state.halls.clone();
        let rows = state.db.run(move |conn| read(conn, &halls, &reference, with_story)).await?;
        let rows = rows.ok_or(PageError::NotFound)?;
        let mut page = Self::new(&rows, state, &access);
        page.token = state.links.form_token(&request.get_session());
        Ok(page)
    }

    fn new(rows: &Rows, state: &State, access: &Access) -> Self {
        let booking = rows.booking.clone();
        let quote = quote(&rows.seats, booking.fee_per_ticket, booking.fee_tax_per_ticket, booking.created_at);
        let money = |minor: i64| Money::new(minor, &booking.currency).to_string();
        let signed_link = format!(
            "{}/bookings/{}?key={}",
            state.site_url.as_str().trim_end_matches('/'),
            booking.reference,
            state.links.booking_key(&booking.reference)
        );
        let moments = |story: &Story| {
            timeline::view(story, Subject::Booking(booking.id), &rows.details.cinema.time_zone, Audience::Customer)
        };
        Self {
            shell: Shell { city: Some(rows.details.cinema.city.clone()) },
            facts: ShowFacts::new(&rows.details),
            view: view(rows),
            problem: None,
            errors: FieldErrors::default(),
            form: CheckoutForm {
                name: booking.contact_name.clone().unwrap_or_default(),
                email: booking.contact_email.clone().unwrap_or_default(),
                phone: booking.contact_phone.clone().unwrap_or_default(),
                ..CheckoutForm::default()
            },
            seats: seat_lines(rows),
            lines: price_lines(&quote, &booking),
            total: money(booking.amount.unwrap_or(quote.total)),
            tax_note: money(quote.seats_tax),
            tickets: tickets(rows, state),
            pay_by: clock_time(&local(booking.pay_by, &rows.details.cinema.time_zone)),
            seconds_left: (booking.pay_by - rows.now).num_seconds().max(0),
            payment_open: rows.payments.iter().any(|payment| payment.status == PaymentStatus::Started),
            token: String::new(),
            url: access.url(""),
            pay_url: access.url("/payments"),
            update_url: access.url("/checkout"),
            cancel_url: access.url("/cancellation"),
            status_url: access.url("/status"),
            show_url: format!("/shows/{}", booking.show_id),
            moments: rows.story.as_ref().map(moments).unwrap_or_default(),
            signed_link,
            booking,
        }
    }

    /// The customer comes back from the gateway: wait for its word instead of offering to pay.
    pub fn wait(&mut self) {
        self.view = View::Waiting;
    }

    /// Whether nothing has been decided yet.
    pub fn is_waiting(&self) -> bool {
        self.payment_open && matches!(self.view, View::Checkout | View::Waiting | View::TooLate)
    }

    /// Shows the form again as it was sent, with what is wrong beside each field.
    pub fn refill(&mut self, form: CheckoutForm, errors: FieldErrors) {
        for seat in &mut self.seats {
            if let Some((_, chosen)) = form.types.iter().find(|(id, _)| *id == seat.id) {
                seat.chosen = *chosen;
            }
        }
        self.form = form;
        self.errors = errors;
    }

    pub fn price_lines(self) -> Result<HttpResponse, PageError> {
        let bill = NewPrice { lines: self.lines, total: self.total, tax_note: self.tax_note };
        let html = bill.render().map_err(PageError::internal)?;
        Ok(HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(html))
    }

    pub fn respond(self, status: StatusCode) -> Result<HttpResponse, PageError> {
        let html = self.render().map_err(PageError::internal)?;
        Ok(HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(html))
    }
}

fn view(rows: &Rows) -> View {
    let unbought = |payment: &Payment| payment.outcome.is_some_and(|outcome| outcome != Outcome::Confirm);
    let cancelled_show = rows.details.show.status == ShowStatus::Cancelled;
    match rows.booking.payable(rows.now) {
        Payable::Closed(BookingStatus::Confirmed) if cancelled_show => View::ShowCancelled,
        Payable::Closed(BookingStatus::Confirmed) => View::Confirmed,
        _ if rows.payments.iter().any(unbought) => View::MoneyHere,
        Payable::Closed(BookingStatus::Cancelled) => View::Cancelled,
        Payable::Closed(_) => View::Expired,
        Payable::TooLate => View::TooLate,
        Payable::Yes => View::Checkout,
    }
}

fn type_name(price_type: PriceType) -> &'static str {
    match price_type {
        PriceType::Adult => "Adult",
        PriceType::Child => "Child",
        PriceType::Senior => "Senior",
    }
}

fn place_of(rows: &Rows, id: SeatId) -> (String, String) {
    let place = rows.hall.place(id);
    place.map(|place| (place.label(), place.zone_name.clone())).unwrap_or_default()
}

fn seat_lines(rows: &Rows) -> Vec<SeatLine> {
    rows.seats
        .iter()
        .map(|seat| {
            let (label, zone) = place_of(rows, seat.seat_id);
            let options = PriceType::ALL
                .iter()
                .filter_map(|price_type| {
                    let price = Money::new(seat.price_for(*price_type)?, &rows.booking.currency).to_string();
                    Some(TypeOption { price_type: *price_type, name: type_name(*price_type), price })
                })
                .collect();
            SeatLine { id: seat.seat_id, label, zone, chosen: seat.price_type, options }
        })
        .collect()
}

fn price_lines(quote: &Quote, booking: &Booking) -> Vec<PriceLine> {
    let money = |minor: i64| Money::new(minor, &booking.currency).to_string();
    let mut lines: Vec<PriceLine> = quote
        .lines
        .iter()
        .map(|line| PriceLine {
            name: format!("{} × {} at {}", line.count, type_name(line.price_type), money(line.price)),
            amount: money(line.sum()),
        })
        .collect();
    lines.push(PriceLine { name: "Convenience fee".to_owned(), amount: money(quote.fee) });
    lines.push(PriceLine { name: "GST on the fee (18 %)".to_owned(), amount: money(quote.fee_tax) });
    lines
}

fn tickets(rows: &Rows, state: &State) -> Vec<TicketView> {
    rows.tickets
        .iter()
        .filter(|ticket| ticket.status == ticket::TicketStatus::Valid)
        .map(|ticket| {
            let (label, zone) = place_of(rows, ticket.seat_id);
            let chosen = rows.seats.iter().find(|seat| seat.seat_id == ticket.seat_id).map(|seat| seat.price_type);
            let code = state.tickets.code(ticket.id);
            let price_type = chosen.map(type_name).unwrap_or_default();
            TicketView { label, zone, price_type, qr: qr(&code), code }
        })
        .collect()
}

/// A QR code as inline SVG; black on white in every theme, because scanners want it so.
fn qr(code: &str) -> String {
    let Ok(drawn) = QrCode::with_error_correction_level(code, EcLevel::M) else { return String::new() };
    let svg = drawn.render::<svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).build();
    svg.split_once("?>").map_or(svg.clone(), |(_, drawing)| drawing.to_owned())
}
