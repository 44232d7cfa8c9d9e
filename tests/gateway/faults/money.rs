//! Money that comes after the end, or in another amount.

use super::{COMPLETED, EXPIRED, SUCCEEDED, always, gateway_and_merchant, jump, next_event};
use crate::support::eventually;
use crate::test_gateway::TestGateway;
use serde_json::{Value, json};

const SESSIONS: &str = "/v1/checkout/sessions";

async fn session_of(gateway: &TestGateway, id: &str) -> Value {
    gateway.get_json(&format!("{SESSIONS}/{id}?expand[]=payment_intent.latest_charge")).await
}

#[actix_web::test]
async fn a_payment_in_time_is_reported_expired_and_then_captured() {
    let (gateway, mut received) = gateway_and_merchant().await;
    gateway.switch_on("capture_after_expiry", "all", json!({"next": 1, "delay_ms": 600_000})).await;
    let id = gateway.pay().await;
    assert_eq!(next_event(&mut received).await.type_, EXPIRED);
    let expired = session_of(&gateway, &id).await;
    assert_eq!((&expired["status"], &expired["payment_status"]), (&json!("expired"), &json!("unpaid")));
    assert_eq!(expired["payment_intent"]["amount_received"], 0);
    assert_eq!(gateway.submit(&format!("/pay/{id}"), &[("card", "visa")]).await.status(), 409);

    jump(&gateway, "11 minutes").await;
    let mut kinds = [next_event(&mut received).await.type_, next_event(&mut received).await.type_];
    kinds.sort_by_key(|kind| kind.as_str().to_owned());
    assert_eq!(kinds, [COMPLETED, SUCCEEDED]);
    let paid = session_of(&gateway, &id).await;
    assert_eq!((&paid["status"], &paid["payment_status"]), (&json!("complete"), &json!("paid")));
    assert_eq!(paid["payment_intent"]["amount_received"], 123_450);
    let events = gateway.get_json("/v1/events").await;
    let kinds: Vec<&str> = events["data"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, [COMPLETED.as_str(), SUCCEEDED.as_str(), EXPIRED.as_str()], "newest first, and nothing twice");
    assert_eq!(gateway.submit(&format!("/pay/{id}"), &[("card", "visa")]).await.status(), 409);
    assert_eq!(gateway.count_events(SUCCEEDED.as_str()).await, 1);
}

#[actix_web::test]
async fn late_money_survives_a_restart_and_a_merchant_who_asks_for_the_end() {
    let gateway = TestGateway::start().await;
    gateway.switch_on("capture_after_expiry", "all", json!({"next": 1, "delay_ms": 600_000})).await;
    let id = gateway.pay().await;
    let expire = gateway.post(&format!("{SESSIONS}/{id}/expire"), &[]).send().await.unwrap();
    assert_eq!(expire.status(), 400, "it is expired already");
    let database_url = gateway.stop().await;
    let gateway = TestGateway::start_with(|options| options.database_url = database_url).await;
    gateway.travel("11 minutes");
    eventually("the money comes", async || {
        (session_of(&gateway, &id).await["payment_status"] == "paid").then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_payment_that_the_bank_asks_about_comes_late_too() {
    let gateway = TestGateway::start().await;
    gateway.switch_on("capture_after_expiry", "all", json!({"probability": 1, "delay_ms": 0})).await;
    let session = gateway.create_session().await;
    let (page, id) = (session["url"].as_str().unwrap(), session["id"].as_str().unwrap());
    gateway.submit(page, &[("card", "confirmation")]).await;
    assert_eq!(gateway.submit(&format!("{page}/confirmation"), &[("answer", "agree")]).await.status(), 303);
    eventually("the money comes", async || {
        (session_of(&gateway, id).await["payment_status"] == "paid").then_some(())
    })
    .await;
    assert_eq!(gateway.count_events(EXPIRED.as_str()).await, 1);
}

#[actix_web::test]
async fn another_amount_is_captured_than_was_asked() {
    let gateway = TestGateway::start().await;
    for (amount, captured) in [(-1, 123_449), (250, 123_700), (-99_999_999, 1)] {
        gateway.switch_on("amount_mismatch", "all", json!({"next": 1, "amount": amount})).await;
        let paid = session_of(&gateway, &gateway.pay().await).await;
        assert_eq!(paid["amount_total"], captured);
        assert_eq!(paid["payment_intent"]["amount_received"], captured);
        assert_eq!(paid["payment_intent"]["amount"], 123_450, "what was asked stays");
        assert_eq!(paid["payment_intent"]["latest_charge"]["amount_captured"], captured);
        let events = gateway.get_json("/v1/events?limit=2").await;
        assert_eq!(events["data"][0]["data"]["object"]["amount_total"], captured);
        assert_eq!(events["data"][1]["data"]["object"]["amount_received"], captured);
    }
    let paid = session_of(&gateway, &gateway.pay().await).await;
    assert_eq!(paid["amount_total"], 123_450, "the switch is used up");
}

#[actix_web::test]
async fn a_late_capture_keeps_the_amount_that_it_was_decided_on() {
    let gateway = TestGateway::start().await;
    gateway.switch_on("amount_mismatch", "all", always()).await;
    gateway.switch_on("capture_after_expiry", "all", json!({"next": 1, "delay_ms": 0})).await;
    let id = gateway.pay().await;
    eventually("the money comes", async || {
        (session_of(&gateway, &id).await["amount_total"] == 123_449).then_some(())
    })
    .await;
}
