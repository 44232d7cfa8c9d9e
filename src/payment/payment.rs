//! A payment's row and its transitions: one row for each session at the gateway or sale at the counter, never deleted.

use super::gateway::{Session, SessionRequest};
use super::life::{Life, Step};
use crate::clock::Instant;
use crate::db::expect_rows;
use crate::ids::{BookingId, PaymentId};
use crate::ledger::{self, Entry, Stamp};
use crate::money::Money;
use crate::schema::payments;
use diesel::prelude::*;
use serde_json::json;
use uuid::Uuid;

text_enum! {
    /// Facts only move forward: an expired or failed payment may still succeed.
    pub enum PaymentStatus { Started = "started", Succeeded = "succeeded", Expired = "expired", Failed = "failed" }
}

text_enum! {
    /// How the money comes.
    pub enum PaymentMethod { Gateway = "gateway", Counter = "counter" }
}

text_enum! {
    /// The row of the late-money table that a payment met (`sale::late_money`), decided once.
    pub enum Outcome {
        /// The money differs from what was asked.
        WrongAmount = "wrong_amount",
        /// Another payment had bought the booking already.
        AlreadyPaid = "already_paid",
        /// The booking or its show was cancelled, or the show is over.
        Cancelled = "cancelled",
        /// Every seat still ours: confirmed.
        Confirm = "confirm",
        /// The locks had lapsed but every seat is free: it can be taken again.
        TakeAgain = "take_again",
        /// Somebody else has a seat.
        SeatsLost = "seats_lost",
    }
}

impl PaymentId {
    /// The key of the gateway's metadata that a payment's id is written under.
    pub const METADATA: &str = "payment_id";

    /// The payment that the gateway's object was made for, by its metadata, else by its client reference. We write both,
    /// and on the payment intent too. Never by session id alone.
    pub fn named(metadata: Option<&String>, reference: Option<&String>) -> Option<Self> {
        metadata.or(reference).and_then(|text| Uuid::parse_str(text).ok()).map(Self)
    }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = payments, check_for_backend(diesel::pg::Pg))]
pub struct Payment {
    pub id: PaymentId,
    pub booking_id: BookingId,
    pub method: PaymentMethod,
    pub status: PaymentStatus,
    pub amount: i64,
    pub currency: String,
    pub create_params: serde_json::Value,
    pub session_id: Option<String>,
    pub session_url: Option<String>,
    pub started_at: Instant,
    pub succeeded_at: Option<Instant>,
    pub captured_amount: Option<i64>,
    pub captured_currency: Option<String>,
    pub payment_intent_id: Option<String>,
    pub outcome: Option<Outcome>,
    pub version: i32,
}

impl Payment {
    /// What the session was asked for; the same bytes at every retry.
    ///
    /// # Errors
    /// When the stored JSON is not a request of this version of the application.
    pub fn request(&self) -> Result<SessionRequest, serde_json::Error> {
        serde_json::from_value(self.create_params.clone())
    }

    /// What came, if it has.
    pub fn captured(&self) -> Option<Money> {
        Some(Money::new(self.captured_amount?, self.captured_currency.clone()?))
    }

    /// What of the row the ledger tells.
    pub fn life(&self) -> Life {
        Life {
            booking_id: self.booking_id,
            method: self.method,
            status: self.status,
            amount: self.amount,
            currency: self.currency.clone(),
            session_id: self.session_id.clone(),
            payment_intent_id: self.payment_intent_id.clone(),
            started_at: self.started_at,
            succeeded_at: self.succeeded_at,
            captured_amount: self.captured_amount,
            captured_currency: self.captured_currency.clone(),
            outcome: self.outcome,
            version: self.version,
        }
    }
}

