//! Both books are brought together again, whatever was lost between them: what is certain by itself, the rest by a case,
//! once per fact.

use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, refused};
use crate::support::money::{session, settle, start_paying};
use crate::support::paying::to_the_gateway;
use crate::support::{Browser, TestApp, contents, count, database, travel};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use marquee::errands::reconcile::{Fate, Report, WINDOW, compare_books};
use marquee::payment::gateway::SessionState;
use marquee::sale::settle::settle_session;
use marquee::schema::payments;
use marquee::workers::Worker;
use reqwest::Method;
use serde_json::Value;

mod command;
mod events;
mod refunds;

/// A cinema whose gateway never reaches it.
struct Stage {
    app: TestApp,
    house: House,
    browser: Browser,
}

fn stage() -> Stage {
    let app = TestApp::start();
    // Whatever it tells is lost.
    there(&app, "UPDATE webhook_endpoints SET status = 'disabled'");
    let house = house(&mut app.database.connect());
    Stage { browser: app.browser(), app, house }
}

/// Changes the gateway's own database.
fn there(app: &TestApp, sql: &str) {
    app.gateway_database.connect().batch_execute(sql).unwrap();
}

impl Stage {
    /// The gateway's page for a booking of these seats.
    async fn starts(&self, seats: &str) -> String {
        to_the_gateway(&self.browser, &self.house, seats).await.1
    }

    async fn pays(&self, seats: &str) {
        let session = self.starts(seats).await;
        self.browser.post(&session, &[("card", "visa")]).await.leads_to();
    }

    async fn compared(&self) -> Report {
        let state = &self.app.state;
        compare_books(&state.db, &state.gateway, WINDOW, true).await.unwrap_or_else(|why| panic!("{why}"))
    }

    /// The names of what a comparison finds, with what became of it.
    async fn finds(&self) -> Vec<(&'static str, Fate)> {
        let report = self.compared().await;
        report.findings.into_iter().map(|(finding, fate)| (finding.remedy.name(), fate)).collect()
    }

    fn count(&self, query: &str) -> i64 {
        count(&mut self.app.database.connect(), &format!("SELECT count(*) FROM {query}"))
    }

    fn run(&self, sql: &str) {
        self.app.database.connect().batch_execute(sql).unwrap();
    }

    /// Three times in a row and two at once, it is named each time, with one case, which was opened once. Then staff close
    /// it, and it is not opened again.
    async fn becomes_one_case(&self, kind: &str) {
        let open = [(kind.to_owned(), Fate::Case { new: false })];
        let named =
            |found: Vec<(&str, Fate)>| -> Vec<_> { found.into_iter().map(|(k, f)| (k.to_owned(), f)).collect() };
        let (one, other) = futures_util::join!(self.finds(), self.finds());
        let fates = [one[0].1.clone(), other[0].1.clone()];
        assert_eq!([one.len(), other.len()], [1, 1], "{one:?} {other:?}");
        assert_eq!(fates.iter().filter(|fate| **fate == Fate::Case { new: true }).count(), 1, "{fates:?}");
        for _ in 0..3 {
            assert_eq!(named(self.finds().await), open);
        }
        let waiting = format!("cases WHERE kind = '{kind}' AND closed_at IS NULL");
        assert_eq!(self.count(&waiting), 1);
        self.run("UPDATE cases SET closed_at = marquee_now(), closed_by = 'staff:1', resolution = 'looked into'");
        assert_eq!(named(self.finds().await), [(kind.to_owned(), Fate::Settled)]);
        assert_eq!(self.count("cases"), 1);
    }
}

#[actix_web::test]
async fn what_no_webhook_brought_is_read_from_the_gateways_list_once() {
    // The application's clock says nothing about the gateway's.
    for shift in ["0 minutes", "-20 minutes", "20 hours"] {
        let stage = stage();
        travel(&stage.app.database, shift);
        stage.pays("A1").await;
        let session = stage.starts("A2").await;
        stage.browser.post(&session, &[("card", "declined")]).await;
        assert_eq!(stage.count("gateway_events"), 0);
        assert!(stage.app.turn(Worker::Events).await >= 2, "{shift}");
        assert_eq!(stage.count("bookings WHERE status = 'confirmed'"), 1, "{shift}");
        assert_eq!(stage.count("ledger WHERE detail ? 'declined'"), 1, "{shift}");
        let before = contents(&stage.app.database);
        assert_eq!(stage.app.turn(Worker::Events).await, 0);
        assert_eq!(contents(&stage.app.database), before);
        assert_consistent(&mut stage.app.database.connect());
    }
}

