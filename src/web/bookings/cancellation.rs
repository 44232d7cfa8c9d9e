//! Cancelling: at once what is not paid, and for a quoted sum what is.

use super::access::Access;
use super::bill::{PriceLine, SeatLine, seat_lines};
use super::problem::Problem;
use super::rows::Rows;
use super::{policy, see_other};
use crate::booking::BookingStatus;
use crate::booking::refund_policy::RefundQuote;
use crate::catalogue::show::ShowStatus;
use crate::db::Stop;
use crate::errands::sessions;
use crate::money::Money;
use crate::payment::PaymentMethod;
use crate::sale::cancel::{CancelRefusal, cancel};
use crate::sale::cancel_paid::{CancelPaidRefusal, cancel_paid, refund_quote};
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::extractors::Form;
use crate::web::page::{Shell, ShowFacts, day_and_time, local, uncached};
use crate::web::session::Visitor;
use actix_session::SessionExt;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

/// Who gives a booking up does not wait longer for the gateway: a worker ends the session later.
const END_WITHIN: std::time::Duration = std::time::Duration::from_secs(2);

/// What a customer who paid can choose.
pub enum Offer {
    Quoted(Quoted),
    TooLate {
        /// `Sat 28 Nov, 7:10 pm`; none when nothing was ever promised.
        ended: Option<String>,
    },
    AtCounter,
}

/// What cancelling now comes to.
pub struct Quoted {
    /// Minor units: what the form agrees to.
    pub agreed: i64,
    pub back: String,
    pub paid: String,
    pub kept: Vec<PriceLine>,
    /// `Sat 28 Nov, 5:30 pm`
    pub until: String,
}

impl Offer {
    /// None unless the booking is paid for and its show takes place.
    pub fn new(rows: &Rows) -> Option<Self> {
        let (booking, show) = (&rows.booking, &rows.details.show);
        let paid_by = booking.paid_by.and_then(|id| rows.payment(id));
        let payment = paid_by.filter(|_| booking.status == BookingStatus::Confirmed)?;
        if show.status == ShowStatus::Cancelled {
            return None;
        }
        if payment.method == PaymentMethod::Counter {
            return Some(Self::AtCounter);
        }
        let written = |at| day_and_time(&local(at, &rows.details.cinema.time_zone));
        Some(match refund_quote(booking, &rows.seats, show.starts_at, rows.now) {
            Some(quote) => Self::Quoted(Quoted::new(rows, &quote, written(quote.until))),
            None => {
                let ends_at = booking.refund_policy.and_then(|policy| policy.ends_at(show.starts_at));
                Self::TooLate { ended: ends_at.map(written) }
            }
        })
    }
}

impl Quoted {
    fn new(rows: &Rows, refund: &RefundQuote, until: String) -> Self {
        let paid = rows.quote();
        let money = |minor: i64| Money::new(minor, &rows.booking.currency).to_string();
        let fee = paid.fee + paid.fee_tax;
        let kept = [
            (format!("Kept: {}\u{a0}% of the ticket price", 100 - refund.percent), paid.seats - refund.amount),
            ("Kept: convenience fee with GST".to_owned(), fee),
        ];
        Self {
            agreed: refund.amount,
            back: money(refund.amount),
            paid: money(paid.total),
            kept: kept
                .into_iter()
                .filter(|(_, minor)| *minor > 0)
                .map(|(name, minor)| PriceLine { name, amount: money(-minor) })
                .collect(),
            until,
        }
    }
}

#[derive(Template)]
#[template(path = "bookings/cancellation.html")]
struct CancellationPage {
    shell: Shell,
    reference: String,
    facts: ShowFacts,
    seats: Vec<SeatLine>,
    problem: Option<Problem>,
    offer: Offer,
    policy: String,
    token: String,
    /// With the link's key.
    url: String,
    cancel_url: String,
}

