//! One customer presses Pay in several tabs at once.

use crate::contention::{Blocker, all_at_once, turn, until_waiting};
use crate::naive;
use crate::scene::{Moment, Stage};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::house;
use crate::support::money::session_event;
use crate::support::{Browser, Page, TestApp, count, database, eventually};
use diesel::prelude::*;
use futures_util::future::join_all;
use marquee::ids::PaymentId;
use reqwest::StatusCode;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

const TABS: usize = 8;

/// The checkout page of a booking, open in every tab.
struct Tabs<'a> {
    app: &'a TestApp,
    browser: Browser,
    booking: String,
    token: String,
}

impl<'a> Tabs<'a> {
    async fn open(app: &'a TestApp) -> Self {
        let house = house(&mut app.database.connect());
        let browser = app.browser();
        let held = browser.hold(house.show.0, &[house.seats[0].0, house.seats[1].0]).await;
        let booking = held.leads_to().to_owned();
        let token = browser.get(&booking).await.value("token");
        Self { app, browser, booking, token }
    }

    async fn pay(&self) -> Page {
        loop {
            let form = [("token", self.token.as_str()), ("name", "Asha Rao"), ("email", "asha@example.com")];
            let answer = self.browser.post(&format!("{}/payments", self.booking), &form).await;
            if answer.status != StatusCode::SERVICE_UNAVAILABLE {
                return answer;
            }
            assert_eq!(answer.texts("h1"), ["Very busy right now"]);
        }
    }

    /// Presses Pay in every tab, while the booking's row is kept until `waiters` stand in line for it. Where they lead.
    async fn pay_in_all(&self, waiters: i64) -> String {
        let blocker = Blocker::lock(&self.app.database, "SELECT 1 FROM bookings FOR NO KEY UPDATE");
        let mut watching = self.app.database.connect();
        let release = thread::spawn(move || {
            until_waiting(&mut watching, waiters);
            drop(blocker);
        });
        let answers = join_all((0..TABS).map(|_| self.pay())).await;
        release.join().unwrap();
        let sessions: BTreeSet<&str> = answers.iter().map(|page| page.leads_to()).collect();
        assert_eq!(sessions.len(), 1, "{sessions:?}");
        assert!(sessions.iter().all(|url| url.starts_with(&self.app.gateway_url)));
        sessions.into_iter().map(str::to_owned).collect()
    }

    fn payments(&self, status: &str) -> i64 {
        let query = format!("SELECT count(*) FROM payments WHERE status = '{status}'");
        count(&mut self.app.database.connect(), &query)
    }

    fn sessions(&self) -> i64 {
        count(&mut self.app.gateway_database.connect(), "SELECT count(*) FROM checkout_sessions")
    }
}

async fn race(connections: &str, waiters: i64) {
    let app = TestApp::start_with(database(), &["--database-connections", connections]);
    let tabs = Tabs::open(&app).await;
    let session = tabs.pay_in_all(waiters).await;
    assert_eq!((tabs.payments("started"), tabs.sessions()), (1, 1));

    // Paid in one tab; the others find that out.
    tabs.browser.post(&session, &[("card", "visa")]).await.leads_to();
    eventually("confirmed", async || (tabs.payments("succeeded") == 1).then_some(())).await;
    let late = tabs.pay().await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    assert_eq!((tabs.payments("started"), tabs.sessions()), (0, 1));
    assert_consistent(&mut app.database.connect());
}

#[actix_web::test]
async fn eight_tabs_that_pay_at_once_are_led_to_one_session_of_one_payment() {
    let _turn = turn();
    race("16", TABS as i64).await;
}

#[actix_web::test]
async fn a_pool_smaller_than_the_tabs_leads_them_to_the_same_place() {
    let _turn = turn();
    race("2", 2).await;
}

/// Tells that the session of the newest payment has ended.
async fn session_ended(app: &TestApp) {
    use marquee::schema::payments;
    let newest = payments::table.order(payments::started_at.desc()).select(payments::id);
    let payment: PaymentId = newest.first(&mut app.database.connect()).unwrap();
    let body = session_event("evt_ended", "checkout.session.expired", payment, json!({}));
    assert_eq!(app.tell(&body).await.body, "applied");
}

#[actix_web::test]
async fn after_the_gateway_closed_the_first_session_all_tabs_are_led_to_one_new_one() {
    let _turn = turn();
    let app = TestApp::start();
    let tabs = Tabs::open(&app).await;
    let first = tabs.pay_in_all(TABS as i64).await;
    session_ended(&app).await;
    assert_eq!((tabs.payments("started"), tabs.payments("expired")), (0, 1));
    let second = tabs.pay_in_all(TABS as i64).await;
    assert_ne!(first, second);
    assert_eq!((tabs.payments("started"), tabs.payments("expired"), tabs.sessions()), (1, 1, 2));
    assert_consistent(&mut app.database.connect());
}

#[test]
fn control_without_lock_and_index_every_tab_opens_a_payment_of_its_own() {
    let _turn = turn();
    let mut stage = Stage::new();
    naive::over_seats::without_any_wall(&stage.database);
    let pays = crate::actor::Actor::StartsPaying;
    let scene = stage.scene(&[pays], Moment::Alive);
    let looked = Barrier::new(TABS);
    all_at_once(&stage.database, &[(); TABS], |conn, ()| {
        naive::over_seats::act(pays, conn, &scene, 0, || {
            looked.wait();
        })
        .unwrap();
    });
    let open = "SELECT count(*) FROM payments WHERE status = 'started'";
    assert_eq!(count(&mut stage.conn, open), TABS as i64);
}
