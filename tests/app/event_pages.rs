//! The gateway's events: found, read, and processed again without doing anything twice.

use crate::posting::{assert_answer, post_raw};
use crate::staff_desk::{hire, signed_in};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{author, house, refused};
use crate::support::money::{Started, paid_event, session_event, start_paying};
use crate::support::paying::Paying;
use crate::support::{Browser, Page, TestApp, contents, count, database};
use marquee::sale::settle;
use serde_json::json;

const PAID: &str = "checkout.session.completed";

async fn process(browser: &Browser, event: &str) -> Page {
    let token = browser.get("/admin/shows").await.value("token");
    browser.post(&format!("/admin/events/{event}/processings"), &[("token", &token)]).await
}

/// `evt_1`, which tells that a payment has come, stored and not done; and a manager.
struct Left {
    app: TestApp,
    meera: Browser,
    started: Started,
}

impl Left {
    async fn new() -> Self {
        let app = TestApp::start();
        hire(&app);
        let conn = &mut app.database.connect();
        let house = house(conn);
        let started = start_paying(conn, house.show, &house.seats("A1"));
        let body = paid_event("evt_1", started.payment, started.amount, "inr");
        refused(settle::receive(conn, "evt_1", PAID, &body)).unwrap();
        Self { meera: signed_in(&app).await, app, started }
    }
}

#[actix_web::test]
async fn an_event_that_was_left_over_is_processed_by_hand_once() {
    let Left { app, meera, started } = Left::new().await;
    let conn = &mut app.database.connect();
    let page = meera.get("/admin/events/evt_1").await;
    assert_eq!(page.texts("h1"), [format!("{PAID} Not done")]);
    assert!(page.texts("pre").join("").contains(&started.payment.to_string()), "{}", page.body);

    let answer = process(&meera, "evt_1").await;
    assert_answer(&answer, 200, "Processed", "first");
    assert!(answer.texts("#outcome p").join("").contains("Applied"), "{}", answer.body);
    assert_eq!(count(conn, "SELECT count(*) FROM bookings WHERE status = 'confirmed'"), 1);
    let after = contents(&app.database);
    for _ in 0..2 {
        let answer = process(&meera, "evt_1").await;
        assert_answer(&answer, 200, "This event was done before", "again");
        assert!(answer.texts("#outcome p").join("").contains("It came to: Applied"), "{}", answer.body);
    }
    assert_eq!(contents(&app.database), after);
    assert_consistent(conn);

    let payment = format!("/admin/payments/{}", started.payment);
    assert_eq!(meera.get(&payment).await.attributes(".events a", "href"), ["/admin/events/evt_1"]);
    assert_eq!(answer.attributes("main dd a", "href"), [payment]);
}

#[actix_web::test]
async fn an_event_that_the_gateway_must_explain_stays_undone_while_it_is_away() {
    let paying = Paying::seats("A1").await;
    let (app, payment) = (&paying.app, paying.payment());
    let more = json!({ "id": payment.session_id.unwrap(), "payment_status": 7 });
    let odd = session_event("evt_odd", PAID, payment.id, more);
    refused(settle::receive(&mut paying.conn(), "evt_odd", PAID, &odd)).unwrap();

    let flags = ["--database-url", &app.database.url(), "--stripe-api-url", "http://127.0.0.1:9"];
    let cut_off = TestApp::start_with(database(), &flags);
    hire(app);
    let before = contents(&app.database);
    let meera = signed_in(&cut_off).await;
    assert_answer(&process(&meera, "evt_odd").await, 503, "Still not done", "cut off");
    assert_eq!(contents(&app.database), before);
    let answer = process(&signed_in(app).await, "evt_odd").await;
    assert_answer(&answer, 200, "Processed", "asked");
    assert!(answer.texts("#outcome p").join("").contains("Unreadable, gateway asked"), "{}", answer.body);
}

