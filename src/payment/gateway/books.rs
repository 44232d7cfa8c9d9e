//! The gateway's own books: its lists, newest first, a page at a time, and what it has under one charge.

use super::refunds::refund;
use super::{Gateway, GatewayError, Session, known, session};
use crate::payment::books::TheirRefund;
use crate::payment::inbox::{KINDS, Outline};
use stripe_checkout::checkout_session::ListCheckoutSession;
use stripe_core::event::ListEvent;
use stripe_core::refund::ListRefund;

/// As many as the gateway gives at once.
const PAGE: i64 = 100;

/// Part of a list.
pub struct Page<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Whether the list goes on.
    pub more: bool,
}

impl<T> Page<T> {
    /// One entry that cannot be read spoils the page: what is not known of may not pass for what is not there.
    fn of<S>(list: stripe_types::List<S>, read: impl Fn(S) -> Result<T, GatewayError>) -> Result<Self, GatewayError> {
        Ok(Self { items: list.data.into_iter().map(read).collect::<Result<_, _>>()?, more: list.has_more })
    }
}

/// An event as the gateway lists it: what its webhook would have brought.
pub struct Told {
    pub outline: Outline,
    pub body: String,
}

impl Gateway {
    /// Events of the kinds that mean something to us; after an id, those that are older.
    pub async fn events(&self, after: Option<&str>) -> Result<Page<Told>, GatewayError> {
        let mut list = ListEvent::new().limit(PAGE).types(KINDS.map(str::to_owned));
        if let Some(after) = after {
            list = list.starting_after(after);
        }
        Page::of(self.ask(list).await?, event)
    }

    /// Sessions; after an id, those that are older.
    pub async fn sessions(&self, after: Option<&str>) -> Result<Page<Session>, GatewayError> {
        let mut list = ListCheckoutSession::new().limit(PAGE);
        if let Some(after) = after {
            list = list.starting_after(after);
        }
        Page::of(self.ask(list).await?, session)
    }

    /// Refunds; after an id, those that are older.
    pub async fn refunds(&self, after: Option<&str>) -> Result<Page<TheirRefund>, GatewayError> {
        let mut list = ListRefund::new().limit(PAGE);
        if let Some(after) = after {
            list = list.starting_after(after);
        }
        Page::of(self.ask(list).await?, |told| Ok(refund(told)))
    }

    /// The refunds of one charge; its gateway gives at most a hundred.
    pub async fn refunds_of(&self, intent: &str) -> Result<Vec<TheirRefund>, GatewayError> {
        let told = known(self.ask(ListRefund::new().limit(PAGE).payment_intent(intent)).await)?;
        Ok(told.map(|list| list.data.into_iter().map(refund).collect()).unwrap_or_default())
    }

    /// The session that took the money of a charge, if the gateway knows of one.
    pub async fn session_of(&self, intent: &str) -> Result<Option<Session>, GatewayError> {
        let told = known(self.ask(ListCheckoutSession::new().limit(1).payment_intent(intent)).await)?;
        told.and_then(|list| list.data.into_iter().next()).map(session).transpose()
    }
}

fn event(told: stripe_shared::Event) -> Result<Told, GatewayError> {
    let body = serde_json::to_string(&told).map_err(|error| GatewayError::Away(error.to_string()))?;
    Ok(Told { outline: Outline { id: told.id.to_string(), kind: told.type_.to_string() }, body })
}
