//! The life of a refund: what may follow what. The writers in [`super`] refuse by it and replay folds with it.

use super::{RefundCause, RefundStatus, Word};
use crate::clock::Instant;
use crate::ids::{BookingId, PaymentId};
use crate::ledger::{Illegal, Recorded};
use crate::money::Money;
use crate::schema::refunds;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Why a refund of money from the counter waits for a person from the start.
pub const TAKEN_AT_COUNTER: &str = "the money was taken over the counter";

/// What the ledger tells of a refund, under the names of its row's columns. Not told: when a worker tries next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = refunds, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct Life {
    #[diesel(skip_update)]
    pub payment_id: PaymentId,
    #[diesel(skip_update)]
    pub booking_id: BookingId,
    #[diesel(skip_update)]
    pub cause: RefundCause,
    pub status: RefundStatus,
    /// Minor units.
    #[diesel(skip_update)]
    pub amount: i64,
    #[diesel(skip_update)]
    pub currency: String,
    pub attempt: i32,
    pub gateway_id: Option<String>,
    pub failure: Option<String>,
    #[diesel(skip_update)]
    pub requested_at: Instant,
    pub ended_at: Option<Instant>,
    pub version: i32,
}

/// What happens to a refund after it was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The gateway has it and is working on it.
    Accept {
        gateway_id: String,
    },
    Succeed {
        gateway_id: String,
    },
    /// The gateway refused it, or took its word back later.
    Fail {
        gateway_id: Option<String>,
        reason: String,
    },
    /// Asked for again, as another attempt.
    Retry,
    /// Trying again by itself would not help.
    Escalate,
    /// Given back by other means.
    Settle,
}

impl Life {
    /// Money that the gateway is to give back.
    pub fn requested(payment: PaymentId, booking: BookingId, cause: RefundCause, sum: &Money, at: Instant) -> Self {
        Self {
            payment_id: payment,
            booking_id: booking,
            cause,
            status: RefundStatus::Requested,
            amount: sum.minor,
            currency: sum.currency.clone(),
            attempt: 1,
            gateway_id: None,
            failure: None,
            requested_at: at,
            ended_at: None,
            version: 1,
        }
    }

    /// Money that no gateway ever had: a person gives it back.
    pub fn owed_at_counter(
        payment: PaymentId,
        booking: BookingId,
        cause: RefundCause,
        sum: &Money,
        at: Instant,
    ) -> Self {
        Self {
            status: RefundStatus::NeedsAttention,
            failure: Some(TAKEN_AT_COUNTER.to_owned()),
            ..Self::requested(payment, booking, cause, sum, at)
        }
    }

    /// Whether this attempt is what the gateway calls so. Any name may be its, and none, until the gateway has told one:
    /// a gateway that has forgotten our key may have two refunds for one attempt.
    pub fn is_known_as(&self, gateway_id: Option<&str>) -> bool {
        self.gateway_id.is_none() || self.gateway_id.as_deref() == gateway_id
    }

    /// What the gateway's word about an attempt changes; none when it was known, or is about an attempt that is past or
    /// about another refund.
    pub fn hear(&self, attempt: i32, word: &Word) -> Option<Step> {
        use RefundStatus::{Requested, Succeeded};
        if attempt != self.attempt || !self.is_known_as(word.gateway_id()) {
            return None;
        }
        match (word, self.status) {
            (Word::Pending { gateway_id }, Requested) if self.gateway_id.is_none() => {
                Some(Step::Accept { gateway_id: gateway_id.clone() })
            }
            (Word::Succeeded { gateway_id }, Requested) => Some(Step::Succeed { gateway_id: gateway_id.clone() }),
            (Word::Failed { gateway_id, reason }, Requested | Succeeded) => {
                Some(Step::Fail { gateway_id: gateway_id.clone(), reason: reason.clone() })
            }
            _ => None,
        }
    }

