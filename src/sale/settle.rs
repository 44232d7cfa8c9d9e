//! Settle: the gateway's word, stored in the inbox first, becomes a fact here, once.

use super::cancel::release;
use super::confirm::confirm;
use super::late_money::{self, Facts, SeatFact};
use super::{refund, taking};
use crate::booking::booking::{self, Booking};
use crate::booking::booking_seat;
use crate::catalogue::show::{self, sale};
use crate::clock;
use crate::db::{Stop, transact};
use crate::fault;
use crate::ids::SeatId;
use crate::ledger::{Author, Stamp};
use crate::money::Money;
use crate::payment::case::{self, Subject};
use crate::payment::gateway::{Session, SessionState};
use crate::payment::inbox::{self, Effect, Fact, Reading};
use crate::payment::payment::{self, Payment};
use crate::payment::refund as payment_refund;
use crate::payment::{Outcome, PaymentStatus, RefundCause};
use crate::seating::show_seat::{self, ShowSeat};
use diesel::prelude::*;
use serde_json::json;
use std::convert::Infallible;

/// Stores a verified event in a transaction of its own; a repetition changes nothing.
pub fn receive(conn: &mut PgConnection, id: &str, kind: &str, body: &str) -> Result<(), Stop<Infallible>> {
    transact(conn, |conn| {
        let now = clock::now(conn)?;
        inbox::store(conn, id, kind, body, now)?;
        Ok(())
    })
}

/// Applies a stored event, once: what it came to, or `Repeated` when it was done before.
///
/// # Errors
/// Fails, with nothing written, when the event was never stored or the database fails; the gateway sends it again.
pub fn process(conn: &mut PgConnection, event: &str, author: &Author) -> Result<Effect, Stop<Infallible>> {
    transact(conn, |conn| {
        let Some(stored) = inbox::lock(conn, event)? else { return Err(diesel::result::Error::NotFound.into()) };
        if stored.processed_at.is_some() {
            return Ok(Effect::Repeated);
        }
        fault::point("inbox_before_effect");
        let (effect, payment) = match inbox::read(&stored.kind, &stored.body) {
            Reading::NotOurs => (Effect::Ignored, None),
            // Not done: the caller asks the gateway, and marks it when that has told.
            Reading::Unreadable => return Ok(Effect::Unreadable),
            Reading::Fact(fact) => match apply(conn, &fact, author)? {
                Some(effect) => (effect, Some(fact.payment())),
                None => (Effect::Ignored, None),
            },
            Reading::Refund { attempt, word } => match refund::apply(conn, attempt, &word, author)? {
                Some(effect) => (effect, payment_refund::payment_of(conn, attempt.refund)?.map(|of| of.1)),
                None => (Effect::Ignored, None),
            },
        };
        let now = clock::now(conn)?;
        inbox::mark(conn, event, effect, payment, now)?;
        fault::point("inbox_after_effect");
        Ok(effect)
    })
}

/// Events that were stored `for_long` ago and are not done, the oldest first.
pub fn waiting(conn: &mut PgConnection, for_long: chrono::Duration) -> Result<Vec<String>, Stop<Infallible>> {
    let now = clock::now(conn)?;
    Ok(inbox::waiting(conn, now - for_long)?)
}

/// What a stored event says.
pub fn body(conn: &mut PgConnection, event: &str) -> Result<String, Stop<Infallible>> {
    Ok(inbox::find(conn, event)?.ok_or(diesel::result::Error::NotFound)?.body)
}

/// Applies what the gateway told instead of an event that could not be read, and marks the event as done: once. Without a
/// session there was nothing to be told.
pub fn settle_unreadable(
    conn: &mut PgConnection,
    event: &str,
    told: Option<&Session>,
    author: &Author,
) -> Result<(), Stop<Infallible>> {
    transact(conn, |conn| {
        let Some(stored) = inbox::lock(conn, event)? else { return Err(diesel::result::Error::NotFound.into()) };
        if stored.processed_at.is_some() {
            return Ok(());
        }
        if let Some(fact) = told.and_then(fact_of) {
            apply(conn, &fact, author)?;
        }
        let now = clock::now(conn)?;
        Ok(inbox::mark(conn, event, Effect::Unreadable, None, now)?)
    })
}

/// As [`process`], for what was learned by asking the gateway instead of from an event. None: nothing of ours to settle.
pub fn settle_session(
    conn: &mut PgConnection,
    session: &Session,
    author: &Author,
) -> Result<Option<Effect>, Stop<Infallible>> {
    let Some(fact) = fact_of(session) else { return Ok(None) };
    transact(conn, |conn| apply(conn, &fact, author))
}

/// What a session comes to; none while it is under way, or of nobody here.
fn fact_of(session: &Session) -> Option<Fact> {
    let payment = session.payment?;
    match &session.state {
        SessionState::Open | SessionState::Processing => None,
        SessionState::Paid { captured, intent } => {
            Some(Fact::Paid { payment, captured: captured.clone(), intent: intent.clone() })
        }
        SessionState::Expired => Some(Fact::Expired { payment }),
    }
}

