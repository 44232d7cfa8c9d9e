//! Webhooks as a merchant's server receives them.

use crate::merchant::{Received, merchant, next};
use crate::test_gateway::{SECRET_KEY, TestGateway, WEBHOOK_SECRET};
use serde_json::Value;
use std::process::Command;
use stripe_webhook::{Event, EventObject, EventType, Webhook};

#[actix_web::test]
async fn a_payment_is_announced_signed_and_again_after_a_500() {
    let (url, mut received) = merchant(&[500, 500]);
    let gateway = TestGateway::start_with(|options| options.webhook_url = Some(url)).await;
    let session_id = gateway.pay().await;
    let mut deliveries = Vec::new();
    for _ in 0..4 {
        deliveries.push(next(&mut received).await);
    }
    let events: Vec<Event> = deliveries.iter().map(Received::event).collect();
    for kind in [EventType::CheckoutSessionCompleted, EventType::PaymentIntentSucceeded] {
        let same: Vec<&Event> = events.iter().filter(|event| event.type_ == kind).collect();
        assert_eq!(same.len(), 2, "each kind was refused once and sent again");
        assert_eq!(same[0].id, same[1].id, "a repeat keeps its id");
    }
    let mut signatures: Vec<&str> = deliveries.iter().map(|delivery| delivery.signature.as_str()).collect();
    signatures.sort_unstable();
    signatures.dedup();
    assert_eq!(signatures.len(), 4, "each attempt is signed anew");
    let completed = events.into_iter().find_map(|event| match event.data.object {
        EventObject::CheckoutSessionCompleted(session) => Some(session),
        _ => None,
    });
    let completed = completed.unwrap();
    assert_eq!(completed.id.as_str(), session_id);
    assert_eq!(completed.amount_total, Some(123_450));
    assert_eq!(completed.client_reference_id.as_deref(), Some("payment-7"));
    crate::support::eventually("nothing is owed any more", async || {
        let owed = gateway.get_json("/v1/events?delivery_success=false").await;
        owed["data"].as_array().unwrap().is_empty().then_some(())
    })
    .await;
    assert!(received.try_recv().is_err(), "what was taken is not sent again");
}

#[actix_web::test]
async fn an_altered_body_or_another_secret_does_not_verify() {
    let (url, mut received) = merchant(&[]);
    let gateway = TestGateway::start_with(|options| options.webhook_url = Some(url)).await;
    gateway.pay().await;
    let Received { signature, body } = next(&mut received).await;
    assert!(Webhook::construct_event(&body, &signature, WEBHOOK_SECRET).is_ok());
    assert!(Webhook::construct_event(&body.replace("123450", "1"), &signature, WEBHOOK_SECRET).is_err());
    assert!(Webhook::construct_event(&body, &signature, "whsec_other").is_err());
}

#[actix_web::test]
async fn what_could_not_be_delivered_survives_a_restart() {
    let nobody = "http://127.0.0.1:9/hook".to_owned();
    let gateway = TestGateway::start_with(|options| options.webhook_url = Some(nobody)).await;
    let session_id = gateway.pay().await;
    let database_url = gateway.stop().await;

    let (url, mut received) = merchant(&[]);
    let gateway = TestGateway::start_with(|options| {
        options.database_url = database_url;
        options.webhook_url = Some(url);
    })
    .await;
    let mut kinds = vec![next(&mut received).await.event().type_, next(&mut received).await.event().type_];
    kinds.sort_by_key(|kind| kind.as_str().to_owned());
    assert_eq!(kinds, [EventType::CheckoutSessionCompleted, EventType::PaymentIntentSucceeded]);
    let session = gateway.get_json(&format!("/v1/checkout/sessions/{session_id}")).await;
    assert_eq!(session["payment_status"], "paid");
}

#[actix_web::test]
async fn an_expiry_by_the_merchant_names_its_request() {
    let (url, mut received) = merchant(&[]);
    let gateway = TestGateway::start_with(|options| options.webhook_url = Some(url)).await;
    let session = gateway.create_session().await;
    let path = format!("/v1/checkout/sessions/{}/expire", session["id"].as_str().unwrap());
    let expired = gateway.post(&path, &[]).header("Idempotency-Key", "expire-1").send().await.unwrap();
    let event = next(&mut received).await.event();
    assert_eq!(event.type_, EventType::CheckoutSessionExpired);
    let request = event.request.unwrap();
    assert_eq!(request.id.as_deref(), expired.headers()["Request-Id"].to_str().ok());
    assert_eq!(request.idempotency_key.as_deref(), Some("expire-1"));
}

#[actix_web::test]
async fn each_endpoint_gets_the_kinds_it_wants_signed_with_its_own_secret() {
    let (url, mut of_settings) = merchant(&[]);
    let gateway = TestGateway::start_with(|options| options.webhook_url = Some(url)).await;
    let (url, mut own) = merchant(&[]);
    let wanted = [("url", url.as_str()), ("enabled_events[]", "payment_intent.succeeded"), ("description", "books")];
    let made = gateway.post("/v1/webhook_endpoints", &wanted).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let secret = made["secret"].as_str().unwrap();
    gateway.pay().await;
    let Received { signature, body } = next(&mut own).await;
    let event = Webhook::construct_event(&body, &signature, secret).unwrap();
    assert_eq!(event.type_, EventType::PaymentIntentSucceeded);
    assert!(Webhook::construct_event(&body, &signature, WEBHOOK_SECRET).is_err());
    let mut both = vec![next(&mut of_settings).await.event().id, next(&mut of_settings).await.event().id];
    both.retain(|id| *id == event.id);
    assert_eq!(both.len(), 1, "the endpoint of the settings gets everything, signed with its own secret");
    crate::support::eventually("nothing is owed any more", async || {
        let owed = gateway.get_json("/v1/events?delivery_success=false").await;
        owed["data"].as_array().unwrap().is_empty().then_some(())
    })
    .await;
    assert!(own.try_recv().is_err(), "what it does not want is not sent");
}

