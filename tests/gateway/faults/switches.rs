//! The switches themselves: seeds, scopes, restarts, and input that is refused.

use super::{gateway_and_merchant, next_event, nothing_else_comes, once};
use crate::support::eventually;
use crate::test_gateway::{SECRET_KEY, TestGateway};
use diesel::connection::SimpleConnection;
use diesel::{PgConnection, RunQueryDsl};
use serde_json::{Value, json};

const SESSIONS: &str = "/v1/checkout/sessions";

/// A run of payments and calls under switches that strike by chance: what struck, in its order.
async fn run(seed: i64) -> Vec<Value> {
    let (gateway, mut received) = gateway_and_merchant().await;
    let by_chance = |probability: f64| json!({"probability": probability, "seed": seed});
    gateway.switch_on("webhook_doubled", "all", by_chance(0.5)).await;
    gateway.switch_on("amount_mismatch", "all", by_chance(0.5)).await;
    for _ in 0..6 {
        gateway.pay().await;
    }
    let mut taken = 0;
    gateway.switch_on("api_error", "all", by_chance(0.5)).await;
    for _ in 0..12 {
        gateway.get(SESSIONS).send().await.unwrap();
    }
    let struck = eventually("everything is delivered", async || {
        let struck = gateway.struck().await;
        let doubled = struck.iter().filter(|struck| struck["fault"] == "webhook_doubled").count();
        while received.try_recv().is_ok() {
            taken += 1;
        }
        (taken == 2 * 6 + doubled).then_some(struck)
    })
    .await;
    let mut decisions: Vec<Value> = struck
        .into_iter()
        .map(|struck| json!([struck["fault"], struck["about"], struck["subject"], struck["attempt"]]))
        .collect();
    decisions.sort_by_key(Value::to_string);
    decisions
}

#[actix_web::test]
async fn the_same_seed_makes_the_same_faults_in_another_run_and_another_seed_others() {
    let first = run(7).await;
    assert!(first.len() > 5, "{first:?}");
    assert_eq!(first, run(7).await);
    assert_ne!(first, run(8).await);
}

#[actix_web::test]
async fn a_switch_for_one_session_leaves_the_others_alone() {
    let (gateway, mut received) = gateway_and_merchant().await;
    let session = gateway.create_session().await;
    let id = session["id"].as_str().unwrap();
    gateway.switch_on("webhook_lost", id, json!({"probability": 1})).await;
    gateway.switch_on("amount_mismatch", id, once()).await;
    let other = gateway.pay().await;
    for _ in 0..2 {
        next_event(&mut received).await;
    }
    gateway.submit(session["url"].as_str().unwrap(), &[("card", "visa")]).await;
    nothing_else_comes(&gateway, &mut received).await;
    let amount = async |id: &str| gateway.get_json(&format!("{SESSIONS}/{id}")).await["amount_total"].clone();
    assert_eq!((amount(&other).await, amount(id).await), (json!(123_450), json!(123_449)));
    let struck = gateway.struck().await;
    let on_it = struck.iter().filter(|struck| struck["session"] == id).count();
    assert_eq!((on_it, struck.len()), (3, 3), "two webhooks and an amount: {struck:?}");
}

#[actix_web::test]
async fn a_sessions_own_switch_goes_before_the_one_for_all() {
    let gateway = TestGateway::start().await;
    gateway.switch_on("amount_mismatch", "all", json!({"probability": 1, "amount": -1})).await;
    for (wish, captured) in [
        (json!({"probability": 0}), 123_450),
        (json!({"probability": 1, "amount": 5}), 123_455),
        (json!({"next": 1, "amount": 7}), 123_457),
    ] {
        let session = gateway.create_session().await;
        let id = session["id"].as_str().unwrap();
        gateway.switch_on("amount_mismatch", id, wish).await;
        gateway.submit(session["url"].as_str().unwrap(), &[("card", "visa")]).await;
        assert_eq!(gateway.get_json(&format!("{SESSIONS}/{id}")).await["amount_total"], captured);
    }
}