#[actix_web::test]
async fn events_are_paged_newest_first_and_filtered() {
    let app = TestApp::start();
    hire(&app);
    let conn = &mut app.database.connect();
    let house = house(conn);
    let started = start_paying(conn, house.show, &house.seats("A1"));
    let expected: Vec<String> = (1..120).rev().map(|n| format!("evt_{n:03}")).collect();
    for n in 0..120 {
        let id = format!("evt_{n:03}");
        refused(settle::receive(conn, &id, "charge.updated", r#"{"data":{"object":{}}}"#)).unwrap();
    }
    let body = paid_event("evt_paid", started.payment, started.amount, "inr");
    refused(settle::receive(conn, "evt_paid", PAID, &body)).unwrap();
    for event in ["evt_000", "evt_paid"] {
        refused(settle::process(conn, event, &author())).unwrap();
    }
    let meera = signed_in(&app).await;
    let mut path = "/admin/events?state=waiting".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = meera.get(&path).await;
        seen.extend(page.texts(".events .reference"));
        match page.attributes("main p a.quiet", "href").pop() {
            Some(older) => path = older,
            None => break,
        }
    }
    assert_eq!(seen, expected);

    for (query, found) in [
        ("", 50),
        ("state=applied", 1),
        ("state=unreadable", 0),
        ("kind=checkout.session.completed", 1),
        ("kind=charge.updated&state=ignored", 1),
        (&format!("payment={}", started.payment), 1),
        ("payment=01999999-0000-7000-8000-000000000000", 0),
        // What cannot be, fits nothing; what is no field is not asked for.
        ("payment=abc", 0),
        ("state=whatever", 0),
        ("kind=%00", 0),
        ("before=%00", 0),
        ("kind=' OR 1=1 --", 0),
        (&format!("kind={}", "x".repeat(300)), 0),
        ("before=evt_unheard_of", 50),
        ("page=7", 50),
        ("state=applied&state=applied", 50),
        ("%ff", 50),
    ] {
        let page = meera.get(&format!("/admin/events?{query}")).await;
        assert_eq!((page.status.as_u16(), page.texts(".events li").len()), (200, found), "{query}: {}", page.body);
    }
}

#[actix_web::test]
async fn what_an_event_says_is_shown_and_never_run() {
    let app = TestApp::start();
    hire(&app);
    let conn = &mut app.database.connect();
    let (odd, body) = ("evt_a/b?c=<i>", r#"{"id": "<script>alert(1)</script>"}"#);
    refused(settle::receive(conn, odd, "<b>kind</b>", body)).unwrap();
    refused(settle::receive(conn, "evt_no_json", "odd", "not { json")).unwrap();
    let meera = signed_in(&app).await;
    let list = meera.get("/admin/events").await;
    let url = list.attributes(".events a", "href").into_iter().find(|url| url.contains("evt_a")).unwrap();
    let page = meera.get(&url).await;
    assert_eq!(page.texts("pre"), [r#"{ "id": "<script>alert(1)</script>" }"#]);
    assert!(!page.body.contains("<script>alert") && !page.body.contains("<b>kind"), "{}", page.body);
    assert_eq!(meera.get("/admin/events/evt_no_json").await.texts("pre"), ["not { json"]);
}

#[actix_web::test]
async fn an_event_that_there_is_not_is_not_found_and_strangers_process_nothing() {
    let Left { app, meera, .. } = Left::new().await;
    let token = meera.get("/admin/shows").await.value("token");
    let long = "e".repeat(400);
    let before = contents(&app.database);
    for event in ["evt_2", "%00", "evt_1%00", "%ff", "%20", long.as_str()] {
        let path = format!("/admin/events/{event}");
        assert_eq!(meera.get(&path).await.status, 404, "{event}");
        assert_eq!(process(&meera, event).await.status, 404, "{event}");
    }
    let path = "/admin/events/evt_1/processings";
    assert_eq!(meera.get(path).await.leads_to(), "/admin/events/evt_1");
    for (body, headers) in [
        (String::new(), vec![]),
        (format!("token={token}"), vec![("sec-fetch-site", "cross-site")]),
        (format!("token={token}"), vec![("origin", "https://evil.example")]),
    ] {
        assert_answer(&post_raw(&meera, path, body, &headers).await, 403, "We did not accept that", "cross-site");
    }
    let stranger = app.browser();
    let token = stranger.get("/shows/1").await.value("token");
    assert_answer(&stranger.post(path, &[("token", &token)]).await, 401, "Please sign in", "a customer");
    assert_eq!(contents(&app.database), before);
}
