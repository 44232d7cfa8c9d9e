//! The ledger: an append-only history of every transition. Nothing reads it to decide a sale.

use crate::clock::Instant;
use crate::ids::{BookingId, PaymentId, PersonId, RefundId, RequestId, SeatId, ShowId, TicketId, VisitorId};
use crate::schema::ledger;
use diesel::prelude::*;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt;
use thiserror::Error;
use uuid::Uuid;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    Visitor(VisitorId),
    Staff(PersonId),
    /// A gateway event, by its id.
    Gateway(String),
    /// The application itself, by the name of the worker or command.
    System(Cow<'static, str>),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Visitor(id) => write!(f, "visitor:{id}"),
            Self::Staff(id) => write!(f, "staff:{id}"),
            Self::Gateway(event) => write!(f, "gateway:{event}"),
            Self::System(name) => write!(f, "system:{name}"),
        }
    }
}

impl Actor {
    /// The actor that [`Display`](fmt::Display) writes so; none for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        match kind {
            "visitor" => Uuid::parse_str(id).ok().map(|id| Self::Visitor(VisitorId(id))),
            "staff" => id.parse().ok().map(|id| Self::Staff(PersonId(id))),
            "gateway" => Some(Self::Gateway(id.to_owned())),
            "system" => Some(Self::System(id.to_owned().into())),
            _ => None,
        }
    }
}

/// Who acts and in which request: what a verb is told about its caller.
#[derive(Clone, Debug)]
pub struct Author {
    pub actor: Actor,
    pub request: RequestId,
}

impl Author {
    /// The application itself, in a turn of its own.
    pub fn system(name: &'static str) -> Self {
        Self { actor: Actor::System(name.into()), request: RequestId(Uuid::now_v7()) }
    }

    /// This author at one instant, for one reason: what every row of a transaction is stamped with.
    pub fn stamp(&self, at: Instant, cause: &'static str) -> Stamp {
        Stamp { at, cause, actor: self.actor.to_string(), request: self.request }
    }
}

/// When, who, in which request and why: equal on all ledger rows of a transaction.
#[derive(Clone, Debug)]
pub struct Stamp {
    pub at: Instant,
    pub cause: &'static str,
    pub actor: String,
    pub request: RequestId,
}

/// One transition of one entity. Show seats write theirs in the statement that moves them
/// (`seating::show_seat`), and a hold writes all of its own at once (`sale::taking`).
#[derive(Debug, Insertable)]
#[diesel(table_name = ledger)]
pub struct Entry<'a> {
    pub entity: &'static str,
    pub version: i32,
    pub from_status: Option<&'static str>,
    pub to_status: &'static str,
    pub show_id: Option<ShowId>,
    pub seat_id: Option<SeatId>,
    pub booking_id: Option<BookingId>,
    pub payment_id: Option<PaymentId>,
    pub refund_id: Option<RefundId>,
    pub ticket_id: Option<TicketId>,
    pub from_end: Option<Instant>,
    pub to_end: Option<Instant>,
    pub detail: serde_json::Value,
    pub at: Instant,
    pub cause: &'a str,
    pub actor: &'a str,
    pub request_id: RequestId,
}

impl<'a> Entry<'a> {
    /// A transition with no entity named yet: the caller names it with struct update syntax.
    pub fn new(
        entity: &'static str,
        version: i32,
        from: Option<&'static str>,
        to: &'static str,
        stamp: &'a Stamp,
    ) -> Self {
        Self {
            entity,
            version,
            from_status: from,
            to_status: to,
            show_id: None,
            seat_id: None,
            booking_id: None,
            payment_id: None,
            refund_id: None,
            ticket_id: None,
            from_end: None,
            to_end: None,
            detail: serde_json::json!({}),
            at: stamp.at,
            cause: stamp.cause,
            actor: &stamp.actor,
            request_id: stamp.request,
        }
    }
}

/// A row as it was recorded: what readers of history fold and tell.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = ledger, check_for_backend(diesel::pg::Pg))]
pub struct Recorded {
    pub id: i64,
    pub at: Instant,
    pub entity: String,
    pub show_id: Option<ShowId>,
    pub seat_id: Option<SeatId>,
    pub booking_id: Option<BookingId>,
    pub payment_id: Option<PaymentId>,
    pub refund_id: Option<RefundId>,
    pub ticket_id: Option<TicketId>,
    pub version: i32,
    pub from_status: Option<String>,
    pub to_status: String,
    pub from_owner: Option<BookingId>,
    pub to_owner: Option<BookingId>,
    pub from_end: Option<Instant>,
    pub to_end: Option<Instant>,
    pub actor: String,
    pub request_id: RequestId,
    pub cause: String,
    pub detail: serde_json::Value,
}

impl Recorded {
    /// The detail as its noun wrote it.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn read_detail<T: DeserializeOwned>(&self) -> Result<T, Illegal> {
        serde_json::from_value(self.detail.clone())
            .map_err(|error| Illegal(format!("its detail is unclear: {error}")))
    }
}

/// A transition that may not follow what was before it, in words. Each noun has one function that says what may follow
/// what: the writer refuses by it, and history is folded with it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Illegal(pub String);

/// Writers judge before they write, so this is a bug: the transaction ends with nothing written.
impl From<Illegal> for diesel::result::Error {
    fn from(illegal: Illegal) -> Self {
        tracing::error!(%illegal, "a transition that may not be");
        Self::RollbackTransaction
    }
}

/// Appends the transitions, in order.
pub fn write(conn: &mut PgConnection, entries: &[Entry<'_>]) -> QueryResult<()> {
    diesel::insert_into(ledger::table).values(entries).execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_read_as_it_was_written() {
        let actors = [
            Actor::Visitor(VisitorId(Uuid::from_u128(7))),
            Actor::Staff(PersonId(3)),
            Actor::Gateway("evt_1:2".to_owned()),
            Actor::System("seed".into()),
        ];
        for actor in actors {
            assert_eq!(Actor::parse(&actor.to_string()), Some(actor));
        }
        for text in ["", "visitor", "visitor:7", "staff:Meera", "stranger:7"] {
            assert_eq!(Actor::parse(text), None, "{text}");
        }
    }
}
