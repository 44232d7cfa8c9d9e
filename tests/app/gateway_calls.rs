//! While the gateway keeps us waiting, no transaction is open, and what it costs is time: the page says so, and the seats
//! stay held. The server itself is asked what it sees.

use crate::posting::{assert_answer, held};
use crate::support::fixture::{House, house, refused, staff};
use crate::support::front::{Front, Meets};
use crate::support::money::session_event;
use crate::support::{Browser, Page, TestApp, count, database, eventually, travel};
use diesel::Connection;
use diesel::prelude::*;
use marquee::clock;
use marquee::db::{Stop, transact};
use marquee::errands::deadlines::{self, Tried};
use marquee::ids::PaymentId;
use marquee::programme::cancel_show::cancel_show;
use marquee::schema::payments;
use marquee::workers::Worker;
use serde_json::json;
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The bound on a call, in seconds, and what the rest of an errand may add to it on a slow machine.
const SECONDS: &str = "1";
const BOUND: Duration = Duration::from_secs(1 + 3);

struct Stage {
    front: Front,
    app: TestApp,
    house: House,
    browser: Browser,
    /// A held booking's path.
    booking: String,
}

async fn stage() -> Stage {
    stage_within(SECONDS).await
}

async fn stage_within(seconds: &str) -> Stage {
    let front = Front::start();
    let app = TestApp::start_with(database(), &["--stripe-api-url", front.url(), "--gateway-seconds", seconds]);
    front.pass_to(&app.gateway_url);
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0, house.seats[1].0]).await;
    Stage { front, app, house, browser, booking }
}

impl Stage {
    /// Asks the server, while the gateway is silent, what the application has open; returns what `caller` returned.
    async fn while_silent<T>(&self, who: &str, caller: impl Future<Output = T>) -> T {
        self.front.always(Meets::Silence);
        let began = Instant::now();
        let looked = async {
            eventually("the gateway is asked", async || (!self.front.requests().is_empty()).then_some(())).await;
            open_transactions(&self.app)
        };
        let (answer, open) = futures_util::join!(caller, looked);
        assert_eq!(open, 0, "{who} holds a transaction open while it waits for the gateway");
        assert!(began.elapsed() < BOUND, "{who} took {:?}", began.elapsed());
        answer
    }

    /// To the gateway's page.
    async fn start(&self) -> String {
        self.front.next(&[]);
        self.browser.start_payment(&self.booking).await.leads_to().to_owned()
    }

    async fn paid(&self) {
        let session = self.start().await;
        self.browser.post(&session, &[("card", "visa")]).await.leads_to();
        let confirmed = "SELECT count(*) FROM bookings WHERE status = 'confirmed'";
        let conn = &mut self.app.database.connect();
        eventually("the booking is confirmed", async || (count(conn, confirmed) == 1).then_some(())).await;
    }

    fn payment(&self) -> (PaymentId, Option<String>) {
        let names = payments::table.select((payments::id, payments::session_id));
        names.first(&mut self.app.database.connect()).unwrap()
    }

    fn seats_held(&self) -> i64 {
        let held = "SELECT count(*) FROM show_seats WHERE status = 'locked' AND lock_expires_at > marquee_now()";
        count(&mut self.app.database.connect(), held)
    }
}

/// What the server sees of others in this database.
fn open_transactions(app: &TestApp) -> i64 {
    let open = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                  AND (xact_start IS NOT NULL OR state LIKE 'idle in transaction%')";
    count(&mut app.database.connect(), open)
}

#[actix_web::test]
async fn paying_waits_in_no_transaction_and_a_silent_gateway_costs_no_seats() {
    let stage = stage().await;
    let page: Page = stage.while_silent("paying", stage.browser.start_payment(&stage.booking)).await;
    assert_answer(&page, 503, "The payment provider is not answering", "silent");
    assert!(page.body.contains("your seats stay held until the time shown"), "{}", page.body);
    assert_eq!(stage.seats_held(), 2);
    // Pressed again, the same payment goes on.
    stage.paid().await;
    assert_eq!(count(&mut stage.app.database.connect(), "SELECT count(*) FROM payments"), 1);
}

