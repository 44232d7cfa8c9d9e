//! Events: what happened, written in the transaction in which it happened, with one delivery per listening endpoint.

use super::schema::{deliveries, events, payment_intents};
use super::{API_VERSION, ids};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamptz};
use serde_json::Value;

text_enum! {
    pub enum Kind {
        SessionCompleted = "checkout.session.completed",
        SessionPaidLater = "checkout.session.async_payment_succeeded",
        SessionFailedLater = "checkout.session.async_payment_failed",
        SessionExpired = "checkout.session.expired",
        PaymentProcessing = "payment_intent.processing",
        PaymentSucceeded = "payment_intent.succeeded",
        PaymentFailed = "payment_intent.payment_failed",
        ChargeRefunded = "charge.refunded",
        RefundCreated = "refund.created",
        RefundUpdated = "refund.updated",
        RefundFailed = "refund.failed",
    }
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = events)]
pub struct Event {
    pub id: String,
    pub sequence: i64,
    pub kind: String,
    pub api_version: String,
    pub object: Value,
    pub request_id: Option<String>,
    pub idempotency_key: Option<String>,
    pub created_at: DateTime<Utc>,
    pub checkout_session_id: Option<String>,
}

/// The API request that caused an event; empty when a customer or the clock did.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub request_id: Option<String>,
    pub idempotency_key: Option<String>,
}

/// Writes an event and its deliveries, due at once. They become visible with the change that they announce, or never.
pub fn record(
    conn: &mut PgConnection,
    kind: Kind,
    object: Value,
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let id = ids::event();
    let session_id = session_of(conn, &object)?;
    diesel::insert_into(events::table)
        .values((
            events::id.eq(&id),
            events::kind.eq(kind.as_str()),
            events::api_version.eq(API_VERSION),
            events::object.eq(object),
            events::request_id.eq(&origin.request_id),
            events::idempotency_key.eq(&origin.idempotency_key),
            events::created_at.eq(now),
            events::checkout_session_id.eq(session_id),
        ))
        .execute(conn)?;
    diesel::sql_query(
        "INSERT INTO deliveries (event_id, webhook_endpoint_id, attempts, next_attempt_at)
         SELECT $1, id, 0, $2 FROM webhook_endpoints
         WHERE status = 'enabled' AND enabled_events && ARRAY['*', $3]",
    )
    .bind::<Text, _>(&id)
    .bind::<Timestamptz, _>(now)
    .bind::<Text, _>(kind.as_str())
    .execute(conn)?;
    Ok(())
}

/// The session that an event's object belongs to: is it, or names its payment intent, or is that.
fn session_of(conn: &mut PgConnection, object: &Value) -> QueryResult<Option<String>> {
    let id = |name: &str| object[name].as_str().map(str::to_owned);
    let intent_id = match object["object"].as_str() {
        Some("checkout.session") => return Ok(id("id")),
        Some("payment_intent") => id("id"),
        _ => id("payment_intent"),
    };
    let Some(intent_id) = intent_id else { return Ok(None) };
    payment_intents::table.find(intent_id).select(payment_intents::checkout_session_id).first(conn).optional()
}

pub fn find(conn: &mut PgConnection, id: &str) -> QueryResult<Option<Event>> {
    if !ids::plausible(id) {
        return Ok(None);
    }
    events::table.find(id).select(Event::as_select()).first(conn).optional()
}

/// How many endpoints have yet to answer an event with a 2xx.
pub fn pending_webhooks(conn: &mut PgConnection, id: &str) -> QueryResult<i64> {
    deliveries::table
        .filter(deliveries::event_id.eq(id).and(deliveries::delivered_at.is_null()))
        .count()
        .get_result(conn)
}
