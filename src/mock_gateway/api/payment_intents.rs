//! `/v1/payment_intents`

use super::error::ApiError;
use super::idempotency::{self, Answer as Stored};
use super::params::Params;
use super::{Answer, Call, expand};
use crate::mock_gateway::cards::Card;
use crate::mock_gateway::checkout::{self, Outcome};
use crate::mock_gateway::method::Method;
use crate::mock_gateway::payment_intent::Intent;
use crate::mock_gateway::wire::{Expand, IntentDetails};
use crate::mock_gateway::{Gateway, database, payment_intent};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use diesel::prelude::*;

/// `GET /v1/payment_intents/{id}`
pub async fn retrieve(gateway: web::Data<Gateway>, id: web::Path<String>, request: HttpRequest) -> Answer {
    let mut params = Params::parse(request.query_string().as_bytes())?;
    let expand = expand::read(&mut params, "", &["latest_charge"])?;
    params.finish()?;
    let found = database::run(&gateway.pool, move |conn| {
        let intent = find(conn, &id)?;
        Ok::<_, ApiError>(IntentDetails::load(conn, intent)?.to_json(expand))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// `POST /v1/payment_intents/{id}/confirm`: charges a test card without the hosted page, so that a merchant's client
/// meets the bank's answer itself. Stripe allows this for intents that Checkout did not make.
pub async fn confirm(call: Call, id: web::Path<String>) -> Answer {
    let mut params = call.params()?;
    let expand = expand::read(&mut params, "", &["latest_charge"])?;
    let check = move |_now| {
        let method = params.required_text("payment_method")?;
        params.finish()?;
        test_card(&method).ok_or_else(|| ApiError::no_such("PaymentMethod", &method, "payment_method"))
    };
    let settles_after = call.gateway.settles_after;
    idempotency::once(call, check, move |conn, card, _| charge(conn, &id, card, settles_after, expand)).await
}

fn charge(
    conn: &mut PgConnection,
    id: &str,
    card: &'static Card,
    settles_after: TimeDelta,
    expand: Expand,
) -> Result<Stored, ApiError> {
    let session_id = find(conn, id)?.checkout_session_id;
    let outcome = checkout::pay(conn, &session_id, Method::Card(card), settles_after)?;
    let intent = find(conn, id)?;
    let status = intent.status;
    let object = IntentDetails::load(conn, intent)?.to_json(expand);
    match outcome {
        Outcome::Paid | Outcome::AsksForConfirmation | Outcome::Processing => Ok(object.into()),
        // The attempt and its event are kept, so this is no `Err`, which would undo them.
        Outcome::Declined(reason) => Ok(Stored::refusal(&ApiError::declined(reason, object))),
        Outcome::Closed | Outcome::NotOffered | Outcome::NothingToConfirm | Outcome::NoSuchSession => {
            let message = format!("This PaymentIntent could not be confirmed because it has a status of {status}.");
            Err(ApiError::bad_request(message).code("payment_intent_unexpected_state"))
        }
    }
}

/// Stripe's names of the test cards for calls without a page.
fn test_card(method: &str) -> Option<&'static Card> {
    let number = match method {
        "pm_card_visa" => "4242424242424242",
        "pm_card_mastercard" => "5555555555554444",
        "pm_card_authenticationRequired" => "4000002500003155",
        "pm_card_visa_chargeDeclined" => "4000000000000002",
        "pm_card_visa_chargeDeclinedInsufficientFunds" => "4000000000009995",
        "pm_card_visa_chargeDeclinedLostCard" => "4000000000009987",
        "pm_card_chargeDeclinedExpiredCard" => "4000000000000069",
        "pm_card_chargeDeclinedProcessingError" => "4000000000000119",
        "pm_card_pendingRefund" => "4000000000007726",
        "pm_card_refundFail" => "4000000000005126",
        _ => return None,
    };
    Card::by_number(number)
}

fn find(conn: &mut PgConnection, id: &str) -> Result<Intent, ApiError> {
    payment_intent::find(conn, id)?.ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))
}