#[actix_web::test]
async fn what_the_gateways_list_does_not_show_is_asked_for_by_name() {
    let stage = stage();
    stage.pays("A1").await;
    stage.app.turn(Worker::Events).await;
    // More than one page of later sessions, one each minute, and nobody looks further back than an hour.
    there(
        &stage.app,
        "INSERT INTO checkout_sessions OVERRIDING USER VALUE
         SELECT later.* FROM generate_series(1, 120) AS i, checkout_sessions AS s, jsonb_populate_record(s, jsonb_build_object(
             'id', 'cs_test_' || i, 'client_reference_id', NULL, 'metadata', '{}'::jsonb, 'status', 'open',
             'payment_status', 'unpaid', 'closed_at', NULL, 'created_at', now() + i * interval '1 minute',
             'expires_at', now() + interval '1 day')) AS later
         ORDER BY i",
    );
    let state = &stage.app.state;
    let report = compare_books(&state.db, &state.gateway, chrono::Duration::hours(1), true).await.unwrap();
    assert!(report.findings.is_empty(), "{report:?}");
}

#[actix_web::test]
async fn books_that_agree_are_left_alone() {
    let stage = stage();
    stage.pays("A1").await;
    stage.starts("A2").await;
    stage.app.turn(Worker::Events).await;
    let before = contents(&stage.app.database);
    assert_eq!(stage.finds().await, []);
    assert_eq!(contents(&stage.app.database), before);
}

#[actix_web::test]
async fn paid_there_and_not_here_is_settled_once() {
    for shift in ["0 minutes", "-20 minutes", "20 hours"] {
        let stage = stage();
        travel(&stage.app.database, shift);
        stage.pays("A1").await;
        // Money that came after its session had ended here is money too.
        stage.pays("A2").await;
        let conn = &mut stage.app.database.connect();
        let late = payments::table.order(payments::started_at.desc()).select(payments::id).first(conn).unwrap();
        refused(settle_session(conn, &session(late, SessionState::Expired), &author())).unwrap();
        let (one, other) = futures_util::join!(stage.finds(), stage.finds());
        for found in [&one, &other] {
            assert!(found.iter().all(|found| *found == ("session_unheard", Fate::Repaired)), "{found:?}");
        }
        assert_eq!(one.len().max(other.len()), 2);
        assert_eq!(stage.count("bookings WHERE status = 'confirmed'"), 2, "{shift}");
        assert_eq!(stage.finds().await, []);
        assert_consistent(&mut stage.app.database.connect());
    }
}

#[actix_web::test]
async fn a_session_that_ended_there_ends_here() {
    let stage = stage();
    stage.starts("A1").await;
    let session: Option<String> =
        payments::table.select(payments::session_id).first(&mut stage.app.database.connect()).unwrap();
    let path = format!("/v1/checkout/sessions/{}/expire", session.unwrap());
    assert_eq!(stage.app.ask_gateway(Method::POST, &path).send().await.unwrap().status(), 200);
    assert_eq!(stage.finds().await, [("session_unheard", Fate::Repaired)]);
    assert_eq!(stage.count("payments WHERE status = 'expired'"), 1);
    assert_eq!(stage.finds().await, []);
}

#[actix_web::test]
async fn paid_here_and_not_there_is_a_case() {
    let stage = stage();
    let conn = &mut stage.app.database.connect();
    let started = start_paying(conn, stage.house.show, &stage.house.seats[..1]);
    settle(conn, &started);
    stage.becomes_one_case("missing_at_gateway").await;
}

