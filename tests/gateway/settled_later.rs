//! Payments whose bank answers later: the session is complete at once, its money comes or fails after a while.

use crate::support::eventually;
use crate::test_gateway::TestGateway;
use diesel::prelude::*;
use futures_util::future::join_all;
use serde_json::Value;

/// Pays by a UPI ID that takes a moment; the session as it then stands.
async fn processing(gateway: &TestGateway, choice: &str) -> Value {
    let session = gateway.create_session().await;
    let paid = gateway.submit(session["url"].as_str().unwrap(), &[("method", "upi"), ("upi", choice)]).await;
    assert_eq!(paid.status(), 303);
    reload(gateway, &session).await
}

async fn reload(gateway: &TestGateway, session: &Value) -> Value {
    let id = session["id"].as_str().unwrap();
    gateway.get_json(&format!("/v1/checkout/sessions/{id}?expand[]=payment_intent")).await
}

/// The kinds of all events, the oldest first.
async fn kinds(gateway: &TestGateway) -> Vec<String> {
    let list = gateway.get_json("/v1/events?limit=100").await;
    let newest_first = list["data"].as_array().unwrap().iter();
    newest_first.rev().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

/// Waits for the event that ends the story.
async fn told(gateway: &TestGateway, kind: &str) -> Value {
    let path = format!("/v1/events?type={kind}");
    eventually(kind, async || gateway.get_json(&path).await["data"].as_array()?.first().cloned()).await
}

#[actix_web::test]
async fn money_that_comes_later_is_announced_unpaid_first_and_paid_then() {
    let gateway = TestGateway::start().await;
    let session = processing(&gateway, "upi_pending_success").await;
    assert_eq!((&session["status"], &session["payment_status"]), (&"complete".into(), &"unpaid".into()));
    assert_eq!(session["payment_intent"]["amount_received"], 0);
    assert_eq!(kinds(&gateway).await, ["payment_intent.processing", "checkout.session.completed"]);
    let completed = told(&gateway, "checkout.session.completed").await;
    assert_eq!(completed["data"]["object"]["payment_status"], "unpaid");

    gateway.travel("9 seconds");
    let paid = told(&gateway, "checkout.session.async_payment_succeeded").await;
    assert_eq!(paid["data"]["object"]["payment_status"], "paid");
    assert_eq!(paid["data"]["object"]["client_reference_id"], "payment-7");
    assert_eq!(kinds(&gateway).await[2..], ["payment_intent.succeeded", "checkout.session.async_payment_succeeded"]);
    let session = reload(&gateway, &session).await;
    assert_eq!(session["payment_status"], "paid");
    assert_eq!(session["payment_intent"]["status"], "succeeded");
    assert_eq!(session["payment_intent"]["amount_received"], 123_450);
}

#[actix_web::test]
async fn money_that_fails_later_leaves_the_session_complete_and_unpaid() {
    let gateway = TestGateway::start().await;
    let session = processing(&gateway, "upi_pending_failure").await;
    gateway.travel("9 seconds");
    let failed = told(&gateway, "checkout.session.async_payment_failed").await;
    assert_eq!(failed["data"]["object"]["payment_status"], "unpaid");
    let declined = told(&gateway, "payment_intent.payment_failed").await;
    let error = &declined["data"]["object"]["last_payment_error"];
    assert_eq!(error["code"], "payment_method_provider_decline", "{error}");
    assert_eq!(
        kinds(&gateway).await[2..],
        ["payment_intent.payment_failed", "checkout.session.async_payment_failed"]
    );
    let after = reload(&gateway, &session).await;
    assert_eq!((&after["status"], &after["payment_status"]), (&"complete".into(), &"unpaid".into()));
    assert_eq!(after["payment_intent"]["status"], "requires_payment_method");
    let page = format!("/pay/{}", session["id"].as_str().unwrap());
    assert!(gateway.page(&page).await.text().await.unwrap().contains("Nothing was charged"));
    assert_eq!(gateway.submit(&page, &[("card", "visa")]).await.status(), 409, "the session is over");
}

#[actix_web::test]
async fn while_the_bank_works_nothing_more_is_charged() {
    let gateway = TestGateway::start().await;
    let session = gateway.create_session().await;
    let page = session["url"].as_str().unwrap();
    let form = [("method", "upi"), ("upi", "upi_pending_success")];
    let answers = join_all((0..10).map(|_| gateway.submit(page, &form))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status() == 303).count(), 1);
    let again = gateway.submit(page, &[("card", "visa")]).await;
    assert_eq!(again.status(), 409);
    assert!(again.text().await.unwrap().contains("do not pay again"));
    let expire = format!("/v1/checkout/sessions/{}/expire", session["id"].as_str().unwrap());
    assert_eq!(gateway.post(&expire, &[]).send().await.unwrap().status(), 400, "it is complete");
    gateway.travel("9 seconds");
    told(&gateway, "checkout.session.async_payment_succeeded").await;
    assert_eq!(kinds(&gateway).await.len(), 4);
}

#[actix_web::test]
async fn an_answer_that_fell_due_while_the_gateway_was_down_comes_after_its_start_and_once() {
    let gateway = TestGateway::start().await;
    let session = processing(&gateway, "upi_pending_success").await;
    let database_url = gateway.stop().await;

    // Two processes on one database, both of which find it due.
    let gateway = TestGateway::start_with(|options| options.database_url = database_url.clone()).await;
    let other = TestGateway::start_with(|options| options.database_url = database_url).await;
    gateway.travel("9 seconds");
    told(&gateway, "checkout.session.async_payment_succeeded").await;
    assert_eq!(reload(&other, &session).await["payment_status"], "paid");
    let settling: i64 = diesel::sql_query("SELECT count(*) FROM charges WHERE settles_at IS NOT NULL")
        .get_result::<Count>(&mut gateway.database())
        .unwrap()
        .count;
    assert_eq!(settling, 0);
    other.stop().await;
    assert_eq!(gateway.count_events("payment_intent.succeeded").await, 1);
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}
