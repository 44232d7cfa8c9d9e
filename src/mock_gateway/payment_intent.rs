//! Payment intents and charges: one intent per session, one charge per attempt to take the money.

use super::bank::Decline;
use super::ids;
use super::method::Method;
use super::schema::{charges, payment_intents};
use super::session::Session;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

text_enum! {
    pub enum Status {
        RequiresPaymentMethod = "requires_payment_method",
        RequiresAction = "requires_action",
        Processing = "processing",
        Succeeded = "succeeded",
        Canceled = "canceled",
    }
}

text_enum! {
    pub enum ChargeStatus { Succeeded = "succeeded", Pending = "pending", Failed = "failed" }
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = payment_intents)]
pub struct Intent {
    pub id: String,
    pub checkout_session_id: String,
    pub status: Status,
    pub currency: String,
    /// Minor units, as is `amount_received`.
    pub amount: i64,
    pub amount_received: i64,
    pub metadata: Value,
    /// The slug of the card whose bank waits for the customer's word.
    pub confirming_card: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = charges)]
pub struct Charge {
    pub id: String,
    pub payment_intent_id: String,
    pub status: ChargeStatus,
    /// Minor units of the intent's currency.
    pub amount: i64,
    /// The slug of a [`Method`].
    pub method: String,
    pub failure_code: Option<String>,
    pub decline_code: Option<String>,
    pub failure_message: Option<String>,
    pub created_at: DateTime<Utc>,
    /// What went back or is on its way; a refund that failed does not count.
    pub amount_refunded: i64,
}

/// What came of an attempt to take the money.
#[derive(Debug, Clone, Copy)]
pub enum Attempt {
    Succeeded,
    Failed(Decline),
    Pending { settles_at: DateTime<Utc> },
}

/// The columns of a charge that tell what came of it. Nulls are written, as a pending charge's time must go.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = charges, treat_none_as_null = true)]
struct AttemptColumns {
    status: ChargeStatus,
    failure_code: Option<&'static str>,
    decline_code: Option<&'static str>,
    failure_message: Option<&'static str>,
    settles_at: Option<DateTime<Utc>>,
}

impl Attempt {
    fn columns(self) -> AttemptColumns {
        let (status, decline, settles_at) = match self {
            Attempt::Succeeded => (ChargeStatus::Succeeded, None, None),
            Attempt::Failed(decline) => (ChargeStatus::Failed, Some(decline), None),
            Attempt::Pending { settles_at } => (ChargeStatus::Pending, None, Some(settles_at)),
        };
        AttemptColumns {
            status,
            failure_code: decline.map(|decline| decline.code),
            decline_code: decline.and_then(|decline| decline.decline_code),
            failure_message: decline.map(|decline| decline.message),
            settles_at,
        }
    }
}

pub fn find(conn: &mut PgConnection, id: &str) -> QueryResult<Option<Intent>> {
    if !ids::plausible(id) {
        return Ok(None);
    }
    payment_intents::table.find(id).select(Intent::as_select()).first(conn).optional()
}

pub fn of_session(conn: &mut PgConnection, session_id: &str) -> QueryResult<Option<Intent>> {
    payment_intents::table
        .filter(payment_intents::checkout_session_id.eq(session_id))
        .select(Intent::as_select())
        .first(conn)
        .optional()
}

pub fn latest_charge(conn: &mut PgConnection, intent_id: &str) -> QueryResult<Option<Charge>> {
    charges::table
        .filter(charges::payment_intent_id.eq(intent_id))
        .order(charges::sequence.desc())
        .select(Charge::as_select())
        .first(conn)
        .optional()
}

pub fn find_charge(conn: &mut PgConnection, id: &str) -> QueryResult<Option<Charge>> {
    if !ids::plausible(id) {
        return Ok(None);
    }
    charges::table.find(id).select(Charge::as_select()).first(conn).optional()
}

/// Counts money that goes back (or, below zero, that came back to the merchant). The caller holds the session's lock.
pub fn add_refunded(conn: &mut PgConnection, charge: &Charge, amount: i64) -> QueryResult<Charge> {
    diesel::update(charges::table.find(&charge.id))
        .set(charges::amount_refunded.eq(charges::amount_refunded + amount))
        .returning(Charge::as_returning())
        .get_result(conn)
}

