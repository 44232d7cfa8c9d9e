//! A paid booking is given back: for the sum that was quoted, by the policy that was promised, once.

use crate::buying::settled;
use crate::posting::held;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, refused, staff, try_hold, try_sell};
use crate::support::money::{
    Started, outcome, paid_booking, row, session_event, settle, start_paying, start_paying_again, the_refund,
};
use crate::support::paying::{booking_of, pay_by};
use crate::support::{TestApp, TestDatabase, contents, count, database, freeze, travel};
use chrono::Duration;
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use marquee::booking::{BookingStatus, booking, booking_seat, refund_policy::RefundQuote};
use marquee::clock::Instant;
use marquee::ids::BookingId;
use marquee::payment::{RefundCause, RefundStatus};
use marquee::programme::cancel_show::cancel_show;
use marquee::sale::cancel_paid::{CancelPaidRefusal, cancel_paid, refund_quote};
use marquee::sale::settle as settling;
use marquee::workers::Worker;
use serde_json::json;

/// Two silver seats, A1 and A2, paid for: 400 rupees, and 70.80 of fee with its tax.
struct Bought {
    database: TestDatabase,
    conn: PgConnection,
    house: House,
    booking: Started,
}

const SEATS: i64 = 400_00;
const PAID: i64 = 470_80;

impl Bought {
    fn new() -> Self {
        let database = database();
        let mut conn = database.connect();
        let house = house(&mut conn);
        let booking = paid_booking(&mut conn, house.show, &house.seats("A1 A2"));
        assert_eq!(booking.amount, PAID);
        Self { database, conn, house, booking }
    }

    /// Stops the clock so long before the start.
    fn stop_before_start(&mut self, by: Duration) {
        freeze(&mut self.conn, self.house.starts_at - by);
    }

    fn quoted(&mut self, at: Instant) -> Option<RefundQuote> {
        let booking = row(&mut self.conn, self.booking.booking);
        let promised = booking_seat::of_booking(&mut self.conn, booking.id).unwrap();
        refund_quote(&booking, &promised, self.house.starts_at, at)
    }

    fn cancel(&mut self, agreed: i64) -> Result<RefundQuote, CancelPaidRefusal> {
        refused(cancel_paid(&mut self.conn, self.booking.booking, agreed, &author()))
    }

    fn refuses(&mut self, agreed: i64) -> CancelPaidRefusal {
        let before = contents(&self.database);
        let refusal = self.cancel(agreed).unwrap_err();
        assert_eq!(contents(&self.database), before);
        refusal
    }
}

fn numbers(conn: &mut PgConnection, booking: BookingId) -> [i64; 3] {
    [
        format!("SELECT count(*) FROM show_seats WHERE booking_id = {booking}"),
        format!("SELECT count(*) FROM tickets WHERE booking_id = {booking} AND status = 'valid'"),
        format!("SELECT count(*) FROM booking_seats WHERE booking_id = {booking} AND released_at IS NULL"),
    ]
    .map(|query| count(conn, &query))
}

#[test]
fn for_the_quote_agreed_to_the_seats_are_free_the_tickets_void_and_the_fee_is_kept() {
    let mut bought = Bought::new();
    let now = marquee::clock::now(&mut bought.conn).unwrap();
    let quote = bought.quoted(now).unwrap();
    assert_eq!((quote.percent, quote.amount, quote.kept), (75, SEATS * 3 / 4, PAID - SEATS * 3 / 4));
    assert_eq!(bought.cancel(quote.amount), Ok(quote));
    let (id, conn) = (bought.booking.booking, &mut bought.conn);
    assert_eq!(row(conn, id).status, BookingStatus::Cancelled);
    assert_eq!(numbers(conn, id), [0, 0, 0]);
    let refund = the_refund(conn, id).life;
    assert_eq!((refund.cause, refund.status), (RefundCause::CustomerCancelled, RefundStatus::Requested));
    assert_eq!((refund.amount, refund.payment_id), (quote.amount, bought.booking.payment));
    // Sold again at once.
    try_hold(conn, bought.house.show, &bought.house.seats("A1 A2")).unwrap();
    assert_consistent(conn);
}

