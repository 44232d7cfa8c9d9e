//! What can happen to a checkout session: it is paid, declined, confirmed at the bank, settled later, or it expires.
//!
//! Every function here runs inside its caller's transaction, takes the session's row lock first, reads the clock after
//! it, judges, and writes the change together with its events. A second submit of the same form waits at the lock and
//! then finds the session closed.

use super::bank::{Answer, Decline, NOT_CONFIRMED};
use super::database;
use super::event::{self, Kind, Origin};
use super::faults::{late_capture, money};
use super::method::Method;
use super::payment_intent::{self, Attempt, ChargeStatus, Intent};
use super::session::{self, Session, Status};
use super::wire::{Expand, IntentDetails, SessionDetails};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

/// How many sessions one sweep takes on, so that its transaction stays short.
const SWEEP: i64 = 100;

/// What came of a customer's attempt to pay.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Paid,
    AsksForConfirmation,
    /// The session is complete and unpaid; the bank answers later.
    Processing,
    Declined(Decline),
    /// The session was complete or expired before the attempt; nothing was charged.
    Closed,
    /// The merchant does not take this kind of payment method.
    NotOffered,
    /// The customer answered the bank, but no bank is asking.
    NothingToConfirm,
    NoSuchSession,
}

/// What came of a merchant's wish to expire a session.
#[derive(Debug)]
pub enum Expiry {
    Expired(Box<SessionDetails>),
    /// It was complete or expired already.
    NotOpen(Status),
    NoSuchSession,
}

/// Charges a card or a UPI ID once, if the session is still open. A bank that answers later does so after
/// `settles_after`.
pub fn pay(
    conn: &mut PgConnection,
    session_id: &str,
    method: Method,
    settles_after: TimeDelta,
) -> QueryResult<Outcome> {
    let Some(session) = session::lock(conn, session_id)? else { return Ok(Outcome::NoSuchSession) };
    let now = database::now(conn)?;
    if session.status_at(now) != Status::Open {
        return Ok(Outcome::Closed);
    }
    if !session.offers(method.kind()) {
        return Ok(Outcome::NotOffered);
    }
    let intent = payment_intent::of_session_or_new(conn, &session, now)?;
    match method.answer() {
        Answer::Approves => capture(conn, &session, &intent, method, now),
        Answer::Declines(reason) => decline(conn, &intent, method, reason, now),
        Answer::AsksForConfirmation => {
            payment_intent::ask_for_confirmation(conn, &intent, method)?;
            Ok(Outcome::AsksForConfirmation)
        }
        Answer::Processes(_) => {
            let intent = payment_intent::process(conn, &intent, method, now + settles_after, now)?;
            process(conn, &session, intent, now)
        }
    }
}

/// The customer's word at the bank's confirmation page.
pub fn confirm(conn: &mut PgConnection, session_id: &str, agreed: bool) -> QueryResult<Outcome> {
    let Some(session) = session::lock(conn, session_id)? else { return Ok(Outcome::NoSuchSession) };
    let now = database::now(conn)?;
    if session.status_at(now) != Status::Open {
        return Ok(Outcome::Closed);
    }
    let Some(intent) = payment_intent::of_session(conn, &session.id)? else { return Ok(Outcome::NothingToConfirm) };
    let Some(method) = intent.confirming_card.as_deref().and_then(Method::by_slug) else {
        return Ok(Outcome::NothingToConfirm);
    };
    if agreed {
        capture(conn, &session, &intent, method, now)
    } else {
        decline(conn, &intent, method, NOT_CONFIRMED, now)
    }
}

/// The bank said yes. The money is taken, unless a switch wants the session's end reported first.
fn capture(
    conn: &mut PgConnection,
    session: &Session,
    intent: &Intent,
    method: Method,
    now: DateTime<Utc>,
) -> QueryResult<Outcome> {
    let taking = money::taking(conn, session, intent, now)?;
    match taking.late {
        None => take(conn, session, intent, method, taking.amount, now)?,
        Some(due_at) => {
            late_capture::put_off(conn, session, method, taking.amount, due_at)?;
            announce_expiry(conn, session, &Origin::default(), now)?;
        }
    }
    Ok(Outcome::Paid)
}

/// Takes the money and completes the session: one charge, two events, all or nothing.
fn take(
    conn: &mut PgConnection,
    session: &Session,
    intent: &Intent,
    method: Method,
    amount: i64,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let intent = payment_intent::capture(conn, intent, method, amount, now)?;
    let session = session::complete(conn, session, amount, now)?;
    announce_intent(conn, Kind::PaymentSucceeded, intent, now)?;
    announce_session(conn, Kind::SessionCompleted, session, now)
}

