//! Calls of the API that fail before the work, or after it.

use super::once;
use crate::test_gateway::{TestGateway, session_params};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use stripe::{RequestStrategy, StripeError, StripeRequest};
use stripe_checkout::checkout_session::RetrieveCheckoutSession;

const SESSIONS: &str = "/v1/checkout/sessions";

async fn count_sessions(gateway: &TestGateway) -> usize {
    gateway.get_json(SESSIONS).await["data"].as_array().unwrap().len()
}

fn create(gateway: &TestGateway) -> reqwest::RequestBuilder {
    gateway.post(SESSIONS, &session_params()).header("Idempotency-Key", "k1")
}

#[actix_web::test]
async fn a_refused_call_has_done_nothing_and_does_not_burn_its_key() {
    let gateway = TestGateway::start().await;
    let refusals = [
        ("api_error", 500, "application/json"),
        ("api_html", 502, "text/html; charset=utf-8"),
        ("api_rate_limit", 429, "application/json"),
    ];
    for (fault, status, content_type) in refusals {
        gateway.switch_on(fault, "all", once()).await;
        let refused = create(&gateway).send().await.unwrap();
        assert_eq!(refused.status(), status, "{fault}");
        assert_eq!(refused.headers()["Content-Type"], content_type, "{fault}");
        let body = refused.text().await.unwrap();
        let error = serde_json::from_str::<Value>(&body);
        match status {
            502 => assert!(error.is_err() && body.contains("<h1>502 Bad Gateway</h1>")),
            429 => assert_eq!(error.unwrap()["error"]["code"], "rate_limit"),
            _ => assert_eq!(error.unwrap()["error"]["type"], "api_error"),
        }
        assert_eq!(count_sessions(&gateway).await, 0, "{fault}");
    }
    assert_eq!(create(&gateway).send().await.unwrap().status(), 200, "the switches are used up");
}

#[actix_web::test]
async fn the_official_client_sees_each_refusal_as_a_failure() {
    let gateway = TestGateway::start().await;
    let id = gateway.create_session().await["id"].as_str().unwrap().to_owned();
    for fault in ["api_error", "api_html", "api_rate_limit"] {
        gateway.switch_on(fault, "all", once()).await;
        let call = RetrieveCheckoutSession::new(id.as_str()).customize();
        let failed = call.request_strategy(RequestStrategy::Once).send(&gateway.stripe()).await;
        assert!(
            matches!(&failed, Err(StripeError::Stripe(_, 429 | 500)) | Err(StripeError::JSONDeserialize(_))),
            "{fault}: {failed:?}"
        );
    }
}

#[actix_web::test]
async fn a_silent_call_is_done_and_its_repeat_finds_the_stored_answer() {
    let gateway = TestGateway::start().await;
    gateway.switch_on("api_silent", "all", json!({"next": 1, "delay_ms": 0})).await;
    let cut = create(&gateway).send().await;
    let error = cut.expect_err("there must be no answer, not even a status");
    assert!(error.is_request() && !error.is_timeout(), "{error:?}");
    assert_eq!(count_sessions(&gateway).await, 1);

    let repeat = create(&gateway).send().await.unwrap();
    assert_eq!(repeat.status(), 200);
    assert_eq!(repeat.headers()["Idempotent-Replayed"], "true");
    let session: Value = repeat.json().await.unwrap();
    assert_eq!(gateway.get_json(SESSIONS).await["data"][0]["id"], session["id"]);
    assert_eq!(count_sessions(&gateway).await, 1);
}

#[actix_web::test]
async fn a_silent_call_lasts_longer_than_its_callers_patience() {
    let gateway = TestGateway::start().await;
    gateway.switch_on("api_silent", "all", json!({"next": 1, "delay_ms": 3_000})).await;
    let gone = create(&gateway).timeout(Duration::from_millis(1500)).send().await;
    assert!(gone.expect_err("nothing was to be heard").is_timeout());
    let repeat = create(&gateway).send().await.unwrap();
    assert_eq!(repeat.headers()["Idempotent-Replayed"], "true");
    assert_eq!(count_sessions(&gateway).await, 1);
}

#[actix_web::test]
async fn a_call_that_only_reads_is_never_left_silent() {
    let gateway = TestGateway::start().await;
    gateway.switch_on("api_silent", "all", json!({"probability": 1, "delay_ms": 0})).await;
    assert_eq!(count_sessions(&gateway).await, 0);
    assert!(create(&gateway).send().await.is_err());
}

#[actix_web::test]
async fn a_slow_answer_is_right_and_late() {
    let gateway = TestGateway::start().await;
    gateway.switch_on("api_slow", "all", json!({"next": 1, "delay_ms": 400})).await;
    let asked = Instant::now();
    assert_eq!(create(&gateway).send().await.unwrap().status(), 200);
    assert!(asked.elapsed() >= Duration::from_millis(400));
}

#[actix_web::test]
async fn a_sessions_switch_strikes_calls_that_name_it_and_no_others() {
    let gateway = TestGateway::start().await;
    let paid = gateway.pay().await;
    let other = gateway.pay().await;
    let intent = async |id: &str| {
        let session = gateway.get_json(&format!("{SESSIONS}/{id}")).await;
        session["payment_intent"].as_str().unwrap().to_owned()
    };
    let (paid_intent, other_intent) = (intent(&paid).await, intent(&other).await);
    gateway.switch_on("api_error", &paid, json!({"probability": 1})).await;
    let status = async |path: String| gateway.get(&path).send().await.unwrap().status().as_u16();
    assert_eq!(status(format!("{SESSIONS}/{paid}")).await, 500);
    assert_eq!(status(format!("/v1/payment_intents/{paid_intent}")).await, 500);
    assert_eq!(status(format!("{SESSIONS}/{other}")).await, 200);
    assert_eq!(status(format!("/v1/payment_intents/{other_intent}")).await, 200);
    assert_eq!(status(SESSIONS.to_owned()).await, 200);
    let expired = gateway.post(&format!("{SESSIONS}/{paid}/expire"), &[]).send().await.unwrap();
    assert_eq!(expired.status(), 500);
}
