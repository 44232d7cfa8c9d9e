//! Payments and the gateway's word about them, without a gateway.

use super::fixture::{author, refused, try_hold};
use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use marquee::booking::booking::{self, Contact};
use marquee::booking::quote::Quote;
use marquee::booking::{Booking, BookingStatus};
use marquee::clock::Instant;
use marquee::db::Stop;
use marquee::ids::{BookingId, PaymentId, SeatId, ShowId};
use marquee::payment::gateway::{Session, SessionLine, SessionRequest, SessionState};
use marquee::payment::payment::Payment;
use marquee::payment::refund::{self, Attempt, Refund};
use marquee::sale::SalePolicy;
use marquee::sale::cancel_paid::{CancelPaidRefusal, cancel_paid};
use marquee::sale::checkout::checkout;
use marquee::sale::settle;
use marquee::sale::start_payment::{StartRefusal, start_payment};
use serde_json::json;
use sha2::Sha256;
use std::fmt::Display;

/// A booking whose payment has started.
#[derive(Clone, Debug)]
pub struct Started {
    pub booking: BookingId,
    pub reference: String,
    pub payment: PaymentId,
    /// Minor units, in rupees.
    pub amount: i64,
    pub lock_expires_at: Instant,
}

/// Holds seats for a new visitor and starts a payment of which no gateway hears.
pub fn start_paying(conn: &mut PgConnection, show: ShowId, seats: &[SeatId]) -> Started {
    let booking = hold_with_contact(conn, show, seats);
    start_payment_of(conn, booking)
}

/// Holds seats for a new visitor who says who they are: ready to pay.
pub fn hold_with_contact(conn: &mut PgConnection, show: ShowId, seats: &[SeatId]) -> BookingId {
    let reference = try_hold(conn, show, seats).unwrap().reference;
    let held = booking::find(conn, &reference).unwrap().unwrap();
    let contact = Contact { name: Some("Asha Rao".into()), email: Some("asha@example.com".into()), phone: None };
    refused(checkout(conn, held.id, &contact, &[])).unwrap();
    held.id
}

/// Starts a payment, or finds the open one, of which no gateway hears.
pub fn start_payment_of(conn: &mut PgConnection, booking: BookingId) -> Started {
    let payment = refused(try_start(conn, booking)).unwrap();
    let Booking { reference, lock_expires_at, .. } = row(conn, booking);
    Started { booking, reference, payment: payment.id, amount: payment.amount, lock_expires_at }
}

/// A booking's row as it is.
pub fn row(conn: &mut PgConnection, booking: BookingId) -> Booking {
    use marquee::schema::bookings;
    bookings::table.find(booking).select(Booking::as_select()).first(conn).unwrap()
}

/// As the Pay button does, under the default policy.
pub fn try_start(conn: &mut PgConnection, booking: BookingId) -> Result<Payment, Stop<StartRefusal>> {
    start_payment(conn, booking, &SalePolicy::default(), session_terms, &author())
}

/// Starts another payment of a booking whose first one has ended.
pub fn start_paying_again(conn: &mut PgConnection, started: &Started) -> Started {
    start_payment_of(conn, started.booking)
}

/// What a session of any booking is asked for.
pub fn session_terms(payment: PaymentId, booking: &Booking, quote: &Quote, now: Instant) -> SessionRequest {
    SessionRequest {
        payment,
        currency: booking.currency.clone(),
        lines: vec![SessionLine { name: "Tickets".into(), unit_amount: quote.total, quantity: 1 }],
        customer_email: "asha@example.com".into(),
        success_url: "http://localhost/".into(),
        cancel_url: "http://localhost/".into(),
        expires_at: now.timestamp() + 3600,
    }
}

/// What the row of a booking says.
pub fn status(conn: &mut PgConnection, reference: &str) -> BookingStatus {
    booking::find(conn, reference).unwrap().unwrap().status
}

/// The gateway says that it has the money.
pub fn settle(conn: &mut PgConnection, started: &Started) {
    let event = format!("evt_{}", started.payment);
    let body = paid_event(&event, started.payment, started.amount, "inr");
    refused(settle::receive(conn, &event, "checkout.session.completed", &body)).unwrap();
    refused(settle::process(conn, &event, &author())).unwrap();
}

/// The customer gives a paid booking back, for what is quoted now. Minor units.
pub fn give_back(conn: &mut PgConnection, started: &Started) -> i64 {
    let quoted = match refused(cancel_paid(conn, started.booking, -1, &author())) {
        Err(CancelPaidRefusal::QuoteChanged(quoted)) => quoted,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(cancel_paid(conn, started.booking, quoted.amount, &author())), Ok(quoted));
    quoted.amount
}

/// The row of the late-money table that a payment met.
pub fn outcome(conn: &mut PgConnection, started: &Started) -> String {
    use marquee::schema::payments;
    let told = payments::table.find(started.payment).select(payments::outcome);
    told.first::<Option<String>>(conn).unwrap().unwrap()
}

/// A booking that is paid for at the gateway.
pub fn paid_booking(conn: &mut PgConnection, show: ShowId, seats: &[SeatId]) -> Started {
    let started = start_paying(conn, show, seats);
    settle(conn, &started);
    assert_eq!(outcome(conn, &started), "confirm");
    started
}

/// The one refund of a booking.
pub fn the_refund(conn: &mut PgConnection, booking: BookingId) -> Refund {
    let refunds = refund::of_booking(conn, booking).unwrap();
    let [refund] = refunds.as_slice() else { panic!("not one refund: {refunds:?}") };
    refund.clone()
}

/// The attempt that a refund is at.
pub fn attempt(refund: &Refund) -> Attempt {
    Attempt { refund: refund.id, number: refund.life.attempt }
}

/// An event about a refund, marked as one of our attempts.
pub fn refund_event(id: &str, kind: &str, marked: impl Display, gateway_id: &str, status: &str) -> String {
    let object = json!({
        "id": gateway_id, "object": "refund", "status": status, "metadata": { "refund": marked.to_string() },
        "amount": 1, "currency": "inr", "payment_intent": "pi_1", "charge": "ch_1",
    });
    json!({ "id": id, "object": "event", "type": kind, "data": { "object": object } }).to_string()
}

/// The event that tells of a paid session.
pub fn paid_event(id: &str, payment: PaymentId, amount: i64, currency: &str) -> String {
    session_event(id, "checkout.session.completed", payment, json!({ "amount_total": amount, "currency": currency }))
}

/// An event about a session of one of our payments; `more` are further fields of the session.
pub fn session_event(id: &str, kind: &str, payment: PaymentId, more: serde_json::Value) -> String {
    let mut session = json!({
        "id": format!("cs_test_{payment}"), "object": "checkout.session", "client_reference_id": payment,
        "metadata": { "payment_id": payment }, "payment_status": "paid", "payment_intent": format!("pi_{payment}"),
    });
    for (name, value) in more.as_object().unwrap() {
        session[name] = value.clone();
    }
    json!({ "id": id, "object": "event", "type": kind, "data": { "object": session } }).to_string()
}

/// A closed session of one of our payments, as the gateway tells it when it is asked.
pub fn session(payment: PaymentId, state: SessionState) -> Session {
    let id = format!("cs_test_{payment}");
    Session { id, payment: Some(payment), url: None, state, opened_at: Instant::UNIX_EPOCH }
}

/// The `Stripe-Signature` of a body that was sent at `time` (unix seconds).
pub fn signature(secret: &str, time: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes()))
}
