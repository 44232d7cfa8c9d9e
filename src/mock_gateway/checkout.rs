//! What can happen to a checkout session: it is paid, declined, confirmed at the bank, or it expires.
//!
//! Every function here runs inside its caller's transaction, takes the session's row lock first, reads the clock after
//! it, judges, and writes the change together with its events. A second submit of the same form waits at the lock and
//! then finds the session closed.

use super::cards::{Answer, Card, Decline, NOT_CONFIRMED};
use super::database;
use super::event::{self, Kind, Origin};
use super::faults::{late_capture, money};
use super::payment_intent::{self, Intent};
use super::session::{self, Session, Status};
use super::wire::{Expand, IntentDetails, SessionDetails};
use chrono::{DateTime, Utc};
use diesel::prelude::*;

/// How many overdue sessions one sweep closes, so that its transaction stays short.
const SWEEP: i64 = 100;

/// What came of a customer's attempt to pay.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Paid,
    AsksForConfirmation,
    Declined(Decline),
    /// The session was complete or expired before the attempt; nothing was charged.
    Closed,
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

/// Charges a card once, if the session is still open.
pub fn pay(conn: &mut PgConnection, session_id: &str, card: &'static Card) -> QueryResult<Outcome> {
    let Some(session) = session::lock(conn, session_id)? else { return Ok(Outcome::NoSuchSession) };
    let now = database::now(conn)?;
    if session.status_at(now) != Status::Open {
        return Ok(Outcome::Closed);
    }
    let intent = payment_intent::of_session_or_new(conn, &session, now)?;
    match card.answer {
        Answer::Approves => capture(conn, &session, &intent, card, now),
        Answer::Declines(reason) => decline(conn, &intent, card, reason, now),
        Answer::AsksForConfirmation => {
            payment_intent::ask_for_confirmation(conn, &intent, card)?;
            Ok(Outcome::AsksForConfirmation)
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
    let Some(card) = intent.confirming_card.as_deref().and_then(Card::by_slug) else {
        return Ok(Outcome::NothingToConfirm);
    };
    if agreed {
        capture(conn, &session, &intent, card, now)
    } else {
        decline(conn, &intent, card, NOT_CONFIRMED, now)
    }
}

/// The bank said yes. The money is taken, unless a switch wants the session's end reported first.
fn capture(
    conn: &mut PgConnection,
    session: &Session,
    intent: &Intent,
    card: &Card,
    now: DateTime<Utc>,
) -> QueryResult<Outcome> {
    let taking = money::taking(conn, session, intent, now)?;
    match taking.late {
        None => take(conn, session, intent, card, taking.amount, now)?,
        Some(due_at) => {
            late_capture::put_off(conn, session, card, taking.amount, due_at)?;
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
    card: &Card,
    amount: i64,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let intent = payment_intent::capture(conn, intent, card, amount, now)?;
    let session = session::complete(conn, session, amount, now)?;
    let object = IntentDetails::load(conn, intent)?.to_json(Expand::default());
    event::record(conn, Kind::PaymentSucceeded, object, &Origin::default(), now)?;
    let object = SessionDetails::load(conn, session, now)?.to_json(None, Expand::default());
    event::record(conn, Kind::SessionCompleted, object, &Origin::default(), now)
}

/// Takes the money of sessions that were reported expired although their customers had paid. Returns how many.
pub fn capture_late(conn: &mut PgConnection) -> QueryResult<usize> {
    let now = database::now(conn)?;
    let due = late_capture::take_due(conn, now, SWEEP)?;
    for late in &due {
        let session = session::lock(conn, &late.checkout_session_id)?.ok_or(diesel::NotFound)?;
        let intent = payment_intent::of_session(conn, &session.id)?.ok_or(diesel::NotFound)?;
        let card = Card::by_slug(&late.card).ok_or(diesel::NotFound)?;
        take(conn, &session, &intent, card, late.amount, now)?;
    }
    Ok(due.len())
}

/// Keeps the failed attempt and leaves the session open for another.
fn decline(
    conn: &mut PgConnection,
    intent: &Intent,
    card: &Card,
    reason: Decline,
    now: DateTime<Utc>,
) -> QueryResult<Outcome> {
    let intent = payment_intent::decline(conn, intent, card, reason, now)?;
    let object = IntentDetails::load(conn, intent)?.to_json(Expand::default());
    event::record(conn, Kind::PaymentFailed, object, &Origin::default(), now)?;
    Ok(Outcome::Declined(reason))
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
