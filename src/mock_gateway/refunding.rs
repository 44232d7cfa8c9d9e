//! What can happen to money that was taken: it goes back, at once or after a while, and may come back to the merchant.
//!
//! As in [`checkout`](super::checkout), every function runs inside its caller's transaction, takes the session's row lock
//! first, reads what it judges after it, and writes the change together with its events.

use super::cards::{Card, RefundCourse};
use super::database;
use super::event::{self, Kind, Origin};
use super::faults::refunds;
use super::payment_intent::{self, Charge, ChargeStatus, Intent};
use super::refund::{self, NewRefund, Reason, Refund, Status};
use super::session;
use super::wire::{self, Expand, RefundDetails};
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use serde_json::Value;

/// How long the bank of a card with slow refunds thinks: "moments later" for a person, and worth waiting for in a test.
const BANK_THINKS: Duration = Duration::seconds(3);

/// The bank's reason when a refund fails, in Stripe's words.
const FAILURE_REASON: &str = "expired_or_canceled_card";

/// Which payment a merchant wants to refund.
#[derive(Debug)]
pub enum Target {
    Charge(String),
    PaymentIntent(String),
}

/// A refund as a merchant asked for it, checked as far as it can be without its charge.
#[derive(Debug)]
pub struct Request {
    pub target: Target,
    /// Minor units; without it, all that is left.
    pub amount: Option<i64>,
    pub reason: Option<Reason>,
    pub metadata: Value,
}

/// What came of a merchant's wish to refund.
#[derive(Debug)]
pub enum Outcome {
    Refunded(Box<RefundDetails>),
    NoSuchPayment,
    /// No money was taken.
    NotPaid,
    AlreadyRefunded(Charge),
    /// More than is left of the charge.
    TooMuch {
        charge: Charge,
        amount: i64,
        currency: String,
    },
}

/// What came of a merchant's wish to cancel a refund.
#[derive(Debug)]
pub enum Cancellation {
    Canceled(Box<RefundDetails>),
    NotPending(Status),
    NoSuchRefund,
}

/// Gives a charge back, or a part of it.
pub fn create(conn: &mut PgConnection, request: Request, origin: &Origin) -> QueryResult<Outcome> {
    let Some(intent) = find_intent(conn, &request.target)? else { return Ok(Outcome::NoSuchPayment) };
    let session = session::lock(conn, &intent.checkout_session_id)?.ok_or(diesel::NotFound)?;
    let now = database::now(conn)?;
    let charge = match &request.target {
        Target::Charge(id) => payment_intent::find_charge(conn, id)?,
        Target::PaymentIntent(id) => payment_intent::latest_charge(conn, id)?,
    };
    let Some(charge) = charge.filter(|charge| charge.status == ChargeStatus::Succeeded) else {
        return Ok(Outcome::NotPaid);
    };
    let left = charge.amount - charge.amount_refunded;
    let amount = request.amount.unwrap_or(left);
    if left == 0 {
        return Ok(Outcome::AlreadyRefunded(charge));
    }
    if amount > left {
        return Ok(Outcome::TooMuch { charge, amount, currency: intent.currency });
    }
    let fault = refunds::course(conn, &session, &charge, amount, now)?;
    let (status, next) = course(&charge, fault, now);
    let new = NewRefund { amount, reason: request.reason, metadata: request.metadata, status, next };
    let charge = payment_intent::add_refunded(conn, &charge, amount)?;
    let refund = refund::insert(conn, &charge, new, now)?;
    let details = announce(conn, refund, &[Kind::RefundCreated], origin, now)?;
    if fault == refunds::Course::Fails {
        return Ok(Outcome::Refunded(Box::new(move_on(conn, &details.refund, Status::Failed, origin, now)?)));
    }
    event::record(conn, Kind::ChargeRefunded, wire::charge(&details.charge, &intent), origin, now)?;
    Ok(Outcome::Refunded(Box::new(details)))
}

