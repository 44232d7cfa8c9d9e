//! The gateway's side of the books: its lists down to an age, and whatever has to be asked for by name.

use crate::clock::Instant;
use crate::payment::books::{OpenCase, OurPayment, OurRefund, Ours, TheirRefund, Theirs, Wanted};
use crate::payment::case::Kind;
use crate::payment::gateway::{Gateway, GatewayError, Page, Session, known};
use crate::payment::{PaymentStatus, RefundStatus};
use chrono::Duration;
use std::collections::HashSet;
use uuid::Uuid;

/// Pages of one list, at most.
const MOST_PAGES: usize = 200;
/// Questions by name, at most: who misses more has lost a book, and should hear so soon.
const MOST_QUESTIONS: usize = 200;

/// Both lists, newest first, down to a time before their newest entry.
pub async fn listed(gateway: &Gateway, window: Duration) -> Result<Theirs, GatewayError> {
    let session = |it: &Session| (it.id.clone(), it.opened_at);
    let refund = |it: &TheirRefund| (it.id.clone(), it.asked_at);
    Ok(Theirs {
        sessions: read(window, async |after| gateway.sessions(after).await, session).await?,
        refunds: read(window, async |after| gateway.refunds(after).await, refund).await?,
    })
}

async fn read<T>(
    window: Duration,
    page: impl AsyncFn(Option<&str>) -> Result<Page<T>, GatewayError>,
    place: impl Fn(&T) -> (String, Instant),
) -> Result<Vec<T>, GatewayError> {
    let mut all: Vec<T> = Vec::new();
    for _ in 0..MOST_PAGES {
        let after = all.last().map(|last| place(last).0);
        let Page { items, more } = page(after.as_deref()).await?;
        all.extend(items);
        let (Some(newest), Some(oldest)) = (all.first(), all.last()) else { break };
        if !more || place(newest).1 - place(oldest).1 > window {
            break;
        }
    }
    Ok(all)
}

/// Adds what open cases are about, if the lists do not show it, and how far stray money was given back.
pub async fn ask_for_cases(gateway: &Gateway, theirs: &mut Theirs, cases: &[OpenCase]) -> Result<(), GatewayError> {
    for case in cases.iter().take(MOST_QUESTIONS) {
        match case.kind {
            Kind::StrayMoney if !theirs.sessions.iter().any(|session| session.id == case.subject) => {
                theirs.sessions.extend(known(gateway.retrieve_session(&case.subject).await)?);
            }
            Kind::StrayRefund if !theirs.refunds.iter().any(|refund| refund.id == case.subject) => {
                theirs.refunds.extend(known(gateway.retrieve_refund(&case.subject).await)?);
            }
            _ => {}
        }
        if case.kind == Kind::StrayMoney
            && let Some(session) = theirs.sessions.iter().find(|session| session.id == case.subject)
            && let Some((_, Some(intent))) = session.paid()
        {
            let refunds = gateway.refunds_of(intent).await?;
            add_refunds(theirs, refunds);
        }
    }
    Ok(())
}

/// What of ours is named there, or by an open case.
pub fn wanted(theirs: &Theirs, cases: &[OpenCase]) -> Wanted {
    let subjects = || cases.iter().filter_map(|case| Uuid::parse_str(&case.subject).ok());
    let refunds = theirs.refunds.iter().filter_map(|refund| Some(refund.attempt?.refund));
    Wanted {
        payments: theirs
            .sessions
            .iter()
            .filter_map(|session| session.payment)
            .chain(cases.iter().filter_map(|case| case.payment))
            .collect(),
        refunds: refunds.chain(subjects().map(crate::ids::RefundId)).collect(),
        intents: theirs.refunds.iter().filter_map(|refund| refund.intent.clone()).collect(),
    }
}

/// Asks by name for what of ours the lists did not show. What there is no time to ask for is left out of our side;
/// returns how much that is.
pub async fn ask_for_ours(gateway: &Gateway, theirs: &mut Theirs, ours: &mut Ours) -> Result<usize, GatewayError> {
    let mut questions = 0;
    let mut left_out = HashSet::new();
    for payment in ours.payments.iter().filter(|payment| payment.status == PaymentStatus::Succeeded) {
        if theirs.sessions.iter().any(|session| session.payment == Some(payment.id) && session.paid().is_some()) {
            continue;
        }
        questions += 1;
        if questions > MOST_QUESTIONS {
            left_out.insert(payment.id.0);
            continue;
        }
        if let Some(session) = ask_for_payment(gateway, payment).await? {
            theirs.sessions.retain(|known| known.id != session.id);
            theirs.sessions.push(session);
        }
    }
    for here in ours.refunds.iter().filter(|here| here.refund.life.status == RefundStatus::Succeeded) {
        questions += 1;
        match unseen(theirs, here) {
            None => questions -= 1,
            Some(_) if questions > MOST_QUESTIONS => drop(left_out.insert(here.refund.id.0)),
            Some(id) => {
                let refund = known(gateway.retrieve_refund(id).await)?;
                add_refunds(theirs, refund);
            }
        }
    }
    ours.payments.retain(|payment| !left_out.contains(&payment.id.0));
    ours.refunds.retain(|here| !left_out.contains(&here.refund.id.0));
    Ok(left_out.len())
}

async fn ask_for_payment(gateway: &Gateway, payment: &OurPayment) -> Result<Option<Session>, GatewayError> {
    match (&payment.session, &payment.intent) {
        (Some(session), _) => known(gateway.retrieve_session(session).await),
        (None, Some(intent)) => gateway.session_of(intent).await,
        (None, None) => Ok(None),
    }
}

fn unseen<'a>(theirs: &Theirs, here: &'a OurRefund) -> Option<&'a str> {
    let id = here.refund.life.gateway_id.as_deref()?;
    theirs.refunds.iter().all(|there| there.id != id).then_some(id)
}

fn add_refunds(theirs: &mut Theirs, more: impl IntoIterator<Item = TheirRefund>) {
    for refund in more {
        if theirs.refunds.iter().all(|known| known.id != refund.id) {
            theirs.refunds.push(refund);
        }
    }
}
