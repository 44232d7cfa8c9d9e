//! Payments that do not go their way: refused, in doubt, or for a show that is no more.

use crate::posting::{assert_answer, held, post_raw};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{house, refused, staff};
use crate::support::money::{paid_event, session_event, signature, the_refund};
use crate::support::paying::booking_of;
use crate::support::{Browser, Page, TestApp, WEBHOOK_SECRET, contents, count, database, eventually};
use diesel::prelude::*;
use marquee::ids::PaymentId;
use marquee::payment::RefundCause;
use marquee::programme::block_seats::block_seats;
use marquee::programme::cancel_show::cancel_show;
use marquee::schema::payments;
use serde_json::json;

async fn tell(app: &TestApp, body: &str) -> Page {
    let signed = signature(WEBHOOK_SECRET, chrono::Utc::now().timestamp(), body);
    let headers = [("stripe-signature", signed.as_str()), ("content-type", "application/json")];
    post_raw(&app.browser(), "/webhooks/stripe", body, &headers).await
}

async fn pay(browser: &Browser, booking: &str, email: &str) -> Page {
    let token = browser.get(booking).await.value("token");
    let form = [("token", token.as_str()), ("name", "Asha Rao"), ("email", email)];
    browser.post(&format!("{booking}/payments"), &form).await
}

fn the_payment(app: &TestApp) -> (PaymentId, i64) {
    payments::table.select((payments::id, payments::amount)).first(&mut app.database.connect()).unwrap()
}

#[actix_web::test]
async fn what_the_gateway_refuses_can_be_corrected_and_paid() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;

    // Good enough for us, and refused by the gateway, which takes ASCII only.
    let answer = pay(&browser, &booking, "आशा@example.com").await;
    assert_answer(&answer, 409, "The payment provider did not accept that", "the gateway says no");
    let conn = &mut app.database.connect();
    assert_eq!(count(conn, "SELECT count(*) FROM payments WHERE status = 'failed'"), 1);

    let session = pay(&browser, &booking, "asha@example.com").await.leads_to().to_owned();
    browser.post(&session, &[("card", "visa")]).await.leads_to();
    let confirmed = "SELECT count(*) FROM bookings WHERE status = 'confirmed'";
    eventually("the webhook confirms", async || (count(conn, confirmed) == 1).then_some(())).await;
    assert_consistent(conn);
}

#[actix_web::test]
async fn no_second_payment_starts_for_a_booking_whose_money_goes_back() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    pay(&browser, &booking, "asha@example.com").await.leads_to();
    let (payment, asked) = the_payment(&app);
    assert_eq!(tell(&app, &paid_event("evt_1", payment, asked - 1, "inr")).await.body, "applied");

    // All of it goes back; what a new booking costs is asked for by a new booking.
    assert_answer(&browser.get(&booking).await, 200, "These seats could not be booked", "its page");
    let token = browser.get(&format!("/shows/{}", house.show)).await.value("token");
    let form = [("token", token.as_str()), ("name", "Asha Rao"), ("email", "asha@example.com")];
    let before = contents(&app.database);
    let answer = browser.post(&format!("{booking}/payments"), &form).await;
    assert_answer(&answer, 409, "We have a payment of yours", "a second payment");
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn a_draft_that_leaves_the_contact_out_keeps_what_was_noted() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let token = browser.get(&booking).await.value("token");
    for (name, email) in [("Asha Rao", "asha@example.com"), ("", ""), ("", "not yet an addr")] {
        let form = [("token", token.as_str()), ("name", name), ("email", email)];
        browser.post(&format!("{booking}/checkout"), &form).await.leads_to();
        let page = browser.get(&booking).await;
        assert_eq!([page.value("name"), page.value("email")], ["Asha Rao", "asha@example.com"]);
    }
}

#[actix_web::test]
async fn a_paid_booking_of_a_cancelled_show_is_owed_its_money_and_its_tickets_are_no_longer_shown() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    pay(&browser, &booking, "asha@example.com").await.leads_to();
    let (payment, asked) = the_payment(&app);
    assert_eq!(tell(&app, &paid_event("evt_1", payment, asked, "inr")).await.body, "applied");
    assert_answer(&browser.get(&booking).await, 200, "Enjoy the show", "before");

    let manager = staff(conn);
    refused(cancel_show(conn, house.show, "Flooded", &manager)).unwrap();
    let page = browser.get(&booking).await;
    assert_eq!(page.status, 200);
    assert!(page.texts("svg.qr, .ticket").is_empty(), "{}", page.body);
    let id = booking_of(conn, &booking);
    let owed = the_refund(conn, id);
    assert_eq!((owed.life.cause, owed.life.amount), (RefundCause::ShowCancelled, asked));
    assert_eq!(count(conn, "SELECT count(*) FROM tickets WHERE status = 'valid'"), 0);
    assert_consistent(conn);
}

#[actix_web::test]
async fn an_event_that_must_be_asked_about_waits_until_the_gateway_can_be_asked() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let session = pay(&browser, &booking, "asha@example.com").await.leads_to().to_owned();
    let (payment, _) = the_payment(&app);
    let name: Option<String> =
        payments::table.select(payments::session_id).first(&mut app.database.connect()).unwrap();
    let more = json!({ "id": name.unwrap(), "payment_status": 7 });
    let body = session_event("evt_odd", "checkout.session.completed", payment, more);

    // A second process on the same database, whose gateway is not there.
    let same = app.database.url();
    let cut_off =
        TestApp::start_with(database(), &["--database-url", &same, "--stripe-api-url", "http://127.0.0.1:9"]);
    assert_eq!(tell(&cut_off, &body).await.status, 503);
    let conn = &mut app.database.connect();
    let waiting = "SELECT count(*) FROM gateway_events WHERE id = 'evt_odd' AND processed_at IS NULL";
    assert_eq!(count(conn, waiting), 1);

    // The money is there by the time the gateway can be asked: its word about the session is what counts.
    browser.post(&session, &[("card", "visa")]).await.leads_to();
    let answer = tell(&app, &body).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "unreadable"));
    assert_eq!(count(conn, waiting), 0);
    assert_answer(&browser.get(&booking).await, 200, "Enjoy the show", "asked and confirmed");
    assert_consistent(conn);
}

#[test]
fn a_block_sent_twice_is_done_once_and_nothing_is_wrong() {
    let database = database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    let seats = house.seats("A1 A2");
    refused(block_seats(conn, house.show, &seats, "Broken", &staff)).unwrap();
    let before = contents(&database);
    refused(block_seats(conn, house.show, &seats, "Broken", &staff)).unwrap();
    assert_eq!(contents(&database), before);
}
