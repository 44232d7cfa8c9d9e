//! Refunds: a part or all of a charge, at once or later, never more than was taken.

use crate::merchant::{merchant, next};
use crate::support::eventually;
use crate::test_gateway::TestGateway;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::HashMap;
use stripe::StripeError;
use stripe_core::refund::{CancelRefund, CreateRefund, CreateRefundReason, ListRefund, RetrieveRefund};
use stripe_webhook::EventObject;

const REFUNDS: &str = "/v1/refunds";
/// What every session here costs, in paise.
const PRICE: i64 = 123_450;
const PENDS: &str = "4000000000007726";
const FAILS_LATER: &str = "4000000000005126";

type Form<'a> = &'a [(&'a str, &'a str)];

/// Pays a session with a card and returns the id of its payment intent.
async fn pay(gateway: &TestGateway, number: &str) -> String {
    let session = gateway.create_session().await;
    let card = [("card", "typed"), ("number", number), ("expiry", "12/34"), ("cvc", "123")];
    assert_eq!(gateway.submit(session["url"].as_str().unwrap(), &card).await.status(), 303);
    let path = format!("/v1/checkout/sessions/{}", session["id"].as_str().unwrap());
    gateway.get_json(&path).await["payment_intent"].as_str().unwrap().to_owned()
}

async fn pay_with_visa(gateway: &TestGateway) -> String {
    pay(gateway, "4242424242424242").await
}

/// The answer to a refund request: its status and its body.
async fn refund(gateway: &TestGateway, params: Form<'_>) -> (u16, Value) {
    let response = gateway.post(REFUNDS, params).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn amount_refunded(gateway: &TestGateway, intent: &str) -> i64 {
    let intent = gateway.get_json(&format!("/v1/payment_intents/{intent}?expand[]=latest_charge")).await;
    intent["latest_charge"]["amount_refunded"].as_i64().unwrap()
}

async fn becomes(gateway: &TestGateway, refund: &Value, status: &str) -> Value {
    let path = format!("{REFUNDS}/{}", refund["id"].as_str().unwrap());
    eventually("the bank speaks", async || {
        let now = gateway.get_json(&path).await;
        (now["status"] == status).then_some(now)
    })
    .await
}

#[actix_web::test]
async fn the_rust_client_refunds_a_part_and_then_the_rest() {
    let gateway = TestGateway::start().await;
    let client = gateway.stripe();
    let intent = pay_with_visa(&gateway).await;
    let part = CreateRefund::new()
        .payment_intent(&intent)
        .amount(23_450)
        .reason(CreateRefundReason::RequestedByCustomer)
        .metadata(HashMap::from([("cause".to_owned(), "cancelled".to_owned())]));
    let part = part.send(&client).await.unwrap();
    assert_eq!((part.amount, part.status.as_deref()), (23_450, Some("succeeded")));
    assert_eq!(part.metadata.unwrap()["cause"], "cancelled");
    assert_eq!(part.payment_intent.unwrap().id().as_str(), intent);

    let charge = part.charge.unwrap().id().to_string();
    let rest = CreateRefund::new().charge(&charge).send(&client).await.unwrap();
    assert_eq!(rest.amount, 100_000);
    let expand = ["charge".to_owned(), "payment_intent.latest_charge".to_owned()];
    let rest = RetrieveRefund::new(rest.id).expand(expand).send(&client).await.unwrap();
    let whole = rest.charge.unwrap().into_object().unwrap();
    assert!(whole.refunded && whole.amount_refunded == PRICE);
    assert_eq!(rest.payment_intent.unwrap().into_object().unwrap().amount_received, PRICE);

    let list = ListRefund::new().payment_intent(&intent).send(&client).await.unwrap();
    assert_eq!(list.data.iter().map(|refund| refund.amount).collect::<Vec<_>>(), [100_000, 23_450]);
    let again = CreateRefund::new().payment_intent(&intent).send(&client).await;
    assert!(matches!(again, Err(StripeError::Stripe(error, 400))
        if error.code.as_ref().map(|code| code.as_str()) == Some("charge_already_refunded")));
}

#[actix_web::test]
async fn what_cannot_be_refunded_is_refused_by_name_and_nothing_is_written() {
    let gateway = TestGateway::start().await;
    let intent = pay_with_visa(&gateway).await;
    let unpaid = gateway.create_session().await;
    gateway.submit(unpaid["url"].as_str().unwrap(), &[("card", "declined")]).await;
    let path = format!("/v1/checkout/sessions/{}", unpaid["id"].as_str().unwrap());
    let unpaid = gateway.get_json(&path).await["payment_intent"].as_str().unwrap().to_owned();
    let intent = ("payment_intent", intent.as_str());
    let rows: &[(Form, u16, &str, &str)] = &[
        (&[], 400, "parameter_missing", ""),
        (&[("amount", "1")], 400, "parameter_missing", ""),
        (&[intent, ("charge", "ch_1")], 400, "parameters_exclusive", ""),
        (&[("payment_intent", "pi_nope")], 404, "resource_missing", "payment_intent"),
        (&[("charge", "ch_nope")], 404, "resource_missing", "charge"),
        (&[("charge", "\u{1F39F}")], 404, "resource_missing", "charge"),
        (&[("payment_intent", &unpaid)], 400, "charge_not_refundable", ""),
        (&[intent, ("amount", "123451")], 400, "amount_too_large", "amount"),
        (&[intent, ("amount", "9223372036854775807")], 400, "amount_too_large", "amount"),
        (&[intent, ("amount", "0")], 400, "parameter_invalid_integer", "amount"),
        (&[intent, ("amount", "-1")], 400, "parameter_invalid_integer", "amount"),
        (&[intent, ("amount", "12.50")], 400, "parameter_invalid_integer", "amount"),
        (&[intent, ("reason", "boredom")], 400, "", "reason"),
        (&[intent, ("metadata", "text")], 400, "", "metadata"),
        (&[intent, ("colour", "red")], 400, "parameter_unknown", "colour"),
        (&[intent, ("expand[]", "customer")], 400, "", "expand"),
    ];
    for (params, status, code, param) in rows {
        let (got, body) = refund(&gateway, params).await;
        assert_eq!(got, *status, "{params:?}: {body}");
        let error = &body["error"];
        assert_eq!(error["code"].as_str().unwrap_or(""), *code, "{params:?}: {error}");
        assert_eq!(error["param"].as_str().unwrap_or(""), *param, "{params:?}: {error}");
    }
    assert_eq!(gateway.get_json(REFUNDS).await["data"], json!([]));
    assert_eq!(gateway.count_events("charge.refunded").await, 0);
    assert_eq!(gateway.get(&format!("{REFUNDS}/re_nope")).send().await.unwrap().status(), 404);
}

#[actix_web::test]
async fn refunds_at_once_never_give_back_more_than_was_taken() {
    let gateway = TestGateway::start().await;
    let intent = pay_with_visa(&gateway).await;
    let part = [("payment_intent", intent.as_str()), ("amount", "50000")];
    let answers = join_all((0..12).map(|_| refund(&gateway, &part))).await;
    let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 2, "{statuses:?}");
    assert!(answers.iter().all(|(status, body)| *status == 200 || body["error"]["code"] == "amount_too_large"));
    assert_eq!(amount_refunded(&gateway, &intent).await, 100_000);
    assert_eq!(gateway.count_events("refund.created").await, 2);
}

