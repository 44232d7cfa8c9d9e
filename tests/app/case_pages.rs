//! Cases: what staff read, and what they do about it, once and with a reason.

use crate::posting::{assert_answer, post_raw};
use crate::staff_desk::{hire, signed_in};
use crate::support::busy::busy;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{house, refused, staff, try_sell};
use crate::support::money::{settle, start_paying};
use crate::support::refunds::failed;
use crate::support::{Browser, Page, TestApp, contents, count};
use diesel::PgConnection;
use diesel::prelude::*;
use marquee::clock;
use marquee::payment::case::{self, Kind, Subject};
use marquee::payment::inbox::Effect;
use marquee::payment::refund;
use marquee::payment::{RefundStatus, payment};
use marquee::programme::cancel_show::cancel_show;
use serde_json::json;

async fn resolve(browser: &Browser, case: i64, action: &str, reason: &str) -> Page {
    let token = browser.get("/admin/shows").await.value("token");
    let form = [("token", token.as_str()), ("action", action), ("reason", reason)];
    browser.post(&format!("/admin/cases/{case}/resolution"), &form).await
}

fn the_case(conn: &mut PgConnection, kind: Kind) -> i64 {
    let open = case::waiting(conn, 100).unwrap();
    open.iter().find(|case| case.kind == kind).unwrap_or_else(|| panic!("{kind} in {open:?}")).id.0
}

fn logged(conn: &mut PgConnection, action: &str) -> i64 {
    count(conn, &format!("SELECT count(*) FROM staff_log WHERE action = '{action}' AND reason <> ''"))
}

/// A payment whose refund the gateway refused as often as it is asked by itself.
fn refund_refused(conn: &mut PgConnection) -> refund::Refund {
    let house = house(conn);
    let started = start_paying(conn, house.show, &house.seats("A1"));
    settle(conn, &started);
    let manager = staff(conn);
    refused(cancel_show(conn, house.show, "Flooded", &manager)).unwrap();
    loop {
        let [owed] = &refund::of_booking(conn, started.booking).unwrap()[..] else { panic!("one refund") };
        if owed.life.status == RefundStatus::NeedsAttention {
            return owed.clone();
        }
        assert_eq!(failed(conn, owed.id, "charge_disputed"), Effect::Applied);
    }
}

#[actix_web::test]
async fn a_case_is_closed_once_with_a_reason_and_whoever_comes_later_reads_by_whom() {
    let app = TestApp::start();
    hire(&app);
    let busy = busy(&app.database);
    let conn = &mut app.database.connect();
    let id = the_case(conn, Kind::WrongAmount);
    let meera = signed_in(&app).await;
    let list = meera.get("/admin/cases").await;
    let told = list.texts("#open .card").join(" ");
    for words in ["Another sum came than was asked for", "Open for 0 min", "Captured ₹", "Asked ₹", "Find out why"]
    {
        assert!(told.contains(words), "{words} in {told}");
    }
    assert!(!told.contains(&busy.paid.reference), "nothing is wrong with that one");

    let before = contents(&app.database);
    let long = "x".repeat(501);
    for (action, reason, status, title) in [
        ("close", "", 422, "What was done, and why?"),
        ("close", " \t ", 422, "What was done, and why?"),
        ("close", &long, 422, "A shorter note, please"),
        ("retry", "why not", 422, "That cannot be done about this case"),
        ("given_back", "why not", 422, "That cannot be done about this case"),
        ("burn", "why not", 422, "That cannot be done about this case"),
        ("", "why not", 422, "That cannot be done about this case"),
    ] {
        let answer = resolve(&meera, id, action, reason).await;
        assert_answer(&answer, status, title, &format!("{action} {reason}"));
        assert_eq!(answer.value("reason"), reason, "nobody types it twice");
    }
    let nul = post_raw(&meera, &format!("/admin/cases/{id}/resolution"), "action=close&reason=%00", &[]).await;
    assert_eq!(nul.status, 400);
    assert_eq!(contents(&app.database), before);

    assert_eq!(resolve(&meera, id, "close", " A test of the bank’s ").await.leads_to(), "/admin/cases");
    let list = meera.get("/admin/cases").await;
    let closed = list.texts("#closed ~ ul").join(" ");
    assert!(closed.contains("Meera") && closed.contains("A test of the bank’s"), "{closed}");
    assert_eq!(logged(conn, "close_case"), 1);
    let after = contents(&app.database);
    resolve(&meera, id, "close", "A test of the bank’s").await.leads_to();
    let answer = resolve(&meera, id, "close", "Something else").await;
    assert_answer(&answer, 409, "This case is closed", "by another, later");
    assert!(answer.texts("#refusal").join("").contains("Meera closed it before: A test of the bank’s"));
    assert_eq!(contents(&app.database), after);
    assert_consistent(conn);
}

