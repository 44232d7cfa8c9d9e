//! The API: objects that a strict client accepts, and every error row.

use crate::support::eventually;
use crate::test_gateway::{SECRET_KEY, TestGateway, session_params};
use diesel::connection::SimpleConnection;
use serde_json::Value;
use std::collections::HashMap;
use stripe::{IdempotencyKey, RequestStrategy, StripeError, StripeRequest};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionLineItemsPriceData,
    CreateCheckoutSessionPaymentIntentData, ExpireCheckoutSession, ProductData, RetrieveCheckoutSession,
};
use stripe_checkout::{CheckoutSessionMode, CheckoutSessionPaymentStatus, CheckoutSessionStatus};

fn line(name: &str, unit_amount: i64, quantity: u64) -> CreateCheckoutSessionLineItems {
    let mut line = CreateCheckoutSessionLineItems::new();
    line.quantity = Some(quantity);
    line.price_data = Some(CreateCheckoutSessionLineItemsPriceData {
        currency: "inr".parse().unwrap(),
        product: None,
        product_data: Some(ProductData::new(name)),
        recurring: None,
        tax_behavior: None,
        unit_amount: Some(unit_amount),
        unit_amount_decimal: None,
    });
    line
}

fn unix_now() -> i64 {
    chrono::Utc::now().timestamp()
}

#[actix_web::test]
async fn the_rust_client_creates_retrieves_and_expires_a_session() {
    let gateway = TestGateway::start().await;
    let client = gateway.stripe();
    let metadata = HashMap::from([("payment".to_owned(), "7".to_owned()), ("booking".to_owned(), "K4T".to_owned())]);
    let mut intent = CreateCheckoutSessionPaymentIntentData::new();
    intent.metadata = Some(metadata.clone());
    let expires_at = unix_now() + 3600;
    let create = CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .success_url("https://cinema.example/paid?s={CHECKOUT_SESSION_ID}")
        .cancel_url("https://cinema.example/left")
        .client_reference_id("payment-7")
        .customer_email("asha@example.com")
        .expires_at(expires_at)
        .metadata(metadata.clone())
        .payment_intent_data(intent)
        .line_items(vec![line("Seats F7, F8", 60000, 2), line("Fee", 3450, 1)]);
    // The client keeps metadata in a hash map, so equal requests differ in the order of their bytes.
    let key = || RequestStrategy::Idempotent(IdempotencyKey::new("payment-7").unwrap());
    let created = create.customize().request_strategy(key()).send(&client).await.unwrap();
    for _ in 0..5 {
        let again = create.clone().metadata(metadata.clone().into_iter().collect::<HashMap<_, _>>());
        assert_eq!(again.customize().request_strategy(key()).send(&client).await.unwrap().id, created.id);
    }
    assert_eq!(created.amount_total, Some(123_450));
    assert_eq!(created.expires_at, expires_at);
    assert_eq!(created.metadata, Some(metadata));
    assert_eq!(created.payment_status, CheckoutSessionPaymentStatus::Unpaid);
    assert!(created.url.unwrap().starts_with(&gateway.url));

    let retrieve = RetrieveCheckoutSession::new(created.id.clone()).expand(["line_items".to_owned()]);
    let retrieved = retrieve.send(&client).await.unwrap();
    assert_eq!(retrieved.status, Some(CheckoutSessionStatus::Open));
    assert_eq!(retrieved.line_items.unwrap().data.len(), 2);

    let expired = ExpireCheckoutSession::new(created.id.clone()).send(&client).await.unwrap();
    assert_eq!(expired.status, Some(CheckoutSessionStatus::Expired));
    assert_eq!(expired.url, None);
    let again = ExpireCheckoutSession::new(created.id).send(&client).await;
    assert!(
        matches!(again, Err(StripeError::Stripe(error, 400)) if error.message.as_ref().unwrap().contains("`expired`"))
    );
    let missing = RetrieveCheckoutSession::new("cs_test_nope").send(&client).await;
    assert!(matches!(missing, Err(StripeError::Stripe(error, 404))
        if error.code.as_ref().map(|code| code.as_str()) == Some("resource_missing")));
}

