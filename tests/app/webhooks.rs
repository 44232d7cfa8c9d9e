//! What the gateway tells, and what pretends to be the gateway.

use crate::posting::{FORM, post_raw};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::house;
use crate::support::money::{Started, paid_event, session_event, signature, start_paying, status};
use crate::support::{Page, TestApp, WEBHOOK_SECRET, contents, count};
use marquee::booking::BookingStatus;
use marquee::ids::PaymentId;
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

fn unix_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

async fn deliver(app: &TestApp, body: &str, signature: &str) -> Page {
    let headers = [("stripe-signature", signature), ("content-type", "application/json")];
    post_raw(&app.browser(), "/webhooks/stripe", body, &headers).await
}

fn started(app: &TestApp) -> Started {
    let conn = &mut app.database.connect();
    let house = house(conn);
    start_paying(conn, house.show, &house.seats[..2])
}

fn effect(app: &TestApp, event: &str) -> String {
    use diesel::prelude::*;
    use marquee::schema::gateway_events;
    let effect = gateway_events::table.find(event).select(gateway_events::effect);
    effect.first::<Option<String>>(&mut app.database.connect()).unwrap().unwrap()
}

#[actix_web::test]
async fn what_the_gateway_did_not_sign_just_now_is_refused_and_leaves_nothing() {
    let app = TestApp::start();
    let started = started(&app);
    let body = paid_event("evt_1", started.payment, started.amount, "inr");
    let now = unix_now();
    let good = signature(WEBHOOK_SECRET, now, &body);
    let before = contents(&app.database);
    let bad: Vec<(&str, String, String)> = vec![
        ("no signature", body.clone(), String::new()),
        ("no such scheme", body.clone(), good.replace("v1=", "v0=")),
        ("nonsense", body.clone(), "t=soon,v1=zz".into()),
        ("forged", body.clone(), signature("whsec_guessed", now, &body)),
        ("signed with nothing", body.clone(), signature("", now, &body)),
        ("stale", body.clone(), signature(WEBHOOK_SECRET, now - 310, &body)),
        ("from the future", body.clone(), signature(WEBHOOK_SECRET, now + 310, &body)),
        ("redated", body.clone(), good.replace(&format!("t={now}"), &format!("t={}", now - 1))),
        ("altered", body.replace("\"amount_total\":", "\"amount_total\":1"), good.clone()),
        ("longer", format!("{body} "), good.clone()),
        ("no event, well signed", "[]".into(), signature(WEBHOOK_SECRET, now, "[]")),
        ("no JSON, well signed", "hello".into(), signature(WEBHOOK_SECRET, now, "hello")),
    ];
    for (what, body, signature) in bad {
        let answer = deliver(&app, &body, &signature).await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.body);
    }
    let no_text =
        post_raw(&app.browser(), "/webhooks/stripe", vec![0xff, 0xfe], &[("stripe-signature", &good)]).await;
    assert_eq!(no_text.status, 400);
    let large = post_raw(&app.browser(), "/webhooks/stripe", vec![b' '; 300 * 1024], &[("content-type", FORM)]).await;
    assert_eq!(large.status, 413);
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn a_well_signed_event_that_is_not_ours_is_stored_as_ignored() {
    let app = TestApp::start();
    let started = started(&app);
    let stranger = PaymentId(Uuid::now_v7());
    let (ours, none) = (started.payment, json!({}));
    let no_payment = json!({ "client_reference_id": null, "metadata": {} });
    let no_uuid = json!({ "client_reference_id": "order 7", "metadata": { "payment_id": "order 7" } });
    let events = [
        ("evt_kind", "invoice.paid", ours, none.clone()),
        ("evt_kind_2", "checkout.session.completed.v2", ours, none.clone()),
        ("evt_stranger", "checkout.session.completed", stranger, json!({ "amount_total": 5, "currency": "inr" })),
        ("evt_stranger_2", "checkout.session.expired", stranger, none.clone()),
        ("evt_nobody", "checkout.session.completed", ours, no_payment),
        ("evt_no_uuid", "checkout.session.completed", ours, no_uuid),
        ("evt_unpaid", "checkout.session.completed", ours, json!({ "payment_status": "unpaid" })),
    ];
    for (id, kind, payment, more) in events {
        let answer = app.tell(&session_event(id, kind, payment, more)).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "ignored"), "{id}");
        assert_eq!(effect(&app, id), "ignored");
    }
    let conn = &mut app.database.connect();
    assert_eq!(status(conn, &started.reference), BookingStatus::Created);
    assert_eq!(count(conn, "SELECT count(*) FROM payments WHERE status = 'started'"), 1);
    assert_consistent(conn);
}

