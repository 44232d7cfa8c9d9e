//! What the gateway's client makes of bad answers: whatever is sent twice happens once, and every call ends in time.

use crate::support::fixture::house;
use crate::support::front::{Front, Meets};
use crate::support::money::start_paying;
use crate::support::{TestApp, contents, count, database};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use marquee::errands::sessions;
use marquee::ids::RefundId;
use marquee::ledger::Author;
use marquee::payment::Payment;
use marquee::payment::gateway::{Gateway, GatewayError};
use marquee::payment::refund::Attempt;
use marquee::schema::payments;
use marquee::workers::Worker;
use std::time::{Duration, Instant};
use uuid::Uuid;

const WITHIN: Duration = Duration::from_secs(2);

/// An application whose gateway stands behind a front, and a payment of which that gateway has not heard.
fn behind_a_front() -> (Front, TestApp, Payment) {
    let front = Front::start();
    let flags = ["--stripe-api-url", front.url(), "--gateway-seconds", "2"];
    let app = TestApp::start_with(database(), &flags);
    front.pass_to(&app.gateway_url);
    let conn = &mut app.database.connect();
    let house = house(conn);
    let started = start_paying(conn, house.show, &house.seats[..2]);
    let payment = payments::table.find(started.payment).select(Payment::as_select()).first(conn).unwrap();
    (front, app, payment)
}

fn sessions_there(app: &TestApp) -> i64 {
    count(&mut app.gateway_database.connect(), "SELECT count(*) FROM checkout_sessions")
}

#[actix_web::test]
async fn a_session_is_opened_once_whatever_became_of_the_first_answers() {
    let (front, app, payment) = behind_a_front();
    let request = payment.request().unwrap();
    let mut opened = Vec::new();
    for lost in [
        [Meets::LostAnswer, Meets::Html(502)],
        [Meets::Json(500), Meets::Json(429)],
        [Meets::Html(503), Meets::LostAnswer],
        [Meets::Silence, Meets::Gateway],
    ] {
        front.next(&lost);
        let session =
            app.state.gateway.create_session(&request).await.unwrap_or_else(|why| panic!("{lost:?}: {why}"));
        opened.push(session.id);
        let requests = front.requests();
        assert!(requests.len() >= 2 && requests.iter().all(|request| *request == requests[0]), "{requests:#?}");
        assert_eq!(requests[0].idempotency_key, Some(payment.id.to_string()));
    }
    assert!(opened.iter().all(|id| *id == opened[0]), "{opened:?}");
    assert_eq!(sessions_there(&app), 1);
}

#[actix_web::test]
async fn reading_and_ending_are_tried_again_too() {
    let (front, app, payment) = behind_a_front();
    let gateway = &app.state.gateway;
    let session = gateway.create_session(&payment.request().unwrap()).await.unwrap();
    front.next(&[Meets::Html(502), Meets::Json(500)]);
    assert_eq!(gateway.retrieve_session(&session.id).await.unwrap().id, session.id);
    assert_eq!(front.requests().len(), 3);
    // It is opened with the same key again, since its name was not noted here.
    front.next(&[Meets::Gateway, Meets::LostAnswer]);
    // It was ended by the first request; the second hears that there is nothing to end, and the errand asks how it stands.
    sessions::end(&app.state.db, gateway, &payment, Author::system("test")).await.unwrap();
    let closed = "SELECT count(*) FROM payments WHERE status = 'expired'";
    assert_eq!(count(&mut app.database.connect(), closed), 1);
    front.next(&[Meets::Json(429)]);
    assert!(gateway.sessions(None).await.unwrap().items.iter().any(|listed| listed.id == session.id));
}

#[actix_web::test]
async fn a_clear_no_is_not_asked_twice() {
    let (front, app, payment) = behind_a_front();
    let gateway = &app.state.gateway;
    for (status, refused) in [(400, true), (402, true), (404, true), (401, false), (403, false)] {
        front.always(Meets::Json(status));
        let no = gateway.create_session(&payment.request().unwrap()).await.unwrap_err();
        // That our key is not accepted says nothing about the payment.
        assert_eq!(matches!(no, GatewayError::Refused(_)), refused, "{status}: {no}");
        assert_eq!(matches!(no, GatewayError::Misconfigured(_)), !refused, "{status}: {no}");
        assert_eq!(front.requests().len(), 1, "{status}");
    }
}

#[actix_web::test]
async fn a_paid_session_that_does_not_say_how_much_is_no_answer_and_decides_nothing() {
    let (front, app, payment) = behind_a_front();
    let gateway = &app.state.gateway;
    let session = gateway.create_session(&payment.request().unwrap()).await.unwrap();
    let lost = "UPDATE webhook_endpoints SET status = 'disabled'";
    app.gateway_database.connect().batch_execute(lost).unwrap();
    app.browser().post(&session.url.unwrap(), &[("card", "visa")]).await.leads_to();
    let before = contents(&app.database);
    for missing in ["amount_total", "currency"] {
        front.always(Meets::Without(missing));
        let no = gateway.retrieve_session(&session.id).await;
        assert!(matches!(&no, Err(GatewayError::Away(why)) if why.contains("without a sum")), "{missing}: {no:?}");
        let ended = sessions::end(&app.state.db, gateway, &payment, Author::system("test")).await;
        assert!(ended.is_err(), "{missing}");
        assert!(Worker::Reconcile.turn(&app.state.db, gateway).await.is_err(), "{missing}");
    }
    assert_eq!(contents(&app.database), before);
    // It says so again: the money is settled.
    front.next(&[]);
    app.turn(Worker::Reconcile).await;
    assert_eq!(count(&mut app.database.connect(), "SELECT count(*) FROM bookings WHERE status = 'confirmed'"), 1);
}

#[actix_web::test]
async fn every_call_ends_within_its_bound() {
    let (front, app, payment) = behind_a_front();
    let gateway = &app.state.gateway;
    let attempt = Attempt { refund: RefundId(Uuid::now_v7()), number: 1 };
    for meets in [Meets::Silence, Meets::Html(502), Meets::Json(500), Meets::Json(409), Meets::LostAnswer] {
        front.always(meets);
        let request = payment.request().unwrap();
        let began = Instant::now();
        // Each on its own clock, all at once.
        let (created, read, ended, refunded, found, events, sessions, refunds) = futures_util::join!(
            gateway.create_session(&request),
            gateway.retrieve_session("cs_1"),
            gateway.expire_session("cs_1"),
            gateway.create_refund(attempt, "pi_1", 100),
            gateway.retrieve_refund("re_1"),
            gateway.events(None),
            gateway.sessions(None),
            gateway.refunds(None),
        );
        let took = began.elapsed();
        assert!(took < WITHIN + Duration::from_secs(1), "{meets:?} took {took:?}");
        let errors = [
            created.err(),
            read.err(),
            ended.err(),
            refunded.err(),
            found.err(),
            events.err(),
            sessions.err(),
            refunds.err(),
        ];
        for error in errors {
            assert!(matches!(error, Some(GatewayError::Away(_))), "{meets:?}: {error:?}");
        }
    }
}

#[actix_web::test]
async fn a_gateway_that_is_not_there_is_away() {
    let gateway = Gateway::new("http://127.0.0.1:9", "sk_test_x", Vec::new(), WITHIN).unwrap();
    assert!(matches!(gateway.retrieve_session("cs_1").await, Err(GatewayError::Away(_))));
}