#[actix_web::test]
async fn a_refund_that_failed_is_asked_for_again_or_given_back_by_other_means() {
    let app = TestApp::start();
    hire(&app);
    let conn = &mut app.database.connect();
    let owed = refund_refused(conn);
    let meera = signed_in(&app).await;
    let told = meera.get("/admin/cases").await.texts("#open .card").join(" ");
    for words in ["did not give the money back", "Failure charge_disputed", "Ask the gateway again"] {
        assert!(told.contains(words), "{words} in {told}");
    }
    let first = the_case(conn, Kind::RefundFailed);
    resolve(&meera, first, "retry", "New card").await.leads_to();
    let after = contents(&app.database);
    resolve(&meera, first, "retry", "New card").await.leads_to();
    assert_answer(&resolve(&meera, first, "given_back", "In cash").await, 409, "This case is closed", "decided");
    assert_eq!(contents(&app.database), after);
    let again = refund::of_booking(conn, owed.life.booking_id).unwrap().pop().unwrap();
    assert_eq!((again.life.status, again.life.attempt), (RefundStatus::Requested, owed.life.attempt + 1));

    assert_eq!(failed(conn, again.id, "charge_disputed"), Effect::Applied);
    let second = the_case(conn, Kind::RefundFailed);
    assert_ne!(first, second);
    resolve(&meera, second, "given_back", "Bank transfer 4711").await.leads_to();
    let ended = refund::of_booking(conn, owed.life.booking_id).unwrap().pop().unwrap();
    assert_eq!(ended.life.status, RefundStatus::SettledByStaff);
    assert_eq!([logged(conn, "retry_refund"), logged(conn, "settle_refund")], [1, 1]);
    assert_consistent(conn);

    // Both pages tell of it.
    let payment = payment::of_booking(conn, owed.life.booking_id).unwrap().pop().unwrap();
    assert_eq!(count(conn, "SELECT count(*) FROM refunds"), 1);
    for path in [format!("/admin/payments/{}", payment.id), booking_path(conn)] {
        let told = meera.get(&path).await.texts("section[aria-labelledby=refunds]").join(" ");
        for words in ["Settled by staff", "the cinema cancelled the show", "Attempts 4"] {
            assert!(told.contains(words), "{path}: {words} in {told}");
        }
    }
}

fn booking_path(conn: &mut PgConnection) -> String {
    use marquee::schema::bookings;
    let reference: String = bookings::table.select(bookings::reference).first(conn).unwrap();
    format!("/admin/bookings/{reference}")
}

