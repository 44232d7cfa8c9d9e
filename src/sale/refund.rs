//! Refund: money that has no seats goes back. The refund's row is the outbox; what the gateway says of it is recorded
//! here, whoever heard it: the worker that asked, an event, or the reconciler.

use crate::accounts::staff_log::Staff;
use crate::booking::booking;
use crate::clock;
use crate::db::{Stop, transact};
use crate::fault;
use crate::ids::RefundId;
use crate::ledger::{Author, Stamp};
use crate::money::Money;
use crate::payment::case::{self, Subject};
use crate::payment::inbox::Effect;
use crate::payment::refund::life::Step;
use crate::payment::refund::{self, Attempt, Job, Refund, RefundStatus, Word};
use crate::payment::{Payment, PaymentMethod, RefundCause, payment};
use diesel::prelude::*;
use serde_json::json;
use std::convert::Infallible;

/// Attempts that are made without asking a person.
const ATTEMPTS: i32 = 3;

/// Owes the money of a locked payment, or part of it, for a cause: once. Money from the counter opens a case.
pub fn owe(
    conn: &mut PgConnection,
    payment: &Payment,
    cause: RefundCause,
    sum: &Money,
    stamp: &Stamp,
) -> QueryResult<()> {
    match refund::request(conn, payment, cause, sum, stamp)? {
        Some(refund) if refund.life.status == RefundStatus::NeedsAttention => {
            open_case(conn, case::Kind::OwedAtCounter, &refund, stamp)
        }
        _ => Ok(()),
    }
}

/// Leases refunds that are due, for a worker that then asks the gateway with no transaction open.
pub fn lease(conn: &mut PgConnection, most: i64) -> Result<Vec<Job>, Stop<Infallible>> {
    transact(conn, |conn| {
        let now = clock::now(conn)?;
        Ok(refund::lease(conn, most, now)?)
    })
}

/// Notes what the gateway says of an attempt. None: no refund of ours.
pub fn note(
    conn: &mut PgConnection,
    attempt: Attempt,
    word: &Word,
    author: &Author,
) -> Result<Option<Effect>, Stop<Infallible>> {
    transact(conn, |conn| Ok(apply(conn, attempt, word, author)?))
}

/// As [`note`], inside the caller's transaction.
pub(super) fn apply(
    conn: &mut PgConnection,
    attempt: Attempt,
    word: &Word,
    author: &Author,
) -> QueryResult<Option<Effect>> {
    let Some((_, refund)) = lock_below_payment(conn, attempt.refund)? else { return Ok(None) };
    let Some(step) = refund.life.hear(attempt.number, word) else { return Ok(Some(Effect::Repeated)) };
    let stamp = author.stamp(clock::now(conn)?, "refund");
    let before = refund.life.status;
    let mut refund = refund::take_step(conn, refund, &step, &stamp)?;
    fault::point("refund_noted");
    if refund.life.status == RefundStatus::Failed {
        refund = after_failure(conn, refund, before, &stamp)?;
    }
    if refund.life.status != RefundStatus::Requested {
        // Whatever it is now, it waits for the gateway no longer.
        let subject = refund.id.to_string();
        case::close(conn, case::Kind::RefundStuck, &subject, &stamp.actor, "the gateway has answered", stamp.at)?;
    }
    Ok(Some(Effect::Applied))
}

/// A request that failed is made again a few times. Money that came back after it had gone needs a person: the same
/// card would send it back again.
fn after_failure(
    conn: &mut PgConnection,
    failed: Refund,
    before: RefundStatus,
    stamp: &Stamp,
) -> QueryResult<Refund> {
    if before == RefundStatus::Requested && failed.life.attempt < ATTEMPTS {
        return refund::take_step(conn, failed, &Step::Retry, stamp);
    }
    let refund = refund::take_step(conn, failed, &Step::Escalate, stamp)?;
    open_case(conn, case::Kind::RefundFailed, &refund, stamp)?;
    Ok(refund)
}

fn open_case(conn: &mut PgConnection, kind: case::Kind, refund: &Refund, stamp: &Stamp) -> QueryResult<()> {
    let life = &refund.life;
    let detail = json!({
        "amount": life.amount, "currency": life.currency, "cause": life.cause, "failure": life.failure,
    });
    case::open(conn, kind, &Subject::refund(refund), detail, stamp.at).map(drop)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffRefusal {
    Unknown,
    /// It does not wait for a person, or no longer.
    Underway,
    EmptyReason,
    /// Taken over the counter: there is no gateway to ask.
    OwedAtCounter,
}

/// What staff decide about a refund that needs attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Ask the gateway again.
    Retry,
    /// The money was given back by other means.
    Settled,
}

/// Carries out what staff decide, and closes the refund's cases. Once: a refund that no longer waits refuses.
pub fn decide(
    conn: &mut PgConnection,
    id: RefundId,
    decision: Decision,
    reason: &str,
    staff: &Staff,
) -> Result<(), Stop<StaffRefusal>> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Stop::Refused(StaffRefusal::EmptyReason));
    }
    transact(conn, |conn| {
        let (payment, refund) = lock_below_payment(conn, id)?.ok_or(Stop::Refused(StaffRefusal::Unknown))?;
        if refund.life.status != RefundStatus::NeedsAttention {
            return Err(Stop::Refused(StaffRefusal::Underway));
        }
        let stamp = staff.author().stamp(clock::now(conn)?, "staff_decides");
        let (refund, action) = match decision {
            Decision::Retry if payment.method == PaymentMethod::Counter => {
                return Err(Stop::Refused(StaffRefusal::OwedAtCounter));
            }
            Decision::Retry => {
                let refund = refund::take_step(conn, refund, &Step::Retry, &stamp)?;
                refund::make_due(conn, &refund, stamp.at)?;
                (refund, "retry_refund")
            }
            Decision::Settled => (refund::take_step(conn, refund, &Step::Settle, &stamp)?, "settle_refund"),
        };
        for kind in [case::Kind::RefundFailed, case::Kind::RefundStuck, case::Kind::OwedAtCounter] {
            case::close(conn, kind, &refund.id.to_string(), &stamp.actor, reason, stamp.at)?;
        }
        let detail = json!({ "refund": refund.id, "payment": payment.id });
        Ok(staff.log(conn, action, None, reason, detail, stamp.at)?)
    })
}

/// Locks a refund in its place: after its booking and its payment, which are learned without a lock and never change.
fn lock_below_payment(conn: &mut PgConnection, id: RefundId) -> QueryResult<Option<(Payment, Refund)>> {
    let Some((booking, payment)) = refund::payment_of(conn, id)? else { return Ok(None) };
    booking::lock(conn, booking)?;
    Ok(Some((payment::lock(conn, payment)?, refund::lock(conn, id)?)))
}
