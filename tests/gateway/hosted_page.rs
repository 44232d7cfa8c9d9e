//! The hosted page, as a browser without scripts uses it.

use crate::test_gateway::{TestGateway, session_params};
use futures_util::future::join_all;
use serde_json::Value;

async fn open(gateway: &TestGateway) -> (String, Value) {
    let session = gateway.create_session().await;
    (session["url"].as_str().unwrap().to_owned(), session)
}

fn location(response: &reqwest::Response) -> &str {
    response.headers()["Location"].to_str().unwrap()
}

#[actix_web::test]
async fn it_shows_merchant_lines_amount_and_test_mode() {
    let gateway = TestGateway::start().await;
    let (page, _) = open(&gateway).await;
    let response = gateway.page(&page).await;
    let policy = response.headers()["Content-Security-Policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("form-action 'self' http://127.0.0.1:9;"),
        "{policy}"
    );
    assert_eq!(response.headers()["Cache-Control"], "no-store");
    let html = response.text().await.unwrap();
    for shown in [
        "Marquee &#38; Sons",
        "Seats F7, F8, F9 &#60;Prime&#62;",
        "3 × ₹400.00",
        "₹1,234.50",
        "Test mode",
        "4242 4242 4242 4242",
        "asha@example.com",
        "http://127.0.0.1:9/left?a=1&#38;b=2",
        "success@upi",
        "<strong>23 hours left</strong>, until <time datetime=",
    ] {
        assert!(html.contains(shown), "{shown} is missing in {html}");
    }
    assert!(!html.contains("<script") && !html.contains("style=") && !html.contains("onclick"));
    let style = html.split("href=\"").find(|part| part.starts_with("/assets/checkout")).unwrap();
    let style = gateway.page(&format!("{}{}", gateway.url, style.split('"').next().unwrap())).await;
    assert_eq!(style.headers()["Content-Type"], "text/css; charset=utf-8");
}

#[actix_web::test]
async fn a_declined_card_can_be_followed_by_another_in_the_same_session() {
    let gateway = TestGateway::start().await;
    let (page, session) = open(&gateway).await;
    for (card, reason) in [("declined", "was declined"), ("insufficient_funds", "insufficient funds")] {
        let declined = gateway.submit(&page, &[("card", card)]).await;
        assert_eq!(declined.status(), 303);
        assert!(page.ends_with(location(&declined)));
        assert!(gateway.page(&page).await.text().await.unwrap().contains(reason));
    }
    let id = session["id"].as_str().unwrap();
    let open = gateway.get_json(&format!("/v1/checkout/sessions/{id}?expand[]=payment_intent")).await;
    assert_eq!(open["status"], "open");
    assert_eq!(open["payment_intent"]["status"], "requires_payment_method");
    assert_eq!(open["payment_intent"]["last_payment_error"]["decline_code"], "insufficient_funds");

    let paid = gateway.submit(&page, &[("card", "visa")]).await;
    assert_eq!(paid.status(), 303);
    assert_eq!(location(&paid), format!("http://127.0.0.1:9/paid?session={id}"));
    let complete = gateway.get_json(&format!("/v1/checkout/sessions/{id}?expand[]=payment_intent")).await;
    assert_eq!((&complete["status"], &complete["payment_status"]), (&"complete".into(), &"paid".into()));
    assert_eq!(complete["payment_intent"]["id"], open["payment_intent"]["id"]);
    assert_eq!(complete["payment_intent"]["last_payment_error"], Value::Null);
    assert_eq!(gateway.count_events("payment_intent.payment_failed").await, 2);
    assert_eq!(gateway.count_events("checkout.session.completed").await, 1);
}

#[actix_web::test]
async fn twenty_submits_at_once_charge_once() {
    let gateway = TestGateway::start().await;
    let (page, _) = open(&gateway).await;
    let responses = join_all((0..20).map(|_| gateway.submit(&page, &[("card", "visa")]))).await;
    let statuses: Vec<u16> = responses.iter().map(|response| response.status().as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 19, "{statuses:?}");
    assert_eq!(gateway.count_events("payment_intent.succeeded").await, 1);
    let html = gateway.submit(&page, &[("card", "visa")]).await.text().await.unwrap();
    assert!(html.contains("already paid") && html.contains("not charged again"));
    assert!(gateway.page(&page).await.text().await.unwrap().contains("Payment complete"));
}

#[actix_web::test]
async fn each_choice_on_the_page_does_what_it_says() {
    let gateway = TestGateway::start().await;
    // What is sent, where it leads, and how the session then stands.
    let rows = [
        ("card", "visa", "/paid", "complete", "paid", "succeeded"),
        ("card", "declined", "/pay/", "open", "unpaid", "requires_payment_method"),
        ("card", "insufficient_funds", "/pay/", "open", "unpaid", "requires_payment_method"),
        ("card", "authentication", "/confirmation", "open", "unpaid", "requires_action"),
        ("card", "always_authenticate", "/confirmation", "open", "unpaid", "requires_action"),
        ("upi", "upi_success", "/paid", "complete", "paid", "succeeded"),
        ("upi", "upi_failure", "/pay/", "open", "unpaid", "requires_payment_method"),
        ("upi", "upi_pending_success", "/paid", "complete", "unpaid", "processing"),
        ("upi", "upi_pending_failure", "/paid", "complete", "unpaid", "processing"),
    ];
    for (kind, choice, leads_to, status, payment_status, intent) in rows {
        let (page, session) = open(&gateway).await;
        let answer = gateway.submit(&page, &[("method", kind), (kind, choice)]).await;
        assert_eq!(answer.status(), 303, "{choice}");
        assert!(location(&answer).contains(leads_to), "{choice} leads to {}", location(&answer));
        let id = session["id"].as_str().unwrap();
        let session = gateway.get_json(&format!("/v1/checkout/sessions/{id}?expand[]=payment_intent")).await;
        let stands = [&session["status"], &session["payment_status"], &session["payment_intent"]["status"]];
        assert_eq!(stands, [status, payment_status, intent], "{choice}");
    }
}

