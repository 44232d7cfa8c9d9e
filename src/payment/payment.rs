//! A payment's row and its transitions: one row for each session at the gateway or sale at the counter, never deleted.

use super::gateway::{Session, SessionRequest};
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

    fn entry<'a>(&self, to: PaymentStatus, stamp: &'a Stamp) -> Entry<'a> {
        Entry {
            booking_id: Some(self.booking_id),
            payment_id: Some(self.id),
            ..Entry::new("payment", self.version + 1, Some(self.status.as_str()), to.as_str(), stamp)
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
    let payment = diesel::insert_into(payments::table)
        .values((
            payments::id.eq(id),
            payments::booking_id.eq(booking),
            payments::method.eq(PaymentMethod::Gateway),
            payments::status.eq(PaymentStatus::Started),
            payments::amount.eq(amount.minor),
            payments::currency.eq(&amount.currency),
            payments::create_params.eq(create_params),
            payments::started_at.eq(stamp.at),
            payments::version.eq(1),
        ))
        .returning(Payment::as_returning())
        .get_result(conn)?;
    let entry = Entry {
        booking_id: Some(booking),
        payment_id: Some(id),
        detail: json!({ "amount": amount.minor, "currency": amount.currency }),
        ..Entry::new("payment", 1, None, PaymentStatus::Started.as_str(), stamp)
    };
    ledger::write(conn, &[entry])?;
    Ok(payment)
}

/// Records money taken over the counter for a locked booking: born succeeded, and it confirms.
pub fn take_at_counter(
    conn: &mut PgConnection,
    booking: BookingId,
    amount: &Money,
    stamp: &Stamp,
) -> QueryResult<PaymentId> {
    let id = PaymentId(Uuid::now_v7());
    diesel::insert_into(payments::table)
        .values((
            payments::id.eq(id),
            payments::booking_id.eq(booking),
            payments::method.eq(PaymentMethod::Counter),
            payments::status.eq(PaymentStatus::Succeeded),
            (payments::amount.eq(amount.minor), payments::currency.eq(&amount.currency)),
            payments::create_params.eq(json!({})),
            (payments::started_at.eq(stamp.at), payments::succeeded_at.eq(stamp.at)),
            (payments::captured_amount.eq(amount.minor), payments::captured_currency.eq(&amount.currency)),
            payments::outcome.eq(Outcome::Confirm),
            payments::version.eq(1),
        ))
        .execute(conn)?;
    let entry = Entry {
        booking_id: Some(booking),
        payment_id: Some(id),
        detail: json!({ "method": "counter", "captured": amount.minor, "currency": amount.currency, "outcome": "confirm" }),
        ..Entry::new("payment", 1, None, PaymentStatus::Succeeded.as_str(), stamp)
    };
    ledger::write(conn, &[entry])?;
    Ok(id)
}

/// Notes the gateway's session on a locked payment. A repetition of the same session changes nothing.
pub fn note_session(conn: &mut PgConnection, payment: &Payment, session: &Session, stamp: &Stamp) -> QueryResult<()> {
    if payment.session_id.is_some() {
        return Ok(());
    }
    let rows = diesel::update(payments::table.find(payment.id))
        .filter(payments::session_id.is_null())
        .set((
            payments::session_id.eq(&session.id),
            payments::session_url.eq(&session.url),
            payments::version.eq(payment.version + 1),
        ))
        .execute(conn)?;
    expect_rows("sessions noted", rows, 1)?;
    let entry = Entry { detail: json!({ "session": session.id }), ..payment.entry(payment.status, stamp) };
    ledger::write(conn, &[entry])
}

/// Notes a declined card on a locked payment: an event inside an open session, not a state.
pub fn note_decline(
    conn: &mut PgConnection,
    payment: &Payment,
    reason: Option<&str>,
    stamp: &Stamp,
) -> QueryResult<()> {
    let rows = diesel::update(payments::table.find(payment.id))
        .filter(payments::version.eq(payment.version))
        .set(payments::version.eq(payment.version + 1))
        .execute(conn)?;
    expect_rows("declines noted", rows, 1)?;
    let entry = Entry { detail: json!({ "declined": reason }), ..payment.entry(payment.status, stamp) };
    ledger::write(conn, &[entry])
}

/// Closes a locked, started payment without money: its session expired or failed.
pub fn close(conn: &mut PgConnection, payment: &Payment, to: PaymentStatus, stamp: &Stamp) -> QueryResult<()> {
    let rows = diesel::update(payments::table.find(payment.id))
        .filter(payments::status.eq(PaymentStatus::Started))
        .set((payments::status.eq(to), payments::version.eq(payment.version + 1)))
        .execute(conn)?;
    expect_rows("payments closed", rows, 1)?;
    ledger::write(conn, &[payment.entry(to, stamp)])
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
    let rows = diesel::update(payments::table.find(payment.id))
        .filter(payments::status.ne(PaymentStatus::Succeeded))
        .set((
            payments::status.eq(PaymentStatus::Succeeded),
            payments::succeeded_at.eq(stamp.at),
            payments::captured_amount.eq(captured.minor),
            payments::captured_currency.eq(&captured.currency),
            payments::payment_intent_id.eq(intent),
            payments::outcome.eq(outcome),
            payments::version.eq(payment.version + 1),
        ))
        .execute(conn)?;
    expect_rows("payments succeeded", rows, 1)?;
    let entry = Entry {
        detail: json!({ "captured": captured.minor, "currency": captured.currency, "outcome": outcome.as_str() }),
        ..payment.entry(PaymentStatus::Succeeded, stamp)
    };
    ledger::write(conn, &[entry])
}
