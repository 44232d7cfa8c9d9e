//! Money that comes late or for nothing, row by row of the table, paid at the real mock gateway: what can still be had is
//! bought with it, and whatever buys nothing goes back to the paisa, fee included.

use crate::buying::settled;
use crate::posting::{assert_answer, held};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{refused, staff};
use crate::support::money::{session_event, the_refund};
use crate::support::paying::{Paying, pay_by};
use crate::support::{count, eventually, travel};
use marquee::payment::{RefundStatus, payment};
use marquee::programme::block_seats::block_seats;
use marquee::programme::cancel_show::cancel_show;
use marquee::workers::Worker;
use reqwest::Method;
use serde_json::json;

/// Two silver seats, the fee and its tax.
const ASKED: i64 = 470_80;

impl Paying {
    /// Waits until the webhook has told, and the decision is this one; then sees all that came go back.
    async fn goes_back(&self, outcome: &str, sum: i64) {
        let (booking, conn) = (self.id(), &mut self.conn());
        let decided = format!("SELECT count(*) FROM payments WHERE booking_id = {booking} AND outcome = '{outcome}'");
        eventually(&format!("the money is {outcome}"), async || (count(conn, &decided) == 1).then_some(())).await;
        let refund = the_refund(conn, booking);
        assert_eq!((refund.life.cause.as_str(), refund.life.status), (outcome, RefundStatus::Requested));
        let payments = payment::of_booking(conn, booking).unwrap();
        let came = payments.iter().find(|payment| payment.id == refund.life.payment_id).unwrap();
        assert_eq!((came.captured_amount, refund.life.amount), (Some(sum), sum));
        let bought = format!("SELECT count(*) FROM bookings WHERE paid_by = '{}'", came.id);
        assert_eq!(count(conn, &bought), 0);
        assert_consistent(conn);

        assert_eq!(self.app.turn(Worker::Refunds).await, 1);
        assert_eq!(the_refund(conn, booking).life.status, RefundStatus::Succeeded);
        let back = "SELECT sum(amount_refunded)::bigint AS count FROM charges";
        assert_eq!(count(&mut self.app.gateway_database.connect(), back), sum);
        assert_consistent(conn);
    }
}

#[actix_web::test]
async fn row_1_another_sum_than_was_asked_goes_back_and_the_booking_stays_unpaid() {
    let late = Paying::two_seats().await;
    let switch = late.app.ask_gateway(Method::PUT, "/api/faults/amount_mismatch");
    assert_eq!(switch.json(&json!({ "next": 1, "amount": -1 })).send().await.unwrap().status(), 200);
    late.pay().await;
    late.goes_back("wrong_amount", ASKED - 1).await;
    let conn = &mut late.conn();
    assert_eq!(count(conn, "SELECT count(*) FROM cases WHERE kind = 'wrong_amount' AND closed_at IS NULL"), 1);
    assert_eq!(count(conn, "SELECT count(*) FROM tickets"), 0);
    assert_eq!(count(conn, "SELECT count(*) FROM bookings WHERE status <> 'created'"), 0);
}

#[actix_web::test]
async fn row_2_money_for_a_booking_that_is_paid_goes_back_and_its_tickets_stay() {
    let late = Paying::two_seats().await;
    let conn = &mut late.conn();
    // The first session is told to be over, and is paid after the second.
    let id = late.id();
    let payments = payment::of_booking(conn, id).unwrap();
    let over = session_event("evt_over", "checkout.session.expired", payments[0].id, json!({}));
    assert_eq!(late.app.tell(&over).await.body, "applied");
    let second = late.browser.start_payment(&late.booking).await.leads_to().to_owned();
    pay_by(&late.browser, &second, "4242424242424242").await;
    settled(&late.browser, &late.booking).await;
    late.pay().await;
    late.goes_back("already_paid", ASKED).await;
    assert_answer(&late.browser.get(&late.booking).await, 200, "Enjoy the show", "still paid");
    assert_eq!(count(conn, "SELECT count(*) FROM tickets WHERE status = 'valid'"), 2);
}

#[actix_web::test]
async fn row_3_money_for_a_show_that_was_cancelled_meanwhile_goes_back() {
    let late = Paying::two_seats().await;
    let conn = &mut late.conn();
    let manager = staff(conn);
    refused(cancel_show(conn, late.house.show, "Flooded", &manager)).unwrap();
    late.pay().await;
    late.goes_back("cancelled", ASKED).await;
}

#[actix_web::test]
async fn row_3_money_for_a_show_that_is_over_goes_back_although_the_seats_are_free() {
    let late = Paying::two_seats().await;
    travel(&late.app.database, "1 day 3 hours");
    late.pay().await;
    late.goes_back("cancelled", ASKED).await;
}