#[actix_web::test]
async fn a_paid_session_shows_its_payment_intent() {
    let gateway = TestGateway::start().await;
    let session = gateway.create_session().await;
    let page = session["url"].as_str().unwrap();
    assert_eq!(gateway.submit(page, &[("card", "visa")]).await.status(), 303);
    let retrieve = RetrieveCheckoutSession::new(session["id"].as_str().unwrap())
        .expand(["payment_intent.latest_charge".to_owned()]);
    let paid = retrieve.send(&gateway.stripe()).await.unwrap();
    assert_eq!(paid.status, Some(CheckoutSessionStatus::Complete));
    assert_eq!(paid.payment_status, CheckoutSessionPaymentStatus::Paid);
    let intent = paid.payment_intent.unwrap().into_object().unwrap();
    assert_eq!((intent.amount, intent.amount_received), (123_450, 123_450));
    assert_eq!(intent.metadata["payment"], "7");
    let charge = intent.latest_charge.unwrap().into_object().unwrap();
    assert!(charge.captured && charge.amount_captured == 123_450);
    let alone = gateway.get_json(&format!("/v1/payment_intents/{}", intent.id)).await;
    assert_eq!((alone["status"].as_str(), alone["latest_charge"].as_str()), (Some("succeeded"), Some(&*charge.id)));
    let found = gateway.get_json(&format!("/v1/checkout/sessions?payment_intent={}", intent.id)).await;
    assert_eq!(found["data"][0]["id"], session["id"]);
}

/// The usual parameters, with one replaced (or added), or taken away when the value is `None`.
fn with(name: &str, value: Option<&str>) -> Vec<(String, String)> {
    let mut params: Vec<(String, String)> =
        session_params().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    params.retain(|(kept, _)| kept != name);
    params.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    params
}

#[actix_web::test]
async fn every_bad_parameter_is_named_and_nothing_is_written() {
    let gateway = TestGateway::start().await;
    let at = |minutes: i64| (unix_now() + minutes * 60).to_string();
    let (soon, late, long) = (at(29), at(24 * 60 + 2), "x".repeat(600));
    let amount = "line_items[0][price_data][unit_amount]";
    let rows: Vec<(&str, Option<&str>, &str, &str)> = vec![
        ("mode", None, "parameter_missing", "mode"),
        ("mode", Some("subscription"), "", "mode"),
        ("success_url", None, "parameter_missing", "success_url"),
        ("success_url", Some("/paid"), "url_invalid", "success_url"),
        ("success_url", Some("javascript:alert(1)"), "url_invalid", "success_url"),
        ("success_url", Some("http://127.0.0.1:9/\r\nSet-Cookie: a=b"), "url_invalid", "success_url"),
        ("cancel_url", Some("nowhere"), "url_invalid", "cancel_url"),
        ("cancel_url", Some(""), "parameter_invalid_empty", "cancel_url"),
        ("expires_at", Some(&soon), "", "expires_at"),
        ("expires_at", Some(&late), "", "expires_at"),
        ("expires_at", Some("9223372036854775807"), "", "expires_at"),
        ("expires_at", Some("soon"), "parameter_invalid_integer", "expires_at"),
        ("customer_email", Some("asha"), "email_invalid", "customer_email"),
        ("client_reference_id", Some(&long), "", "client_reference_id"),
        ("metadata[note]", Some(&long), "", "metadata[note]"),
        ("metadata", Some("text"), "", "metadata"),
        ("colour", Some("red"), "parameter_unknown", "colour"),
        ("line_items[0][colour]", Some("red"), "parameter_unknown", "line_items[0][colour]"),
        ("payment_intent_data[colour]", Some("red"), "parameter_unknown", "payment_intent_data[colour]"),
        ("line_items[x][quantity]", Some("1"), "", "line_items"),
        ("line_items[0][quantity]", None, "parameter_missing", "line_items[0][quantity]"),
        ("line_items[0][quantity]", Some("0"), "parameter_invalid_integer", "line_items[0][quantity]"),
        ("line_items[2][quantity]", Some("1"), "parameter_missing", "line_items[2][price_data]"),
        (amount, Some("-1"), "parameter_invalid_integer", amount),
        (amount, Some("12.50"), "parameter_invalid_integer", amount),
        (amount, Some("99999999999999999999"), "parameter_invalid_integer", amount),
        (amount, Some("9223372036854775807"), "amount_too_large", "line_items"),
        ("line_items[1][price_data][currency]", Some("usd"), "", "line_items[1][price_data][currency]"),
        ("line_items[0][price_data][currency]", Some("xyz"), "", "line_items[0][price_data][currency]"),
        (
            "line_items[0][price_data][product_data][name]",
            None,
            "parameter_missing",
            "line_items[0][price_data][product_data]",
        ),
        ("payment_method_types[0]", Some("sofort"), "", "payment_method_types"),
        ("expand[0]", Some("customer"), "", "expand"),
    ];
    for (name, value, code, param) in rows {
        let request = gateway.http.post(format!("{}/v1/checkout/sessions", gateway.url)).bearer_auth(SECRET_KEY);
        let response = request.form(&with(name, value)).send().await.unwrap();
        assert_eq!(response.status(), 400, "{name}={value:?}");
        let error = &response.json::<Value>().await.unwrap()["error"];
        assert_eq!(error["type"], "invalid_request_error", "{name}={value:?}");
        assert_eq!(error["code"].as_str().unwrap_or(""), code, "{name}={value:?}: {error}");
        assert_eq!(error["param"], param, "{name}={value:?}: {error}");
    }
    assert_eq!(gateway.get_json("/v1/checkout/sessions").await["data"], serde_json::json!([]));
}