#[actix_web::test]
async fn a_repeated_refund_gives_back_once() {
    let gateway = TestGateway::start().await;
    let intent = pay_with_visa(&gateway).await;
    let part = [("payment_intent", intent.as_str()), ("amount", "50000")];
    let mut ids = Vec::new();
    for _ in 0..3 {
        let sent = gateway.post(REFUNDS, &part).header("Idempotency-Key", "refund-7").send().await.unwrap();
        ids.push(sent.json::<Value>().await.unwrap()["id"].clone());
    }
    assert!(ids[0].is_string() && ids.iter().all(|id| id == &ids[0]));
    assert_eq!(amount_refunded(&gateway, &intent).await, 50_000);
}

#[actix_web::test]
async fn a_refund_can_be_pending_and_succeed_later() {
    let gateway = TestGateway::start().await;
    let intent = pay(&gateway, PENDS).await;
    let (_, pending) = refund(&gateway, &[("payment_intent", &intent)]).await;
    assert_eq!(
        (pending["status"].as_str(), pending["pending_reason"].as_str()),
        (Some("pending"), Some("processing"))
    );
    assert_eq!(amount_refunded(&gateway, &intent).await, PRICE, "what is on its way cannot be refunded again");
    assert_eq!(gateway.count_events("refund.updated").await, 0);
    gateway.travel("1 minute");
    becomes(&gateway, &pending, "succeeded").await;
    assert_eq!(gateway.count_events("refund.updated").await, 1);
    assert_eq!(gateway.count_events("refund.failed").await, 0);
}

#[actix_web::test]
async fn a_refund_that_succeeded_can_fail_later_and_be_made_again() {
    let gateway = TestGateway::start().await;
    let intent = pay(&gateway, FAILS_LATER).await;
    let (_, first) = refund(&gateway, &[("payment_intent", &intent)]).await;
    assert_eq!(first["status"], "succeeded");
    gateway.travel("1 minute");
    let failed = becomes(&gateway, &first, "failed").await;
    assert_eq!(failed["failure_reason"], "expired_or_canceled_card");
    assert_eq!(amount_refunded(&gateway, &intent).await, 0);
    assert_eq!(gateway.count_events("refund.failed").await, 1);
    let (status, second) = refund(&gateway, &[("payment_intent", &intent)]).await;
    assert_eq!((status, &second["amount"]), (200, &json!(PRICE)));
}

