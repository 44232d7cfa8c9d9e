//! The inbox of the gateway's events. Stored is not done: an event is done when the transaction that applies its effect
//! marks it.

use super::refund::{Attempt, Word};
use crate::clock::Instant;
use crate::ids::PaymentId;
use crate::money::Money;
use crate::schema::gateway_events;
use diesel::prelude::*;
use serde::Deserialize;

text_enum! {
    /// What processing an event came to.
    pub enum Effect {
        Applied = "applied",
        /// The fact it tells was known already.
        Repeated = "repeated",
        /// Well signed, but not ours or of no interest.
        Ignored = "ignored",
        /// Well signed, but not to be read: the gateway is to be asked.
        Unreadable = "unreadable",
    }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = gateway_events, check_for_backend(diesel::pg::Pg))]
pub struct StoredEvent {
    pub id: String,
    pub kind: String,
    pub body: String,
    pub processed_at: Option<Instant>,
}

/// Stores a verified event; false when it was stored before.
pub fn store(conn: &mut PgConnection, id: &str, kind: &str, body: &str, at: Instant) -> QueryResult<bool> {
    let rows = diesel::insert_into(gateway_events::table)
        .values((
            gateway_events::id.eq(id),
            gateway_events::kind.eq(kind),
            gateway_events::body.eq(body),
            gateway_events::received_at.eq(at),
        ))
        .on_conflict(gateway_events::id)
        .do_nothing()
        .execute(conn)?;
    Ok(rows == 1)
}

/// Locks an event: the first lock of the transaction that applies it.
pub fn lock(conn: &mut PgConnection, id: &str) -> QueryResult<Option<StoredEvent>> {
    gateway_events::table.find(id).for_update().select(StoredEvent::as_select()).first(conn).optional()
}

/// Finds an event, without a lock.
pub fn find(conn: &mut PgConnection, id: &str) -> QueryResult<Option<StoredEvent>> {
    gateway_events::table.find(id).select(StoredEvent::as_select()).first(conn).optional()
}

/// Which of these events are stored.
pub fn stored(conn: &mut PgConnection, ids: &[String]) -> QueryResult<Vec<String>> {
    gateway_events::table.filter(gateway_events::id.eq_any(ids)).select(gateway_events::id).load(conn)
}

/// Events that were received before an instant and are not done, the oldest first.
pub fn waiting(conn: &mut PgConnection, before: Instant) -> QueryResult<Vec<String>> {
    gateway_events::table
        .filter(gateway_events::processed_at.is_null())
        .filter(gateway_events::received_at.lt(before))
        .order(gateway_events::received_at)
        .limit(100)
        .select(gateway_events::id)
        .load(conn)
}

/// Marks a locked event as done.
pub fn mark(
    conn: &mut PgConnection,
    id: &str,
    effect: Effect,
    payment: Option<PaymentId>,
    at: Instant,
) -> QueryResult<()> {
    let rows = diesel::update(gateway_events::table.find(id))
        .filter(gateway_events::processed_at.is_null())
        .set((
            gateway_events::processed_at.eq(at),
            gateway_events::effect.eq(effect),
            gateway_events::payment_id.eq(payment),
        ))
        .execute(conn)?;
    crate::db::expect_rows("events marked", rows, 1)
}

/// The outline of an event that suffices to store it.
#[derive(Debug, Deserialize)]
pub struct Outline {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
}

/// What an event tells about a payment of ours, in the few fields that decide. Read leniently: fields that a newer
/// version of the gateway adds or drops elsewhere must not stop money from being recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    Paid { payment: PaymentId, captured: Money, intent: Option<String> },
    Expired { payment: PaymentId },
    Failed { payment: PaymentId },
    Declined { payment: PaymentId, reason: Option<String> },
}

impl Fact {
    pub fn payment(&self) -> PaymentId {
        match self {
            Self::Paid { payment, .. }
            | Self::Expired { payment }
            | Self::Failed { payment }
            | Self::Declined { payment, .. } => *payment,
        }
    }
}

/// What a stored event means to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    Fact(Fact),
    /// How an attempt of ours to give money back stands.
    Refund {
        attempt: Attempt,
        word: Word,
    },
    /// Of a kind or about an object that is not ours to act on.
    NotOurs,
    /// Ours, but a field that decides is missing.
    Unreadable,
}

