//! Money that comes late: paid at the real gateway, after the locks have lapsed or the booking was given up.

use crate::posting::{assert_answer, held};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, house};
use crate::support::{Browser, TestApp, count, eventually, travel};

/// A booking on its way to pay, and the gateway's page for it.
async fn on_the_way(app: &TestApp, house: &House, browser: &Browser) -> (String, String) {
    let booking = held(browser, house.show.0, &[house.seats[0].0, house.seats[1].0]).await;
    let session = browser.start_payment(&booking).await.leads_to().to_owned();
    assert!(session.starts_with(&app.gateway_url));
    (booking, session)
}

/// Pays, and waits until the webhook has told what came of it.
async fn pay_late(app: &TestApp, browser: &Browser, session: &str, outcome: &str) {
    browser.post(session, &[("card", "visa")]).await.leads_to();
    let conn = &mut app.database.connect();
    let settled = format!("SELECT count(*) FROM payments JOIN cases ON cases.payment_id = payments.id AND kind = outcome
                           WHERE payments.status = 'succeeded' AND captured_amount = amount AND outcome = '{outcome}'");
    eventually("the money is recorded and a case opened", async || (count(conn, &settled) == 1).then_some(())).await;
    assert_eq!(count(conn, "SELECT count(*) FROM bookings WHERE status = 'confirmed'"), 0);
    assert_eq!(count(conn, "SELECT count(*) FROM tickets"), 0);
    assert_consistent(conn);
}

#[actix_web::test]
async fn money_after_the_locks_lapsed_with_the_seats_still_free_opens_a_case() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let (booking, session) = on_the_way(&app, &house, &browser).await;
    travel(&app.database, "16 minutes");
    pay_late(&app, &browser, &session, "take_again").await;
    assert_answer(&browser.get(&booking).await, 200, "We have your payment", "late");
}

#[actix_web::test]
async fn money_after_somebody_took_the_seats_opens_a_case_and_takes_nothing_from_them() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let (browser, other) = (app.browser(), app.browser());
    let (booking, session) = on_the_way(&app, &house, &browser).await;
    travel(&app.database, "16 minutes");
    let theirs = held(&other, house.show.0, &[house.seats[1].0]).await;
    pay_late(&app, &browser, &session, "seats_lost").await;
    assert_answer(&browser.get(&booking).await, 200, "We have your payment", "late");
    assert_answer(&other.get(&theirs).await, 200, "Almost yours", "the new owner");
    other.start_payment(&theirs).await.leads_to();
}

#[actix_web::test]
async fn money_for_a_booking_given_up_before_the_session_closed_opens_a_case() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let (booking, _) = on_the_way(&app, &house, &browser).await;
    let token = browser.get(&booking).await.value("token");
    browser.post(&format!("{booking}/cancellation"), &[("token", &token)]).await.leads_to();
    // The session was ended with the booking, so the card is not charged at all.
    let conn = &mut app.database.connect();
    let expired = "SELECT count(*) FROM payments WHERE status = 'expired'";
    eventually("the gateway says that the session ended", async || (count(conn, expired) == 1).then_some(())).await;
    assert_answer(&browser.get(&booking).await, 200, "Booking cancelled", "given up");
    assert_consistent(conn);
}

#[actix_web::test]
async fn money_for_a_show_that_was_cancelled_meanwhile_opens_a_case() {
    use crate::support::fixture::{refused, staff};
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let browser = app.browser();
    let (booking, session) = on_the_way(&app, &house, &browser).await;
    let manager = staff(conn);
    refused(marquee::programme::cancel_show::cancel_show(conn, house.show, "Flooded", &manager)).unwrap();
    pay_late(&app, &browser, &session, "cancelled").await;
    assert_answer(&browser.get(&booking).await, 200, "We have your payment", "cancelled show");
}

#[actix_web::test]
async fn the_way_back_from_the_gateway_confirms_nothing() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let (booking, _) = on_the_way(&app, &house, &browser).await;
    assert_answer(&browser.get(&format!("{booking}/payment")).await, 200, "Waiting for your payment", "unpaid");
    assert_answer(&browser.get(&booking).await, 200, "Almost yours", "unpaid");
    assert_eq!(count(&mut app.database.connect(), "SELECT count(*) FROM bookings WHERE status = 'created'"), 1);

    // Between the deadline and the end of the locks the money may still come; then the seats are free for others.
    travel(&app.database, "9 minutes");
    assert_answer(&browser.get(&format!("{booking}/payment")).await, 200, "Waiting for your payment", "grace");
    travel(&app.database, "11 minutes");
    assert_eq!(browser.get(&format!("{booking}/payment")).await.leads_to(), booking);
    assert_answer(&browser.get(&booking).await, 200, "This booking has expired", "lapsed");
}
