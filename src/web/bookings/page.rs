//! The one page of a booking, in whichever state it is.

use super::access::Access;
use super::bill::{Bill, SeatLine, seat_lines};
use super::cancellation::Offer;
use super::checkout_form::{CheckoutForm, FieldErrors};
use super::money_back::{MoneyBack, money_back};
use super::policy;
use super::problem::Problem;
use super::rows::Rows;
use super::tickets::{TicketView, tickets};
use crate::booking::booking::Payable;
use crate::booking::{Booking, BookingStatus};
use crate::catalogue::show::ShowStatus;
use crate::history::timeline::load::{Story, for_customer};
use crate::history::timeline::{Audience, Subject};
use crate::payment::{Outcome, Payment, PaymentStatus, RefundCause, RefundStatus};
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::page::{Shell, ShowFacts, clock_time, local, uncached};
use crate::web::timeline::{self, MomentView};
use actix_session::SessionExt;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use diesel::PgConnection;

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
    /// By its customer.
    Cancelled,
    /// By the cinema, with the show.
    ShowCancelled,
    Expired,
    /// Money arrived that could not buy the seats: it goes back.
    NotBought,
}

/// The new bill, and the sum on the button. A block inside a `match` is empty as a fragment, so it is a file of its own.
#[derive(Template)]
#[template(path = "bookings/_new_price.html")]
struct NewPrice {
    bill: Bill,
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
    bill: Bill,
    tickets: Vec<TicketView>,
    money_back: Vec<MoneyBack>,
    /// Whether the gateway is still to say how a refund ended.
    money_on_its_way: bool,
    /// What cancelling gives back, where a paid booking has that choice.
    offer: Option<Offer>,
    /// The rule that is promised with the sum.
    policy: String,
    /// `7:12 pm`, at the cinema.
    pay_by: String,
    seconds_left: i64,
    /// Whether seats are still locked for the unpaid booking, and until when: `7:14 pm`, at the cinema.
    holding: bool,
    lock_ends: String,
    payment_open: bool,
    /// Whether the gateway's page of an open payment is known.
    payment_page_open: bool,
    /// Whether there was a payment, and it ended without money.
    payment_ended: bool,
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
        let story = move |conn: &mut PgConnection, rows: &Rows| {
            let only_held = view(rows) == View::Checkout && rows.booking.amount.is_none();
            let wanted = with_story && !only_held;
            Ok(wanted.then(|| for_customer(conn, &rows.booking, &rows.hall, rows.now)).transpose()?)
        };
        let read = state.db.run(move |conn| Rows::read(conn, &halls, &reference, story)).await?;
        let (rows, story) = read.ok_or(PageError::NotFound)?;
        let mut page = Self::new(&rows, story.as_ref(), state, &access);
        page.token = state.links.form_token(&request.get_session());
        Ok(page)
    }

    fn new(rows: &Rows, story: Option<&Story>, state: &State, access: &Access) -> Self {
        let booking = rows.booking.clone();
        let signed_link = format!(
            "{}/bookings/{}?key={}",
            state.site_url.as_str().trim_end_matches('/'),
            booking.reference,
            state.links.booking_key(&booking.reference)
        );
        let open = || rows.payments.iter().filter(|payment| payment.status == PaymentStatus::Started);
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
            bill: Bill::new(&rows.quote(), &booking),
            tickets: tickets(rows, &state.tickets),
            money_back: money_back(rows),
            money_on_its_way: rows.refunds.iter().any(|refund| refund.life.status == RefundStatus::Requested),
            offer: Offer::new(rows),
            policy: policy::words(&booking.refund_policy.unwrap_or(state.policy.refunds)),
            pay_by: clock_time(&local(booking.pay_by, &rows.details.cinema.time_zone)),
            seconds_left: (booking.pay_by - rows.now).num_seconds().max(0),
            holding: booking.state(rows.now) == BookingStatus::Created,
            lock_ends: clock_time(&local(booking.lock_expires_at, &rows.details.cinema.time_zone)),
            payment_open: open().next().is_some(),
            payment_page_open: open().any(|payment| payment.session_url.is_some()),
            payment_ended: rows
                .payments
                .iter()
                .any(|payment| matches!(payment.status, PaymentStatus::Expired | PaymentStatus::Failed)),
            token: String::new(),
            url: access.url(""),
            pay_url: access.url("/payments"),
            update_url: access.url("/checkout"),
            cancel_url: access.url("/cancellation"),
            status_url: access.url("/status"),
            show_url: format!("/shows/{}", booking.show_id),
            moments: story.map(moments).unwrap_or_default(),
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
        uncached(StatusCode::OK, &NewPrice { bill: self.bill })
    }

    pub fn respond(self, status: StatusCode) -> Result<HttpResponse, PageError> {
        uncached(status, &self)
    }
}

fn view(rows: &Rows) -> View {
    let bought = |outcome| matches!(outcome, Outcome::Confirm | Outcome::TakeAgain);
    let unbought = |payment: &Payment| payment.outcome.is_some_and(|outcome| !bought(outcome));
    let given_back = rows.refunds.iter().any(|refund| refund.life.cause == RefundCause::CustomerCancelled);
    let show_cancelled = rows.details.show.status == ShowStatus::Cancelled && !given_back;
    match rows.booking.payable(rows.now) {
        Payable::Closed(BookingStatus::Confirmed | BookingStatus::Cancelled) if show_cancelled => View::ShowCancelled,
        Payable::Closed(BookingStatus::Confirmed) => View::Confirmed,
        Payable::Closed(BookingStatus::Cancelled) => View::Cancelled,
        _ if rows.payments.iter().any(unbought) => View::NotBought,
        Payable::Closed(_) => View::Expired,
        Payable::TooLate => View::TooLate,
        Payable::Yes => View::Checkout,
    }
}