#[actix_web::test]
async fn hostile_input_gets_a_4xx_in_stripes_shape() {
    let gateway = TestGateway::start().await;
    let sessions = format!("{}/v1/checkout/sessions", gateway.url);
    let post = |body: Vec<u8>| {
        let typed = gateway.http.post(&sessions).header("Content-Type", "application/x-www-form-urlencoded");
        typed.bearer_auth(SECRET_KEY).body(body)
    };
    let requests = [
        ("nul", post(b"mode=%00".to_vec()), 400),
        ("not utf-8", post(b"mode=\xff\xfe".to_vec()), 400),
        ("json", post(br#"{"mode":"payment"}"#.to_vec()), 400),
        ("brackets", post(b"a[b][c][d][e][f][g][h]=1".to_vec()), 400),
        ("oversize", post(vec![b'a'; 300 * 1024]), 413),
        ("too many", post("a=&".repeat(2000).into_bytes()), 400),
        ("nul id", gateway.get("/v1/checkout/sessions/%00"), 404),
        ("strange id", gateway.get("/v1/events/%F0%9F%8E%9F"), 404),
        ("long id", gateway.get(&format!("/v1/payment_intents/{}", "a".repeat(3000))), 404),
        ("unknown path", gateway.get("/v1/charges"), 404),
        ("unknown method", gateway.http.delete(&sessions).bearer_auth(SECRET_KEY), 404),
        ("limit", gateway.get("/v1/events?limit=0"), 400),
        ("cursor", gateway.get("/v1/events?starting_after=evt_nope"), 404),
        ("created", gateway.get("/v1/events?created[gte]=999999999999999"), 400),
        ("both cursors", gateway.get("/v1/events?starting_after=a&ending_before=b"), 400),
        ("long key", gateway.post("/v1/checkout/sessions", &[]).header("Idempotency-Key", "k".repeat(256)), 400),
        ("no key", gateway.http.get(&sessions), 401),
        ("wrong key", gateway.http.get(&sessions).bearer_auth("sk_test_other"), 401),
        ("odd basic", gateway.http.get(&sessions).header("Authorization", "Basic !!!"), 401),
    ];
    for (what, request, status) in requests {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{what}");
        assert!(response.headers()["Request-Id"].to_str().unwrap().starts_with("req_"), "{what}");
        let error = &response.json::<Value>().await.unwrap()["error"];
        assert!(error["message"].is_string() && error["type"].is_string(), "{what}: {error}");
    }
    let basic = gateway.http.get(&sessions).basic_auth(SECRET_KEY, Some(""));
    assert_eq!(basic.send().await.unwrap().status(), 200);
}

#[actix_web::test]
async fn lists_are_paged_newest_first() {
    let gateway = TestGateway::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.insert(0, gateway.create_session().await["id"].as_str().unwrap().to_owned());
    }
    let shown = async |query: &str| {
        let list = gateway.get_json(&format!("/v1/checkout/sessions?{query}")).await;
        let data = list["data"].as_array().unwrap().clone();
        let ids: Vec<String> = data.iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect();
        (ids, list["has_more"].as_bool().unwrap())
    };
    assert_eq!(shown("limit=2").await, (ids[..2].to_vec(), true));
    assert_eq!(shown(&format!("limit=2&starting_after={}", ids[1])).await, (ids[2..].to_vec(), false));
    assert_eq!(shown(&format!("limit=1&ending_before={}", ids[2])).await, (ids[1..2].to_vec(), true));
    assert_eq!(shown("status=complete").await, (vec![], false));
    assert_eq!(shown("status=open").await, (ids, false));
}

#[actix_web::test]
async fn events_are_listed_by_kind_time_and_delivery() {
    let gateway = TestGateway::start().await;
    let session = gateway.create_session().await;
    let page = session["url"].as_str().unwrap();
    gateway.submit(page, &[("card", "declined")]).await;
    gateway.submit(page, &[("card", "visa")]).await;
    let kinds = async |query: &str| {
        let list = gateway.get_json(&format!("/v1/events?{query}")).await;
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = ["checkout.session.completed", "payment_intent.succeeded", "payment_intent.payment_failed"];
    assert_eq!(kinds("").await, all);
    assert_eq!(kinds("types[]=payment_intent.succeeded&types[]=payment_intent.payment_failed").await, all[1..]);
    assert_eq!(kinds(&format!("created%5Bgte%5D={}", unix_now() - 60)).await.len(), 3);
    assert!(kinds(&format!("created[gt]={}", unix_now() + 60)).await.is_empty());
    assert_eq!(kinds("type=payment_intent.*").await, all[1..]);
    assert!(kinds("types[]=charge.dispute.created").await.is_empty());
    let ids = gateway.get_json("/v1/events").await["data"].clone();
    let id = |place: usize| ids[place]["id"].as_str().unwrap();
    assert_eq!(kinds(&format!("limit=1&starting_after={}", id(0))).await, all[1..2]);
    assert_eq!(kinds(&format!("limit=1&ending_before={}", id(2))).await, all[1..2]);
    // Nobody listens, so nothing is owed to anybody.
    assert!(kinds("delivery_success=false").await.is_empty());
    let event = gateway.get_json("/v1/events?limit=1").await["data"][0].clone();
    assert_eq!(gateway.get_json(&format!("/v1/events/{}", event["id"].as_str().unwrap())).await, event);
}

#[actix_web::test]
async fn a_session_past_its_end_is_expired_at_once_and_announced_once() {
    let gateway = TestGateway::start().await;
    let session = gateway.create_session().await;
    let path = format!("/v1/checkout/sessions/{}", session["id"].as_str().unwrap());
    let page = session["url"].as_str().unwrap();
    gateway.submit(page, &[("card", "confirmation")]).await;
    gateway.travel("25 hours");
    assert_eq!(gateway.get_json(&path).await["status"], "expired");
    assert_eq!(gateway.submit(page, &[("card", "visa")]).await.status(), 409);
    assert_eq!(gateway.submit(&format!("{page}/confirmation"), &[("answer", "agree")]).await.status(), 409);
    let text = gateway.page(page).await.text().await.unwrap();
    assert!(text.contains("has expired") && text.contains("Nothing was charged"));
    eventually("the expiry is announced", async || {
        (gateway.count_events("checkout.session.expired").await == 1).then_some(())
    })
    .await;
    let expire = gateway.post(&format!("{path}/expire"), &[]).send().await.unwrap();
    assert_eq!(expire.status(), 400);
    assert_eq!(gateway.count_events("checkout.session.expired").await, 1);
    assert_eq!(gateway.count_events("payment_intent.succeeded").await, 0);
}

#[actix_web::test]
async fn the_restricted_key_may_read_everything_and_change_nothing() {
    let gateway = TestGateway::start().await;
    let restricted = SECRET_KEY.replace("sk_", "rk_");
    let read = gateway.http.get(format!("{}/v1/events", gateway.url)).bearer_auth(&restricted);
    assert_eq!(read.send().await.unwrap().status(), 200);
    let write = gateway.http.post(format!("{}/v1/checkout/sessions", gateway.url)).bearer_auth(&restricted);
    let refused = write.form(&session_params()).header("Idempotency-Key", "k1").send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert_eq!(refused.json::<Value>().await.unwrap()["error"]["type"], "invalid_request_error");
    assert_eq!(gateway.get_json("/v1/checkout/sessions").await["data"], serde_json::json!([]));
    let with_key = gateway.post("/v1/checkout/sessions", &session_params()).header("Idempotency-Key", "k1");
    assert_eq!(with_key.send().await.unwrap().status(), 200, "what was not allowed burns no key");
}

#[actix_web::test]
async fn a_card_can_be_charged_through_the_api_and_a_decline_is_kept() {
    let gateway = TestGateway::start().await;
    let session = gateway.create_session().await;
    gateway.submit(session["url"].as_str().unwrap(), &[("card", "declined")]).await;
    let path = format!("/v1/checkout/sessions/{}", session["id"].as_str().unwrap());
    let intent = gateway.get_json(&path).await["payment_intent"].as_str().unwrap().to_owned();
    let confirm = async |method: &str, key: &str| {
        let request = gateway.post(&format!("/v1/payment_intents/{intent}/confirm"), &[("payment_method", method)]);
        let response = request.header("Idempotency-Key", key).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let (status, body) = confirm("pm_card_visa_chargeDeclinedLostCard", "k1").await;
    assert_eq!((status, &body["error"]["type"]), (402, &"card_error".into()));
    assert_eq!(
        (&body["error"]["code"], &body["error"]["decline_code"]),
        (&"card_declined".into(), &"lost_card".into())
    );
    assert_eq!(body["error"]["charge"], body["error"]["payment_intent"]["latest_charge"]);
    assert_eq!(gateway.count_events("payment_intent.payment_failed").await, 2);
    assert_eq!(confirm("pm_card_visa_chargeDeclinedLostCard", "k1").await, (402, body), "the answer is kept too");
    assert_eq!(gateway.count_events("payment_intent.payment_failed").await, 2);
    assert_eq!(confirm("pm_card_unknown", "k2").await.0, 404);
    assert_eq!(confirm("pm_card_visa", "k3").await.1["status"], "succeeded");
    assert_eq!(gateway.get_json(&path).await["payment_status"], "paid");
    let (status, body) = confirm("pm_card_visa", "k4").await;
    assert_eq!((status, &body["error"]["code"]), (400, &"payment_intent_unexpected_state".into()));
}

#[actix_web::test]
async fn an_object_that_is_held_for_too_long_answers_429_and_the_key_may_be_used_again() {
    let gateway = TestGateway::start().await;
    let session = gateway.create_session().await;
    let path = format!("/v1/checkout/sessions/{}", session["id"].as_str().unwrap());
    let mut other = gateway.database();
    let hold =
        format!("BEGIN; SELECT 1 FROM checkout_sessions WHERE id = '{}' FOR UPDATE", session["id"].as_str().unwrap());
    other.batch_execute(&hold).unwrap();
    let expire = || gateway.post(&format!("{path}/expire"), &[]).header("Idempotency-Key", "k1").send();
    let busy = expire().await.unwrap();
    assert_eq!(busy.status(), 429);
    assert_eq!(busy.headers()["Stripe-Should-Retry"], "true");
    assert_eq!(busy.json::<Value>().await.unwrap()["error"]["code"], "lock_timeout");
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(expire().await.unwrap().status(), 200);
}
