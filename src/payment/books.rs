//! Two books about the same money: what the gateway has, what we have, and where they do not agree.

mod rows;
mod sides;

pub use rows::{OpenCase, Wanted, is_settled, open_cases, ours};
pub use sides::{OurPayment, OurRefund, Ours, TheirRefund, Theirs, Unseated};

use super::PaymentStatus;
use super::case::{Kind, Subject};
use super::gateway::{Session, SessionState};
use super::refund::{Attempt, RefundStatus, Word};
use crate::clock::Instant;
use crate::money::Money;
use chrono::Duration;
use serde_json::{Value, json};

/// A refund that the gateway has not ended for so long needs a person.
pub const STUCK_AFTER: Duration = Duration::hours(1);

/// What is to be done about a disagreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The gateway's word about a session was never heard here: it counts.
    Settle(Session),
    /// The gateway's word about a refund was never heard here: it counts.
    Note(Attempt, Word),
    /// Which of the two is right, a person has to find out.
    Case(Kind),
}

impl Remedy {
    /// One word for it, the same in every version.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Settle(_) => "session_unheard",
            Self::Note(..) => "refund_unheard",
            Self::Case(kind) => kind.as_str(),
        }
    }
}

/// Where the books do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub remedy: Remedy,
    pub subject: Subject,
    /// The booking, where one of ours is concerned.
    pub reference: Option<String>,
    /// The facts: a case that staff have closed is not opened again for the same ones.
    pub detail: Value,
    pub since: Instant,
}

/// Compares the books. Theirs must have been read before ours, and must have been asked by name for whatever of ours was
/// not in their lists: then nothing that merely happens meanwhile is found.
pub fn compare(ours: &Ours, theirs: &Theirs) -> Vec<Finding> {
    let sessions = theirs.sessions.iter().filter_map(|session| judge_session(ours, theirs, session));
    let payments = ours.payments.iter().filter_map(|payment| judge_payment(theirs, payment));
    let their_refunds = theirs.refunds.iter().filter_map(|refund| judge_their_refund(ours, theirs, refund));
    let our_refunds = ours.refunds.iter().filter_map(|refund| judge_our_refund(ours.at, theirs, refund));
    let unseated = ours.unseated.iter().map(without_seat);
    sessions.chain(payments).chain(their_refunds).chain(our_refunds).chain(unseated).collect()
}

/// There, and not here: money and endings that we have not heard of, and money that is not ours.
fn judge_session(ours: &Ours, theirs: &Theirs, session: &Session) -> Option<Finding> {
    let payment = ours.payments.iter().find(|payment| Some(payment.id) == session.payment);
    match (payment, &session.state) {
        (Some(payment), SessionState::Paid { .. }) if payment.status != PaymentStatus::Succeeded => {
            Some(unheard(payment, session))
        }
        (Some(payment), SessionState::Expired) if payment.status == PaymentStatus::Started => {
            Some(unheard(payment, session))
        }
        (payment, SessionState::Paid { captured, intent }) => {
            let came = payment.is_some_and(|payment| payment.came_by(session, intent.as_deref()));
            let given_back =
                intent.as_ref().is_some_and(|intent| theirs.given_back_unasked(intent) >= captured.minor);
            (!came && !given_back).then(|| stray_money(payment, session, captured, intent.as_deref()))
        }
        _ => None,
    }
}

fn unheard(payment: &OurPayment, session: &Session) -> Finding {
    let there = match session.paid() {
        Some((captured, _)) => json!({ "here": payment.status, "there": "paid", "amount": captured.minor,
                                       "currency": captured.currency, "session": session.id }),
        None => json!({ "here": payment.status, "there": "expired", "session": session.id }),
    };
    Finding {
        remedy: Remedy::Settle(session.clone()),
        subject: payment.subject(),
        reference: Some(payment.reference.clone()),
        detail: there,
        since: session.opened_at,
    }
}

fn stray_money(payment: Option<&OurPayment>, session: &Session, captured: &Money, intent: Option<&str>) -> Finding {
    Finding {
        remedy: Remedy::Case(Kind::StrayMoney),
        subject: Subject { name: session.id.clone(), payment: payment.map(|payment| (payment.booking, payment.id)) },
        reference: payment.map(|payment| payment.reference.clone()),
        detail: json!({ "amount": captured.minor, "currency": captured.currency, "intent": intent }),
        since: session.opened_at,
    }
}

