//! The inbox: an event of the gateway is stored, then applied. One that cannot be read sends us to ask the gateway.

use super::NotDone;
use crate::db::Database;
use crate::fault;
use crate::ids::RequestId;
use crate::ledger::{Actor, Author};
use crate::payment::gateway::{Gateway, GatewayError, Session};
use crate::payment::inbox::{self, Effect, Outline};
use crate::sale::settle;
use std::time::Duration;
use uuid::Uuid;

/// Events that are stored and not done for so long are taken up again: whoever received them has crashed, or the
/// database was away.
const LEFT_OVER: chrono::Duration = chrono::Duration::seconds(5);

/// The gateway that has sent an event waits for our answer, so it is not asked for longer meanwhile: what is not done by
/// then is left over, and sent again.
const ASK_WITHIN: Duration = Duration::from_millis(700);

/// Stores a verified event, then applies it.
///
/// # Errors
/// It is stored or lost, but not done: the gateway is to send it again.
pub async fn take_in(
    db: &Database,
    gateway: &Gateway,
    request: RequestId,
    event: Outline,
    body: String,
) -> Result<Effect, NotDone> {
    let id = event.id.clone();
    db.run(move |conn| settle::receive(conn, &event.id, &event.kind, &body)).await?;
    fault::point("inbox_stored");
    let done = process(db, gateway, request, id, ASK_WITHIN).await?;
    fault::point("inbox_done");
    Ok(done)
}

/// Applies a stored event; one that is done stays as it is. Where the gateway has to be asked, it is for so long.
async fn process(
    db: &Database,
    gateway: &Gateway,
    request: RequestId,
    event: String,
    ask_within: Duration,
) -> Result<Effect, NotDone> {
    let author = Author { actor: Actor::Gateway(event.clone()), request };
    let (by, id) = (author.clone(), event.clone());
    let effect = db.run(move |conn| settle::process(conn, &id, &by)).await?;
    if effect == Effect::Unreadable {
        let told = ask_gateway(db, gateway, &event, ask_within).await?;
        tracing::warn!(?told, event, "an event could not be read; the gateway was asked instead");
        db.run(move |conn| settle::settle_unreadable(conn, &event, told.as_ref(), &author)).await?;
    }
    Ok(effect)
}

/// Applies a stored event for somebody who waits for the answer; one that is done stays as it is.
///
/// # Errors
/// It stays as it was, and can be processed again.
pub async fn process_again(
    db: &Database,
    gateway: &Gateway,
    request: RequestId,
    event: String,
) -> Result<Effect, NotDone> {
    process(db, gateway, request, event, ASK_WITHIN).await
}

/// Applies what was stored and left over, the oldest first. How many were done.
pub async fn left_over(db: &Database, gateway: &Gateway) -> Result<usize, NotDone> {
    let waiting = db.run(|conn| settle::waiting(conn, LEFT_OVER)).await?;
    let mut done = 0;
    for event in waiting {
        // Nobody waits for the answer: the gateway's own bound is the only one.
        match process(db, gateway, RequestId(Uuid::now_v7()), event.clone(), Duration::MAX).await {
            Ok(_) => done += 1,
            // One that cannot be done must not keep the others waiting.
            Err(why) => tracing::warn!(event, %why, "an event is still not done"),
        }
    }
    Ok(done)
}

/// An event of ours that cannot be read: the session itself can tell. None where there is nothing to ask about.
async fn ask_gateway(
    db: &Database,
    gateway: &Gateway,
    event: &str,
    within: Duration,
) -> Result<Option<Session>, NotDone> {
    let id = event.to_owned();
    let body = db.run(move |conn| settle::body(conn, &id)).await?;
    let Some(session) = inbox::session_id(&body) else {
        tracing::error!(event, "an event can neither be read nor asked about");
        return Ok(None);
    };
    let asked = tokio::time::timeout(within, gateway.retrieve_session(&session)).await;
    match asked.unwrap_or_else(|_| Err(GatewayError::Away(format!("no answer within {within:?}")))) {
        Err(GatewayError::Refused(why)) => {
            tracing::error!(event, session, why, "an unreadable event names a session that the gateway denies");
            Ok(None)
        }
        told => Ok(Some(told?)),
    }
}