#[actix_web::test]
async fn only_the_kinds_that_the_settings_name_are_sent() {
    let (url, mut received) = merchant(&[]);
    let gateway = TestGateway::start_with(|options| {
        options.webhook_url = Some(url);
        options.webhook_events = vec!["checkout.session.completed".into()];
    })
    .await;
    gateway.pay().await;
    assert_eq!(next(&mut received).await.event().type_, EventType::CheckoutSessionCompleted);
    // The other event of the payment was written with it, and waits for nobody.
    let other = gateway.get_json("/v1/events?type=payment_intent.succeeded").await;
    assert_eq!(other["data"].as_array().unwrap().len(), 1);
    assert_eq!(other["data"][0]["pending_webhooks"], 0);
}

#[test]
fn a_kind_that_cannot_be_one_is_refused_before_anything_starts() {
    for (kinds, odd) in [("Foo", "Foo"), ("", ""), ("charge.refunded,", ""), ("charge.refunded,charge.", "charge.")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
        command.args(["mock-gateway", "--database-url", "postgres://127.0.0.1:9/none", "--secret-key", SECRET_KEY]);
        let answer = command.args(["--webhook-secret", WEBHOOK_SECRET, "--webhook-events", kinds]).output().unwrap();
        let said = String::from_utf8(answer.stderr).unwrap();
        assert_eq!(answer.status.code(), Some(2), "{kinds:?}: {said}");
        assert!(said.contains(&format!("invalid value '{odd}' for '--webhook-events <KIND>'")), "{kinds:?}: {said}");
    }
}

#[actix_web::test]
async fn endpoints_are_listed_without_their_secrets_and_bad_ones_refused() {
    let gateway = TestGateway::start().await;
    const ENDPOINTS: &str = "/v1/webhook_endpoints";
    let (url, all) = (("url", "http://127.0.0.1:9/hook"), ("enabled_events[]", "*"));
    let rows: &[(&[(&str, &str)], &str)] = &[
        (&[all], "url"),
        (&[("url", "/hook"), all], "url"),
        (&[("url", "https://cinema.example/hook"), all], "url"),
        (&[url], "enabled_events"),
        (&[url, ("enabled_events[]", "everything")], "enabled_events"),
        (&[url, ("enabled_events[]", "charge.refunded'; --")], "enabled_events"),
        (&[url, all, ("colour", "red")], "colour"),
    ];
    for (params, param) in rows {
        let refused = gateway.post(ENDPOINTS, params).send().await.unwrap();
        assert_eq!(refused.status(), 400, "{params:?}");
        assert_eq!(refused.json::<Value>().await.unwrap()["error"]["param"], *param, "{params:?}");
    }
    let mut ids = Vec::new();
    for _ in 0..3 {
        let made: Value = gateway.post(ENDPOINTS, &[url, all]).send().await.unwrap().json().await.unwrap();
        ids.insert(0, made["id"].as_str().unwrap().to_owned());
    }
    let list = gateway.get_json(&format!("{ENDPOINTS}?limit=1&starting_after={}", ids[0])).await;
    assert_eq!((&list["data"][0]["id"], &list["has_more"]), (&ids[1].as_str().into(), &true.into()));
    let one = gateway.get_json(&format!("{ENDPOINTS}/{}", ids[2])).await;
    assert_eq!((&one["status"], &one["secret"]), (&"enabled".into(), &Value::Null));
    assert_eq!(gateway.get(&format!("{ENDPOINTS}/we_nope")).send().await.unwrap().status(), 404);
}

#[actix_web::test]
async fn a_bank_that_answers_later_is_announced_as_official_clients_read_it() {
    let (url, mut received) = merchant(&[]);
    let gateway = TestGateway::start_with(|options| options.webhook_url = Some(url)).await;
    let session = gateway.create_session().await;
    let form = [("method", "upi"), ("upi", "upi_pending_failure")];
    assert_eq!(gateway.submit(session["url"].as_str().unwrap(), &form).await.status(), 303);
    let mut kinds = vec![next(&mut received).await.event().type_, next(&mut received).await.event().type_];
    gateway.travel("9 seconds");
    let later = [next(&mut received).await.event(), next(&mut received).await.event()];
    kinds.extend(later.iter().map(|event| event.type_.clone()));
    let [first, second] = later.map(|event| event.data.object);
    let failed = [first, second].into_iter().find_map(|object| match object {
        EventObject::CheckoutSessionAsyncPaymentFailed(session) => Some(session),
        _ => None,
    });
    assert_eq!(failed.unwrap().client_reference_id.as_deref(), Some("payment-7"));
    kinds[..2].sort_by_key(|kind| kind.as_str().to_owned());
    kinds[2..].sort_by_key(|kind| kind.as_str().to_owned());
    let expected = [
        EventType::CheckoutSessionCompleted,
        EventType::PaymentIntentProcessing,
        EventType::CheckoutSessionAsyncPaymentFailed,
        EventType::PaymentIntentPaymentFailed,
    ];
    assert_eq!(kinds, expected);
}