    /// The refund as it is after a step at an instant.
    ///
    /// # Errors
    /// Refuses what may not follow.
    pub fn after(&self, step: &Step, at: Instant) -> Result<Self, Illegal> {
        use RefundStatus::{Failed, NeedsAttention, Requested, SettledByStaff, Succeeded};
        let next = Self { version: self.version + 1, ..self.clone() };
        match (step, self.status) {
            (Step::Accept { gateway_id }, Requested) if self.gateway_id.is_none() => {
                Ok(Self { gateway_id: Some(gateway_id.clone()), ..next })
            }
            (Step::Succeed { gateway_id }, Requested) if self.is_known_as(Some(gateway_id)) => {
                Ok(Self { status: Succeeded, gateway_id: Some(gateway_id.clone()), ended_at: Some(at), ..next })
            }
            (Step::Fail { gateway_id, reason }, Requested | Succeeded)
                if !reason.is_empty() && self.is_known_as(gateway_id.as_deref()) =>
            {
                let gateway_id = gateway_id.clone().or(next.gateway_id);
                Ok(Self { status: Failed, gateway_id, failure: Some(reason.clone()), ended_at: None, ..next })
            }
            (Step::Retry, Failed | NeedsAttention) => {
                Ok(Self { status: Requested, attempt: self.attempt + 1, gateway_id: None, failure: None, ..next })
            }
            (Step::Escalate, Failed) => Ok(Self { status: NeedsAttention, ..next }),
            (Step::Settle, NeedsAttention) => Ok(Self { status: SettledByStaff, ended_at: Some(at), ..next }),
            _ => Err(Illegal(format!("a refund that is {} may not {}", self.status, step.words()))),
        }
    }

    /// What the refund's first ledger row tells beside its state.
    pub fn first_detail(&self) -> Value {
        json!({ "cause": self.cause, "amount": self.amount, "currency": self.currency })
    }

    /// A refund as its first ledger row tells it.
    ///
    /// # Errors
    /// When the row is not one that a refund begins with.
    pub fn recorded(row: &Recorded) -> Result<Self, Illegal> {
        let FirstDetail { cause, amount, currency } = row.read_detail()?;
        let sum = Money::new(amount, currency);
        match (row.payment_id, row.booking_id, RefundStatus::parse(&row.to_status)) {
            (Some(payment), Some(booking), Some(RefundStatus::Requested)) => {
                Ok(Self::requested(payment, booking, cause, &sum, row.at))
            }
            (Some(payment), Some(booking), Some(RefundStatus::NeedsAttention)) => {
                Ok(Self::owed_at_counter(payment, booking, cause, &sum, row.at))
            }
            _ => Err(Illegal(format!("no refund begins {}", row.to_status))),
        }
    }
}

#[derive(Deserialize)]
struct FirstDetail {
    cause: RefundCause,
    amount: i64,
    currency: String,
}

#[derive(Deserialize)]
struct GatewayDetail {
    gateway_id: String,
}

#[derive(Deserialize)]
struct FailDetail {
    gateway_id: Option<String>,
    reason: String,
}

impl Step {
    fn words(&self) -> &'static str {
        match self {
            Self::Accept { .. } => "be accepted",
            Self::Succeed { .. } => "succeed",
            Self::Fail { .. } => "fail",
            Self::Retry => "be asked for again",
            Self::Escalate => "be left to a person",
            Self::Settle => "be settled by staff",
        }
    }

    /// What the ledger row of this step tells beside the states.
    pub fn detail(&self) -> Value {
        match self {
            Self::Accept { gateway_id } | Self::Succeed { gateway_id } => json!({ "gateway_id": gateway_id }),
            Self::Fail { gateway_id, reason } => json!({ "gateway_id": gateway_id, "reason": reason }),
            Self::Retry | Self::Escalate | Self::Settle => json!({}),
        }
    }

    /// The step that a ledger row tells: where it leads says which, but for a request that begins again.
    ///
    /// # Errors
    /// When the row is not one that a step writes.
    pub fn recorded(row: &Recorded) -> Result<Self, Illegal> {
        match RefundStatus::parse(&row.to_status) {
            Some(RefundStatus::Requested) if row.detail.get("gateway_id").is_some() => {
                let GatewayDetail { gateway_id } = row.read_detail()?;
                Ok(Self::Accept { gateway_id })
            }
            Some(RefundStatus::Requested) => Ok(Self::Retry),
            Some(RefundStatus::Succeeded) => {
                let GatewayDetail { gateway_id } = row.read_detail()?;
                Ok(Self::Succeed { gateway_id })
            }
            Some(RefundStatus::Failed) => {
                let FailDetail { gateway_id, reason } = row.read_detail()?;
                Ok(Self::Fail { gateway_id, reason })
            }
            Some(RefundStatus::NeedsAttention) => Ok(Self::Escalate),
            Some(RefundStatus::SettledByStaff) => Ok(Self::Settle),
            None => Err(Illegal(format!("no refund is ever {}", row.to_status))),
        }
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