#[actix_web::test]
async fn switches_and_what_they_struck_survive_a_restart() {
    let gateway = TestGateway::start().await;
    let id = gateway.create_session().await["id"].as_str().unwrap().to_owned();
    gateway.switch_on("api_error", "all", json!({"next": 2, "seed": -3})).await;
    gateway.switch_on("webhook_delayed", &id, json!({"probability": 0.25, "delay_ms": 1500})).await;
    assert_eq!(gateway.get(SESSIONS).send().await.unwrap().status(), 500);
    let before = gateway.get_json("/api/faults").await;
    let database_url = gateway.stop().await;
    let gateway = TestGateway::start_with(|options| options.database_url = database_url).await;
    assert_eq!(gateway.get_json("/api/faults").await, before);
    assert_eq!(
        before["switches"],
        json!([
            {"fault": "api_error", "scope": "all", "probability": null, "next": 1, "seed": -3, "delay_ms": null,
             "amount": null},
            {"fault": "webhook_delayed", "scope": id, "probability": 0.25, "next": null, "seed": 1, "delay_ms": 1500,
             "amount": null},
        ])
    );
    assert_eq!(gateway.get(SESSIONS).send().await.unwrap().status(), 500);
    assert_eq!(gateway.get(SESSIONS).send().await.unwrap().status(), 200);
}

#[actix_web::test]
async fn switches_are_listed_and_turned_off_one_by_one_by_scope_or_all() {
    let gateway = TestGateway::start().await;
    let id = gateway.create_session().await["id"].as_str().unwrap().to_owned();
    let delete = async |path: String| {
        let request = gateway.http.delete(format!("{}/api/faults{path}", gateway.url)).bearer_auth(SECRET_KEY);
        request.send().await.unwrap().json::<Value>().await.unwrap()["turned_off"].as_i64().unwrap()
    };
    let count = async |query: &str| {
        gateway.get_json(&format!("/api/faults{query}")).await["switches"].as_array().unwrap().len()
    };
    for scope in ["all", &id] {
        for fault in ["api_slow", "webhook_lost", "webhook_stale"] {
            gateway.switch_on(fault, scope, once()).await;
        }
    }
    assert_eq!((count("").await, count("?scope=all").await, count(&format!("?scope={id}")).await), (6, 3, 3));
    assert_eq!(delete("/api_slow".into()).await, 1);
    assert_eq!(delete("/api_slow".into()).await, 0);
    assert_eq!(delete(format!("/api_slow?scope={id}")).await, 1);
    assert_eq!(delete(format!("?scope={id}")).await, 2);
    assert_eq!(count("").await, 2);
    assert_eq!(delete(String::new()).await, 2);
    assert_eq!(count("").await, 0);
}