/// The booking that a payment belongs to, read without a lock to learn where to lock from.
pub fn booking_of(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Option<BookingId>> {
    payments::table.find(id).select(payments::booking_id).first(conn).optional()
}

/// Locks a payment, after its booking.
pub fn lock(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Payment> {
    payments::table.find(id).for_no_key_update().select(Payment::as_select()).first(conn)
}

/// Locks payments of locked bookings, by id.
pub fn lock_all(conn: &mut PgConnection, ids: &[PaymentId]) -> QueryResult<Vec<Payment>> {
    payments::table
        .filter(payments::id.eq_any(ids))
        .order(payments::id)
        .for_no_key_update()
        .select(Payment::as_select())
        .load(conn)
}

/// Locks the booking's open payment, if it has one.
pub fn lock_open(conn: &mut PgConnection, booking: BookingId) -> QueryResult<Option<Payment>> {
    let open: Option<PaymentId> = payments::table
        .filter(payments::booking_id.eq(booking))
        .filter(payments::status.eq(PaymentStatus::Started))
        .select(payments::id)
        .first(conn)
        .optional()?;
    open.map(|id| lock(conn, id)).transpose()
}

/// Started payments whose booking is past its deadline or closed at `now`, but these, oldest first, without a lock.
pub fn overdue(conn: &mut PgConnection, now: Instant, but: &[PaymentId], most: i64) -> QueryResult<Vec<Payment>> {
    use crate::schema::bookings;
    payments::table
        .inner_join(bookings::table.on(bookings::id.eq(payments::booking_id)))
        // Written out, so that a kept plan uses the index of open payments.
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("payments.status = 'started'"))
        .filter(bookings::pay_by.lt(now).or(bookings::status.ne("created")))
        .filter(payments::id.ne_all(but))
        .order(payments::started_at)
        .limit(most)
        .select(Payment::as_select())
        .load(conn)
}

/// Whether any payment of a locked booking has brought money.
pub fn has_succeeded(conn: &mut PgConnection, booking: BookingId) -> QueryResult<bool> {
    let succeeded = payments::table
        .filter(payments::booking_id.eq(booking))
        .filter(payments::status.eq(PaymentStatus::Succeeded));
    diesel::select(diesel::dsl::exists(succeeded)).get_result(conn)
}

/// The booking's payments, oldest first, without a lock: for pages.
pub fn of_booking(conn: &mut PgConnection, booking: BookingId) -> QueryResult<Vec<Payment>> {
    payments::table
        .filter(payments::booking_id.eq(booking))
        .order((payments::started_at, payments::id))
        .select(Payment::as_select())
        .load(conn)
}

/// Writes a new payment, before the gateway hears of it.
pub fn start(
    conn: &mut PgConnection,
    id: PaymentId,
    booking: BookingId,
    amount: &Money,
    request: &SessionRequest,
    stamp: &Stamp,
) -> QueryResult<Payment> {
    let create_params =
        serde_json::to_value(request).map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    begin(conn, id, &Life::started(booking, amount, stamp.at), create_params, stamp)
}

/// Records money taken over the counter for a locked booking: born succeeded, and it confirms.
pub fn take_at_counter(
    conn: &mut PgConnection,
    booking: BookingId,
    amount: &Money,
    stamp: &Stamp,
) -> QueryResult<PaymentId> {
    let id = PaymentId(Uuid::now_v7());
    begin(conn, id, &Life::taken_at_counter(booking, amount, stamp.at), json!({}), stamp)?;
    Ok(id)
}

fn begin(
    conn: &mut PgConnection,
    id: PaymentId,
    life: &Life,
    create_params: serde_json::Value,
    stamp: &Stamp,
) -> QueryResult<Payment> {
    let payment = diesel::insert_into(payments::table)
        .values((payments::id.eq(id), life, payments::create_params.eq(create_params)))
        .returning(Payment::as_returning())
        .get_result(conn)?;
    ledger::write(conn, &[entry(id, None, life, life.first_detail(), stamp)])?;
    Ok(payment)
}

/// Notes the gateway's session on a locked payment. A repetition of the same session changes nothing.
pub fn note_session(conn: &mut PgConnection, payment: &Payment, session: &Session, stamp: &Stamp) -> QueryResult<()> {
    if payment.session_id.is_some() {
        return Ok(());
    }
    take_step(conn, payment, &Step::Session { id: session.id.clone() }, stamp)?;
    // Not in the ledger: the address opens the customer's own payment page.
    let rows =
        diesel::update(payments::table.find(payment.id)).set(payments::session_url.eq(&session.url)).execute(conn)?;
    expect_rows("session addresses noted", rows, 1)
}

/// Notes a declined card on a locked payment: an event inside an open session, not a state.
pub fn note_decline(
    conn: &mut PgConnection,
    payment: &Payment,
    reason: Option<&str>,
    stamp: &Stamp,
) -> QueryResult<()> {
    take_step(conn, payment, &Step::Decline { reason: reason.map(str::to_owned) }, stamp)
}

/// Closes a locked, started payment without money: its session expired or failed.
pub fn close(conn: &mut PgConnection, payment: &Payment, to: PaymentStatus, stamp: &Stamp) -> QueryResult<()> {
    take_step(conn, payment, &Step::Close { to }, stamp)
}

/// Records the money and the decision on a locked payment: its one transition to succeeded.
pub fn succeed(
    conn: &mut PgConnection,
    payment: &Payment,
    captured: &Money,
    intent: Option<&str>,
    outcome: Outcome,
    stamp: &Stamp,
) -> QueryResult<()> {
    let step = Step::Succeed { captured: captured.clone(), intent: intent.map(str::to_owned), outcome };
    take_step(conn, payment, &step, stamp)
}

/// Takes a step that [`Life::after`] allows: the row and its ledger row, from one transition.
fn take_step(conn: &mut PgConnection, payment: &Payment, step: &Step, stamp: &Stamp) -> QueryResult<()> {
    let life = payment.life();
    let next = life.after(step, stamp.at)?;
    let as_judged = payments::table.find(payment.id).filter(payments::version.eq(life.version));
    let rows = diesel::update(as_judged).set(&next).execute(conn)?;
    expect_rows("payments moved", rows, 1)?;
    ledger::write(conn, &[entry(payment.id, Some(life.status), &next, step.detail(), stamp)])
}

fn entry<'a>(
    id: PaymentId,
    from: Option<PaymentStatus>,
    to: &Life,
    detail: serde_json::Value,
    stamp: &'a Stamp,
) -> Entry<'a> {
    Entry {
        booking_id: Some(to.booking_id),
        payment_id: Some(id),
        detail,
        ..Entry::new("payment", to.version, from.map(PaymentStatus::as_str), to.status.as_str(), stamp)
    }
}
