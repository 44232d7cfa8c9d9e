//! Idempotency keys: one effect, one answer, however often and however simultaneously a request is sent.

use crate::test_gateway::{TestGateway, session_params};
use diesel::prelude::*;
use futures_util::future::join_all;
use serde_json::Value;
use std::collections::HashSet;

const SESSIONS: &str = "/v1/checkout/sessions";

async fn count_sessions(gateway: &TestGateway) -> usize {
    gateway.get_json(&format!("{SESSIONS}?limit=100")).await["data"].as_array().unwrap().len()
}

#[actix_web::test]
async fn fifty_equal_creates_at_once_make_one_session() {
    let gateway = TestGateway::start().await;
    let request = || gateway.post(SESSIONS, &session_params()).header("Idempotency-Key", "same").send();
    let mut ids = HashSet::new();
    for response in join_all((0..50).map(|_| request())).await {
        let response = response.unwrap();
        let status = response.status();
        let body: Value = response.json().await.unwrap();
        match status.as_u16() {
            200 => drop(ids.insert(body["id"].as_str().unwrap().to_owned())),
            409 => assert_eq!(body["error"]["code"], "idempotency_key_in_use"),
            other => panic!("{other}: {body}"),
        }
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(count_sessions(&gateway).await, 1);
}

/// The control: without the key the same load makes fifty.
#[actix_web::test]
async fn fifty_creates_without_a_key_make_fifty_sessions() {
    let gateway = TestGateway::start().await;
    let responses = join_all((0..50).map(|_| gateway.post(SESSIONS, &session_params()).send())).await;
    assert!(responses.into_iter().all(|response| response.unwrap().status() == 200));
    assert_eq!(count_sessions(&gateway).await, 50);
}

#[actix_web::test]
async fn a_repeat_gets_the_first_answer_byte_for_byte() {
    let gateway = TestGateway::start().await;
    let send = || gateway.post(SESSIONS, &session_params()).header("Idempotency-Key", "k1").send();
    let first = send().await.unwrap();
    let request_id = first.headers()["Request-Id"].clone();
    assert!(!first.headers().contains_key("Idempotent-Replayed"));
    let first = first.text().await.unwrap();
    // The session moves on, the stored answer does not.
    let page = serde_json::from_str::<Value>(&first).unwrap()["url"].as_str().unwrap().to_owned();
    gateway.submit(&page, &[("card", "visa")]).await;
    let again = send().await.unwrap();
    assert_eq!(again.headers()["Idempotent-Replayed"], "true");
    assert_eq!(again.headers()["Original-Request"], request_id);
    assert_ne!(again.headers()["Request-Id"], request_id);
    assert_eq!(again.text().await.unwrap(), first);
}

#[actix_web::test]
async fn a_key_is_refused_for_other_parameters_or_another_path() {
    let gateway = TestGateway::start().await;
    let first = gateway.post(SESSIONS, &session_params()).header("Idempotency-Key", "k1").send().await.unwrap();
    let id = first.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    let mut other = session_params();
    other.push(("metadata[more]", "1"));
    let refused = [
        gateway.post(SESSIONS, &other).header("Idempotency-Key", "k1"),
        gateway.post(&format!("{SESSIONS}/{id}/expire"), &[]).header("Idempotency-Key", "k1"),
    ];
    for request in refused {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400);
        assert_eq!(response.json::<Value>().await.unwrap()["error"]["type"], "idempotency_error");
    }
    assert_eq!(gateway.get_json(&format!("{SESSIONS}/{id}")).await["status"], "open");
}

#[actix_web::test]
async fn a_validation_failure_does_not_burn_the_key() {
    let gateway = TestGateway::start().await;
    let send =
        |params: Vec<(&'static str, &'static str)>| gateway.post(SESSIONS, &params).header("Idempotency-Key", "k1");
    let refused = send(vec![("mode", "payment")]).send().await.unwrap();
    assert_eq!(refused.status(), 400);
    assert_eq!(send(session_params()).send().await.unwrap().status(), 200);
}

#[actix_web::test]
async fn a_refusal_by_the_object_is_stored_like_a_success() {
    let gateway = TestGateway::start().await;
    let session = gateway.create_session().await;
    let path = format!("{SESSIONS}/{}/expire", session["id"].as_str().unwrap());
    gateway.post(&path, &[]).send().await.unwrap();
    let again = || gateway.post(&path, &[]).header("Idempotency-Key", "k2").send();
    assert_eq!(again().await.unwrap().status(), 400);
    let replayed = again().await.unwrap();
    assert_eq!(replayed.status(), 400);
    assert_eq!(replayed.headers()["Idempotent-Replayed"], "true");
}

#[actix_web::test]
async fn a_key_whose_request_is_running_answers_409_and_is_free_after_a_crash() {
    let gateway = TestGateway::start().await;
    let mut other = gateway.database();
    let send = || gateway.post(SESSIONS, &session_params()).header("Idempotency-Key", "busy").send();
    // What a running request holds: the key's row, locked, without an answer.
    diesel::sql_query("INSERT INTO idempotency_keys (key, created_at) VALUES ('busy', gateway_now())")
        .execute(&mut other)
        .unwrap();
    diesel::sql_query("BEGIN").execute(&mut other).unwrap();
    diesel::sql_query("SELECT 1 FROM idempotency_keys WHERE key = 'busy' FOR UPDATE").execute(&mut other).unwrap();
    let busy = send().await.unwrap();
    assert_eq!(busy.status(), 409);
    assert_eq!(busy.json::<Value>().await.unwrap()["error"]["code"], "idempotency_key_in_use");
    drop(other); // The process that held it is gone, and the server with it lets the lock go.
    crate::support::eventually("the key is free again", async || {
        (send().await.unwrap().status() == 200).then_some(())
    })
    .await;
    assert_eq!(count_sessions(&gateway).await, 1);
}
