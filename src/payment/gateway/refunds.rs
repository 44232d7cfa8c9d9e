//! Refunds at the gateway. An attempt is its own idempotency key, so that asking twice gives back once.

use super::{Gateway, GatewayError, instant, marked};
use crate::money::Money;
use crate::payment::books::TheirRefund;
use crate::payment::refund::{Attempt, Word};
use stripe_core::refund::{CreateRefund, RetrieveRefund};

impl Gateway {
    /// Asks for money back, in minor units of the payment's currency; asking again for the same attempt finds the first
    /// one's refund.
    ///
    /// # Errors
    /// `Refused` when the gateway will not: there is nothing left to give back, or the payment cannot be refunded.
    pub async fn create_refund(
        &self,
        attempt: Attempt,
        intent: &str,
        amount: i64,
    ) -> Result<TheirRefund, GatewayError> {
        let metadata = marked(Attempt::METADATA, attempt);
        let create = CreateRefund::new().payment_intent(intent).amount(amount).metadata(metadata);
        Ok(refund(self.once(attempt, create).await?))
    }

    /// Asks how a refund stands.
    pub async fn retrieve_refund(&self, id: &str) -> Result<TheirRefund, GatewayError> {
        Ok(refund(self.ask(RetrieveRefund::new(id)).await?))
    }
}

pub(super) fn refund(told: stripe_shared::Refund) -> TheirRefund {
    let named = told.metadata.as_ref().and_then(|metadata| metadata.get(Attempt::METADATA));
    TheirRefund {
        id: told.id.to_string(),
        attempt: named.and_then(|text| Attempt::parse(text)),
        intent: told.payment_intent.as_ref().map(|intent| intent.id().to_string()),
        money: Money::new(told.amount, told.currency.to_string().to_uppercase()),
        asked_at: instant(told.created),
        word: Word::read(told.id.to_string(), told.status.as_deref(), told.failure_reason),
    }
}