/// The session's intent, made on the first attempt to pay. The caller holds the session's lock.
pub fn of_session_or_new(conn: &mut PgConnection, session: &Session, now: DateTime<Utc>) -> QueryResult<Intent> {
    if let Some(intent) = of_session(conn, &session.id)? {
        return Ok(intent);
    }
    diesel::insert_into(payment_intents::table)
        .values((
            payment_intents::id.eq(ids::payment_intent()),
            payment_intents::checkout_session_id.eq(&session.id),
            payment_intents::status.eq(Status::RequiresPaymentMethod),
            payment_intents::currency.eq(&session.currency),
            payment_intents::amount.eq(session.amount_total),
            payment_intents::amount_received.eq(0),
            payment_intents::metadata.eq(&session.payment_intent_metadata),
            payment_intents::created_at.eq(now),
        ))
        .returning(Intent::as_returning())
        .get_result(conn)
}

/// Moves an intent that has taken no money yet. `Err(NotFound)` when it has, which under the session's lock is a bug.
fn change(
    conn: &mut PgConnection,
    id: &str,
    status: Status,
    amount_received: i64,
    confirming_card: Option<&str>,
) -> QueryResult<Intent> {
    let unsettled =
        payment_intents::status.eq_any([Status::RequiresPaymentMethod, Status::RequiresAction, Status::Processing]);
    diesel::update(payment_intents::table.find(id).filter(unsettled))
        .set((
            payment_intents::status.eq(status),
            payment_intents::amount_received.eq(amount_received),
            payment_intents::confirming_card.eq(confirming_card),
        ))
        .returning(Intent::as_returning())
        .get_result(conn)
}

/// The bank wants the customer to confirm before it answers.
pub fn ask_for_confirmation(conn: &mut PgConnection, intent: &Intent, method: Method) -> QueryResult<Intent> {
    change(conn, &intent.id, Status::RequiresAction, 0, Some(method.slug()))
}

/// The bank said yes: one charge, and its amount received, in minor units.
pub fn capture(
    conn: &mut PgConnection,
    intent: &Intent,
    method: Method,
    amount: i64,
    now: DateTime<Utc>,
) -> QueryResult<Intent> {
    insert_charge(conn, intent, method, amount, Attempt::Succeeded, now)?;
    change(conn, &intent.id, Status::Succeeded, amount, None)
}

/// The bank said no: the attempt is kept, and the intent waits for another way to pay.
pub fn decline(
    conn: &mut PgConnection,
    intent: &Intent,
    method: Method,
    decline: Decline,
    now: DateTime<Utc>,
) -> QueryResult<Intent> {
    insert_charge(conn, intent, method, intent.amount, Attempt::Failed(decline), now)?;
    change(conn, &intent.id, Status::RequiresPaymentMethod, 0, None)
}

/// The bank takes the charge on and answers at `settles_at`.
pub fn process(
    conn: &mut PgConnection,
    intent: &Intent,
    method: Method,
    settles_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Intent> {
    insert_charge(conn, intent, method, intent.amount, Attempt::Pending { settles_at }, now)?;
    change(conn, &intent.id, Status::Processing, 0, None)
}

/// The bank's later answer to a pending charge.
pub fn settle(conn: &mut PgConnection, intent: &Intent, charge: &Charge, attempt: Attempt) -> QueryResult<Intent> {
    diesel::update(charges::table.find(&charge.id).filter(charges::status.eq(ChargeStatus::Pending)))
        .set(&attempt.columns())
        .execute(conn)?;
    match attempt {
        Attempt::Succeeded => change(conn, &intent.id, Status::Succeeded, intent.amount, None),
        Attempt::Failed(_) => change(conn, &intent.id, Status::RequiresPaymentMethod, 0, None),
        Attempt::Pending { .. } => change(conn, &intent.id, Status::Processing, 0, None),
    }
}

/// The session is over before any money came.
pub fn cancel(conn: &mut PgConnection, intent: &Intent) -> QueryResult<Intent> {
    change(conn, &intent.id, Status::Canceled, 0, None)
}

fn insert_charge(
    conn: &mut PgConnection,
    intent: &Intent,
    method: Method,
    amount: i64,
    attempt: Attempt,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::insert_into(charges::table)
        .values((
            charges::id.eq(ids::charge()),
            charges::payment_intent_id.eq(&intent.id),
            charges::amount.eq(amount),
            charges::method.eq(method.slug()),
            charges::created_at.eq(now),
            charges::amount_refunded.eq(0),
            attempt.columns(),
        ))
        .execute(conn)
}