/// Takes the money of sessions that were reported expired although their customers had paid. Returns how many.
pub fn capture_late(conn: &mut PgConnection) -> QueryResult<usize> {
    let now = database::now(conn)?;
    let due = late_capture::take_due(conn, now, SWEEP)?;
    for late in &due {
        let session = session::lock(conn, &late.checkout_session_id)?.ok_or(diesel::NotFound)?;
        let intent = payment_intent::of_session(conn, &session.id)?.ok_or(diesel::NotFound)?;
        let method = Method::by_slug(&late.card).ok_or(diesel::NotFound)?;
        take(conn, &session, &intent, method, late.amount, now)?;
    }
    Ok(due.len())
}

/// Completes the session without its money, which the bank has yet to answer for.
fn process(conn: &mut PgConnection, session: &Session, intent: Intent, now: DateTime<Utc>) -> QueryResult<Outcome> {
    let session = session::process(conn, &session.id, now)?;
    announce_intent(conn, Kind::PaymentProcessing, intent, now)?;
    announce_session(conn, Kind::SessionCompleted, session, now)?;
    Ok(Outcome::Processing)
}

/// Keeps the failed attempt and leaves the session open for another.
fn decline(
    conn: &mut PgConnection,
    intent: &Intent,
    method: Method,
    reason: Decline,
    now: DateTime<Utc>,
) -> QueryResult<Outcome> {
    let intent = payment_intent::decline(conn, intent, method, reason, now)?;
    announce_intent(conn, Kind::PaymentFailed, intent, now)?;
    Ok(Outcome::Declined(reason))
}

/// The later answers of banks whose time has come. Returns how many sessions it looked at.
pub fn settle_due(conn: &mut PgConnection) -> QueryResult<usize> {
    let now = database::now(conn)?;
    let due = session::lock_settling(conn, now, SWEEP)?;
    let count = due.len();
    for session in due {
        settle(conn, session, now)?;
    }
    Ok(count)
}

fn settle(conn: &mut PgConnection, session: Session, now: DateTime<Utc>) -> QueryResult<()> {
    let Some(intent) = payment_intent::of_session(conn, &session.id)? else { return Ok(()) };
    let Some(charge) = payment_intent::latest_charge(conn, &intent.id)? else { return Ok(()) };
    // Read again under the lock: another worker may have settled it while this one waited.
    if charge.status != ChargeStatus::Pending {
        return Ok(());
    }
    match Method::by_slug(&charge.method).map(Method::answer) {
        Some(Answer::Processes(Some(refusal))) => {
            let intent = payment_intent::settle(conn, &intent, &charge, Attempt::Failed(refusal))?;
            announce_intent(conn, Kind::PaymentFailed, intent, now)?;
            announce_session(conn, Kind::SessionFailedLater, session, now)
        }
        _ => {
            let intent = payment_intent::settle(conn, &intent, &charge, Attempt::Succeeded)?;
            let session = session::mark_paid(conn, &session.id)?;
            announce_intent(conn, Kind::PaymentSucceeded, intent, now)?;
            announce_session(conn, Kind::SessionPaidLater, session, now)
        }
    }
}

fn announce_intent(conn: &mut PgConnection, kind: Kind, intent: Intent, now: DateTime<Utc>) -> QueryResult<()> {
    let object = IntentDetails::load(conn, intent)?.to_json(Expand::default());
    event::record(conn, kind, object, &Origin::default(), now)
}

fn announce_session(conn: &mut PgConnection, kind: Kind, session: Session, now: DateTime<Utc>) -> QueryResult<()> {
    let object = SessionDetails::load(conn, session, now)?.to_json(None, Expand::default());
    event::record(conn, kind, object, &Origin::default(), now)
}

/// A merchant ends an open session early.
pub fn expire(conn: &mut PgConnection, session_id: &str, origin: &Origin) -> QueryResult<Expiry> {
    let Some(session) = session::lock(conn, session_id)? else { return Ok(Expiry::NoSuchSession) };
    let now = database::now(conn)?;
    match session.status_at(now) {
        Status::Open => Ok(Expiry::Expired(Box::new(close_expired(conn, &session, origin, now)?))),
        closed => Ok(Expiry::NotOpen(closed)),
    }
}

/// Writes down the expiry of sessions whose end has come, and announces it. They were expired by predicate already.
/// Returns how many it closed.
pub fn expire_overdue(conn: &mut PgConnection) -> QueryResult<usize> {
    let now = database::now(conn)?;
    let overdue = session::lock_overdue(conn, now, SWEEP)?;
    for session in &overdue {
        close_expired(conn, session, &Origin::default(), now)?;
    }
    Ok(overdue.len())
}

fn close_expired(
    conn: &mut PgConnection,
    session: &Session,
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<SessionDetails> {
    if let Some(intent) = payment_intent::of_session(conn, &session.id)? {
        payment_intent::cancel(conn, &intent)?;
    }
    announce_expiry(conn, session, origin, now)
}

fn announce_expiry(
    conn: &mut PgConnection,
    session: &Session,
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<SessionDetails> {
    let session = session::expire(conn, &session.id, now)?;
    let details = SessionDetails::load(conn, session, now)?;
    event::record(conn, Kind::SessionExpired, details.to_json(None, Expand::default()), origin, now)?;
    Ok(details)
}