#[test]
fn given_back_twice_it_is_refused_the_second_time_and_the_money_goes_back_once() {
    let mut bought = Bought::new();
    bought.cancel(300_00).unwrap();
    assert_eq!(bought.refuses(300_00), CancelPaidRefusal::NotConfirmed(BookingStatus::Cancelled));
    assert_eq!(the_refund(&mut bought.conn, bought.booking.booking).life.version, 1);
}

#[test]
fn the_quote_holds_to_the_microsecond_and_past_it_another_one_is_to_be_agreed_to() {
    for (before, percent) in [(120, 75), (20, 50)] {
        let mut bought = Bought::new();
        let (until, amount) = (Duration::minutes(before), SEATS * percent / 100);
        bought.stop_before_start(until);
        let quote = bought.cancel(amount).unwrap();
        assert_eq!((quote.amount, quote.until), (amount, bought.house.starts_at - until));
    }
    let mut bought = Bought::new();
    bought.stop_before_start(Duration::minutes(120) - Duration::microseconds(1));
    let CancelPaidRefusal::QuoteChanged(quote) = bought.refuses(300_00) else { panic!("the old quote held") };
    assert_eq!((quote.percent, quote.amount, quote.kept), (50, 200_00, PAID - 200_00));
    assert_eq!(bought.cancel(quote.amount), Ok(quote));

    let mut bought = Bought::new();
    for too_late in [Duration::minutes(20) - Duration::microseconds(1), Duration::zero(), Duration::hours(-5)] {
        bought.stop_before_start(too_late);
        for agreed in [200_00, 300_00, 0] {
            assert_eq!(bought.refuses(agreed), CancelPaidRefusal::TooLate);
        }
    }
}

#[test]
fn no_other_sum_than_the_quoted_one_is_paid_out() {
    let mut bought = Bought::new();
    for agreed in [0, -300_00, 299_99, 300_01, 400_00, PAID, i64::MAX, i64::MIN] {
        assert!(matches!(bought.refuses(agreed), CancelPaidRefusal::QuoteChanged(_)), "{agreed}");
    }
}

