//! The page of the switches, as a browser without scripts uses it.

use super::once;
use crate::test_gateway::TestGateway;
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn html(gateway: &TestGateway, path: &str) -> String {
    let response = gateway.page(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

async fn switches(gateway: &TestGateway) -> Value {
    gateway.get_json("/api/faults").await["switches"].clone()
}

#[actix_web::test]
async fn the_payment_page_leads_to_the_switches_of_that_payment() {
    let gateway = TestGateway::start().await;
    let session = gateway.create_session().await;
    let id = session["id"].as_str().unwrap();
    let path = format!("/pay/{id}/faults");
    let page = html(&gateway, session["url"].as_str().unwrap()).await;
    assert!(page.contains(&format!("href=\"{path}\"")) && page.contains("what should go wrong?"), "{page}");

    let form = [("fault", "webhook_delayed"), ("often", "next:3"), ("webhook_delayed_value", "2.5"), ("seed", "")];
    let set = gateway.submit(&path, &form).await;
    assert_eq!((set.status(), set.headers()["Location"].to_str().unwrap()), (StatusCode::SEE_OTHER, path.as_str()));
    let page = html(&gateway, &path).await;
    assert!(page.contains("the next 3 times, 2.5 s"), "{page}");
    assert!(!page.contains("<script") && !page.contains("style="));
    let expected = json!([{"fault": "webhook_delayed", "scope": id, "probability": null, "next": 3, "seed": 1,
        "delay_ms": 2500, "amount": null}]);
    assert_eq!(switches(&gateway).await, expected);
    assert!(html(&gateway, "/faults").await.contains("<p class=\"nothing\">Nothing.</p>"));
}

#[actix_web::test]
async fn the_page_for_all_sets_and_turns_off_and_a_payment_shows_what_is_on_for_all() {
    let gateway = TestGateway::start().await;
    let id = gateway.pay().await;
    let on = async |fault: &str, often: &str, more: &[(&str, &str)]| {
        let form = [&[("fault", fault), ("often", often)], more].concat();
        assert_eq!(gateway.submit("/faults", &form).await.status(), 303, "{fault}");
    };
    on("amount_mismatch", "chance:1", &[("amount_mismatch_value", "-250"), ("seed", "42")]).await;
    on("webhook_lost", "chance:0.2", &[]).await;
    on("api_html", "next:1", &[]).await;
    let page = html(&gateway, "/faults").await;
    for shown in ["every time, -250", "20 % of the time", "the next time", "Turn all off"] {
        assert!(page.contains(shown), "{shown} is missing in {page}");
    }
    let payment = html(&gateway, &format!("/pay/{id}/faults")).await;
    assert!(payment.contains("so for this one too") && payment.contains("20 % of the time"), "{payment}");
    assert_eq!(switches(&gateway).await[0]["seed"], 42);

    gateway.submit("/faults", &[("turn_off", "webhook_lost")]).await;
    assert_eq!(switches(&gateway).await.as_array().unwrap().len(), 2);
    gateway.switch_on("api_slow", &id, once()).await;
    gateway.submit("/faults", &[("turn_off", "all")]).await;
    assert_eq!(switches(&gateway).await.as_array().unwrap().len(), 1, "that payment's own switch stays");
}

#[actix_web::test]
async fn what_has_gone_wrong_is_told() {
    let gateway = TestGateway::start().await;
    gateway.switch_on("amount_mismatch", "all", once()).await;
    let id = gateway.pay().await;
    for path in ["/faults".to_owned(), format!("/pay/{id}/faults")] {
        let page = html(&gateway, &path).await;
        assert!(page.contains("It is not the amount asked <small>the payment of ₹1,234.50</small>"), "{page}");
    }
    assert!(html(&gateway, "/faults").await.contains("used up"));
}

#[actix_web::test]
async fn a_form_that_makes_no_sense_is_refused_and_kept_for_correction() {
    let gateway = TestGateway::start().await;
    let rows: [(&[(&str, &str)], &str); 12] = [
        (&[], "Please choose what should go wrong."),
        (&[("fault", "rain")], "Please choose what should go wrong."),
        (&[("fault", "\0")], "Please choose what should go wrong."),
        (&[("fault", "api_error")], "Say how often"),
        (&[("fault", "api_error"), ("often", "next:x")], "Say how often"),
        (&[("fault", "api_error"), ("often", "next:0")], "from 1 to 1000"),
        (&[("fault", "api_error"), ("often", "chance:NaN")], "from 0 (never) to 1"),
        (&[("fault", "api_error"), ("often", "next:1"), ("seed", "lucky")], "The seed is a whole number."),
        (&[("fault", "api_slow"), ("often", "next:1"), ("api_slow_value", "long")], "a number of seconds"),
        (&[("fault", "api_slow"), ("often", "next:1"), ("api_slow_value", "1e300")], "from 0 to 3600 seconds"),
        (&[("fault", "amount_mismatch"), ("often", "next:1"), ("amount_mismatch_value", "0.5")], "a whole number"),
        (&[("turn_off", "rain")], "no such fault to turn off"),
    ];
    for (form, words) in rows {
        let response = gateway.submit("/faults", form).await;
        assert_eq!(response.status(), 422, "{form:?}");
        let page = response.text().await.unwrap();
        assert!(page.contains(words) && page.contains("role=\"alert\""), "{form:?}: {page}");
    }
    let form = [("fault", "api_slow"), ("often", "chance:0.5"), ("api_slow_value", "9999"), ("seed", "5\"><b>")];
    let page = gateway.submit("/faults", &form).await.text().await.unwrap();
    for kept in ["value=\"api_slow\" required checked", "value=\"chance:0.5\" selected", "5&#34;&#62;&#60;b&#62;"] {
        assert!(page.contains(kept), "{kept} is missing in {page}");
    }
    assert_eq!(switches(&gateway).await, json!([]));
}

#[actix_web::test]
async fn no_such_payment_and_a_form_of_another_site_change_nothing() {
    let gateway = TestGateway::start().await;
    let form = [("fault", "api_error"), ("often", "chance:1")];
    for path in ["/pay/cs_test_nope/faults", "/pay/%00/faults", "/pay/all/faults", "/pay/all/faults/more"] {
        assert_eq!(gateway.page(path).await.status(), 404, "{path}");
        assert_eq!(gateway.submit(path, &form).await.status(), 404, "{path}");
    }
    let url = format!("{}/faults", gateway.url);
    for site in ["cross-site", "same-site"] {
        let foreign = gateway.http.post(&url).header("Sec-Fetch-Site", site).form(&form).send().await.unwrap();
        assert_eq!(foreign.status(), 403);
    }
    assert_eq!(switches(&gateway).await, json!([]));
    let own = gateway.http.post(&url).header("Sec-Fetch-Site", "same-origin").form(&form).send().await.unwrap();
    assert_eq!(own.status(), 303);
}