/// The kinds that [`read`] makes something of: what to ask for, where all events can be had.
pub const KINDS: [&str; 8] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
    "refund.created",
    "refund.updated",
    "refund.failed",
];

/// What a session says of itself that has its money. Each of ours asks for some, so that none is paid by needing none.
pub const PAID: &str = "paid";

/// What a paid session took: minor units, and a currency's three letters in either case. None when it does not say.
pub fn captured(minor: Option<i64>, currency: Option<String>) -> Option<Money> {
    let minor = minor.filter(|minor| *minor >= 0)?;
    let currency = currency.filter(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()))?;
    Some(Money::new(minor, currency.to_uppercase()))
}

/// Reads the body of a verified event.
pub fn read(kind: &str, body: &str) -> Reading {
    if !KINDS.contains(&kind) {
        return Reading::NotOurs;
    }
    // PostgreSQL has no text with this character in it, and nothing that a gateway says has.
    if body.contains(r"\u0000") {
        return Reading::Unreadable;
    }
    let Ok(event) = serde_json::from_str::<EventBody>(body) else { return Reading::Unreadable };
    let object = event.data.object;
    if kind.starts_with("refund.") {
        return object.refund();
    }
    let Some(payment) = object.payment() else { return Reading::NotOurs };
    match kind {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => object.paid(payment),
        "checkout.session.expired" => Reading::Fact(Fact::Expired { payment }),
        "checkout.session.async_payment_failed" => Reading::Fact(Fact::Failed { payment }),
        "payment_intent.payment_failed" => {
            let reason = object.last_payment_error.and_then(|error| error.decline_code.or(error.code));
            Reading::Fact(Fact::Declined { payment, reason })
        }
        _ => Reading::NotOurs,
    }
}

/// The Checkout session that an event is about, for asking the gateway when the event itself cannot be read.
pub fn session_id(body: &str) -> Option<String> {
    let event: serde_json::Value = serde_json::from_str(body).ok()?;
    let id = event.pointer("/data/object/id")?.as_str()?;
    id.starts_with("cs_").then(|| id.to_owned())
}

#[derive(Deserialize)]
struct EventBody {
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: EventObject,
}

#[derive(Deserialize)]
struct EventObject {
    #[serde(default)]
    id: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    failure_reason: Option<String>,
    #[serde(default)]
    client_reference_id: Option<String>,
    #[serde(default)]
    metadata: Option<std::collections::HashMap<String, String>>,
    #[serde(default)]
    payment_status: Option<String>,
    #[serde(default)]
    amount_total: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    payment_intent: Option<Expandable>,
    #[serde(default)]
    last_payment_error: Option<PaymentError>,
}

#[derive(Deserialize)]
struct PaymentError {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    decline_code: Option<String>,
}

/// A linked object comes as its id, or whole.
#[derive(Deserialize)]
#[serde(untagged)]
enum Expandable {
    Id(String),
    Object { id: String },
}

impl EventObject {
    fn payment(&self) -> Option<PaymentId> {
        let named = self.metadata.as_ref().and_then(|metadata| metadata.get(PaymentId::METADATA));
        PaymentId::named(named, self.client_reference_id.as_ref())
    }

    fn refund(self) -> Reading {
        let marked = self.metadata.as_ref().and_then(|metadata| metadata.get(Attempt::METADATA));
        // Asked for by somebody at the gateway: the reconciler finds it.
        let Some(attempt) = marked.and_then(|text| Attempt::parse(text)) else { return Reading::NotOurs };
        if self.id.is_empty() || self.status.is_none() {
            return Reading::Unreadable;
        }
        Reading::Refund { attempt, word: Word::read(self.id, self.status.as_deref(), self.failure_reason) }
    }

    fn paid(self, payment: PaymentId) -> Reading {
        match self.payment_status.as_deref() {
            Some(PAID) => {}
            // A completed session whose money is still on its way; a later event tells the end.
            Some("unpaid") => return Reading::NotOurs,
            // Whatever does not say that it is paid confirms nothing.
            _ => return Reading::Unreadable,
        }
        let Some(captured) = captured(self.amount_total, self.currency) else { return Reading::Unreadable };
        let intent = self.payment_intent.map(|intent| match intent {
            Expandable::Id(id) | Expandable::Object { id } => id,
        });
        Reading::Fact(Fact::Paid { payment, captured, intent })
    }
}