#[test]
fn the_policy_is_the_one_that_was_promised_when_the_sum_was_frozen() {
    let mut bought = Bought::new();
    let of = |early: i64, late: i64| {
        format!(r#"[{{"minutes_before": 120, "percent": {early}}}, {{"minutes_before": 20, "percent": {late}}}]"#)
    };
    // Nothing, as bookings from before there was a policy; then all, which the house does not promise any more.
    for (policy, agreed) in [(of(0, 0), None), (of(100, 0), Some(400_00))] {
        bought.conn.batch_execute(&format!("UPDATE bookings SET refund_policy = '{policy}'")).unwrap();
        let refusal = bought.refuses(300_00);
        match agreed {
            None => assert_eq!(refusal, CancelPaidRefusal::TooLate),
            Some(agreed) => assert_eq!(bought.cancel(agreed).unwrap().percent, 100),
        }
    }
}

#[test]
fn only_a_booking_that_is_paid_for_at_the_gateway_is_given_back() {
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let held = try_hold(conn, house.show, &house.seats("A1")).unwrap().reference;
    let held = booking::find(conn, &held).unwrap().unwrap().id;
    let sold = try_sell(conn, house.show, &house.seats("A2")).unwrap().reference;
    let sold = booking::find(conn, &sold).unwrap().unwrap().id;
    let paying = start_paying(conn, house.show, &house.seats("A3")).booking;
    let cases = [
        (held, CancelPaidRefusal::NotConfirmed(BookingStatus::Created)),
        (paying, CancelPaidRefusal::NotConfirmed(BookingStatus::Created)),
        (sold, CancelPaidRefusal::AtCounter),
    ];
    let refuse = |conn: &mut PgConnection| {
        let before = contents(&database);
        for (booking, refusal) in &cases {
            assert_eq!(refused(cancel_paid(conn, *booking, 150_00, &author())), Err(refusal.clone()));
        }
        assert_eq!(contents(&database), before);
    };
    refuse(conn);
    // Expired, by the clock alone.
    travel(&database, "16 minutes");
    refuse(conn);
    assert_consistent(conn);
}

#[test]
fn the_house_pays_all_when_it_cancels_the_show_and_nothing_is_left_to_be_given_back() {
    let mut bought = Bought::new();
    let manager = staff(&mut bought.conn);
    refused(cancel_show(&mut bought.conn, bought.house.show, "Flooded", &manager)).unwrap();
    assert_eq!(bought.refuses(300_00), CancelPaidRefusal::NotConfirmed(BookingStatus::Cancelled));
    let refund = the_refund(&mut bought.conn, bought.booking.booking).life;
    assert_eq!((refund.cause, refund.amount), (RefundCause::ShowCancelled, PAID));
    assert_consistent(&mut bought.conn);
}

#[test]
fn a_show_cancelled_after_a_booking_was_given_back_owes_it_nothing_more() {
    let mut bought = Bought::new();
    bought.cancel(300_00).unwrap();
    let manager = staff(&mut bought.conn);
    let ended = refused(cancel_show(&mut bought.conn, bought.house.show, "Flooded", &manager)).unwrap();
    assert_eq!((ended.unpaid, ended.paid), (0, 0));
    assert_eq!(the_refund(&mut bought.conn, bought.booking.booking).life.amount, 300_00);
}

#[test]
fn money_that_comes_for_a_booking_that_was_given_back_goes_back_in_full() {
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let first = start_paying(conn, house.show, &house.seats("A1 A2"));
    let closed = session_event("evt_over", "checkout.session.expired", first.payment, json!({}));
    refused(settling::receive(conn, "evt_over", "checkout.session.expired", &closed)).unwrap();
    refused(settling::process(conn, "evt_over", &author())).unwrap();
    let second = start_paying_again(conn, &first);
    settle(conn, &second);
    refused(cancel_paid(conn, second.booking, 300_00, &author())).unwrap();
    settle(conn, &first);
    assert_eq!(outcome(conn, &first), "cancelled");
    let owed = "SELECT sum(amount)::bigint AS count FROM refunds";
    assert_eq!(count(conn, owed), 300_00 + PAID);
    assert_consistent(conn);
}

#[actix_web::test]
async fn another_visitor_finds_no_such_booking_and_the_owner_has_the_quoted_sum_back_at_the_card() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let (owner, stranger) = (app.browser(), app.browser());
    let path = held(&owner, house.show.0, &[house.seat("A1").0, house.seat("A2").0]).await;
    let session = owner.start_payment(&path).await.leads_to().to_owned();
    pay_by(&owner, &session, "4242424242424242").await;
    settled(&owner, &path).await;

    let token = stranger.get(&format!("/shows/{}", house.show)).await.value("token");
    let before = contents(&app.database);
    let form = [("token", token.as_str()), ("agreed", "30000")];
    assert_eq!(stranger.post(&format!("{path}/cancellation"), &form).await.status, 404);
    assert_eq!(contents(&app.database), before);

    let booking = booking_of(conn, &path);
    refused(cancel_paid(conn, booking, 300_00, &author())).unwrap();
    assert_eq!(app.turn(Worker::Refunds).await, 1);
    assert_eq!(the_refund(conn, booking).life.status, RefundStatus::Succeeded);
    let back = "SELECT sum(amount_refunded)::bigint AS count FROM charges";
    assert_eq!(count(&mut app.gateway_database.connect(), back), 300_00);
    assert_consistent(conn);
}
