//! The life of a booking: what may follow what. The writers in [`super::booking`] refuse by it and replay folds with it.

use super::BookingStatus;
use super::deadline::Deadline;
use super::refund_policy::RefundPolicy;
use crate::clock::Instant;
use crate::ids::{PaymentId, ShowId};
use crate::ledger::{Illegal, Recorded};
use crate::schema::bookings;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the ledger tells of a booking, under the names of its row's columns. Not told: who it is for (visitor, form,
/// contact), its reference, and the fee per ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = bookings, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct Life {
    #[diesel(skip_update)]
    pub show_id: ShowId,
    pub status: BookingStatus,
    #[diesel(skip_update)]
    pub created_at: Instant,
    pub pay_by: Instant,
    pub lock_expires_at: Instant,
    /// The show's.
    #[diesel(skip_update)]
    pub currency: String,
    /// Minor units.
    pub amount: Option<i64>,
    pub confirmed_at: Option<Instant>,
    pub cancelled_at: Option<Instant>,
    pub paid_by: Option<PaymentId>,
    /// Frozen with the sum.
    pub refund_policy: Option<RefundPolicy>,
    pub version: i32,
}

/// What happens to a booking after its hold. It expires without a step: by the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first payment start: the sum no longer changes.
    Freeze {
        amount: i64,
        refund_policy: RefundPolicy,
        deadline: Deadline,
    },
    Confirm {
        paid_by: PaymentId,
    },
    Cancel,
}

impl Life {
    /// When its locks end; only a created booking has locks that do.
    pub fn lock_end(&self) -> Option<Instant> {
        (self.status == BookingStatus::Created).then_some(self.lock_expires_at)
    }

    /// The booking as it is after a step at an instant.
    ///
    /// # Errors
    /// Refuses what may not follow.
    pub fn after(&self, step: &Step, at: Instant) -> Result<Self, Illegal> {
        use BookingStatus::{Cancelled, Confirmed, Created, Expired};
        let refused = |what: &str| Err(Illegal(format!("a booking that is {} may not be {what} then", self.status)));
        let mut next = Self { version: self.version + 1, ..self.clone() };
        match (step, self.status) {
            (Step::Freeze { amount, refund_policy, deadline }, Created)
                if self.amount.is_none() && at < self.lock_expires_at =>
            {
                (next.amount, next.refund_policy) = (Some(*amount), Some(*refund_policy));
                (next.pay_by, next.lock_expires_at) = (deadline.pay_by, deadline.lock_expires_at);
            }
            (Step::Confirm { paid_by }, Created | Expired) if self.amount.is_some() => {
                (next.status, next.confirmed_at, next.paid_by) = (Confirmed, Some(at), Some(*paid_by));
            }
            (Step::Cancel, Created | Confirmed) => {
                (next.status, next.cancelled_at) = (Cancelled, Some(at));
            }
            (Step::Freeze { .. }, _) => return refused("frozen"),
            (Step::Confirm { .. }, _) => return refused("confirmed"),
            (Step::Cancel, _) => return refused("cancelled"),
        }
        Ok(next)
    }

    /// A booking as its first ledger row tells it, for a show that sells in `currency`.
    ///
    /// # Errors
    /// When the row is not one that a hold writes.
    pub fn recorded(row: &Recorded, currency: &str) -> Result<Self, Illegal> {
        let HoldDetail { pay_by } = row.read_detail()?;
        match (row.show_id, BookingStatus::parse(&row.to_status), row.to_end) {
            (Some(show_id), Some(status @ BookingStatus::Created), Some(lock_expires_at)) => Ok(Self {
                show_id,
                status,
                created_at: row.at,
                pay_by,
                lock_expires_at,
                currency: currency.to_owned(),
                amount: None,
                confirmed_at: None,
                cancelled_at: None,
                paid_by: None,
                refund_policy: None,
                version: 1,
            }),
            _ => Err(Illegal(format!("no booking begins {}", row.to_status))),
        }
    }
}

/// What a booking's first ledger row tells beside its state. Written by `sale::taking`.
#[derive(Debug, Deserialize)]
pub struct HoldDetail {
    pub pay_by: Instant,
}

#[derive(Deserialize)]
struct FreezeDetail {
    amount: i64,
    pay_by: Instant,
    /// Not told of bookings from before there was one.
    #[serde(default = "RefundPolicy::none")]
    refund_policy: RefundPolicy,
}

#[derive(Deserialize)]
struct ConfirmDetail {
    paid_by: PaymentId,
}

impl Step {
    /// What the ledger row of this step tells beside the states.
    pub fn detail(&self, next: &Life) -> Value {
        match self {
            Self::Freeze { amount, refund_policy, .. } => json!({
                "amount": amount, "currency": next.currency, "pay_by": next.pay_by, "refund_policy": refund_policy,
            }),
            Self::Confirm { paid_by } => json!({ "paid_by": paid_by }),
            Self::Cancel => json!({}),
        }
    }

    /// The step that a ledger row tells.
    ///
    /// # Errors
    /// When the row is not one that a step writes.
    pub fn recorded(row: &Recorded) -> Result<Self, Illegal> {
        match (BookingStatus::parse(&row.to_status), row.to_end) {
            (Some(BookingStatus::Created), Some(lock_expires_at)) => {
                let FreezeDetail { amount, pay_by, refund_policy } = row.read_detail()?;
                Ok(Self::Freeze { amount, refund_policy, deadline: Deadline { pay_by, lock_expires_at } })
            }
            (Some(BookingStatus::Confirmed), _) => {
                let ConfirmDetail { paid_by } = row.read_detail()?;
                Ok(Self::Confirm { paid_by })
            }
            (Some(BookingStatus::Cancelled), _) => Ok(Self::Cancel),
            _ => Err(Illegal(format!("no step makes a booking {}", row.to_status))),
        }
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
