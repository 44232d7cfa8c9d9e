//! The payment gateway, spoken to in Stripe's words through async-stripe. No database connection is in sight: a call may
//! take seconds, and none is made inside a transaction.

mod books;
mod call;
mod refunds;

use super::inbox::{self, PAID};
use crate::clock::Instant;
use crate::ids::PaymentId;
use crate::money::Money;
pub use books::{Page, Told};
pub use call::known;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Display;
use std::time::Duration;
use stripe::{ApiErrors, Client, ClientBuilder, StripeError};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionLineItemsPriceData,
    CreateCheckoutSessionPaymentIntentData, ExpireCheckoutSession, ProductData, RetrieveCheckoutSession,
};
use stripe_checkout::{CheckoutSession, CheckoutSessionMode, CheckoutSessionStatus};
use stripe_webhook::{Webhook, WebhookError};
use thiserror::Error;

/// Everything a session is created with. Stored with the payment, so that a retry sends the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRequest {
    /// Idempotency key, client reference, and metadata on session and payment intent.
    pub payment: PaymentId,
    pub currency: String,
    pub lines: Vec<SessionLine>,
    pub customer_email: String,
    pub success_url: String,
    pub cancel_url: String,
    /// Unix seconds; Stripe wants 30 minutes to 24 hours ahead.
    pub expires_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLine {
    pub name: String,
    /// Minor units.
    pub unit_amount: i64,
    pub quantity: u64,
}

impl SessionRequest {
    /// What the gateway will ask the customer for, in minor units.
    pub fn total(&self) -> i64 {
        self.lines.iter().map(|line| line.unit_amount * line.quantity as i64).sum()
    }

    fn to_stripe(&self) -> Result<CreateCheckoutSession, GatewayError> {
        let currency: stripe_types::Currency =
            self.currency.to_lowercase().parse().map_err(|_| GatewayError::Misconfigured(self.currency.clone()))?;
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(|line| {
                let mut price = CreateCheckoutSessionLineItemsPriceData::new(currency.clone());
                price.unit_amount = Some(line.unit_amount);
                price.product_data = Some(ProductData::new(line.name.clone()));
                let mut item = CreateCheckoutSessionLineItems::new();
                item.quantity = Some(line.quantity);
                item.price_data = Some(price);
                item
            })
            .collect();
        let metadata = marked(PaymentId::METADATA, self.payment);
        let mut intent = CreateCheckoutSessionPaymentIntentData::new();
        intent.metadata = Some(metadata.clone());
        Ok(CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Payment)
            .line_items(lines)
            .client_reference_id(self.payment.to_string())
            .customer_email(self.customer_email.clone())
            .metadata(metadata)
            .payment_intent_data(intent)
            .success_url(self.success_url.clone())
            .cancel_url(self.cancel_url.clone())
            .expires_at(self.expires_at))
    }
}

/// Metadata of one key only: the client writes the map in no fixed order, and a retry must send the same bytes.
fn marked(key: &str, name: impl Display) -> HashMap<String, String> {
    HashMap::from([(key.to_owned(), name.to_string())])
}

/// A session as the gateway tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    /// Our payment, if the session was opened for one of ours.
    pub payment: Option<PaymentId>,
    /// Where the customer pays; none once the session is closed.
    pub url: Option<String>,
    pub state: SessionState,
    pub opened_at: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    Open,
    /// Submitted, its money still on the way.
    Processing,
    Paid {
        captured: Money,
        intent: Option<String>,
    },
    Expired,
}

impl Session {
    /// What it took, and by which charge.
    pub fn paid(&self) -> Option<(&Money, Option<&str>)> {
        match &self.state {
            SessionState::Paid { captured, intent } => Some((captured, intent.as_deref())),
            SessionState::Open | SessionState::Processing | SessionState::Expired => None,
        }
    }
}

#[derive(Debug, Error)]
pub enum GatewayError {
    /// No answer, or none that can be trusted: what was asked may or may not have happened.
    #[error("the payment gateway did not answer: {0}")]
    Away(String),
    /// A clear no.
    #[error("the payment gateway refused: {0}")]
    Refused(String),
    #[error("the payment gateway is set up wrongly: {0}")]
    Misconfigured(String),
}

