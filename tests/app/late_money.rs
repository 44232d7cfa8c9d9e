//! Money that comes late or for nothing, row by row of the table, paid at the real mock gateway: what can still be had is
//! bought with it, and whatever buys nothing goes back to the paisa, fee included.

use crate::buying::settled;
use crate::posting::{assert_answer, held};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, house, refused, staff};
use crate::support::money::{paid_event, session_event, the_refund};
use crate::support::{Browser, TestApp, count, eventually, travel};
use diesel::prelude::*;
use marquee::booking::booking;
use marquee::ids::BookingId;
use marquee::payment::{RefundStatus, payment};
use marquee::programme::block_seats::block_seats;
use marquee::programme::cancel_show::cancel_show;
use marquee::workers::Worker;
use serde_json::json;

/// A booking on its way to pay, and the gateway's page for it.
async fn on_the_way(app: &TestApp, house: &House, browser: &Browser) -> (String, String) {
    let booking = held(browser, house.show.0, &[house.seats[0].0, house.seats[1].0]).await;
    let session = browser.start_payment(&booking).await.leads_to().to_owned();
    assert!(session.starts_with(&app.gateway_url));
    (booking, session)
}

/// Pays with one of the published test cards.
pub async fn pay_by(browser: &Browser, session: &str, number: &str) {
    let card = [("card", "typed"), ("number", number), ("expiry", "12/34"), ("cvc", "123")];
    browser.post(session, &card).await.leads_to();
}

async fn pay(browser: &Browser, session: &str) {
    pay_by(browser, session, "4242424242424242").await;
}

/// The booking of a page, `/bookings/K7QM2XPD`.
pub fn booking_of(conn: &mut PgConnection, path: &str) -> BookingId {
    booking::find(conn, path.rsplit('/').next().unwrap()).unwrap().unwrap().id
}

/// Waits until the webhook has told, and the decision is this one; then sees all that came go back.
async fn goes_back(app: &TestApp, booking: &str, outcome: &str) {
    let conn = &mut app.database.connect();
    let booking = booking_of(conn, booking);
    let decided = format!("SELECT count(*) FROM payments WHERE booking_id = {booking} AND outcome = '{outcome}'");
    eventually(&format!("the money is {outcome}"), async || (count(conn, &decided) == 1).then_some(())).await;
    let refund = the_refund(conn, booking);
    assert_eq!((refund.life.cause.as_str(), refund.life.status), (outcome, RefundStatus::Requested));
    let payments = payment::of_booking(conn, booking).unwrap();
    let came = payments.iter().find(|payment| payment.id == refund.life.payment_id).unwrap();
    // Two silver seats, the fee and its tax.
    assert_eq!((came.captured_amount, refund.life.amount), (Some(470_80), 470_80));
    let tickets = format!("SELECT count(*) FROM tickets JOIN bookings ON paid_by = '{}'", came.id);
    assert_eq!(count(conn, &tickets), 0);
    assert_consistent(conn);

    assert_eq!(app.turn(Worker::Refunds).await, 1);
    assert_eq!(the_refund(conn, booking).life.status, RefundStatus::Succeeded);
    let back = "SELECT sum(amount_refunded)::bigint AS count FROM charges";
    assert_eq!(count(&mut app.gateway_database.connect(), back), 470_80);
    assert_consistent(conn);
}

#[actix_web::test]
async fn row_1_another_sum_than_was_asked_goes_back_and_the_booking_stays_unpaid() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let browser = app.browser();
    let (booking, _) = on_the_way(&app, &house, &browser).await;
    let booking = booking_of(conn, &booking);
    let payment = payment::of_booking(conn, booking).unwrap().remove(0);
    let event = paid_event("evt_1", payment.id, payment.amount - 1, "inr");
    assert_eq!(app.tell(&event).await.body, "applied");
    let refund = the_refund(conn, booking);
    assert_eq!((refund.life.cause.as_str(), refund.life.amount), ("wrong_amount", 470_79));
    assert_eq!(count(conn, "SELECT count(*) FROM cases WHERE kind = 'wrong_amount' AND closed_at IS NULL"), 1);
    assert_eq!(count(conn, "SELECT count(*) FROM bookings WHERE status <> 'created'"), 0);
    assert_consistent(conn);
}

