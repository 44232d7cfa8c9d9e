//! The gateway's own books: its lists, newest first, a page at a time, and what it has under one name.

use super::refunds::word;
use super::{Gateway, GatewayError, Session, answered, session};
use crate::clock::Instant;
use crate::money::Money;
use crate::payment::books::{TheirRefund, TheirSession};
use crate::payment::inbox::{KINDS, Outline};
use crate::payment::refund::Attempt;
use stripe_checkout::CheckoutSession;
use stripe_checkout::checkout_session::{ListCheckoutSession, RetrieveCheckoutSession};
use stripe_core::event::ListEvent;
use stripe_core::refund::{ListRefund, RetrieveRefund};

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
    fn of<S>(list: stripe_types::List<S>, read: impl Fn(S) -> T) -> Self {
        Self { items: list.data.into_iter().map(read).collect(), more: list.has_more }
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
        let page = answered(self.within, async || list.send(&self.client).await).await?;
        let items = page.data.iter().map(|event| {
            let body = serde_json::to_string(event).map_err(|error| GatewayError::Away(error.to_string()))?;
            Ok(Told { outline: Outline { id: event.id.to_string(), kind: event.type_.to_string() }, body })
        });
        Ok(Page { items: items.collect::<Result<_, GatewayError>>()?, more: page.has_more })
    }

    /// Sessions; after an id, those that are older.
    pub async fn sessions(&self, after: Option<&str>) -> Result<Page<TheirSession>, GatewayError> {
        let mut list = ListCheckoutSession::new().limit(PAGE);
        if let Some(after) = after {
            list = list.starting_after(after);
        }
        Ok(Page::of(answered(self.within, async || list.send(&self.client).await).await?, their_session))
    }

    /// Refunds; after an id, those that are older.
    pub async fn refunds(&self, after: Option<&str>) -> Result<Page<TheirRefund>, GatewayError> {
        let mut list = ListRefund::new().limit(PAGE);
        if let Some(after) = after {
            list = list.starting_after(after);
        }
        Ok(Page::of(answered(self.within, async || list.send(&self.client).await).await?, their_refund))
    }

    /// The refunds of one charge; its gateway gives at most a hundred.
    pub async fn refunds_of(&self, intent: &str) -> Result<Vec<TheirRefund>, GatewayError> {
        let list = ListRefund::new().limit(PAGE).payment_intent(intent);
        let told = answered(self.within, async || list.send(&self.client).await).await;
        Ok(known(told)?.map(|list| Page::of(list, their_refund).items).unwrap_or_default())
    }

    /// The session that took the money of a charge, if the gateway knows of one.
    pub async fn session_of(&self, intent: &str) -> Result<Option<TheirSession>, GatewayError> {
        let list = ListCheckoutSession::new().limit(1).payment_intent(intent);
        let told = answered(self.within, async || list.send(&self.client).await).await;
        Ok(known(told)?.and_then(|list| list.data.into_iter().next()).map(their_session))
    }

    /// A session by its name, if the gateway knows it.
    pub async fn find_session(&self, id: &str) -> Result<Option<TheirSession>, GatewayError> {
        let told = answered(self.within, async || RetrieveCheckoutSession::new(id).send(&self.client).await).await;
        Ok(known(told)?.map(their_session))
    }

    /// A refund by its name, if the gateway knows it.
    pub async fn find_refund(&self, id: &str) -> Result<Option<TheirRefund>, GatewayError> {
        let told = answered(self.within, async || RetrieveRefund::new(id).send(&self.client).await).await;
        Ok(known(told)?.map(their_refund))
    }
}

/// A question by name that is refused is about nothing that there is.
fn known<T>(told: Result<T, GatewayError>) -> Result<Option<T>, GatewayError> {
    match told {
        Err(GatewayError::Refused(_)) => Ok(None),
        told => told.map(Some),
    }
}

fn their_session(told: CheckoutSession) -> TheirSession {
    let opened_at = instant(told.created);
    let Session { id, payment, state, .. } = session(told);
    TheirSession { id, payment, state, opened_at }
}

fn their_refund(told: stripe_shared::Refund) -> TheirRefund {
    let marked = told.metadata.as_ref().and_then(|metadata| metadata.get(Attempt::METADATA));
    TheirRefund {
        id: told.id.to_string(),
        attempt: marked.and_then(|text| Attempt::parse(text)),
        intent: told.payment_intent.as_ref().map(|intent| intent.id().to_string()),
        money: Money::new(told.amount, told.currency.to_string().to_uppercase()),
        asked_at: instant(told.created),
        word: word(told),
    }
}

/// A time that no calendar has is told as the oldest.
fn instant(seconds: i64) -> Instant {
    Instant::from_timestamp(seconds, 0).unwrap_or_default()
}