#[actix_web::test]
async fn money_from_the_counter_is_given_back_there_and_the_gateway_is_not_asked() {
    let app = TestApp::start();
    hire(&app);
    let conn = &mut app.database.connect();
    let house = house(conn);
    let sold = try_sell(conn, house.show, &house.seats("A1")).unwrap().reference;
    let manager = staff(conn);
    refused(cancel_show(conn, house.show, "Flooded", &manager)).unwrap();
    let meera = signed_in(&app).await;
    let told = meera.get("/admin/cases").await.texts("#open .card").join(" ");
    assert!(told.contains(&sold) && told.contains("₹200.00") && told.contains("Given back at the counter"), "{told}");
    let id = the_case(conn, Kind::OwedAtCounter);
    let before = contents(&app.database);
    let answer = resolve(&meera, id, "retry", "why not").await;
    assert_answer(&answer, 422, "That cannot be done about this case", "retry");
    assert_eq!(contents(&app.database), before);
    resolve(&meera, id, "given_back", "Signed for by the customer").await.leads_to();
    assert_eq!(count(conn, "SELECT count(*) FROM refunds WHERE status = 'settled_by_staff'"), 1);
    assert_consistent(conn);
}

#[actix_web::test]
async fn what_only_the_gateway_knows_is_named_and_settled_with_a_note() {
    let app = TestApp::start();
    hire(&app);
    let conn = &mut app.database.connect();
    let now = clock::now(conn).unwrap();
    let kinds =
        [Kind::RefundStuck, Kind::MissingAtGateway, Kind::DiffersAtGateway, Kind::StrayMoney, Kind::StrayRefund];
    for kind in kinds.into_iter().chain([Kind::PaidWithoutSeat]) {
        let subject = Subject { name: format!("pi_{kind}"), payment: None };
        let detail = json!({ "amount": 4711, "currency": "INR", "note": "<script>alert(1)</script>", "odd": [1] });
        assert!(case::open(conn, kind, &subject, detail, now).unwrap());
    }
    let meera = signed_in(&app).await;
    let page = meera.get("/admin/cases").await;
    assert_eq!(page.texts("#open .card").len(), 6);
    assert!(page.texts("#open .card").join(" ").contains("₹47.11"), "{}", page.body);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    for open in case::waiting(conn, 100).unwrap() {
        resolve(&meera, open.id.0, "close", "Looked into").await.leads_to();
    }
    assert_eq!(logged(conn, "close_case"), 6);
    assert_eq!(meera.get("/admin/cases").await.texts("main .good"), ["No case is open."]);
}

#[actix_web::test]
async fn a_case_that_there_is_not_is_not_found_and_strangers_get_nowhere() {
    let app = TestApp::start();
    hire(&app);
    busy(&app.database);
    let id = the_case(&mut app.database.connect(), Kind::WrongAmount);
    let meera = signed_in(&app).await;
    let token = meera.get("/admin/shows").await.value("token");
    let before = contents(&app.database);
    let form = [("token", token.as_str()), ("action", "close"), ("reason", "mine")];
    for case in ["0", "-1", "99999", "9223372036854775808", "abc", "%00", "1%201"] {
        let path = format!("/admin/cases/{case}");
        assert_answer(&meera.get(&path).await, 404, "Nothing here", &path);
        assert_answer(&meera.post(&format!("{path}/resolution"), &form).await, 404, "Nothing here", &path);
    }
    let path = format!("/admin/cases/{id}/resolution");
    assert_eq!(meera.get(&path).await.leads_to(), format!("/admin/cases/{id}"));
    for (body, headers) in [
        ("action=close&reason=mine".to_owned(), vec![]),
        (format!("action=close&reason=mine&token={token}"), vec![("sec-fetch-site", "cross-site")]),
        (format!("action=close&reason=mine&token={token}"), vec![("origin", "https://evil.example")]),
    ] {
        assert_answer(&post_raw(&meera, &path, body, &headers).await, 403, "We did not accept that", "cross-site");
    }
    let stranger = app.browser();
    let token = stranger.get("/shows/1").await.value("token");
    let form = [("token", token.as_str()), ("action", "close"), ("reason", "mine")];
    assert_answer(&stranger.post(&path, &form).await, 401, "Please sign in", "a customer");
    for path in ["/admin/cases", "/admin/cases/1", "/admin/events", "/admin/events/evt_1"] {
        assert_answer(&stranger.get(path).await, 401, "Please sign in", path);
    }
    assert_eq!(contents(&app.database), before);
}