#[actix_web::test]
async fn row_2_money_for_a_booking_that_is_paid_goes_back_and_its_tickets_stay() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let browser = app.browser();
    let (booking, first) = on_the_way(&app, &house, &browser).await;
    // The first session is told to be over, and is paid after the second.
    let id = booking_of(conn, &booking);
    let payments = payment::of_booking(conn, id).unwrap();
    let over = session_event("evt_over", "checkout.session.expired", payments[0].id, json!({}));
    assert_eq!(app.tell(&over).await.body, "applied");
    let second = browser.start_payment(&booking).await.leads_to().to_owned();
    pay(&browser, &second).await;
    settled(&browser, &booking).await;
    pay(&browser, &first).await;
    goes_back(&app, &booking, "already_paid").await;
    assert_answer(&browser.get(&booking).await, 200, "Enjoy the show", "still paid");
    assert_eq!(count(conn, "SELECT count(*) FROM tickets WHERE status = 'valid'"), 2);
}

#[actix_web::test]
async fn row_3_money_for_a_show_that_was_cancelled_meanwhile_goes_back() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let browser = app.browser();
    let (booking, session) = on_the_way(&app, &house, &browser).await;
    let manager = staff(conn);
    refused(cancel_show(conn, house.show, "Flooded", &manager)).unwrap();
    pay(&browser, &session).await;
    goes_back(&app, &booking, "cancelled").await;
}

#[actix_web::test]
async fn row_3_money_for_a_show_that_is_over_goes_back_although_the_seats_are_free() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let (booking, session) = on_the_way(&app, &house, &browser).await;
    travel(&app.database, "1 day 3 hours");
    pay(&browser, &session).await;
    goes_back(&app, &booking, "cancelled").await;
}

#[actix_web::test]
async fn row_4_money_in_the_time_of_grace_confirms() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let (booking, session) = on_the_way(&app, &house, &browser).await;
    travel(&app.database, "9 minutes");
    pay(&browser, &session).await;
    settled(&browser, &booking).await;
    let conn = &mut app.database.connect();
    assert_eq!(count(conn, "SELECT count(*) FROM payments WHERE outcome = 'confirm'"), 1);
    assert_eq!(count(conn, "SELECT count(*) FROM refunds"), 0);
}

#[actix_web::test]
async fn row_5_money_after_the_locks_lapsed_takes_the_same_seats_again_while_they_are_free() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let (browser, other) = (app.browser(), app.browser());
    let (booking, session) = on_the_way(&app, &house, &browser).await;
    travel(&app.database, "16 minutes");
    // One of them was somebody's meanwhile, whose lock has lapsed too, and whose claim ends with it.
    held(&other, house.show.0, &[house.seats[1].0]).await;
    travel(&app.database, "32 minutes");
    pay(&browser, &session).await;
    let page = settled(&browser, &booking).await;
    assert_eq!(page.texts(".ticket-seat strong"), ["A1", "A2"]);
    assert_eq!(count(conn, "SELECT count(*) FROM payments WHERE outcome = 'take_again'"), 1);
    assert_eq!(count(conn, "SELECT count(*) FROM refunds"), 0);
    assert_eq!(count(conn, "SELECT count(*) FROM show_seats WHERE status = 'booked'"), 2);
    assert_consistent(conn);
}

#[actix_web::test]
async fn row_6_money_after_somebody_took_one_of_the_seats_goes_back_and_takes_nothing_from_them() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let (browser, other) = (app.browser(), app.browser());
    let (booking, session) = on_the_way(&app, &house, &browser).await;
    travel(&app.database, "16 minutes");
    let theirs = held(&other, house.show.0, &[house.seats[1].0]).await;
    pay(&browser, &session).await;
    goes_back(&app, &booking, "seats_lost").await;
    assert_answer(&other.get(&theirs).await, 200, "Almost yours", "the new owner");
    other.start_payment(&theirs).await.leads_to();
    // The other seat is not kept for money that has gone back, nor claimed.
    let id = booking_of(conn, &booking);
    let claims = format!("SELECT count(*) FROM booking_seats WHERE booking_id = {id} AND released_at IS NULL");
    assert_eq!(count(conn, &claims), 0);
    held(&app.browser(), house.show.0, &[house.seats[0].0]).await;
    assert_consistent(conn);
}

#[actix_web::test]
async fn row_6_money_for_a_seat_that_staff_have_blocked_since_goes_back() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let browser = app.browser();
    let (booking, session) = on_the_way(&app, &house, &browser).await;
    travel(&app.database, "16 minutes");
    let manager = staff(conn);
    refused(block_seats(conn, house.show, &house.seats("A2"), "Springs are through", &manager)).unwrap();
    pay(&browser, &session).await;
    goes_back(&app, &booking, "seats_lost").await;
}

#[actix_web::test]
async fn who_gives_a_booking_up_ends_its_session_and_no_money_comes() {
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