fn find_intent(conn: &mut PgConnection, target: &Target) -> QueryResult<Option<Intent>> {
    match target {
        Target::PaymentIntent(id) => payment_intent::find(conn, id),
        Target::Charge(id) => match payment_intent::find_charge(conn, id)? {
            Some(charge) => payment_intent::find(conn, &charge.payment_intent_id),
            None => Ok(None),
        },
    }
}

/// Where a refund begins, and what the bank says later: as a switch wants, else as the card does it.
fn course(charge: &Charge, fault: refunds::Course, now: DateTime<Utc>) -> (Status, Option<(Status, DateTime<Utc>)>) {
    match fault {
        // It begins like any other, and ends before its merchant hears of it.
        refunds::Course::Fails => return (Status::Pending, None),
        refunds::Course::PendingUntil(until) => return (Status::Pending, until.map(|at| (Status::Succeeded, at))),
        refunds::Course::FailsAt(at) => return (Status::Succeeded, Some((Status::Failed, at))),
        refunds::Course::AsUsual => {}
    }
    let later = now + BANK_THINKS;
    match Card::by_slug(&charge.method).map_or(RefundCourse::Succeeds, |card| card.refund) {
        RefundCourse::Succeeds => (Status::Succeeded, None),
        RefundCourse::Pends => (Status::Pending, Some((Status::Succeeded, later))),
        RefundCourse::FailsLater => (Status::Succeeded, Some((Status::Failed, later))),
    }
}

/// Takes back a refund that the bank has not decided on yet. Stripe has this for refunds by card on its dashboard only.
pub fn cancel(conn: &mut PgConnection, id: &str, origin: &Origin) -> QueryResult<Cancellation> {
    let Some((refund, now)) = lock(conn, id)? else { return Ok(Cancellation::NoSuchRefund) };
    if refund.status != Status::Pending {
        return Ok(Cancellation::NotPending(refund.status));
    }
    Ok(Cancellation::Canceled(Box::new(move_on(conn, &refund, Status::Canceled, origin, now)?)))
}

/// Lets the bank speak of one refund, if it has something to say. True when it had.
pub fn settle(conn: &mut PgConnection, id: &str) -> QueryResult<bool> {
    let Some((refund, now)) = lock(conn, id)? else { return Ok(false) };
    let said = refund.next_status.filter(|_| refund.next_status_at.is_some_and(|at| at <= now));
    let Some(status) = said else { return Ok(false) };
    move_on(conn, &refund, status, &Origin::default(), now)?;
    Ok(true)
}

/// A refund as it is under its session's lock, and the time.
fn lock(conn: &mut PgConnection, id: &str) -> QueryResult<Option<(Refund, DateTime<Utc>)>> {
    let Some(unlocked) = refund::find(conn, id)? else { return Ok(None) };
    let session_id = refund::session_id(conn, &unlocked)?;
    session::lock(conn, &session_id)?.ok_or(diesel::NotFound)?;
    let now = database::now(conn)?;
    Ok(refund::find(conn, id)?.map(|refund| (refund, now)))
}

/// Changes a refund and tells. What did not go back after all may be refunded again.
fn move_on(
    conn: &mut PgConnection,
    refund: &Refund,
    status: Status,
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<RefundDetails> {
    let failed = status == Status::Failed;
    if failed || status == Status::Canceled {
        let charge = payment_intent::find_charge(conn, &refund.charge_id)?.ok_or(diesel::NotFound)?;
        payment_intent::add_refunded(conn, &charge, -refund.amount)?;
    }
    let refund = refund::change(conn, refund, status, failed.then_some(FAILURE_REASON))?;
    let kinds: &[Kind] = if failed { &[Kind::RefundUpdated, Kind::RefundFailed] } else { &[Kind::RefundUpdated] };
    announce(conn, refund, kinds, origin, now)
}

fn announce(
    conn: &mut PgConnection,
    refund: Refund,
    kinds: &[Kind],
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<RefundDetails> {
    let details = RefundDetails::load(conn, refund)?;
    for kind in kinds {
        event::record(conn, *kind, details.to_json(Expand::default()), origin, now)?;
    }
    Ok(details)
}
