//! One call to the gateway: bounded in time, and sent again where sending it twice is sending it once.
//!
//! That is every call here: what creates has an idempotency key, what ends a session finds it ended, and the rest reads.

use super::{Gateway, GatewayError};
use std::fmt::Display;
use std::time::Duration;
use stripe::{IdempotencyKey, RequestStrategy, StripeError, StripeRequest};
use tokio::time::{sleep, timeout};

/// How often a call is sent in all when no answer comes, or none that can be read.
const TRIES: u32 = 3;
/// Before the second try; twice that before the third.
const PAUSE: Duration = Duration::from_millis(200);

impl Gateway {
    /// Asks what is the same however often it is asked.
    pub(super) async fn ask<R>(&self, request: R) -> Result<R::Output, GatewayError>
    where
        R: StripeRequest,
        R::Output: miniserde::Deserialize,
    {
        answered(self.within, async || request.customize().send(&self.client).await).await
    }

    /// Asks for something to be created, once under this key.
    pub(super) async fn once<R>(&self, key: impl Display, request: R) -> Result<R::Output, GatewayError>
    where
        R: StripeRequest,
        R::Output: miniserde::Deserialize,
    {
        let key =
            IdempotencyKey::new(key.to_string()).map_err(|error| GatewayError::Misconfigured(error.to_string()))?;
        let once = || request.customize().request_strategy(RequestStrategy::Idempotent(key.clone()));
        answered(self.within, async || once().send(&self.client).await).await
    }
}

/// A question by name that is refused is about nothing that there is.
///
/// # Errors
/// Every other one: whether there is such a thing is not known.
pub fn known<T>(told: Result<T, GatewayError>) -> Result<Option<T>, GatewayError> {
    match told {
        Err(GatewayError::Refused(_)) => Ok(None),
        told => told.map(Some),
    }
}

/// Sends until there is an answer, for so long in all. One try may take half of it, so that an answer that is lost can be
/// asked for again.
async fn answered<T>(within: Duration, send: impl AsyncFn() -> Result<T, StripeError>) -> Result<T, GatewayError> {
    let tries = async {
        let mut tried = 1;
        loop {
            let error = match timeout(within / 2, send()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => error,
                Err(_) => StripeError::Timeout,
            };
            // Another call with the same key is just being answered: that is no failed try.
            let in_use = matches!(error, StripeError::Stripe(_, 409));
            if !in_use && (tried == TRIES || !may_pass(&error)) {
                return Err(error.into());
            }
            sleep(PAUSE * tried).await;
            tried += u32::from(!in_use);
        }
    };
    let late = || GatewayError::Away(format!("no answer within {within:?}"));
    timeout(within, tries).await.unwrap_or_else(|_| Err(late()))
}

/// Whether another try may be answered better: a clear no stays a no.
fn may_pass(error: &StripeError) -> bool {
    match error {
        StripeError::Stripe(_, status) => *status == 429 || *status >= 500,
        StripeError::ConfigError(_) => false,
        // Cut off, too late, or no JSON: what stands between us and the gateway answers in HTML.
        StripeError::ClientError(_) | StripeError::Timeout | StripeError::JSONDeserialize(_) => true,
    }
}
