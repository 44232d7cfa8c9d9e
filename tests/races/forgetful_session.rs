//! A session takes seats into a transaction and forgets to end it. Others are told soon, and it does not last.

use crate::contention::{Blocker, Filled, turn, until, until_waiting};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, house, try_hold};
use crate::support::money::{Started, paid_event, start_paying, status};
use crate::support::{Browser, Page, TestApp, TestDatabase, contents, count, database};
use diesel::connection::SimpleConnection;
use futures_util::future::join;
use marquee::booking::BookingStatus;
use marquee::db::{Database, Failure, Stop};
use marquee::sale::SalePolicy;
use marquee::sale::hold::hold;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A session with the application's own settings.
struct Forgetful {
    pid: i64,
    asks_to_commit: Sender<()>,
    session: JoinHandle<Failure>,
}

impl Forgetful {
    /// Takes every seat of the first row, and then does nothing.
    fn start(database: &TestDatabase, house: &House) -> Self {
        let statement = format!(
            "SELECT 1 FROM show_seats WHERE show_id = {} AND seat_id <= {} FOR UPDATE",
            house.show, house.seats[9]
        );
        let (url, (started, starts), (asks_to_commit, asked)) = (database.url(), channel(), channel());
        let session = thread::spawn(move || forget(&url, &statement, &started, &asked));
        Self { pid: starts.recv().unwrap(), asks_to_commit, session }
    }

    /// Returns when the server has ended it; what it is told when it thinks of its transaction again.
    fn ended(self, database: &TestDatabase) -> Failure {
        let alive = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {}", self.pid);
        let conn = &mut database.connect();
        until("the session is ended", || count(conn, &alive) == 0);
        self.asks_to_commit.send(()).unwrap();
        self.session.join().unwrap()
    }
}

fn forget(url: &str, statement: &str, started: &Sender<i64>, asked: &Receiver<()>) -> Failure {
    let ended: Result<Failure, Failure> = Database::new(url, 1).run_here(|conn| {
        let limit =
            "SELECT setting::bigint AS count FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'";
        assert_eq!(count(conn, limit), 10_000);
        // The same limit, but a test has less time.
        conn.batch_execute(&format!("SET idle_in_transaction_session_timeout = 4000; BEGIN; {statement}"))?;
        started.send(count(conn, "SELECT pg_backend_pid()::bigint AS count")).unwrap();
        asked.recv().unwrap();
        Ok(conn.batch_execute("COMMIT").unwrap_err().into())
    });
    ended.unwrap()
}

/// What everybody is about to do with seats of the first row.
struct People {
    booker: Filled,
    giver_up: (Browser, String, String),
    payer: (Browser, String, String),
    paid: Started,
    event: String,
}

impl People {
    async fn come(app: &TestApp, house: &House) -> Self {
        let booker = Filled::open(app, house.show, &house.seats[..1]).await;
        let giver_up = at_checkout(app, house, 1).await;
        let payer = at_checkout(app, house, 2).await;
        let paid = start_paying(&mut app.database.connect(), house.show, &house.seats[3..4]);
        let event = paid_event("evt_1", paid.payment, paid.amount, "inr");
        Self { booker, giver_up, payer, paid, event }
    }

    /// All at once: the answers to the hold, the cancellation, the payment and the gateway.
    async fn act(&self, app: &TestApp) -> [Page; 4] {
        let ((held, given_up), (payment, told)) = join(
            join(self.booker.send_once(), post(&self.giver_up, "cancellation")),
            join(post(&self.payer, "payments"), app.tell(&self.event)),
        )
        .await;
        [held, given_up, payment, told]
    }
}

async fn at_checkout(app: &TestApp, house: &House, seat: usize) -> (Browser, String, String) {
    let browser = app.browser();
    let booking = browser.hold(house.show.0, &[house.seats[seat].0]).await.leads_to().to_owned();
    let token = browser.get(&booking).await.value("token");
    (browser, booking, token)
}

async fn post((browser, booking, token): &(Browser, String, String), what: &str) -> Page {
    let form = [("token", token.as_str()), ("name", "Asha Rao"), ("email", "asha@example.com")];
    browser.post(&format!("{booking}/{what}"), &form).await
}

#[actix_web::test]
async fn a_session_that_never_commits_costs_others_a_friendly_answer_in_time_and_is_itself_ended() {
    let _turn = turn();
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let people = People::come(&app, &house).await;
    let forgetful = Forgetful::start(&app.database, &house);
    let mut before = contents(&app.database);

    let asked = Instant::now();
    let answers = people.act(&app).await;
    let waited = asked.elapsed();
    assert!(waited >= Duration::from_millis(1300) && waited < Duration::from_millis(4500), "{waited:?}");
    for page in &answers[..3] {
        assert_eq!((page.status.as_u16(), page.texts("h1")), (503, vec!["Very busy right now".to_owned()]));
        assert_eq!(page.headers["retry-after"], "1");
    }
    assert_eq!((answers[3].status.as_u16(), answers[3].body.as_str()), (503, "not done yet, send it again"));
    // The event is stored, and not done; nothing else is written.
    let mut after = contents(&app.database);
    before.remove("gateway_events");
    after.remove("gateway_events");
    assert_eq!(after, before);

    let failure = forgetful.ended(&app.database);
    assert!(matches!(failure, Failure::Away(_)), "{failure}");
    let [held, given_up, payment, told] = people.act(&app).await;
    for page in [&held, &given_up, &payment] {
        page.leads_to();
    }
    assert_eq!(told.body, "applied");
    let conn = &mut app.database.connect();
    assert_eq!(status(conn, &people.paid.reference), BookingStatus::Confirmed);
    assert_consistent(conn);
}

/// The first has no limit to its wait, and the forgetful one no limit to its idleness.
#[test]
fn control_without_time_limits_the_forgetful_session_lasts_and_others_wait_with_it() {
    let _turn = turn();
    let database = database();
    let house = house(&mut database.connect());
    let seat = &house.seats[..1];
    let statement =
        format!("SELECT 1 FROM show_seats WHERE show_id = {} AND seat_id = {} FOR UPDATE", house.show, seat[0]);
    let blocker = Blocker::lock(&database, &statement);
    let conn = &mut database.connect();
    thread::scope(|scope| {
        let unlimited = scope.spawn(|| try_hold(&mut database.connect(), house.show, seat));
        until_waiting(conn, 1);
        let limited = Database::new(&database.url(), 1).run_here(|conn| {
            let form = crate::support::fixture::form(house.show, seat);
            hold(conn, &form, &SalePolicy::default(), &crate::support::fixture::author())
        });
        assert!(matches!(limited, Err(Stop::Failed(Failure::Busy(_)))), "{limited:?}");
        until_waiting(conn, 1);
        assert!(!unlimited.is_finished());
        drop(blocker);
        assert!(unlimited.join().unwrap().is_ok());
    });
}
