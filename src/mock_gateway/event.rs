//! Events: what happened, written in the transaction in which it happened, with one delivery per listening endpoint.

use super::schema::{deliveries, events};
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
    diesel::insert_into(events::table)
        .values((
            events::id.eq(&id),
            events::kind.eq(kind.as_str()),
            events::api_version.eq(API_VERSION),
            events::object.eq(object),
            events::request_id.eq(&origin.request_id),
            events::idempotency_key.eq(&origin.idempotency_key),
            events::created_at.eq(now),
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
