//! Where the gateway tells what happened. Answers 2xx only when the event is done; the gateway sends it again otherwise.

use super::app::State;
use super::session::request_id;
use crate::db::{Failure, Stop};
use crate::ids::RequestId;
use crate::ledger::{Actor, Author};
use crate::payment::gateway::GatewayError;
use crate::payment::inbox::{self, Effect, Outline};
use crate::sale::settle;
use actix_web::{HttpRequest, HttpResponse, web};
use std::convert::Infallible;
use thiserror::Error;

/// Bytes of an event, at most.
pub const LIMIT: usize = 256 * 1024;

/// `POST /webhooks/stripe`
pub async fn stripe(state: web::Data<State>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let signature =
        request.headers().get("Stripe-Signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Ok(body) = std::str::from_utf8(&body) else { return refused("the body is not UTF-8") };
    if let Err(error) = state.gateway.verify(body, signature) {
        return refused(&error.to_string());
    }
    let Ok(outline) = serde_json::from_str::<Outline>(body) else { return refused("the body is not an event") };
    if [&outline.id, &outline.kind].iter().any(|text| text.contains('\0')) {
        return refused("the event has an id or a type that cannot be stored");
    }
    match take_in(&state, request_id(&request), outline, body.to_owned()).await {
        Ok(effect) => HttpResponse::Ok().content_type("text/plain").body(effect.as_str()),
        Err(why) => failed(&why),
    }
}

/// Why an event is not done yet.
#[derive(Debug, Error)]
enum NotDone {
    #[error(transparent)]
    Database(#[from] Failure),
    #[error("the event cannot be read: {0}")]
    Gateway(#[from] GatewayError),
}

impl From<Stop<Infallible>> for NotDone {
    fn from(stop: Stop<Infallible>) -> Self {
        match stop {
            Stop::Refused(never) => match never {},
            Stop::Failed(failure) => Self::Database(failure),
        }
    }
}

/// Stores the event, then applies it.
async fn take_in(state: &State, request: RequestId, event: Outline, body: String) -> Result<Effect, NotDone> {
    let (id, stored) = (event.id.clone(), body.clone());
    state.db.run(move |conn| settle::receive(conn, &event.id, &event.kind, &stored)).await?;
    let author = Author { actor: Actor::Gateway(id.clone()), request };
    let (by, event) = (author.clone(), id.clone());
    let effect = state.db.run(move |conn| settle::process(conn, &event, &by)).await?;
    if effect == Effect::Unreadable {
        ask_gateway(state, &body, author).await?;
        state.db.run(move |conn| settle::mark_unreadable(conn, &id)).await?;
    }
    Ok(effect)
}

/// An event of ours that cannot be read: the session itself can tell. Without one there is nothing to ask about.
async fn ask_gateway(state: &State, body: &str, author: Author) -> Result<(), NotDone> {
    let Some(session) = inbox::session_id(body) else {
        tracing::error!(actor = %author.actor, "an event can neither be read nor asked about");
        return Ok(());
    };
    let session = match state.gateway.retrieve_session(&session).await {
        Err(GatewayError::Refused(why)) => {
            tracing::error!(actor = %author.actor, session, why, "an unreadable event names a session that the gateway denies");
            return Ok(());
        }
        told => told?,
    };
    let settled = state.db.run(move |conn| settle::settle_session(conn, &session, &author)).await?;
    tracing::warn!(?settled, "an event could not be read; the gateway was asked instead");
    Ok(())
}

fn refused(why: &str) -> HttpResponse {
    HttpResponse::BadRequest().content_type("text/plain; charset=utf-8").body(why.to_owned())
}

fn failed(why: &NotDone) -> HttpResponse {
    tracing::error!(%why, "an event is stored or lost, but not done; the gateway sends it again");
    HttpResponse::ServiceUnavailable().content_type("text/plain").body("not done yet, send it again")
}
