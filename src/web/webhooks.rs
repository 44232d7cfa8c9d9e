//! Where the gateway tells what happened. Answers 2xx only when the event is done; the gateway sends it again otherwise.

use super::app::State;
use super::session::request_id;
use crate::errands::{NotDone, inbox};
use crate::payment::inbox::Outline;
use actix_web::{HttpRequest, HttpResponse, web};

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
    match inbox::take_in(&state.db, &state.gateway, request_id(&request), outline, body.to_owned()).await {
        Ok(effect) => HttpResponse::Ok().content_type("text/plain").body(effect.as_str()),
        Err(why) => failed(&why),
    }
}

fn refused(why: &str) -> HttpResponse {
    HttpResponse::BadRequest().content_type("text/plain; charset=utf-8").body(why.to_owned())
}

fn failed(why: &NotDone) -> HttpResponse {
    tracing::error!(%why, "an event is stored or lost, but not done; the gateway sends it again");
    HttpResponse::ServiceUnavailable().content_type("text/plain").body("not done yet, send it again")
}