#[actix_web::test]
async fn another_sum_there_is_a_case_and_another_sum_again_is_another_case() {
    let stage = stage();
    stage.pays("A1").await;
    stage.app.turn(Worker::Events).await;
    there(&stage.app, "UPDATE checkout_sessions SET amount_total = amount_total + 100");
    stage.becomes_one_case("differs_at_gateway").await;
    there(&stage.app, "UPDATE checkout_sessions SET amount_total = amount_total + 100");
    assert_eq!(stage.finds().await, [("differs_at_gateway", Fate::Case { new: true })]);
    // It comes right, and the case with it.
    there(&stage.app, "UPDATE checkout_sessions SET amount_total = amount_total - 200");
    let report = stage.compared().await;
    assert_eq!((report.findings.len(), report.closed.len()), (0, 1));
    assert_eq!(stage.count("cases WHERE closed_by = 'system:reconcile'"), 1);
    // And goes wrong again as before: that staff have closed none about.
    there(&stage.app, "UPDATE checkout_sessions SET amount_total = amount_total + 200");
    assert_eq!(stage.finds().await, [("differs_at_gateway", Fate::Case { new: true })]);
}

/// Sells something of somebody else's: the gateway's page, paid, and its charge.
async fn stray_sale(stage: &Stage) -> String {
    let form = [
        ("mode", "payment"),
        ("success_url", "http://localhost/"),
        ("cancel_url", "http://localhost/"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "inr"),
        ("line_items[0][price_data][unit_amount]", "70000"),
        ("line_items[0][price_data][product_data][name]", "A poster"),
    ];
    let asked = stage.app.ask_gateway(Method::POST, "/v1/checkout/sessions").form(&form);
    let session: Value = asked.send().await.unwrap().json().await.unwrap();
    stage.browser.post(session["url"].as_str().unwrap(), &[("card", "visa")]).await;
    let path = format!("/v1/checkout/sessions/{}", session["id"].as_str().unwrap());
    let paid: Value = stage.app.ask_gateway(Method::GET, &path).send().await.unwrap().json().await.unwrap();
    paid["payment_intent"].as_str().unwrap().to_owned()
}

async fn give_back(app: &TestApp, form: &[(&str, &str)]) -> Value {
    let asked = app.ask_gateway(Method::POST, "/v1/refunds").form(form);
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[actix_web::test]
async fn money_there_that_nothing_here_asked_for_is_a_case_until_it_is_given_back() {
    let stage = stage();
    stray_sale(&stage).await;
    stage.becomes_one_case("stray_money").await;
    let intent = stray_sale(&stage).await;
    let new = stage.finds().await;
    assert!(new.contains(&("stray_money", Fate::Case { new: true })), "{new:?}");
    give_back(&stage.app, &[("payment_intent", &intent)]).await;
    let report = stage.compared().await;
    assert_eq!((report.findings.len(), report.closed.len()), (1, 1), "{report:?}");
}

#[actix_web::test]
async fn paid_without_a_ticket_and_a_ticket_without_money_are_cases() {
    let stage = stage();
    stage.pays("A1").await;
    stage.app.turn(Worker::Events).await;
    stage.run("CREATE TABLE lost AS SELECT * FROM tickets; DELETE FROM tickets");
    stage.becomes_one_case("paid_without_seat").await;
    stage.run("INSERT INTO tickets SELECT * FROM lost; DELETE FROM cases");
    assert_eq!(stage.finds().await, []);
    stage.run("UPDATE bookings SET status = 'cancelled', cancelled_at = marquee_now()");
    stage.becomes_one_case("paid_without_seat").await;
}

#[actix_web::test]
async fn a_gateway_that_is_away_is_named_and_nothing_is_changed() {
    let stage = stage();
    stage.pays("A1").await;
    let same = stage.app.database.url();
    let cut_off =
        TestApp::start_with(database(), &["--database-url", &same, "--stripe-api-url", "http://127.0.0.1:9"]);
    let before = contents(&stage.app.database);
    for worker in [Worker::Events, Worker::Reconcile] {
        let why = worker.turn(&cut_off.state.db, &cut_off.state.gateway).await.unwrap_err();
        assert!(why.to_string().contains("the payment gateway did not answer"), "{why}");
    }
    assert_eq!(contents(&stage.app.database), before);
}