impl CancellationPage {
    /// None when there is no choice to be shown: the booking's page says how it stands.
    async fn read(state: &State, request: &HttpRequest, access: &Access) -> Result<Option<Self>, PageError> {
        let (reference, halls) = (access.booking.reference.clone(), state.halls.clone());
        let read = state.db.run(move |conn| Rows::read(conn, &halls, &reference, |_, _| Ok(()))).await?;
        let (rows, ()) = read.ok_or(PageError::NotFound)?;
        let page = |offer| Self {
            shell: Shell { city: Some(rows.details.cinema.city.clone()) },
            reference: rows.booking.reference.clone(),
            facts: ShowFacts::new(&rows.details),
            seats: seat_lines(&rows),
            problem: None,
            offer,
            policy: rows.booking.refund_policy.as_ref().map(policy::words).unwrap_or_default(),
            token: state.links.form_token(&request.get_session()),
            url: access.url(""),
            cancel_url: access.url("/cancellation"),
        };
        Ok(Offer::new(&rows).map(page))
    }
}

/// `GET /bookings/{reference}/cancellation`: what comes back, before anything is done.
pub async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    access: Access,
    _: Visitor,
) -> Result<HttpResponse, PageError> {
    match CancellationPage::read(&state, &request, &access).await? {
        Some(page) => uncached(StatusCode::OK, &page),
        None => Ok(see_other(&access.url(""))),
    }
}

#[derive(Deserialize)]
pub struct CancellationForm {
    /// What the customer was shown to come back, in minor units. Not sent for a booking that is not paid.
    agreed: Option<i64>,
}

/// `POST /bookings/{reference}/cancellation`
pub async fn create(
    state: web::Data<State>,
    request: HttpRequest,
    access: Access,
    visitor: Visitor,
    Form(form): Form<CancellationForm>,
) -> Result<HttpResponse, PageError> {
    match form.agreed {
        Some(agreed) => give_back(&state, &request, access, visitor, agreed).await,
        None => give_up(&state, &request, access, visitor).await,
    }
}

async fn give_back(
    state: &State,
    request: &HttpRequest,
    access: Access,
    visitor: Visitor,
    agreed: i64,
) -> Result<HttpResponse, PageError> {
    let (id, author) = (access.booking.id, visitor.author());
    match state.db.run(move |conn| cancel_paid(conn, id, agreed, &author)).await {
        // Cancelled before, by another tab or the cinema, or never paid: its page says what is true.
        Ok(_) | Err(Stop::Refused(CancelPaidRefusal::NotConfirmed(_))) => Ok(see_other(&access.url(""))),
        Err(Stop::Refused(CancelPaidRefusal::QuoteChanged(_))) => {
            refused(state, request, access, Some(Problem::quote_changed())).await
        }
        Err(Stop::Refused(CancelPaidRefusal::TooLate | CancelPaidRefusal::AtCounter)) => {
            refused(state, request, access, None).await
        }
        Err(Stop::Failed(failure)) => Err(failure.into()),
    }
}

/// Gives the seats of an unpaid booking back.
async fn give_up(
    state: &State,
    request: &HttpRequest,
    access: Access,
    visitor: Visitor,
) -> Result<HttpResponse, PageError> {
    let (id, author) = (access.booking.id, visitor.author());
    match state.db.run(move |conn| cancel(conn, id, &author)).await {
        Ok(open) => {
            // Best effort: a worker tries again, and money that arrives all the same is late money.
            if let Some(payment) = open {
                let end = sessions::end(&state.db, &state.gateway, &payment, visitor.author());
                match tokio::time::timeout(END_WITHIN, end).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::info!(%error, payment = %payment.id, "a session could not be ended"),
                    Err(_) => tracing::info!(payment = %payment.id, "a session could not be ended in time"),
                }
            }
            Ok(see_other(&access.url("")))
        }
        Err(Stop::Refused(CancelRefusal::Confirmed)) => {
            refused(state, request, access, Some(Problem::paid_meanwhile())).await
        }
        Err(Stop::Failed(failure)) => Err(failure.into()),
    }
}

/// The choice as it is now. Nothing was cancelled.
async fn refused(
    state: &State,
    request: &HttpRequest,
    access: Access,
    problem: Option<Problem>,
) -> Result<HttpResponse, PageError> {
    match CancellationPage::read(state, request, &access).await? {
        Some(page) => uncached(StatusCode::CONFLICT, &CancellationPage { problem, ..page }),
        None => Ok(see_other(&access.url(""))),
    }
}