#[actix_web::test]
async fn row_4_money_in_the_time_of_grace_confirms() {
    let late = Paying::two_seats().await;
    travel(&late.app.database, "9 minutes");
    late.pay().await;
    settled(&late.browser, &late.booking).await;
    let conn = &mut late.conn();
    assert_eq!(count(conn, "SELECT count(*) FROM payments WHERE outcome = 'confirm'"), 1);
    assert_eq!(count(conn, "SELECT count(*) FROM refunds"), 0);
}

#[actix_web::test]
async fn row_5_money_after_the_locks_lapsed_takes_the_same_seats_again_while_they_are_free() {
    let late = Paying::two_seats().await;
    let conn = &mut late.conn();
    travel(&late.app.database, "16 minutes");
    let other = late.app.browser();
    // One of them was somebody's meanwhile, whose lock has lapsed too, and whose claim ends with it.
    held(&other, late.house.show.0, &[late.house.seats[1].0]).await;
    travel(&late.app.database, "32 minutes");
    late.pay().await;
    let page = settled(&late.browser, &late.booking).await;
    assert_eq!(page.texts(".ticket-seat strong"), ["A1", "A2"]);
    assert_eq!(count(conn, "SELECT count(*) FROM payments WHERE outcome = 'take_again'"), 1);
    assert_eq!(count(conn, "SELECT count(*) FROM refunds"), 0);
    assert_eq!(count(conn, "SELECT count(*) FROM show_seats WHERE status = 'booked'"), 2);
    assert_consistent(conn);
}

#[actix_web::test]
async fn row_6_money_after_somebody_took_one_of_the_seats_goes_back_and_takes_nothing_from_them() {
    let late = Paying::two_seats().await;
    let conn = &mut late.conn();
    travel(&late.app.database, "16 minutes");
    let other = late.app.browser();
    let theirs = held(&other, late.house.show.0, &[late.house.seats[1].0]).await;
    late.pay().await;
    late.goes_back("seats_lost", ASKED).await;
    assert_answer(&other.get(&theirs).await, 200, "Almost yours", "the new owner");
    other.start_payment(&theirs).await.leads_to();
    // The other seat is not kept for money that has gone back, nor claimed.
    let id = late.id();
    let claims = format!("SELECT count(*) FROM booking_seats WHERE booking_id = {id} AND released_at IS NULL");
    assert_eq!(count(conn, &claims), 0);
    held(&late.app.browser(), late.house.show.0, &[late.house.seats[0].0]).await;
    assert_consistent(conn);
}

#[actix_web::test]
async fn row_6_money_for_a_seat_that_staff_have_blocked_since_goes_back() {
    let late = Paying::two_seats().await;
    let conn = &mut late.conn();
    travel(&late.app.database, "16 minutes");
    let manager = staff(conn);
    refused(block_seats(conn, late.house.show, &late.house.seats("A2"), "Springs are through", &manager)).unwrap();
    late.pay().await;
    late.goes_back("seats_lost", ASKED).await;
}

#[actix_web::test]
async fn who_gives_a_booking_up_ends_its_session_and_no_money_comes() {
    let late = Paying::two_seats().await;
    let token = late.browser.get(&late.booking).await.value("token");
    late.browser.post(&format!("{}/cancellation", late.booking), &[("token", &token)]).await.leads_to();
    // The session was ended with the booking, so the card is not charged at all.
    let conn = &mut late.conn();
    let expired = "SELECT count(*) FROM payments WHERE status = 'expired'";
    eventually("the gateway says that the session ended", async || (count(conn, expired) == 1).then_some(())).await;
    assert_answer(&late.browser.get(&late.booking).await, 200, "Booking cancelled", "given up");
    assert_consistent(conn);
}

#[actix_web::test]
async fn the_way_back_from_the_gateway_confirms_nothing() {
    let late = Paying::two_seats().await;
    let waiting = format!("{}/payment", late.booking);
    assert_answer(&late.browser.get(&waiting).await, 200, "Waiting for your payment", "unpaid");
    assert_answer(&late.browser.get(&late.booking).await, 200, "Almost yours", "unpaid");
    assert_eq!(count(&mut late.conn(), "SELECT count(*) FROM bookings WHERE status = 'created'"), 1);

    // Between the deadline and the end of the locks the money may still come; then the seats are free for others.
    travel(&late.app.database, "9 minutes");
    assert_answer(&late.browser.get(&waiting).await, 200, "Waiting for your payment", "grace");
    travel(&late.app.database, "11 minutes");
    assert_eq!(late.browser.get(&waiting).await.leads_to(), late.booking);
    assert_answer(&late.browser.get(&late.booking).await, 200, "This booking has expired", "lapsed");
}
