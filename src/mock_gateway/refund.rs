//! Refunds: money on its way back, each part of one charge.

use super::ids;
use super::payment_intent::Charge;
use super::schema::{charges, payment_intents, refunds};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

text_enum! {
    pub enum Status { Pending = "pending", Succeeded = "succeeded", Failed = "failed", Canceled = "canceled" }
}

text_enum! {
    /// Why the merchant gives money back, in its own words.
    pub enum Reason {
        Duplicate = "duplicate",
        Fraudulent = "fraudulent",
        RequestedByCustomer = "requested_by_customer",
    }
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = refunds)]
pub struct Refund {
    pub id: String,
    pub sequence: i64,
    pub charge_id: String,
    pub status: Status,
    /// Minor units of the charge's currency.
    pub amount: i64,
    pub reason: Option<Reason>,
    pub failure_reason: Option<String>,
    pub metadata: Value,
    /// What the bank will say at `next_status_at`, if it has not said its last word.
    pub next_status: Option<Status>,
    pub next_status_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// A refund to write: where it stands now, and what the bank will say of it later.
#[derive(Debug)]
pub struct NewRefund {
    pub amount: i64,
    pub reason: Option<Reason>,
    pub metadata: Value,
    pub status: Status,
    pub next: Option<(Status, DateTime<Utc>)>,
}

pub fn insert(conn: &mut PgConnection, charge: &Charge, new: NewRefund, now: DateTime<Utc>) -> QueryResult<Refund> {
    diesel::insert_into(refunds::table)
        .values((
            refunds::id.eq(ids::refund()),
            refunds::charge_id.eq(&charge.id),
            refunds::status.eq(new.status),
            refunds::amount.eq(new.amount),
            refunds::reason.eq(new.reason),
            refunds::metadata.eq(new.metadata),
            refunds::next_status.eq(new.next.map(|(status, _)| status)),
            refunds::next_status_at.eq(new.next.map(|(_, at)| at)),
            refunds::created_at.eq(now),
        ))
        .returning(Refund::as_returning())
        .get_result(conn)
}

pub fn find(conn: &mut PgConnection, id: &str) -> QueryResult<Option<Refund>> {
    if !ids::plausible(id) {
        return Ok(None);
    }
    refunds::table.find(id).select(Refund::as_select()).first(conn).optional()
}

/// The session whose lock guards the refund.
pub fn session_id(conn: &mut PgConnection, refund: &Refund) -> QueryResult<String> {
    charges::table
        .inner_join(payment_intents::table)
        .filter(charges::id.eq(&refund.charge_id))
        .select(payment_intents::checkout_session_id)
        .first(conn)
}

/// The ids of refunds of which the bank has something to say by `now`, the longest waiting first.
pub fn due(conn: &mut PgConnection, now: DateTime<Utc>, at_most: i64) -> QueryResult<Vec<String>> {
    refunds::table
        .filter(refunds::next_status_at.le(now))
        .order(refunds::next_status_at)
        .limit(at_most)
        .select(refunds::id)
        .load(conn)
}

/// Moves a refund on; nothing more is expected of it. The caller holds the session's lock and has read it since.
pub fn change(
    conn: &mut PgConnection,
    refund: &Refund,
    status: Status,
    failure_reason: Option<&str>,
) -> QueryResult<Refund> {
    diesel::update(refunds::table.find(&refund.id).filter(refunds::status.eq(refund.status)))
        .set((
            refunds::status.eq(status),
            refunds::failure_reason.eq(failure_reason),
            refunds::next_status.eq(None::<Status>),
            refunds::next_status_at.eq(None::<DateTime<Utc>>),
        ))
        .returning(Refund::as_returning())
        .get_result(conn)
}