/// Applies a fact under locks. None: the payment is not ours.
fn apply(conn: &mut PgConnection, fact: &Fact, author: &Author) -> Result<Option<Effect>, Stop<Infallible>> {
    // Unlocked, to learn the booking; the payment is read again under its lock.
    let Some(booking_id) = payment::booking_of(conn, fact.payment())? else { return Ok(None) };
    if matches!(fact, Fact::Paid { .. }) {
        // Seats that are taken again move twice.
        show::keep_of(conn, booking_id)?;
    }
    let booking = booking::lock(conn, booking_id)?;
    let effect = match fact {
        Fact::Paid { captured, intent, .. } => paid(conn, fact, &booking, captured, intent.as_deref(), author)?,
        Fact::Expired { .. } => closed(conn, fact, PaymentStatus::Expired, author)?,
        Fact::Failed { .. } => closed(conn, fact, PaymentStatus::Failed, author)?,
        Fact::Declined { reason, .. } => {
            let payment = payment::lock(conn, fact.payment())?;
            let stamp = author.stamp(clock::now(conn)?, "declined");
            payment::note_decline(conn, &payment, reason.as_deref(), &stamp)?;
            Effect::Applied
        }
    };
    Ok(Some(effect))
}

/// A session closed without money. Facts only move forward: a payment that has left `started` stays where it is.
fn closed(conn: &mut PgConnection, fact: &Fact, to: PaymentStatus, author: &Author) -> QueryResult<Effect> {
    let payment = payment::lock(conn, fact.payment())?;
    if payment.status != PaymentStatus::Started {
        return Ok(Effect::Repeated);
    }
    let stamp = author.stamp(clock::now(conn)?, "session_closed");
    payment::close(conn, &payment, to, &stamp)?;
    Ok(Effect::Applied)
}

/// Money arrived: decide once, record, and carry out.
fn paid(
    conn: &mut PgConnection,
    fact: &Fact,
    booking: &Booking,
    captured: &Money,
    intent: Option<&str>,
    author: &Author,
) -> QueryResult<Effect> {
    let wanted: Vec<SeatId> = booking_seat::of_booking(conn, booking.id)?.iter().map(|seat| seat.seat_id).collect();
    let seats = show_seat::lock(conn, booking.show_id, &wanted)?;
    let payment = payment::lock(conn, fact.payment())?;
    if payment.status == PaymentStatus::Succeeded {
        return Ok(Effect::Repeated);
    }
    let show = show::find(conn, booking.show_id)?.ok_or(diesel::result::Error::NotFound)?;
    let now = clock::now(conn)?;
    let outcome = late_money::decide(&Facts {
        asked: &Money::new(payment.amount, payment.currency.clone()),
        captured,
        booking: booking.status,
        show_gone: late_money::show_gone(sale(show.status, show.sale_ends_at, now), show.ends_at, now),
        seats: &seats.iter().map(|seat| seat_fact(seat, booking, now)).collect::<Vec<_>>(),
    });
    let stamp = author.stamp(now, "paid");
    payment::succeed(conn, &payment, captured, intent, outcome, &stamp)?;
    carry_out(conn, outcome, booking, seats, &payment, captured, &stamp)?;
    Ok(Effect::Applied)
}

/// Does what was decided, in the transaction that records it: seats for the money, or the money back.
fn carry_out(
    conn: &mut PgConnection,
    outcome: Outcome,
    booking: &Booking,
    seats: Vec<ShowSeat>,
    payment: &Payment,
    captured: &Money,
    stamp: &Stamp,
) -> QueryResult<()> {
    match outcome {
        Outcome::Confirm => confirm(conn, booking, payment.id, &seats, stamp),
        Outcome::TakeAgain => {
            let seats = taking::take_again(conn, seats, booking.id, stamp)?;
            confirm(conn, booking, payment.id, &seats, stamp)
        }
        Outcome::WrongAmount => {
            let detail = json!({ "captured": captured.minor, "currency": captured.currency, "asked": payment.amount,
                                 "asked_currency": payment.currency });
            let subject = Subject::payment(booking.id, payment.id);
            case::open(conn, case::Kind::WrongAmount, &subject, detail, stamp.at)?;
            owe_all(conn, payment, RefundCause::WrongAmount, captured, stamp)
        }
        Outcome::AlreadyPaid => owe_all(conn, payment, RefundCause::AlreadyPaid, captured, stamp),
        Outcome::Cancelled => owe_all(conn, payment, RefundCause::Cancelled, captured, stamp),
        Outcome::SeatsLost => {
            release(conn, booking.id, seats, stamp)?;
            owe_all(conn, payment, RefundCause::SeatsLost, captured, stamp)
        }
    }
}

/// All that came goes back, the fee included. Nothing came: nothing does.
fn owe_all(
    conn: &mut PgConnection,
    payment: &Payment,
    cause: RefundCause,
    captured: &Money,
    stamp: &Stamp,
) -> QueryResult<()> {
    if captured.minor <= 0 {
        return Ok(());
    }
    refund::owe(conn, payment, cause, captured, stamp)
}

fn seat_fact(seat: &ShowSeat, booking: &Booking, now: clock::Instant) -> SeatFact {
    if seat.is_locked_for(booking.id, now) {
        SeatFact::Ours
    } else if seat.is_free(now) {
        SeatFact::Free
    } else {
        SeatFact::Gone
    }
}