/// Here, and not there, or another sum.
fn judge_payment(theirs: &Theirs, payment: &OurPayment) -> Option<Finding> {
    let captured = payment.captured.as_ref()?;
    let named = theirs.sessions.iter().filter(|session| session.payment == Some(payment.id));
    let mut paid = named.filter_map(|session| session.paid().map(|(money, intent)| (session, money, intent)));
    let found = paid.find(|(session, _, intent)| payment.came_by(session, *intent));
    let (kind, detail) = match found {
        Some((_, there, _)) if there == captured => return None,
        Some((_, there, _)) => (
            Kind::DiffersAtGateway,
            json!({ "captured": captured.minor, "currency": captured.currency, "at_gateway": there.minor,
                    "at_gateway_currency": there.currency }),
        ),
        None => (
            Kind::MissingAtGateway,
            json!({ "captured": captured.minor, "currency": captured.currency, "intent": payment.intent }),
        ),
    };
    Some(Finding {
        remedy: Remedy::Case(kind),
        subject: payment.subject(),
        reference: Some(payment.reference.clone()),
        detail,
        since: payment.at,
    })
}

/// Given back there: what we have not heard of, and what we did not ask for.
fn judge_their_refund(ours: &Ours, theirs: &Theirs, there: &TheirRefund) -> Option<Finding> {
    let here = there.attempt.and_then(|attempt| {
        let here = ours.refunds.iter().find(|here| here.refund.id == attempt.refund)?;
        let life = &here.refund.life;
        // A gateway that has forgotten our key may have a second refund for an attempt: nobody asked for that one.
        (life.attempt == attempt.number && life.is_known_as(Some(&there.id))).then_some((attempt, here))
    });
    if let Some((attempt, here)) = here
        && let Some(known) = judge_attempt(attempt, here, there)
    {
        return known;
    }
    (there.gives_back() && !theirs.pays_back_stray_money(ours, there)).then(|| stray_refund(ours, there))
}

/// What is known of an attempt of ours; none where the gateway gives back although nothing here waits for it.
fn judge_attempt(attempt: Attempt, here: &OurRefund, there: &TheirRefund) -> Option<Option<Finding>> {
    let life = &here.refund.life;
    let finding = |remedy, detail| {
        Some(Finding {
            remedy,
            subject: Subject::refund(&here.refund),
            reference: Some(here.reference.clone()),
            detail,
            since: there.asked_at,
        })
    };
    if life.hear(attempt.number, &there.word).is_some() {
        let detail = json!({ "here": life.status, "refund": there.id });
        return Some(finding(Remedy::Note(attempt, there.word.clone()), detail));
    }
    match (life.status, &there.word) {
        (RefundStatus::Succeeded, _) if here.refund.money() != there.money => Some(finding(
            Remedy::Case(Kind::DiffersAtGateway),
            json!({ "refunded": life.amount, "currency": life.currency, "at_gateway": there.money.minor,
                    "at_gateway_currency": there.money.currency }),
        )),
        (RefundStatus::Succeeded | RefundStatus::Requested, _) | (_, Word::Failed { .. }) => Some(None),
        _ => None,
    }
}

fn stray_refund(ours: &Ours, there: &TheirRefund) -> Finding {
    let of = ours.payments.iter().find(|payment| there.intent.is_some() && payment.intent == there.intent);
    Finding {
        remedy: Remedy::Case(Kind::StrayRefund),
        subject: Subject { name: there.id.clone(), payment: of.map(|payment| (payment.booking, payment.id)) },
        reference: of.map(|payment| payment.reference.clone()),
        detail: json!({ "amount": there.money.minor, "currency": there.money.currency, "intent": there.intent }),
        since: there.asked_at,
    }
}

/// Asked for here, and without an end; or ended here, and unknown there.
fn judge_our_refund(now: Instant, theirs: &Theirs, here: &OurRefund) -> Option<Finding> {
    let life = &here.refund.life;
    let there = theirs.refunds.iter().any(|there| Some(&there.id) == life.gateway_id.as_ref());
    let kind = match life.status {
        RefundStatus::Requested if now - here.asked_at > STUCK_AFTER => Kind::RefundStuck,
        RefundStatus::Succeeded if !there => Kind::MissingAtGateway,
        _ => return None,
    };
    Some(Finding {
        remedy: Remedy::Case(kind),
        subject: Subject::refund(&here.refund),
        reference: Some(here.reference.clone()),
        detail: json!({ "amount": life.amount, "currency": life.currency, "cause": life.cause, "attempt": life.attempt }),
        since: here.asked_at,
    })
}

fn without_seat(unseated: &Unseated) -> Finding {
    let payment = unseated.payment.map(|payment| (unseated.booking, payment));
    let name = unseated.payment.map_or_else(|| unseated.reference.clone(), |payment| payment.to_string());
    Finding {
        remedy: Remedy::Case(Kind::PaidWithoutSeat),
        subject: Subject { name, payment },
        reference: Some(unseated.reference.clone()),
        detail: json!({ "booking": unseated.status, "seats": unseated.seats, "tickets": unseated.tickets }),
        since: unseated.at,
    }
}

#[cfg(test)]
#[path = "books_tests.rs"]
mod tests;
