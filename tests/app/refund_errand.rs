//! Refunds on their way: the worker that asks, the real mock gateway that answers, and its events.

use crate::buying::settled;
use crate::support::fixture::{House, author, refused, seats_of, staff};
use crate::support::money::{attempt, paid_event, refund_event, start_paying, the_refund};
use crate::support::paying::Paying;
use crate::support::{TestApp, contents, count, eventually, gateway_at, stop_gateway_clock, travel, travel_gateway};
use chrono::Duration;
use diesel::connection::SimpleConnection;
use marquee::db::Database;
use marquee::ids::{BookingId, RefundId};
use marquee::payment::refund::{Attempt, Refund, Word};
use marquee::payment::{RefundStatus, payment};
use marquee::programme::cancel_show::cancel_show;
use marquee::programme::schedule::schedule;
use marquee::sale::refund::{Decision, decide};
use marquee::workers::Worker;
use uuid::Uuid;

/// A booking that was paid with a card at the mock gateway, its show cancelled since.
struct Owed {
    app: TestApp,
    house: House,
    booking: BookingId,
}

impl Owed {
    async fn paid_with(card: &str) -> Self {
        let paying = Paying::two_seats().await;
        paying.pay_by(card).await;
        settled(&paying.browser, &paying.booking).await;
        let (booking, conn) = (paying.id(), &mut paying.conn());
        let manager = staff(conn);
        refused(cancel_show(conn, paying.house.show, "Flooded", &manager)).unwrap();
        Self { app: paying.app, house: paying.house, booking }
    }

    fn refund(&self) -> Refund {
        the_refund(&mut self.app.database.connect(), self.booking)
    }

    fn status(&self) -> RefundStatus {
        self.refund().life.status
    }

    async fn becomes(&self, status: RefundStatus) -> Refund {
        eventually(&format!("the refund is {status}"), async || {
            Some(self.refund()).filter(|refund| refund.life.status == status)
        })
        .await
    }

    fn intent(&self) -> String {
        let payments = payment::of_booking(&mut self.app.database.connect(), self.booking).unwrap();
        payments[0].payment_intent_id.clone().unwrap()
    }

    /// How often the gateway gave money back, and how much in all, in paise.
    fn at_gateway(&self) -> (i64, i64) {
        let conn = &mut self.app.gateway_database.connect();
        let [times, sum] = ["count(*)", "coalesce(sum(amount), 0)::bigint"]
            .map(|what| count(conn, &format!("SELECT {what} AS count FROM refunds WHERE status <> 'failed'")));
        (times, sum)
    }

    /// Whoever leased a refund has not answered for so long that it is due again.
    fn wait(&self, by: &str) {
        travel(&self.app.database, by);
    }
}

const VISA: &str = "4242424242424242";
const PENDS: &str = "4000000000007726";
const FAILS_LATER: &str = "4000000000005126";

#[actix_web::test]
async fn the_worker_asks_once_and_the_money_is_back_in_full() {
    let owed = Owed::paid_with(VISA).await;
    assert_eq!(owed.status(), RefundStatus::Requested);
    assert_eq!(owed.app.turn(Worker::Refunds).await, 1);
    let done = owed.becomes(RefundStatus::Succeeded).await;
    assert_eq!(owed.at_gateway(), (1, done.life.amount));
    owed.wait("1 day");
    assert_eq!(owed.app.turn(Worker::Refunds).await, 0);
    assert_eq!(owed.at_gateway(), (1, done.life.amount));
}

#[actix_web::test]
async fn a_refund_that_pends_is_asked_about_and_not_for_and_its_event_ends_it() {
    let owed = Owed::paid_with(PENDS).await;
    stop_gateway_clock(&owed.app.gateway_database);
    assert_eq!(owed.app.turn(Worker::Refunds).await, 1);
    let pending = owed.refund();
    assert_eq!(pending.life.status, RefundStatus::Requested);
    assert!(pending.life.gateway_id.is_some());
    owed.wait("1 hour");
    assert_eq!(owed.app.turn(Worker::Refunds).await, 1);
    assert_eq!(owed.status(), RefundStatus::Requested);
    travel_gateway(&owed.app.gateway_database, "1 minute");
    let done = owed.becomes(RefundStatus::Succeeded).await;
    assert_eq!(owed.at_gateway(), (1, done.life.amount));
}

