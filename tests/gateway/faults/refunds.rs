//! Refunds that fail at once or later, or of which nobody ever hears again.

use super::{gateway_and_merchant, next_event, once};
use crate::support::eventually;
use crate::test_gateway::TestGateway;
use serde_json::{Value, json};

/// A paid session: its id, and that of its payment intent.
async fn paid(gateway: &TestGateway) -> (String, String) {
    let id = gateway.pay().await;
    let session = gateway.get_json(&format!("/v1/checkout/sessions/{id}")).await;
    (id, session["payment_intent"].as_str().unwrap().to_owned())
}

async fn refund(gateway: &TestGateway, intent: &str) -> Value {
    let refunded = gateway.post("/v1/refunds", &[("payment_intent", intent)]).send().await.unwrap();
    assert_eq!(refunded.status(), 200);
    refunded.json().await.unwrap()
}

async fn status(gateway: &TestGateway, refund: &Value) -> Value {
    gateway.get_json(&format!("/v1/refunds/{}", refund["id"].as_str().unwrap())).await["status"].clone()
}

async fn amount_refunded(gateway: &TestGateway, intent: &str) -> Value {
    let intent = gateway.get_json(&format!("/v1/payment_intents/{intent}?expand[]=latest_charge")).await;
    intent["latest_charge"]["amount_refunded"].clone()
}

#[actix_web::test]
async fn a_refund_fails_at_once_and_may_be_asked_for_again() {
    let (gateway, mut received) = gateway_and_merchant().await;
    let (_, intent) = paid(&gateway).await;
    gateway.switch_on("refund_fails", "all", once()).await;
    let failed = refund(&gateway, &intent).await;
    assert_eq!((&failed["status"], &failed["amount"]), (&json!("failed"), &json!(123_450)));
    assert!(failed["failure_reason"].is_string(), "{failed}");
    assert_eq!(amount_refunded(&gateway, &intent).await, 0);
    let mut kinds = Vec::new();
    for _ in 0..5 {
        kinds.push(next_event(&mut received).await.type_.as_str().to_owned());
    }
    kinds.sort();
    assert_eq!(kinds[2..], ["refund.created", "refund.failed", "refund.updated"], "{kinds:?}");

    assert_eq!(refund(&gateway, &intent).await["status"], "succeeded");
    assert_eq!(amount_refunded(&gateway, &intent).await, 123_450);
}

#[actix_web::test]
async fn a_refund_succeeds_and_fails_later() {
    let gateway = TestGateway::start().await;
    let (_, intent) = paid(&gateway).await;
    gateway.switch_on("refund_fails_later", "all", json!({"next": 1, "delay_ms": 600_000})).await;
    let refunded = refund(&gateway, &intent).await;
    assert_eq!(refunded["status"], "succeeded");
    assert_eq!(amount_refunded(&gateway, &intent).await, 123_450);
    gateway.travel("11 minutes");
    eventually("it fails after all", async || (status(&gateway, &refunded).await == "failed").then_some(())).await;
    assert_eq!(amount_refunded(&gateway, &intent).await, 0);
    assert_eq!(gateway.count_events("refund.failed").await, 1);
}

#[actix_web::test]
async fn a_refund_stays_pending_whatever_the_time() {
    let gateway = TestGateway::start().await;
    let (_, intent) = paid(&gateway).await;
    gateway.switch_on("refund_pending", "all", once()).await;
    let pending = refund(&gateway, &intent).await;
    // One that fails later marks the moment when the bank has spoken of all it will speak of.
    let (_, other) = paid(&gateway).await;
    gateway.switch_on("refund_fails_later", "all", json!({"next": 1, "delay_ms": 0})).await;
    let settled = refund(&gateway, &other).await;
    gateway.travel("100 days");
    eventually("the bank has spoken", async || (status(&gateway, &settled).await == "failed").then_some(())).await;
    assert_eq!(status(&gateway, &pending).await, "pending");
    assert_eq!(amount_refunded(&gateway, &intent).await, 123_450, "it is on its way");
}

#[actix_web::test]
async fn a_refund_is_pending_for_as_long_as_the_switch_says() {
    let gateway = TestGateway::start().await;
    let (_, intent) = paid(&gateway).await;
    gateway.switch_on("refund_pending", "all", json!({"next": 1, "delay_ms": 600_000})).await;
    let pending = refund(&gateway, &intent).await;
    assert_eq!(pending["status"], "pending");
    gateway.travel("11 minutes");
    eventually("the bank speaks", async || (status(&gateway, &pending).await == "succeeded").then_some(())).await;
}

#[actix_web::test]
async fn a_sessions_switch_strikes_its_refunds_and_the_calls_about_them() {
    let gateway = TestGateway::start().await;
    let (id, intent) = paid(&gateway).await;
    let (_, other) = paid(&gateway).await;
    gateway.switch_on("refund_fails", &id, json!({"probability": 1})).await;
    assert_eq!(refund(&gateway, &other).await["status"], "succeeded");
    let failed = refund(&gateway, &intent).await;
    assert_eq!(failed["status"], "failed");

    gateway.switch_on("api_silent", &id, json!({"next": 1, "delay_ms": 0})).await;
    gateway.switch_on("refund_fails", &id, json!({"probability": 0})).await;
    let ask = || gateway.post("/v1/refunds", &[("payment_intent", intent.as_str())]).header("Idempotency-Key", "r");
    assert!(ask().send().await.is_err(), "the call is about that session, as its body says");
    let repeat = ask().send().await.unwrap();
    assert_eq!(repeat.headers()["Idempotent-Replayed"], "true");
    assert_eq!(repeat.json::<Value>().await.unwrap()["status"], "succeeded");
    assert_eq!(amount_refunded(&gateway, &intent).await, 123_450, "once");

    gateway.switch_on("api_error", &id, json!({"probability": 1})).await;
    let path = format!("/v1/refunds/{}", failed["id"].as_str().unwrap());
    assert_eq!(gateway.get(&path).send().await.unwrap().status(), 500);
    let charge = gateway.get_json("/v1/refunds").await["data"][0]["charge"].as_str().unwrap().to_owned();
    let by_charge = gateway.post("/v1/refunds", &[("charge", &charge)]).send().await.unwrap();
    assert_eq!(by_charge.status(), 500);
}
