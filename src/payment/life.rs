//! The life of a payment: what may follow what. The writers in [`super::payment`] refuse by it and replay folds with it.

use super::{Outcome, PaymentMethod, PaymentStatus};
use crate::clock::Instant;
use crate::ids::BookingId;
use crate::ledger::{Illegal, Recorded};
use crate::money::Money;
use crate::schema::payments;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the ledger tells of a payment, under the names of its row's columns. Not told: what the session was asked for,
/// which names the customer, and the address of the customer's payment page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payments, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct Life {
    #[diesel(skip_update)]
    pub booking_id: BookingId,
    #[diesel(skip_update)]
    pub method: PaymentMethod,
    pub status: PaymentStatus,
    /// Minor units; what was asked for.
    #[diesel(skip_update)]
    pub amount: i64,
    #[diesel(skip_update)]
    pub currency: String,
    pub session_id: Option<String>,
    pub payment_intent_id: Option<String>,
    #[diesel(skip_update)]
    pub started_at: Instant,
    pub succeeded_at: Option<Instant>,
    /// Minor units of `captured_currency`; what came.
    pub captured_amount: Option<i64>,
    pub captured_currency: Option<String>,
    pub outcome: Option<Outcome>,
    pub version: i32,
}

/// What happens to a payment after it has started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The gateway opened a session.
    Session {
        id: String,
    },
    /// A card was declined; the session goes on.
    Decline {
        reason: Option<String>,
    },
    /// The session ended without money: `to` is expired or failed.
    Close {
        to: PaymentStatus,
    },
    Succeed {
        captured: Money,
        intent: Option<String>,
        outcome: Outcome,
    },
}

impl Life {
    /// A payment of which the gateway will hear.
    pub fn started(booking: BookingId, amount: &Money, at: Instant) -> Self {
        Self {
            booking_id: booking,
            method: PaymentMethod::Gateway,
            status: PaymentStatus::Started,
            amount: amount.minor,
            currency: amount.currency.clone(),
            session_id: None,
            payment_intent_id: None,
            started_at: at,
            succeeded_at: None,
            captured_amount: None,
            captured_currency: None,
            outcome: None,
            version: 1,
        }
    }

    /// Money in the drawer.
    pub fn taken_at_counter(booking: BookingId, amount: &Money, at: Instant) -> Self {
        Self {
            method: PaymentMethod::Counter,
            ..Self::started(booking, amount, at).captured(amount.clone(), Outcome::Confirm, at)
        }
    }

    fn captured(self, captured: Money, outcome: Outcome, at: Instant) -> Self {
        Self {
            status: PaymentStatus::Succeeded,
            succeeded_at: Some(at),
            captured_amount: Some(captured.minor),
            captured_currency: Some(captured.currency),
            outcome: Some(outcome),
            ..self
        }
    }

    /// The payment as it is after a step at an instant.
    ///
    /// # Errors
    /// Refuses what may not follow: facts only move forward.
    pub fn after(&self, step: &Step, at: Instant) -> Result<Self, Illegal> {
        use PaymentStatus::{Expired, Failed, Started};
        let next = Self { version: self.version + 1, ..self.clone() };
        match (step, self.status) {
            (Step::Session { id }, _) if self.session_id.is_none() && self.method == PaymentMethod::Gateway => {
                Ok(Self { session_id: Some(id.clone()), ..next })
            }
            (Step::Decline { .. }, _) if self.method == PaymentMethod::Gateway => Ok(next),
            (Step::Close { to: to @ (Expired | Failed) }, Started) => Ok(Self { status: *to, ..next }),
            (Step::Succeed { captured, intent, outcome }, Started | Expired | Failed) => {
                Ok(Self { payment_intent_id: intent.clone(), ..next.captured(captured.clone(), *outcome, at) })
            }
            _ => Err(Illegal(format!("a {} payment that is {} may not {}", self.method, self.status, step.words()))),
        }
    }
}

#[derive(Deserialize)]
struct FirstDetail {
    method: PaymentMethod,
    amount: i64,
    currency: String,
}

#[derive(Deserialize)]
struct SucceedDetail {
    captured: i64,
    currency: String,
    outcome: Outcome,
    intent: Option<String>,
}

impl Life {
    /// What the payment's first ledger row tells beside its state.
    pub fn first_detail(&self) -> Value {
        let mut detail = json!({ "method": self.method, "amount": self.amount, "currency": self.currency });
        if let Some(outcome) = self.outcome {
            (detail["captured"], detail["outcome"]) = (json!(self.captured_amount), json!(outcome));
        }
        detail
    }

    /// A payment as its first ledger row tells it.
    ///
    /// # Errors
    /// When the row is not one that a payment begins with.
    pub fn recorded(row: &Recorded) -> Result<Self, Illegal> {
        let FirstDetail { method, amount, currency } = row.read_detail()?;
        let booking = row.booking_id.ok_or(Illegal("its booking is missing".to_owned()))?;
        let amount = Money::new(amount, currency);
        match (method, PaymentStatus::parse(&row.to_status)) {
            (PaymentMethod::Gateway, Some(PaymentStatus::Started)) => Ok(Self::started(booking, &amount, row.at)),
            (PaymentMethod::Counter, Some(PaymentStatus::Succeeded)) => {
                Ok(Self::taken_at_counter(booking, &amount, row.at))
            }
            _ => Err(Illegal(format!("no {method} payment begins {}", row.to_status))),
        }
    }
}

impl Step {
    fn words(&self) -> &'static str {
        match self {
            Self::Session { .. } => "get a session",
            Self::Decline { .. } => "have a card declined",
            Self::Close { .. } => "close",
            Self::Succeed { .. } => "succeed",
        }
    }

    /// What the ledger row of this step tells beside the states.
    pub fn detail(&self) -> Value {
        match self {
            Self::Session { id } => json!({ "session": id }),
            Self::Decline { reason } => json!({ "declined": reason }),
            Self::Close { .. } => json!({}),
            Self::Succeed { captured, intent, outcome } => json!({
                "captured": captured.minor, "currency": captured.currency, "outcome": outcome, "intent": intent,
            }),
        }
    }

    /// The step that a ledger row tells.
    ///
    /// # Errors
    /// When the row is not one that a step writes.
    pub fn recorded(row: &Recorded) -> Result<Self, Illegal> {
        let unknown = || Illegal(format!("no step makes a payment {}", row.to_status));
        let to = PaymentStatus::parse(&row.to_status).ok_or_else(unknown)?;
        if let Some(session) = row.detail.get("session") {
            return Ok(Self::Session { id: session.as_str().ok_or_else(unknown)?.to_owned() });
        }
        if let Some(reason) = row.detail.get("declined") {
            return Ok(Self::Decline { reason: reason.as_str().map(str::to_owned) });
        }
        if to != PaymentStatus::Succeeded {
            return Ok(Self::Close { to });
        }
        let SucceedDetail { captured, currency, outcome, intent } = row.read_detail()?;
        Ok(Self::Succeed { captured: Money::new(captured, currency), intent, outcome })
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