#[actix_web::test]
async fn giving_up_waits_in_no_transaction_and_not_for_long() {
    // However long a call may take, who gives up waits for two seconds.
    let stage = stage_within("30").await;
    stage.start().await;
    let token = stage.browser.get(&stage.booking).await.value("token");
    let path = format!("{}/cancellation", stage.booking);
    let form = [("token", token.as_str())];
    let began = Instant::now();
    let page = stage.while_silent("giving up", stage.browser.post(&path, &form)).await;
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(page.leads_to(), stage.booking);
    assert_eq!(stage.seats_held(), 0, "they are on sale again");
    // The session is ended when the gateway is back.
    stage.front.next(&[]);
    stage.app.turn(Worker::Deadlines).await;
    let expired = "SELECT count(*) FROM payments WHERE status = 'expired'";
    assert_eq!(count(&mut stage.app.database.connect(), expired), 1);
}

#[actix_web::test]
async fn workers_wait_in_no_transaction() {
    let stage = stage().await;
    stage.paid().await;
    let conn = &mut stage.app.database.connect();
    let manager = staff(conn);
    refused(cancel_show(conn, stage.house.show, "Flooded", &manager)).unwrap();
    let (db, gateway) = (&stage.app.state.db, &stage.app.state.gateway);
    for (worker, fails) in [(Worker::Refunds, false), (Worker::Events, true), (Worker::Reconcile, true)] {
        let ended = stage.while_silent(&worker.to_string(), worker.turn(db, gateway)).await;
        assert_eq!(ended.is_err(), fails, "{worker}: {ended:?}");
    }
}

#[actix_web::test]
async fn the_worker_of_deadlines_waits_in_no_transaction() {
    let stage = stage().await;
    stage.start().await;
    travel(&stage.app.database, "16 minutes");
    let (db, gateway) = (&stage.app.state.db, &stage.app.state.gateway);
    let mut tried = Tried::default();
    let turn = deadlines::passed(db, gateway, &mut tried);
    assert_eq!(stage.while_silent("deadlines", turn).await.unwrap(), 1);
    // It keeps no other waiting: its next try comes after a pause.
    assert_eq!(deadlines::passed(db, gateway, &mut tried).await.unwrap(), 0);
}

#[actix_web::test]
async fn an_event_that_cannot_be_read_waits_in_no_transaction_and_stays_to_be_done() {
    let stage = stage().await;
    stage.start().await;
    let (payment, session) = stage.payment();
    let more = json!({ "id": session.unwrap(), "payment_status": 7 });
    let body = session_event("evt_odd", "checkout.session.completed", payment, more);
    let answer = stage.while_silent("a webhook", stage.app.tell(&body)).await;
    assert_eq!(answer.status, 503);
    travel(&stage.app.database, "10 seconds");
    let (db, gateway) = (&stage.app.state.db, &stage.app.state.gateway);
    let done = stage.while_silent("the inbox", Worker::Inbox.turn(db, gateway)).await;
    assert_eq!(done.unwrap(), 0);
    let waiting = "SELECT count(*) FROM gateway_events WHERE processed_at IS NULL";
    assert_eq!(count(&mut stage.app.database.connect(), waiting), 1);
    assert_eq!(stage.seats_held(), 2);
}

/// The control: what the tests above look for is there to be seen.
#[actix_web::test]
async fn a_caller_that_asks_inside_a_transaction_is_seen() {
    let stage = stage().await;
    stage.front.always(Meets::Silence);
    let (url, front) = (stage.app.database.url(), stage.front.url().trim_start_matches("http://").to_owned());
    let naive = std::thread::spawn(move || {
        let conn = &mut diesel::PgConnection::establish(&url).unwrap();
        let asked: Result<(), Stop<Infallible>> = transact(conn, |conn| {
            clock::now(conn)?;
            let mut gateway = TcpStream::connect(&front).unwrap();
            gateway.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
            gateway.write_all(b"GET /v1/events HTTP/1.1\r\n\r\n").unwrap();
            let _ = gateway.read(&mut [0; 1]);
            Ok(())
        });
        asked.unwrap();
    });
    eventually("the gateway is asked", async || (!stage.front.requests().is_empty()).then_some(())).await;
    assert_eq!(open_transactions(&stage.app), 1);
    naive.join().unwrap();
}