#[actix_web::test]
async fn a_merchant_that_takes_cards_only_is_not_paid_by_upi() {
    let gateway = TestGateway::start().await;
    let mut params = session_params();
    params.push(("payment_method_types[]", "card"));
    let session: Value = gateway.post("/v1/checkout/sessions", &params).send().await.unwrap().json().await.unwrap();
    assert_eq!(session["payment_method_types"], serde_json::json!(["card"]));
    let page = session["url"].as_str().unwrap();
    let html = gateway.page(page).await.text().await.unwrap();
    assert!(html.contains("4242 4242 4242 4242") && !html.contains("@upi"));
    assert_eq!(gateway.submit(page, &[("method", "upi"), ("upi", "upi_success")]).await.status(), 422);
    let (_, session) = open(&gateway).await;
    assert_eq!(session["payment_method_types"], serde_json::json!(["card", "upi"]));
}

#[actix_web::test]
async fn a_bank_that_asks_is_answered_on_its_own_page() {
    let gateway = TestGateway::start().await;
    let (page, session) = open(&gateway).await;
    let confirmation = format!("{page}/confirmation");
    let early = gateway.page(&confirmation).await;
    assert_eq!(early.status(), 303, "there is nothing to confirm yet");
    let unasked = gateway.submit(&confirmation, &[("answer", "agree")]).await;
    assert!(page.ends_with(location(&unasked)), "an unasked confirmation charges nothing");

    let asked = gateway.submit(&page, &[("card", "confirmation")]).await;
    assert!(confirmation.ends_with(location(&asked)));
    assert!(gateway.page(&confirmation).await.text().await.unwrap().contains("Visa ending in 3155"));
    assert_eq!(gateway.submit(&confirmation, &[("answer", "perhaps")]).await.status(), 400);
    gateway.submit(&confirmation, &[("answer", "refuse")]).await;
    assert!(gateway.page(&page).await.text().await.unwrap().contains("could not confirm that it was you"));

    gateway.submit(&page, &[("card", "confirmation")]).await;
    let agreed = gateway.submit(&confirmation, &[("answer", "agree")]).await;
    assert!(location(&agreed).starts_with("http://127.0.0.1:9/paid"));
    let path = format!("/v1/checkout/sessions/{}", session["id"].as_str().unwrap());
    assert_eq!(gateway.get_json(&path).await["payment_status"], "paid");
    assert_eq!(gateway.submit(&confirmation, &[("answer", "agree")]).await.status(), 409);
}

#[actix_web::test]
async fn only_test_cards_are_taken_and_what_is_typed_is_not_shown_again() {
    let gateway = TestGateway::start().await;
    let (page, _) = open(&gateway).await;
    let typed = async |number: &str, expiry: &str, cvc: &str| {
        let form = [("card", "typed"), ("number", number), ("expiry", expiry), ("cvc", cvc)];
        let response = gateway.submit(&page, &form).await;
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, html) = typed("4242 4242 4242 4242", "12/34", "").await;
    assert_eq!(status, 422);
    assert!(html.contains("4242 4242 4242 4242\" inputmode"), "a test card's number is put back");
    let (status, html) = typed("4111 1111 1111 1111", "12/34", "123").await;
    assert_eq!(status, 422);
    assert!(html.contains("Never type a real card number") && !html.contains("4111"));
    assert_eq!(typed("4242424242424242", "01/20", "123").await.0, 422);
    assert_eq!(typed("4242424242424242", "12/34", "12").await.0, 422);
    let wrong = [
        &[][..],
        &[("card", "gold")],
        &[("card", "typed"), ("number", "\0")],
        &[("method", "cash"), ("card", "visa")],
        &[("method", "upi"), ("card", "visa")],
        &[("method", "upi"), ("upi", "typed"), ("upi_id", "asha@okaxis")],
    ];
    for form in wrong {
        assert_eq!(gateway.submit(&page, form).await.status(), 422, "{form:?}");
    }
    let oversize = "9".repeat(20_000);
    assert_eq!(gateway.submit(&page, &[("number", oversize.as_str())]).await.status(), 400);
    assert_eq!(gateway.count_events("payment_intent.payment_failed").await, 0);
    assert_eq!(typed("5555-5555-5555-4444", "12 / 34", "123").await.0, 303);
}

#[actix_web::test]
async fn pages_that_are_not_there_say_so() {
    let gateway = TestGateway::start().await;
    for path in ["/pay/cs_test_nope", "/pay/%00", "/pay/cs_test_nope/confirmation", "/elsewhere"] {
        let response = gateway.page(path).await;
        assert_eq!(response.status(), 404, "{path}");
        assert!(response.text().await.unwrap().contains("<h1>"), "{path}");
    }
    assert_eq!(gateway.submit("/pay/cs_test_nope", &[("card", "visa")]).await.status(), 404);
    let (page, session) = open(&gateway).await;
    let expire = format!("/v1/checkout/sessions/{}/expire", session["id"].as_str().unwrap());
    assert_eq!(gateway.post(&expire, &[]).send().await.unwrap().status(), 200);
    let late = gateway.submit(&page, &[("card", "visa")]).await;
    assert_eq!(late.status(), 409);
    assert!(late.text().await.unwrap().contains("Nothing was charged"));
}
