//! Refunds that are due: the gateway is asked to give the money back, or how it stands.

use super::NotDone;
use crate::db::Database;
use crate::fault;
use crate::ledger::Author;
use crate::payment::gateway::{Gateway, GatewayError, SessionState};
use crate::payment::refund::{Job, Word};
use crate::sale::refund;

/// Leased at a time.
const MOST: i64 = 20;

/// Asks for what is due, the longest waiting first. How many were asked for; the rest waits for its next time.
pub async fn due(db: &Database, gateway: &Gateway) -> Result<usize, NotDone> {
    let jobs = db.run(|conn| refund::lease(conn, MOST)).await?;
    let leased = jobs.len();
    for job in jobs {
        let attempt = job.attempt;
        // Nobody knows whether it was carried out: the same request is sent again when the lease has ended. One that
        // cannot be done must not keep the others waiting.
        if let Err(why) = ask_and_note(db, gateway, job).await {
            tracing::warn!(%attempt, %why, "a refund was not answered");
        }
    }
    Ok(leased)
}

async fn ask_and_note(db: &Database, gateway: &Gateway, job: Job) -> Result<(), NotDone> {
    let (attempt, author) = (job.attempt, Author::system("refunds"));
    fault::point("refund_leased");
    let word = ask(gateway, job).await?;
    fault::point("refund_answered");
    db.run(move |conn| refund::note(conn, attempt, &word, &author)).await?;
    Ok(())
}

async fn ask(gateway: &Gateway, job: Job) -> Result<Word, GatewayError> {
    if let Some(id) = &job.gateway_id {
        return Ok(gateway.retrieve_refund(id).await?.word);
    }
    let asked = match intent(gateway, &job).await? {
        Some(intent) => gateway.create_refund(job.attempt, &intent, job.money.minor).await,
        None => Err(GatewayError::Refused("the gateway names no charge for this payment".to_owned())),
    };
    match asked {
        Err(GatewayError::Refused(reason)) => Ok(Word::Failed { gateway_id: None, reason }),
        told => Ok(told?.word),
    }
}

/// What the money was charged by; the session knows, where the event that told of the money did not say.
async fn intent(gateway: &Gateway, job: &Job) -> Result<Option<String>, GatewayError> {
    match (&job.payment_intent, &job.session) {
        (Some(intent), _) => Ok(Some(intent.clone())),
        (None, Some(session)) => match gateway.retrieve_session(session).await?.state {
            SessionState::Paid { intent, .. } => Ok(intent),
            _ => Ok(None),
        },
        (None, None) => Ok(None),
    }
}