#[actix_web::test]
async fn a_pending_refund_can_be_canceled_and_then_the_bank_is_not_asked() {
    let gateway = TestGateway::start().await;
    let intent = pay(&gateway, PENDS).await;
    let (_, pending) = refund(&gateway, &[("payment_intent", &intent)]).await;
    let client = gateway.stripe();
    let cancel = async || CancelRefund::new(pending["id"].as_str().unwrap()).send(&client).await;
    assert_eq!(cancel().await.unwrap().status.as_deref(), Some("canceled"));
    assert!(matches!(cancel().await, Err(StripeError::Stripe(_, 400))));
    assert_eq!(amount_refunded(&gateway, &intent).await, 0);
    // The next refund's turn comes after the canceled one's would have.
    let (_, next) = refund(&gateway, &[("payment_intent", &intent)]).await;
    gateway.travel("1 minute");
    becomes(&gateway, &next, "succeeded").await;
    becomes(&gateway, &pending, "canceled").await;
    assert_eq!(gateway.count_events("refund.updated").await, 2);
}

#[actix_web::test]
async fn refunds_are_announced_in_objects_that_a_strict_client_reads() {
    let (url, mut received) = merchant(&[]);
    let gateway = TestGateway::start_with(|options| options.webhook_url = Some(url)).await;
    let intent = pay(&gateway, FAILS_LATER).await;
    let (_, made) = refund(&gateway, &[("payment_intent", &intent), ("amount", "23450")]).await;
    gateway.travel("1 minute");
    let mut told = Vec::new();
    while told.len() < 4 {
        let event = next(&mut received).await.event();
        told.push(match event.data.object {
            EventObject::RefundCreated(refund) => ("created", refund.id.to_string(), refund.status.unwrap()),
            EventObject::RefundUpdated(refund) => ("updated", refund.id.to_string(), refund.status.unwrap()),
            EventObject::RefundFailed(refund) => ("failed", refund.id.to_string(), refund.status.unwrap()),
            EventObject::ChargeRefunded(charge) => {
                assert_eq!((charge.amount_refunded, charge.refunded), (23_450, false));
                ("charge", made["id"].as_str().unwrap().to_owned(), "succeeded".to_owned())
            }
            _ => continue,
        });
    }
    told.sort();
    let row = |what, status: &str| (what, made["id"].as_str().unwrap().to_owned(), status.to_owned());
    let expected = [row("charge", "succeeded"), row("created", "succeeded"), row("failed", "failed")];
    assert_eq!(told[..3], expected);
    assert_eq!(told[3], row("updated", "failed"));
}

#[actix_web::test]
async fn refunds_are_listed_by_payment_and_time_and_paged() {
    let gateway = TestGateway::start().await;
    let (one, other) = (pay_with_visa(&gateway).await, pay_with_visa(&gateway).await);
    let mut ids = Vec::new();
    for intent in [&one, &one, &one, &other] {
        ids.insert(0, refund(&gateway, &[("payment_intent", intent), ("amount", "100")]).await.1["id"].clone());
    }
    let shown = async |query: &str| {
        let list = gateway.get_json(&format!("{REFUNDS}?{query}")).await;
        let data = list["data"].as_array().unwrap();
        (data.iter().map(|refund| refund["id"].clone()).collect::<Vec<_>>(), list["has_more"] == true)
    };
    let id = |place: usize| ids[place].as_str().unwrap();
    assert_eq!(shown(&format!("payment_intent={one}&limit=2")).await, (ids[1..3].to_vec(), true));
    assert_eq!(shown(&format!("payment_intent={one}&starting_after={}", id(2))).await, (ids[3..].to_vec(), false));
    assert_eq!(shown(&format!("limit=2&ending_before={}", id(3))).await, (ids[1..3].to_vec(), true));
    let created = gateway.get_json(&format!("{REFUNDS}/{}", id(0))).await["created"].as_i64().unwrap();
    assert!(shown(&format!("created={created}")).await.0.contains(&ids[0]));
    assert_eq!(shown(&format!("created[gt]={created}")).await.0, Vec::<Value>::new());
    assert_eq!(shown(&format!("created[lt]={}", created - 60)).await.0, Vec::<Value>::new());
    for wrong in ["payment_intent=pi_nope", "charge=ch_nope", "starting_after=re_nope"] {
        assert_eq!(gateway.get(&format!("{REFUNDS}?{wrong}")).send().await.unwrap().status(), 404, "{wrong}");
    }
}
