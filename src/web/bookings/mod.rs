//! A booking's pages: checkout, payment, and what became of it.

mod access;
mod bill;
pub mod cancellation;
mod checkout_form;
pub mod list;
mod money_back;
mod page;
mod policy;
mod problem;
mod rows;
mod tickets;

use super::app::State;
use super::error::PageError;
use super::extractors::{Form, ShowInPath};
use super::session::{self, Visitor};
use super::shows;
use crate::booking::Booking;
use crate::booking::quote::Quote;
use crate::clock::Instant;
use crate::db::{MayFail, Stop};
use crate::errands::{NotDone, sessions};
use crate::ids::{FormKey, PaymentId, SeatId};
use crate::payment::gateway::{GatewayError, SessionLine, SessionRequest};
use crate::sale::checkout::checkout;
use crate::sale::hold::{HoldRefusal, HoldRequest, hold};
use crate::sale::start_payment;
use access::Access;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use checkout_form::CheckoutForm;
use page::BookingPage;
use problem::Problem;
use serde::Deserialize;
use uuid::Uuid;

/// How far ahead a gateway session ends, in seconds. Stripe wants 30 minutes at least; ours ends earlier by its deadline.
const SESSION_LASTS: i64 = 60 * 60;

fn see_other(url: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, url)).finish()
}

#[derive(Deserialize)]
pub struct HoldForm {
    form_key: Uuid,
    #[serde(default)]
    seat: Vec<String>,
}

/// `POST /shows/{show}/bookings`: holds the chosen seats.
pub async fn create(
    state: web::Data<State>,
    request: HttpRequest,
    ShowInPath(show): ShowInPath,
    visitor: Visitor,
    Form(form): Form<HoldForm>,
) -> Result<HttpResponse, PageError> {
    let form_key = FormKey(form.form_key);
    let seats: Vec<SeatId> = form.seat.iter().filter_map(|text| text.parse().ok()).map(SeatId).collect();
    if seats.len() < form.seat.len() {
        let refusal = HoldRefusal::UnknownSeat;
        return shows::refused(&state, &request, visitor, show, seats, form_key, refusal).await;
    }
    let wanted = HoldRequest { show, seats: seats.clone(), visitor: visitor.id, form: form_key };
    let (policy, author) = (state.policy, visitor.author());
    match state.db.run(move |conn| hold(conn, &wanted, &policy, &author)).await {
        Ok(held) => Ok(see_other(&booking_url(&state, &request, &held.reference))),
        Err(Stop::Refused(HoldRefusal::UnknownShow)) => Err(PageError::NotFound),
        Err(Stop::Refused(refusal)) => {
            shows::refused(&state, &request, visitor, show, seats, form_key, refusal).await
        }
        Err(Stop::Failed(failure)) => Err(failure.into()),
    }
}

/// A browser that keeps no cookies finds its booking by the signed link.
fn booking_url(state: &State, request: &HttpRequest, reference: &str) -> String {
    match request.cookie(session::COOKIE) {
        Some(_) => format!("/bookings/{reference}"),
        None => format!("/bookings/{reference}?key={}", state.links.booking_key(reference)),
    }
}

/// `GET /bookings/{reference}`: checkout, waiting, tickets, or what became of it. Who came by the signed link becomes
/// known here, so that the token of the page's forms has something to hold on to.
pub async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    access: Access,
    _: Visitor,
) -> Result<HttpResponse, PageError> {
    BookingPage::read_with_story(&state, &request, access).await?.respond(StatusCode::OK)
}

/// `GET /bookings/{reference}/status`: the waiting page's look at how things stand; reloads the page when they changed.
pub async fn status(
    state: web::Data<State>,
    request: HttpRequest,
    access: Access,
) -> Result<HttpResponse, PageError> {
    let url = access.url("");
    let page = BookingPage::read(&state, &request, access).await?;
    if page.is_waiting() {
        return Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish());
    }
    Ok(HttpResponse::Ok().insert_header(("HX-Redirect", url)).finish())
}

/// `GET /bookings/{reference}/payment`: where the gateway sends the customer back to. It confirms nothing: it shows what
/// is true, and waits for the gateway's word.
pub async fn payment(
    state: web::Data<State>,
    request: HttpRequest,
    access: Access,
) -> Result<HttpResponse, PageError> {
    let url = access.url("");
    let mut page = BookingPage::read(&state, &request, access).await?;
    // Once the locks have lapsed nobody should wait here any more: the booking's page says how it stands.
    if !page.is_waiting() {
        return Ok(see_other(&url));
    }
    page.wait();
    page.respond(StatusCode::OK)
}