#[actix_web::test]
async fn one_payment_has_one_effect_however_often_it_is_told() {
    let app = TestApp::start();
    let started = started(&app);
    let first = paid_event("evt_1", started.payment, started.amount, "inr");
    assert_eq!(app.tell(&first).await.body, "applied");
    let conn = &mut app.database.connect();
    assert_eq!(status(conn, &started.reference), BookingStatus::Confirmed);

    let before = contents(&app.database);
    assert_eq!(app.tell(&first).await.body, "repeated");
    assert_eq!(contents(&app.database), before);

    // Others, about the same payment: stored, and without effect.
    let more = json!({ "amount_total": started.amount, "currency": "inr" });
    let later = session_event("evt_2", "checkout.session.async_payment_succeeded", started.payment, more);
    let closed = session_event("evt_3", "checkout.session.expired", started.payment, json!({}));
    let other_sum = paid_event("evt_4", started.payment, 1, "inr");
    for event in [later, closed, other_sum] {
        assert_eq!(app.tell(&event).await.body, "repeated");
    }
    let mut after = contents(&app.database);
    assert_eq!(count(conn, "SELECT count(*) FROM gateway_events WHERE effect = 'repeated'"), 3);
    after.insert("gateway_events".into(), before["gateway_events"].clone());
    assert_eq!(after, before);
    assert_consistent(conn);
}

#[actix_web::test]
async fn an_event_told_twenty_times_at_once_has_one_effect() {
    let app = TestApp::start();
    let started = started(&app);
    let bodies: Vec<String> =
        (0..20).map(|n| paid_event(&format!("evt_{}", n / 2), started.payment, started.amount, "inr")).collect();
    let answers = futures_util::future::join_all(bodies.iter().map(|body| app.tell(body))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(answers.iter().filter(|answer| answer.body == "applied").count(), 1);
    let conn = &mut app.database.connect();
    assert_eq!(count(conn, "SELECT count(*) FROM tickets"), 2);
    assert_eq!(count(conn, "SELECT count(*) FROM gateway_events WHERE effect = 'applied'"), 1);
    assert_consistent(conn);
}

#[actix_web::test]
async fn a_sum_or_currency_that_was_not_asked_never_confirms() {
    for (amount, currency) in [(1, "inr"), (0, "inr"), (i64::MAX, "inr"), (0, "usd")] {
        let app = TestApp::start();
        let started = started(&app);
        let amount = if currency == "usd" { started.amount } else { amount };
        let answer = app.tell(&paid_event("evt_1", started.payment, amount, currency)).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "applied"), "{amount} {currency}");
        let conn = &mut app.database.connect();
        assert_eq!(status(conn, &started.reference), BookingStatus::Created);
        let case = format!(
            "SELECT count(*) FROM cases JOIN payments ON payments.id = payment_id
             WHERE kind = 'wrong_amount' AND outcome = kind AND captured_amount = {amount}"
        );
        assert_eq!(count(conn, &case), 1);
        assert_eq!(count(conn, "SELECT count(*) FROM tickets"), 0);
        assert_consistent(conn);
    }
}

#[actix_web::test]
async fn a_completed_session_that_does_not_say_it_is_paid_confirms_nothing() {
    let app = TestApp::start();
    let started = started(&app);
    // None of ours asks for nothing, so that needing no payment is no payment.
    let said = [json!(null), json!("perhaps"), json!(1), json!("no_payment_required")];
    for (id, said) in said.into_iter().enumerate() {
        let id = format!("evt_said_{id}");
        let more = json!({ "payment_status": &said, "amount_total": started.amount, "currency": "inr" });
        let answer = app.tell(&session_event(&id, "checkout.session.completed", started.payment, more)).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "unreadable"), "{said}");
    }
    // Nor does one without a sum, or with one that nobody can have paid.
    for (id, sum) in [("evt_4", json!(null)), ("evt_5", json!(-1))] {
        let more = json!({ "payment_status": "paid", "amount_total": sum, "currency": "inr" });
        let answer = app.tell(&session_event(id, "checkout.session.completed", started.payment, more)).await;
        assert_eq!(answer.body, "unreadable", "{id}");
    }
    // Nor one with what no column can hold, or in what is no currency.
    for (id, currency, intent) in [("evt_6", "inr", "pi_\0"), ("evt_7", "rupees", "pi_1")] {
        let sum = started.amount;
        let more =
            json!({ "payment_status": "paid", "amount_total": sum, "currency": currency, "payment_intent": intent });
        let answer = app.tell(&session_event(id, "checkout.session.completed", started.payment, more)).await;
        assert_eq!(answer.body, "unreadable", "{id}");
    }
    let conn = &mut app.database.connect();
    assert_eq!(status(conn, &started.reference), BookingStatus::Created);
    assert_eq!(count(conn, "SELECT count(*) FROM payments WHERE status = 'started'"), 1);
    assert_consistent(conn);
}

#[actix_web::test]
async fn a_session_that_expired_and_was_paid_all_the_same_is_paid() {
    let app = TestApp::start();
    let started = started(&app);
    let expired = session_event("evt_1", "checkout.session.expired", started.payment, json!({}));
    assert_eq!(app.tell(&expired).await.body, "applied");
    assert_eq!(app.tell(&paid_event("evt_2", started.payment, started.amount, "inr")).await.body, "applied");
    let conn = &mut app.database.connect();
    assert_eq!(status(conn, &started.reference), BookingStatus::Confirmed);
    let declined = session_event("evt_3", "payment_intent.payment_failed", started.payment, json!({}));
    assert_eq!(app.tell(&declined).await.body, "applied"); // an entry in the ledger
    assert_eq!(status(conn, &started.reference), BookingStatus::Confirmed);
    assert_consistent(conn);
}
