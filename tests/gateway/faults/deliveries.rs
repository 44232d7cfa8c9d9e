//! Webhooks that are late, doubled, out of order, lost, badly signed or stale.
//!
//! A payment has two events: first the payment intent succeeds, then the session completes.

use super::{COMPLETED, SUCCEEDED, always, count, gateway_and_merchant, jump, next_event, nothing_else_comes, once};
use crate::merchant::next;
use crate::support::eventually;
use serde_json::json;
use stripe_webhook::WebhookError;

#[actix_web::test]
async fn a_delayed_webhook_comes_when_its_time_has_come_and_not_before() {
    let (gateway, mut received) = gateway_and_merchant().await;
    gateway.switch_on("webhook_delayed", "all", json!({"next": 1, "delay_ms": 600_000})).await;
    gateway.pay().await;
    assert_eq!(next_event(&mut received).await.type_, COMPLETED);
    nothing_else_comes(&gateway, &mut received).await;
    jump(&gateway, "11 minutes").await;
    assert_eq!(next_event(&mut received).await.type_, SUCCEEDED);
    nothing_else_comes(&gateway, &mut received).await;
}

#[actix_web::test]
async fn every_webhook_can_be_delayed_and_each_is_delayed_once() {
    let (gateway, mut received) = gateway_and_merchant().await;
    gateway.switch_on("webhook_delayed", "all", json!({"probability": 1, "delay_ms": 0})).await;
    gateway.pay().await;
    let events = [next_event(&mut received).await, next_event(&mut received).await];
    assert_ne!(events[0].id, events[1].id);
    assert_eq!(gateway.count_struck("webhook_delayed").await, 2);
}

#[actix_web::test]
async fn a_doubled_webhook_comes_twice_with_one_id() {
    let (gateway, mut received) = gateway_and_merchant().await;
    gateway.switch_on("webhook_doubled", "all", once()).await;
    gateway.pay().await;
    let events = [next_event(&mut received).await, next_event(&mut received).await, next_event(&mut received).await];
    assert_eq!(count(&events), [(COMPLETED.as_str(), 1), (SUCCEEDED.as_str(), 2)].into());
    let doubled: Vec<_> = events.iter().filter(|event| event.type_ == SUCCEEDED).collect();
    assert_eq!(doubled[0].id, doubled[1].id);
    nothing_else_comes(&gateway, &mut received).await;
}

#[actix_web::test]
async fn a_reordered_webhook_comes_after_one_that_happened_later() {
    let (gateway, mut received) = gateway_and_merchant().await;
    // However often: of each pair the first waits for the second.
    gateway.switch_on("webhook_reordered", "all", json!({"probability": 1, "delay_ms": 3_600_000})).await;
    for _ in 0..2 {
        gateway.pay().await;
        assert_eq!(next_event(&mut received).await.type_, COMPLETED);
        assert_eq!(next_event(&mut received).await.type_, SUCCEEDED);
    }
}

#[actix_web::test]
async fn a_webhook_is_not_held_back_for_one_of_another_session() {
    let (gateway, mut received) = gateway_and_merchant().await;
    let session = gateway.create_session().await;
    let page = session["url"].as_str().unwrap();
    let id = session["id"].as_str().unwrap();
    gateway.switch_on("webhook_reordered", id, json!({"probability": 1, "delay_ms": 3_600_000})).await;
    gateway.submit(page, &[("card", "declined")]).await;
    eventually("it is held back", async || (gateway.count_struck("webhook_reordered").await == 1).then_some(()))
        .await;
    nothing_else_comes(&gateway, &mut received).await;
    // No later one of its own comes, so it goes in the end.
    jump(&gateway, "2 hours").await;
    assert_eq!(next_event(&mut received).await.type_.as_str(), "payment_intent.payment_failed");
}

#[actix_web::test]
async fn a_lost_webhook_never_comes_and_is_found_among_the_events() {
    let (gateway, mut received) = gateway_and_merchant().await;
    gateway.switch_on("webhook_lost", "all", once()).await;
    gateway.pay().await;
    assert_eq!(next_event(&mut received).await.type_, COMPLETED);
    jump(&gateway, "80 hours").await; // past every retry
    nothing_else_comes(&gateway, &mut received).await;
    let owed = eventually("only the lost one is owed", async || {
        let list = gateway.get_json("/v1/events?delivery_success=false").await;
        let owed = list["data"].as_array().unwrap().clone();
        (owed.len() == 1).then(|| owed[0].clone())
    })
    .await;
    assert_eq!((owed["type"].as_str(), owed["pending_webhooks"].as_i64()), (Some(SUCCEEDED.as_str()), Some(1)));
    let found = gateway.get_json(&format!("/v1/events/{}", owed["id"].as_str().unwrap())).await;
    assert_eq!(found["data"]["object"]["status"], "succeeded");
}

#[actix_web::test]
async fn a_badly_signed_webhook_does_not_verify_and_comes_again_well_signed() {
    let (gateway, mut received) = gateway_and_merchant().await;
    gateway.switch_on("webhook_wrong_signature", "all", once()).await;
    gateway.pay().await;
    let mut refused = Vec::new();
    let mut taken = Vec::new();
    for _ in 0..3 {
        let received = next(&mut received).await;
        match received.verify() {
            Ok(event) => taken.push(event),
            Err(error) => refused.push((error, received.body)),
        }
    }
    assert!(matches!(refused[..], [(WebhookError::BadSignature, _)]), "{refused:?}");
    assert_eq!(count(&taken), [(COMPLETED.as_str(), 1), (SUCCEEDED.as_str(), 1)].into());
    assert!(refused[0].1.contains(SUCCEEDED.as_str()));
}

#[actix_web::test]
async fn a_stale_webhook_is_well_signed_but_too_old() {
    let (gateway, mut received) = gateway_and_merchant().await;
    gateway.switch_on("webhook_stale", "all", always()).await;
    gateway.pay().await;
    let stale = next(&mut received).await;
    assert!(matches!(stale.verify(), Err(WebhookError::BadTimestamp(_))), "{:?}", stale.verify());
    gateway.switch_on("webhook_stale", "all", json!({"probability": 0})).await;
    let mut taken = Vec::new();
    while taken.len() < 2 {
        taken.extend(next(&mut received).await.verify());
    }
    assert_ne!(taken[0].id, taken[1].id);
}
