//! Why a payment came to what it came to: its facts, what the gateway said, and its timeline.

use super::events::{self, EventLine};
use super::refunds::{self, RefundLine};
use super::{Desk, page};
use crate::booking::Booking;
use crate::catalogue::show::{self, ShowDetails};
use crate::clock;
use crate::db::{Failure, snapshot};
use crate::history::search;
use crate::history::timeline::load::{Story, of_booking};
use crate::history::timeline::{Audience, Subject, words};
use crate::ids::PaymentId;
use crate::money::Money;
use crate::payment::event::{self, Event, Wanted};
use crate::payment::payment::{self, Payment};
use crate::payment::{PaymentMethod, PaymentStatus, Refund, refund};
use crate::seating::hall::Halls;
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::page::{ShowFacts, to_the_second};
use crate::web::session::Staff;
use crate::web::timeline::{self, MomentView};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use uuid::Uuid;

/// The list of events has the rest.
const MOST_EVENTS: i64 = 20;

#[derive(Template)]
#[template(path = "admin/payment.html")]
struct PaymentPage {
    desk: Desk,
    facts: ShowFacts,
    show: i64,
    reference: String,
    payment: PaymentLine,
    refunds: Vec<RefundLine>,
    events: Vec<EventLine>,
    moments: Vec<MomentView>,
}

/// A payment in words, in a list and on its own page.
pub struct PaymentLine {
    pub id: String,
    pub method: &'static str,
    pub status: &'static str,
    pub amount: String,
    pub started: String,
    pub succeeded: Option<String>,
    pub session: Option<String>,
    pub outcome: Option<&'static str>,
}

/// Payments in words, with times of the cinema's zone.
pub fn lines(payments: &[Payment], zone: &str) -> Vec<PaymentLine> {
    let written = |at| to_the_second(at, zone);
    payments
        .iter()
        .map(|payment| PaymentLine {
            id: payment.id.to_string(),
            method: match payment.method {
                PaymentMethod::Gateway => "through the gateway",
                PaymentMethod::Counter => "at the counter",
            },
            status: match payment.status {
                PaymentStatus::Started => "Open",
                PaymentStatus::Succeeded => "Paid",
                PaymentStatus::Expired => "Closed without money",
                PaymentStatus::Failed => "Failed",
            },
            amount: sum(payment),
            started: written(payment.started_at),
            succeeded: payment.succeeded_at.map(written),
            session: payment.session_id.clone(),
            outcome: payment.outcome.map(words::outcome),
        })
        .collect()
}

/// What came, once money came; until then what was asked for. Both, where they differ.
fn sum(payment: &Payment) -> String {
    let asked = Money::new(payment.amount, &payment.currency);
    let came = payment.captured_amount.zip(payment.captured_currency.as_deref());
    match came.map(|(minor, currency)| Money::new(minor, currency)) {
        Some(came) if came != asked => format!("{came} (asked: {asked})"),
        _ => asked.to_string(),
    }
}

struct Rows {
    booking: Booking,
    details: ShowDetails,
    payment: Payment,
    refunds: Vec<Refund>,
    events: Vec<Event>,
    story: Story,
}

fn read(conn: &mut diesel::PgConnection, halls: &Halls, id: PaymentId) -> Result<Option<Rows>, Failure> {
    snapshot(conn, |conn| {
        let now = clock::now(conn)?;
        let Some(booking) = search::by_payment(conn, id)? else { return Ok(None) };
        let Some(details) = show::details(conn, booking.show_id)? else { return Ok(None) };
        let hall = halls.get(conn, details.show.layout_id)?;
        let story = of_booking(conn, &booking, &hall, now)?.of_payment(id);
        let mut payments = payment::of_booking(conn, booking.id)?;
        payments.retain(|payment| payment.id == id);
        let mut refunds = refund::of_booking(conn, booking.id)?;
        refunds.retain(|refund| refund.life.payment_id == id);
        let events = event::newest(conn, &Wanted { payment: Some(id), ..Wanted::default() }, MOST_EVENTS)?;
        Ok(payments.pop().map(|payment| Rows { booking, details, payment, refunds, events, story }))
    })
}

/// `GET /admin/payments/{id}`
pub async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    staff: Staff,
    wanted: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let id = Uuid::parse_str(&wanted).map(PaymentId).map_err(|_| PageError::NotFound)?;
    let halls = state.halls.clone();
    let rows = state.db.run(move |conn| read(conn, &halls, id)).await?.ok_or(PageError::NotFound)?;
    let Rows { booking, details, payment, refunds: owed, events, story } = rows;
    let zone = details.cinema.time_zone.as_str();
    let Some(payment) = lines(&[payment], zone).pop() else { return Err(PageError::NotFound) };
    let body = PaymentPage {
        desk: Desk::new(&state, &request, staff),
        facts: ShowFacts::new(&details),
        show: booking.show_id.0,
        reference: booking.reference,
        payment,
        refunds: refunds::lines(&owed, zone),
        events: events::lines(&events, zone),
        moments: timeline::view(&story, Subject::Booking(booking.id), zone, Audience::Staff),
    };
    page(StatusCode::OK, &body)
}
