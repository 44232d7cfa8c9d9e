//! What a customer who cancels gets back, as promised when the sum was frozen (`docs/architecture.md`, "Refunds").

use super::quote::Quote;
use crate::clock::Instant;
use crate::money::percent_of;
use chrono::Duration;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Jsonb;
use serde::{Deserialize, Serialize};

/// The house's steps, the earliest first: the first that a cancellation is in time for says how much comes back. The
/// convenience fee is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
#[serde(transparent)]
pub struct RefundPolicy(pub [RefundStep; 2]);

/// Up to so many minutes before the start, so many percent of the price of the seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundStep {
    pub minutes_before: i64,
    pub percent: i64,
}

impl Default for RefundPolicy {
    /// As the large Indian ticket sites do: 75 % until two hours before the start, half until twenty minutes before.
    fn default() -> Self {
        Self([RefundStep { minutes_before: 120, percent: 75 }, RefundStep { minutes_before: 20, percent: 50 }])
    }
}

/// What comes back, in minor units of the booking's currency. Quoted before the customer agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundQuote {
    /// Of the price of the seats.
    pub percent: i64,
    pub amount: i64,
    /// What the house keeps of what was paid: the rest of the seats' price, and the fee with its tax.
    pub kept: i64,
    /// Until then the quote stands.
    pub until: Instant,
}

impl RefundPolicy {
    /// What a cancellation at `now` gives back; none when it is too late, or nothing would come back.
    pub fn quote(&self, paid: &Quote, starts_at: Instant, now: Instant) -> Option<RefundQuote> {
        let until = |step: &RefundStep| starts_at - Duration::minutes(step.minutes_before);
        let step = self.0.iter().find(|step| now <= until(step))?;
        let amount = percent_of(paid.seats, step.percent);
        let quote = RefundQuote { percent: step.percent, amount, kept: paid.total - amount, until: until(step) };
        (amount > 0).then_some(quote)
    }

    /// The last instant at which anything comes back; none when nothing ever does.
    pub fn ends_at(&self, starts_at: Instant) -> Option<Instant> {
        let last = self.0.iter().rfind(|step| step.percent > 0)?;
        Some(starts_at - Duration::minutes(last.minutes_before))
    }

    /// What bookings were promised before there was a policy.
    pub fn none() -> Self {
        Self(Self::default().0.map(|step| RefundStep { percent: 0, ..step }))
    }

    /// Whether it gives less the later it is, and never more than all.
    pub fn is_consistent(&self) -> bool {
        let [early, late] = self.0;
        early.minutes_before > late.minutes_before && early.percent >= late.percent
    }
}

impl FromSql<Jsonb, Pg> for RefundPolicy {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(serde_json::from_value(<serde_json::Value as FromSql<Jsonb, Pg>>::from_sql(value)?)?)
    }
}

impl ToSql<Jsonb, Pg> for RefundPolicy {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let value = serde_json::to_value(self)?;
        <serde_json::Value as ToSql<Jsonb, Pg>>::to_sql(&value, &mut out.reborrow())
    }
}

#[cfg(test)]
#[path = "refund_policy_tests.rs"]
mod tests;
