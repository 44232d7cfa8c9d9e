//! The gateway tells one thing often, or several things about one payment at once.

use crate::actor::Actor::{self, *};
use crate::contention::{Blocker, all_at_once, turn, until_waiting};
use crate::meeting::{Meeting, pairs};
use crate::naive;
use crate::scene::{Moment, Stage};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::house;
use crate::support::money::{paid_event, start_paying};
use crate::support::{Page, TestApp, count, database};
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use std::sync::Barrier;
use std::thread;

const TIMES: usize = 100;

/// Delivers until the answer is 2xx; how often that was.
async fn deliver(app: &TestApp, body: &str) -> (usize, Page) {
    for delivery in 1.. {
        let answer = app.tell(body).await;
        if answer.status.is_success() {
            return (delivery, answer);
        }
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    }
    unreachable!()
}

/// Delivers what concerns nobody, until the application has made this many connections: making them takes its time.
async fn warm_up(app: &TestApp, connections: i64) {
    let made = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'marquee'";
    let body = json!({ "id": "evt_0", "type": "invoice.paid", "data": { "object": {} } }).to_string();
    let conn = &mut app.database.connect();
    while count(conn, made) < connections {
        join_all((0..TIMES).map(|_| deliver(app, &body))).await;
    }
}

/// One event, sent often at once; the first to come waits for a seat, others for it. How many deliveries it took.
async fn storm(connections: &str, waiters: i64) -> usize {
    let app = TestApp::start_with(database(), &["--database-connections", connections]);
    let conn = &mut app.database.connect();
    let house = house(conn);
    let started = start_paying(conn, house.show, &house.seats[..2]);
    let body = paid_event("evt_1", started.payment, started.amount, "inr");

    warm_up(&app, waiters).await;

    let blocker = Blocker::lock(&app.database, "SELECT 1 FROM show_seats WHERE status = 'locked' FOR UPDATE");
    let mut watching = app.database.connect();
    let release = thread::spawn(move || {
        until_waiting(&mut watching, waiters);
        drop(blocker);
    });
    let answers = join_all((0..TIMES).map(|_| deliver(&app, &body))).await;
    release.join().unwrap();

    let told = |effect: &str| answers.iter().filter(|(_, answer)| answer.body == effect).count();
    assert_eq!((told("applied"), told("repeated")), (1, TIMES - 1));
    assert_eq!(count(conn, "SELECT count(*) FROM gateway_events WHERE effect = 'applied'"), 1);
    assert_eq!(count(conn, "SELECT count(*) FROM tickets"), 2);
    assert_eq!(count(conn, "SELECT count(*) FROM ledger WHERE entity = 'payment' AND to_status = 'succeeded'"), 1);
    assert_eq!(count(conn, "SELECT count(*) FROM ledger WHERE entity = 'booking' AND to_status = 'confirmed'"), 1);
    assert_eq!(count(conn, "SELECT count(*) FROM bookings WHERE status = 'confirmed'"), 1);
    assert_consistent(conn);
    answers.iter().map(|(deliveries, _)| deliveries).sum()
}

#[actix_web::test]
async fn an_event_delivered_100_times_at_once_has_one_effect_and_every_answer_is_2xx() {
    let _turn = turn();
    assert_eq!(storm("100", 50).await, TIMES);
}

/// Who gets no turn at a connection is told to send it again.
#[actix_web::test]
async fn a_pool_smaller_than_the_deliveries_has_the_same_effect() {
    let _turn = turn();
    assert!(storm("4", 4).await >= TIMES);
}

const KINDS: [&str; 5] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
];

#[test]
fn two_different_events_of_one_payment_end_as_if_one_came_after_the_other() {
    let _turn = turn();
    let mut stage = Stage::new();
    let pools = stage.pools();
    for actors in pairs(&KINDS.map(Tells)) {
        Meeting { actors: &actors, moment: Moment::Alive }.judge(&mut stage, &pools, 1);
    }
    drop(pools);
    stage.close();
}

#[test]
fn an_event_beside_its_customer_ends_as_if_one_came_after_the_other() {
    let _turn = turn();
    let mut stage = Stage::new();
    let pools = stage.pools();
    for (kind, customer) in KINDS.iter().flat_map(|kind| [StartsPaying, Cancels].map(|customer| (kind, customer))) {
        let actors: [Actor; 2] = [Tells(kind), customer];
        Meeting { actors: &actors, moment: Moment::Alive }.judge(&mut stage, &pools, 1);
    }
    drop(pools);
    stage.close();
}

/// Each delivery looks whether the payment has succeeded, and all have looked before any writes.
#[test]
fn control_without_lock_and_mark_every_delivery_has_the_effect() {
    const NAIVE: usize = 10;
    let _turn = turn();
    let mut stage = Stage::new();
    naive::over_seats::without_any_wall(&stage.database);
    let scene = stage.scene(&[Settles], Moment::Alive);
    let looked = Barrier::new(NAIVE);
    all_at_once(&stage.database, &[(); NAIVE], |conn, ()| {
        naive::over_seats::act(Settles, conn, &scene, 0, || {
            looked.wait();
        })
        .unwrap();
    });
    let conn = &mut stage.conn;
    assert_eq!(count(conn, "SELECT count(*) FROM tickets"), 2 * NAIVE as i64);
    // The start of the payment was its first version.
    assert_eq!(count(conn, "SELECT (version - 1)::bigint AS count FROM payments"), NAIVE as i64);
}