#[actix_web::test]
async fn money_that_the_bank_sends_back_needs_a_person_who_has_it_asked_for_again_or_settles_it() {
    let owed = Owed::paid_with(FAILS_LATER).await;
    assert_eq!(owed.app.turn(Worker::Refunds).await, 1);
    let back = owed.becomes(RefundStatus::NeedsAttention).await;
    assert_eq!(back.life.failure.as_deref(), Some("expired_or_canceled_card"));
    let conn = &mut owed.app.database.connect();
    let open = "SELECT count(*) FROM cases WHERE kind = 'refund_failed' AND closed_at IS NULL";
    assert_eq!(count(conn, open), 1);
    assert_eq!(owed.app.turn(Worker::Refunds).await, 0);

    let manager = staff(conn);
    refused(decide(conn, back.id, Decision::Retry, "The customer has a new card", &manager)).unwrap();
    assert_eq!(owed.app.turn(Worker::Refunds).await, 1);
    let again = owed.becomes(RefundStatus::NeedsAttention).await;
    assert_eq!(again.life.attempt, 2);
    refused(decide(conn, back.id, Decision::Settled, "By bank transfer", &manager)).unwrap();
    assert_eq!((owed.status(), count(conn, open)), (RefundStatus::SettledByStaff, 0));
    assert_eq!(owed.at_gateway().0, 0);
}

#[actix_web::test]
async fn an_answer_that_was_lost_is_found_by_asking_again_with_the_same_key() {
    let owed = Owed::paid_with(VISA).await;
    // The gateway was asked and has done it; whoever asked died before the answer came.
    let refund = owed.refund();
    let gateway = &owed.app.state.gateway;
    let there = gateway.create_refund(attempt(&refund), &owed.intent(), refund.life.amount).await.unwrap();
    assert_eq!(there.word, Word::Succeeded { gateway_id: there.id.clone() });
    assert_eq!(owed.app.turn(Worker::Refunds).await, 1);
    assert_eq!(owed.refund().life.gateway_id, Some(there.id));
    assert_eq!(owed.at_gateway(), (1, refund.life.amount));
}

#[actix_web::test]
async fn while_the_gateway_is_away_nothing_changes_and_then_the_same_attempt_succeeds() {
    let owed = Owed::paid_with(VISA).await;
    let (db, nowhere) = (Database::new(&owed.app.database.url(), 1), gateway_at("http://127.0.0.1:9"));
    for (by, turns) in [("0", 1), ("1 second", 0), ("1 hour", 1)] {
        owed.wait(by);
        let before = owed.refund().life;
        assert_eq!(Worker::Refunds.turn(&db, &nowhere).await.unwrap(), turns, "{by}");
        assert_eq!(owed.refund().life, before);
    }
    owed.wait("2 hours");
    assert_eq!(owed.app.turn(Worker::Refunds).await, 1);
    let done = owed.refund().life;
    assert_eq!((done.status, done.attempt), (RefundStatus::Succeeded, 1));
}

#[actix_web::test]
async fn what_the_gateway_will_not_give_back_is_asked_for_three_times_and_then_a_person_is() {
    let owed = Owed::paid_with(VISA).await;
    // Somebody has given it back by hand at the gateway: there is nothing left.
    let by_hand = Attempt { refund: RefundId(Uuid::now_v7()), number: 1 };
    let amount = owed.refund().life.amount;
    owed.app.state.gateway.create_refund(by_hand, &owed.intent(), amount).await.unwrap();
    for (number, by) in ["0", "1 hour", "2 hours"].into_iter().enumerate() {
        owed.wait(by);
        assert_eq!(owed.refund().life.attempt, 1 + number as i32);
        assert_eq!(owed.app.turn(Worker::Refunds).await, 1, "{by}");
    }
    let refund = owed.refund().life;
    assert_eq!(refund.status, RefundStatus::NeedsAttention);
    assert!(refund.failure.as_deref().is_some_and(|why| why.contains("already been refunded")), "{refund:?}");
    owed.wait("3 hours");
    assert_eq!(owed.app.turn(Worker::Refunds).await, 0);
    assert_eq!(owed.at_gateway(), (1, amount));
}

