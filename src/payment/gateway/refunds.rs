//! Refunds at the gateway. An attempt is its own idempotency key, so that asking twice gives back once.

use super::{Gateway, GatewayError, answered};
use crate::payment::refund::{Attempt, Word};
use std::collections::HashMap;
use stripe::{IdempotencyKey, RequestStrategy, StripeRequest};
use stripe_core::refund::{CreateRefund, RetrieveRefund};

impl Gateway {
    /// Asks for money back, in minor units of the payment's currency; asking again for the same attempt finds the first
    /// one's refund.
    ///
    /// # Errors
    /// `Refused` when the gateway will not: there is nothing left to give back, or the payment cannot be refunded.
    pub async fn create_refund(&self, attempt: Attempt, intent: &str, amount: i64) -> Result<Word, GatewayError> {
        let key = IdempotencyKey::new(attempt.to_string())
            .map_err(|error| GatewayError::Misconfigured(error.to_string()))?;
        // One key only: the client writes the map in no fixed order, and a retry must send the same bytes.
        let metadata = HashMap::from([(Attempt::METADATA.to_owned(), attempt.to_string())]);
        let create = CreateRefund::new().payment_intent(intent).amount(amount).metadata(metadata);
        let send = async || {
            let call = create.customize().request_strategy(RequestStrategy::Idempotent(key.clone()));
            call.send(&self.client).await
        };
        Ok(word(answered(self.within, send).await?))
    }

    /// Asks how a refund stands.
    pub async fn retrieve_refund(&self, id: &str) -> Result<Word, GatewayError> {
        Ok(word(answered(self.within, async || RetrieveRefund::new(id).send(&self.client).await).await?))
    }
}

pub(super) fn word(told: stripe_shared::Refund) -> Word {
    Word::read(told.id.to_string(), told.status.as_deref(), told.failure_reason)
}