#[actix_web::test]
async fn a_switch_that_cannot_be_is_refused_in_clear_words_and_nothing_is_written() {
    let gateway = TestGateway::start().await;
    let put = |fault: &str, scope: &str, wish: Value| gateway.put_switch(fault, scope, &wish);
    let url = format!("{}/api/faults/api_slow", gateway.url);
    let raw = |body: &'static str| {
        gateway.http.put(&url).bearer_auth(SECRET_KEY).header("Content-Type", "application/json").body(body)
    };
    let ok = || json!({"next": 1});
    let refused = [
        (put("webhook_eaten", "all", ok()), 404, "There is no fault 'webhook_eaten'. There are: webhook_delayed,"),
        (put("%00", "all", ok()), 404, "There is no fault"),
        (put("api_slow", "cs_test_nope", ok()), 404, "No such checkout.session"),
        (put("api_slow", "%00", ok()), 404, "No such checkout.session"),
        (put("api_slow", "all&colour=red", ok()), 400, "unknown field"),
        (put("api_slow", "all", json!({})), 400, "Say how often"),
        (put("api_slow", "all", json!({"probability": 1, "next": 1})), 400, "not with both"),
        (put("api_slow", "all", json!({"probability": 1.01})), 400, "from 0 (never) to 1"),
        (put("api_slow", "all", json!({"probability": -0.1})), 400, "from 0 (never) to 1"),
        (put("api_slow", "all", json!({"next": 0})), 400, "from 1 to 1000"),
        (put("api_slow", "all", json!({"next": 1_000_000_000_000_i64})), 400, "from 1 to 1000"),
        (put("api_slow", "all", json!({"next": 1.5})), 400, "invalid type"),
        (put("api_slow", "all", json!({"next": 1, "delay_ms": -1})), 400, "from 0 to 3600 seconds"),
        (put("api_slow", "all", json!({"next": 1, "delay_ms": 3_600_001})), 400, "from 0 to 3600 seconds"),
        (put("api_slow", "all", json!({"next": 1, "amount": 1})), 400, "takes no amount"),
        (put("webhook_lost", "all", json!({"next": 1, "delay_ms": 1})), 400, "takes no delay"),
        (put("amount_mismatch", "all", json!({"next": 1, "amount": 0})), 400, "but not 0"),
        (put("amount_mismatch", "all", json!({"next": 1, "amount": i64::MIN})), 400, "but not 0"),
        (put("api_slow", "all", json!({"next": 1, "colour": "red"})), 400, "unknown field"),
        (put("api_slow", "all", json!([1, 2])), 400, ""),
        (raw("{\"probability\": 1e999}"), 400, ""),
        (raw("nonsense"), 400, ""),
        (raw(""), 400, ""),
        (gateway.http.post(&url).bearer_auth(SECRET_KEY), 404, "Unrecognized request URL"),
        (gateway.http.put(&url).json(&ok()), 401, "You did not provide an API key"),
        (gateway.http.put(&url).bearer_auth("sk_test_other").json(&ok()), 401, "Invalid API Key"),
        (gateway.http.get(format!("{}/api/faults", gateway.url)), 401, "You did not provide"),
        (gateway.http.delete(format!("{}/api/faults", gateway.url)), 401, "You did not provide"),
    ];
    for (request, status, words) in refused {
        let response = request.send().await.unwrap();
        let (got, url) = (response.status(), response.url().to_string());
        let answer: Value = response.json().await.unwrap();
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(got == status && message.contains(words), "{url}: {got} {message}");
    }
    assert_eq!(gateway.get_json("/api/faults").await, json!({"switches": [], "struck": []}));
}

#[actix_web::test]
async fn the_next_so_many_times_are_so_many_however_many_ask_at_once() {
    let gateway = TestGateway::start().await;
    gateway.switch_on("api_error", "all", json!({"next": 5})).await;
    let calls = (0..20).map(|_| gateway.get(SESSIONS).send());
    let answers = futures_util::future::join_all(calls).await;
    let failed = answers.into_iter().filter(|answer| answer.as_ref().unwrap().status() == 500).count();
    assert_eq!((failed, gateway.count_struck("api_error").await), (5, 5));
}

#[actix_web::test]
async fn all_are_turned_off_beside_a_call_that_is_being_judged_without_a_deadlock() {
    let (gateway, _) = gateway_and_merchant().await;
    gateway.switch_on("api_error", "all", json!({"probability": 0})).await;
    gateway.switch_on("api_slow", "all", json!({"probability": 0})).await;
    let (judging, looking) = (&mut gateway.database(), &mut gateway.database());
    let count = |conn: &mut PgConnection, fault: &str| {
        let counted = format!("UPDATE fault_switches SET asked = asked + 1 WHERE fault = '{fault}'");
        assert_eq!(diesel::sql_query(counted).execute(conn).unwrap(), 1, "{fault}");
    };
    judging.batch_execute("BEGIN").unwrap();
    count(judging, "api_slow");
    let delete = gateway.http.delete(format!("{}/api/faults", gateway.url)).bearer_auth(SECRET_KEY);
    let turning_off = actix_web::rt::spawn(delete.send());
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("it waits", async || (diesel::sql_query(waiting).execute(looking).unwrap() == 1).then_some(())).await;
    count(judging, "api_error");
    judging.batch_execute("COMMIT").unwrap();
    assert_eq!(turning_off.await.unwrap().unwrap().status(), 200);
}