/// The database refuses to note one answer; those after it are asked for and noted all the same.
#[actix_web::test]
async fn a_refund_whose_answer_cannot_be_noted_keeps_no_other_waiting() {
    let owed = Owed::paid_with(VISA).await;
    let conn = &mut owed.app.database.connect();
    let tomorrow = owed.house.request(owed.house.starts_at + Duration::days(1));
    let other = schedule(conn, &tomorrow, &author()).unwrap();
    let seats = seats_of(conn, other);
    // The gateway knows no such payment and refuses, which is to be noted.
    let late = start_paying(conn, other, &seats[..1]);
    assert_eq!(owed.app.tell(&paid_event("evt_wrong", late.payment, 1, "inr")).await.body, "applied");
    let first = the_refund(conn, late.booking);
    conn.batch_execute(&format!(
        "UPDATE refunds SET next_try_at = next_try_at - interval '1 hour' WHERE id = '{0}';
         ALTER TABLE refunds ADD CONSTRAINT in_the_way CHECK (id <> '{0}' OR attempt = 1)",
        first.id
    ))
    .unwrap();
    assert_eq!(owed.app.turn(Worker::Refunds).await, 2);
    assert_eq!(the_refund(conn, late.booking).life.attempt, 1);
    assert_eq!(owed.status(), RefundStatus::Succeeded);
}

#[actix_web::test]
async fn the_gateways_events_tell_the_same_as_its_answers_and_each_counts_once() {
    let owed = Owed::paid_with(VISA).await;
    let marked = attempt(&owed.refund());
    let told = [
        ("refund.created", "pending", "applied"),
        ("refund.updated", "pending", "repeated"),
        ("refund.updated", "requires_action", "repeated"),
        ("refund.updated", "succeeded", "applied"),
        ("refund.created", "succeeded", "repeated"),
        ("refund.updated", "failed", "applied"),
        ("refund.failed", "failed", "repeated"),
    ];
    for (n, (kind, status, effect)) in told.into_iter().enumerate() {
        let body = refund_event(&format!("evt_refund_{n}"), kind, marked, "re_1", status);
        assert_eq!(owed.app.tell(&body).await.body, effect, "{kind} {status}");
        let before = contents(&owed.app.database);
        for _ in 0..10 {
            assert_eq!(owed.app.tell(&body).await.body, "repeated");
        }
        assert_eq!(contents(&owed.app.database), before);
    }
    let refund = owed.refund().life;
    assert_eq!((refund.status, refund.failure.as_deref()), (RefundStatus::NeedsAttention, Some("failed")));
    // Requested, pending, succeeded, failed, needs attention.
    assert_eq!(refund.version, 5);
    let noted = format!(
        "SELECT count(*) FROM gateway_events WHERE id LIKE 'evt_refund%' AND payment_id = '{}'",
        refund.payment_id
    );
    assert_eq!(count(&mut owed.app.database.connect(), &noted), 7, "a payment's events are found by it");
}

#[actix_web::test]
async fn refunds_that_are_not_ours_and_charges_are_ignored() {
    let owed = Owed::paid_with(VISA).await;
    let (ours, stranger) = (attempt(&owed.refund()).to_string(), format!("{}/1", Uuid::now_v7()));
    let before = owed.refund().life;
    let events = [
        ("refund.updated", stranger.as_str(), "re_1", "ignored"),
        ("refund.updated", "by hand", "re_1", "ignored"),
        ("charge.refunded", &ours, "re_1", "ignored"),
        ("charge.refund.updated", &ours, "re_1", "ignored"),
        // Ours, and it says too little: there is nothing to ask about, and the worker asks anyway.
        ("refund.updated", &ours, "", "unreadable"),
    ];
    for (n, (kind, marked, gateway_id, effect)) in events.into_iter().enumerate() {
        let body = refund_event(&format!("evt_refund_{n}"), kind, marked, gateway_id, "succeeded");
        assert_eq!(owed.app.tell(&body).await.body, effect, "{kind} {marked}");
    }
    assert_eq!(owed.refund().life, before);
}