/// `POST /bookings/{reference}/checkout`: notes contact and price types; answers with the new price lines.
pub async fn update(
    state: web::Data<State>,
    request: HttpRequest,
    access: Access,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let form = CheckoutForm::read(&fields);
    let (id, url) = (access.booking.id, access.url(""));
    let contact = form.draft_contact();
    let noted = match form.types() {
        Ok(types) => state.db.run(move |conn| checkout(conn, id, &contact, &types)).await,
        Err(refusal) => Err(Stop::Refused(refusal)),
    };
    match noted {
        Ok(()) if request.headers().contains_key("HX-Request") => {
            let page = BookingPage::read(&state, &request, access).await?;
            page.price_lines()
        }
        Ok(()) => Ok(see_other(&url)),
        Err(Stop::Refused(refusal)) => {
            refused(&state, &request, access, StatusCode::CONFLICT, Problem::checkout(&refusal)).await
        }
        Err(Stop::Failed(failure)) => Err(failure.into()),
    }
}

/// `POST /bookings/{reference}/payments`: freezes the sum, opens a session at the gateway, and sends the customer there.
pub async fn pay(
    state: web::Data<State>,
    request: HttpRequest,
    access: Access,
    visitor: Visitor,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let form = CheckoutForm::read(&fields);
    let contact = match form.contact() {
        Ok(contact) => contact,
        Err(errors) => {
            let mut page = BookingPage::read(&state, &request, access).await?;
            page.refill(form, errors);
            return page.respond(StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let types = match form.types() {
        Ok(types) => types,
        Err(refusal) => {
            return refused(&state, &request, access, StatusCode::CONFLICT, Problem::checkout(&refusal)).await;
        }
    };
    let (id, policy, author, terms) =
        (access.booking.id, state.policy, visitor.author(), session_terms(&state, &access));
    let paying = state.db.run(move |conn| start_payment::pay(conn, id, &contact, &types, &policy, &terms, &author));
    let payment = match paying.await {
        Ok(payment) => payment,
        Err(Stop::Refused(refusal)) => {
            return refused(&state, &request, access, StatusCode::CONFLICT, Problem::start(&refusal)).await;
        }
        Err(Stop::Failed(failure)) => return Err(failure.into()),
    };
    match sessions::page_of(&state.db, &state.gateway, &payment, visitor.author()).await {
        Ok(Some(url)) => Ok(see_other(&url)),
        // It is closed there, perhaps by money: the booking's page says how it stands.
        Ok(None) => Ok(see_other(&access.url(""))),
        Err(NotDone::Gateway(GatewayError::Refused(_))) => {
            refused(&state, &request, access, StatusCode::CONFLICT, Problem::gateway_refused()).await
        }
        // The payment was started before.
        Err(NotDone::Database(failure)) => Err(failure.in_doubt().into()),
        Err(error) => {
            tracing::warn!(%error, payment = %payment.id, "no session for a payment");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            refused(&state, &request, access, status, Problem::gateway_away()).await
        }
    }
}

async fn refused(
    state: &State,
    request: &HttpRequest,
    access: Access,
    status: StatusCode,
    problem: Problem,
) -> Result<HttpResponse, PageError> {
    let mut page = BookingPage::read(state, request, access).await?;
    page.problem = Some(problem);
    page.respond(status)
}

/// What the gateway is asked for: one line for the seats of each type, one for the fee with its tax.
fn session_terms(
    state: &State,
    access: &Access,
) -> impl Fn(PaymentId, &Booking, &Quote, Instant) -> SessionRequest + use<> {
    let base = state.site_url.as_str().trim_end_matches('/').to_owned();
    let (title, reference) = (access.title.clone(), access.booking.reference.clone());
    let key = state.links.booking_key(&reference);
    move |payment, booking, quote, now| {
        let mut lines: Vec<SessionLine> = quote
            .lines
            .iter()
            .map(|line| SessionLine {
                name: format!("{title}, {} ticket", line.price_type),
                unit_amount: line.price,
                quantity: line.count.unsigned_abs(),
            })
            .collect();
        if quote.fee + quote.fee_tax > 0 {
            let name = "Convenience fee with GST".to_owned();
            lines.push(SessionLine { name, unit_amount: quote.fee + quote.fee_tax, quantity: 1 });
        }
        SessionRequest {
            payment,
            currency: booking.currency.clone(),
            lines,
            customer_email: booking.contact_email.clone().unwrap_or_default(),
            success_url: format!("{base}/bookings/{reference}/payment?key={key}"),
            cancel_url: format!("{base}/bookings/{reference}?key={key}"),
            expires_at: now.timestamp() + SESSION_LASTS,
        }
    }
}