impl From<StripeError> for GatewayError {
    fn from(error: StripeError) -> Self {
        match error {
            // It says no to us, whatever we ask: no word about what was asked for.
            StripeError::Stripe(why, status @ (401 | 403)) => Self::Misconfigured(said(*why, status)),
            StripeError::Stripe(why, status) if status < 500 && status != 409 && status != 429 => {
                Self::Refused(said(*why, status))
            }
            StripeError::ConfigError(why) => Self::Misconfigured(why),
            other => Self::Away(other.to_string()),
        }
    }
}

fn said(why: ApiErrors, status: u16) -> String {
    why.message.unwrap_or_else(|| format!("status {status}"))
}

/// Why a webhook's signature does not hold.
#[derive(Debug, Error)]
#[error("the signature does not hold: {0}")]
pub struct BadSignature(String);

/// The gateway's client and the secrets its webhooks are signed with.
#[derive(Clone)]
pub struct Gateway {
    client: Client,
    webhook_secrets: Vec<String>,
    within: Duration,
}

impl Gateway {
    /// A gateway whose calls end `within` a time, all tries included: the client has no bound of its own.
    ///
    /// # Errors
    /// When the URL or the key cannot be used in a request.
    pub fn new(
        api_url: &str,
        secret_key: &str,
        webhook_secrets: Vec<String>,
        within: Duration,
    ) -> Result<Self, GatewayError> {
        // The client joins its paths without a slash.
        let url = format!("{}/", api_url.trim_end_matches('/'));
        let client = ClientBuilder::new(secret_key).url(url).build()?;
        Ok(Self { client, webhook_secrets, within })
    }

    /// Creates the session, or returns the one that an earlier call with the same payment created.
    pub async fn create_session(&self, request: &SessionRequest) -> Result<Session, GatewayError> {
        session(self.once(request.payment, request.to_stripe()?).await?)
    }

    /// Asks how a session stands.
    pub async fn retrieve_session(&self, id: &str) -> Result<Session, GatewayError> {
        session(self.ask(RetrieveCheckoutSession::new(id)).await?)
    }

    /// Ends an open session early, so that it takes no more money.
    ///
    /// # Errors
    /// `Refused` when it is no longer open.
    pub async fn expire_session(&self, id: &str) -> Result<Session, GatewayError> {
        session(self.ask(ExpireCheckoutSession::new(id)).await?)
    }

    /// Checks a webhook's signature and its time (300 s either way) against each secret: two are valid while they rotate.
    pub fn verify(&self, body: &str, signature: &str) -> Result<(), BadSignature> {
        let mut refusal = BadSignature("no webhook secret is configured".to_owned());
        for secret in &self.webhook_secrets {
            match Webhook::construct_event(body, signature, secret) {
                // Parsing comes after a good signature; a strict parser's complaint is no reason to refuse the event.
                Ok(_) | Err(WebhookError::BadParse(_)) => return Ok(()),
                Err(error) => refusal = BadSignature(error.to_string()),
            }
        }
        Err(refusal)
    }
}

/// Reads a session. One that is paid and does not say how much is no answer: nobody may decide about a sum made up here.
fn session(told: CheckoutSession) -> Result<Session, GatewayError> {
    let state = match (told.payment_status.as_str(), told.status) {
        (PAID, _) => {
            let currency = told.currency.map(|currency| currency.to_string());
            let captured = inbox::captured(told.amount_total, currency)
                .ok_or_else(|| GatewayError::Away(format!("{}: a paid session without a sum", told.id)))?;
            SessionState::Paid { captured, intent: told.payment_intent.map(|intent| intent.id().to_string()) }
        }
        (_, Some(CheckoutSessionStatus::Expired)) => SessionState::Expired,
        (_, Some(CheckoutSessionStatus::Complete)) => SessionState::Processing,
        _ => SessionState::Open,
    };
    let named = told.metadata.as_ref().and_then(|metadata| metadata.get(PaymentId::METADATA));
    Ok(Session {
        id: told.id.to_string(),
        payment: PaymentId::named(named, told.client_reference_id.as_ref()),
        url: told.url,
        state,
        opened_at: instant(told.created),
    })
}

/// A time that no calendar has is told as the oldest.
fn instant(seconds: i64) -> Instant {
    Instant::from_timestamp(seconds, 0).unwrap_or_default()
}
