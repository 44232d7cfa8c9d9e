//! What every race needs: turns, a common start, a blocker, and what the server knows about waiting and deadlocks.

use crate::support::fixture::refused;
use crate::support::{Browser, Page, TestApp, TestDatabase, count, database};
use diesel::PgConnection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use marquee::db::{Failure, Stop};
use marquee::ids::{SeatId, ShowId};
use reqwest::{Method, StatusCode};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Held for as long as a race lasts.
pub struct Turn {
    _guard: MutexGuard<'static, ()>,
}

/// One race at a time: the contenders of a race are meant to meet each other, and the server has connections for one.
/// Each test waits here on a thread of its own.
pub fn turn() -> Turn {
    static TURN: Mutex<()> = Mutex::new(());
    Turn { _guard: TURN.lock().unwrap_or_else(PoisonError::into_inner) }
}

/// For many small races: nobody pulls the plug, so commits need not wait for the disk.
pub fn hasty_database() -> TestDatabase {
    let database = database();
    let hasty = "DO $$ BEGIN
                 EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
                 END $$";
    database.connect().batch_execute(hasty).unwrap();
    database
}

/// Runs `run` for each contender on a thread and a connection of its own, all released at once; their outcomes in order.
pub fn all_at_once<C: Sync, T: Send>(
    database: &TestDatabase,
    contenders: &[C],
    run: impl Fn(&mut PgConnection, &C) -> T + Sync,
) -> Vec<T> {
    let start = Barrier::new(contenders.len());
    thread::scope(|scope| {
        let running: Vec<_> = contenders
            .iter()
            .map(|contender| {
                scope.spawn(|| {
                    let conn = &mut database.connect();
                    start.wait();
                    run(conn, contender)
                })
            })
            .collect();
        running.into_iter().map(|contender| contender.join().unwrap()).collect()
    })
}

/// The form of a seat map, filled in and ready to be sent.
pub struct Filled {
    browser: Browser,
    to: String,
    fields: Vec<(&'static str, String)>,
}

impl Filled {
    /// Opens the map and marks the seats. Whatever takes long is done here.
    pub async fn open(app: &TestApp, show: ShowId, seats: &[SeatId]) -> Self {
        let browser = app.browser();
        let map = browser.get(&format!("/shows/{show}")).await;
        let mut fields = vec![("token", map.value("token")), ("form_key", map.value("form_key"))];
        fields.extend(seats.iter().map(|seat| ("seat", seat.to_string())));
        Self { browser, to: format!("/shows/{show}/bookings"), fields }
    }

    /// Sends it, and again for as long as the answer is "very busy", which promises that nothing was changed.
    pub async fn send(&self) -> Page {
        loop {
            let answer = self.send_once().await;
            if answer.status != StatusCode::SERVICE_UNAVAILABLE {
                return answer;
            }
            assert_eq!(answer.texts("h1"), ["Very busy right now"]);
            assert_eq!(answer.headers["retry-after"], "1");
        }
    }

    pub async fn send_once(&self) -> Page {
        Browser::send(self.browser.request(Method::POST, &self.to).form(&self.fields)).await
    }
}

/// Runs a verb again for as long as it gets no connection: a slow machine takes its time to make as many as are wanted.
pub fn patiently<T, R>(mut run: impl FnMut() -> Result<T, Stop<R>>) -> Result<T, R> {
    for _ in 0..60 {
        match run() {
            Err(Stop::Failed(Failure::Busy(_) | Failure::Away(_))) => {}
            ended => return refused(ended),
        }
    }
    refused(run())
}

/// Stands in the way: holds whatever its statement locks until it is dropped.
pub struct Blocker(PgConnection);

impl Blocker {
    pub fn lock(database: &TestDatabase, statement: &str) -> Self {
        let mut conn = database.connect();
        AnsiTransactionManager::begin_transaction(&mut conn).unwrap();
        conn.batch_execute(statement).unwrap();
        Self(conn)
    }

    /// Waits for more, as long as it takes.
    pub fn lock_more(&mut self, statement: &str) {
        self.0.batch_execute(statement).unwrap();
    }
}

impl Drop for Blocker {
    fn drop(&mut self) {
        let _ = AnsiTransactionManager::rollback_transaction(&mut self.0);
    }
}

/// Transactions of the connection's database that wait for a lock, as the server says.
pub fn waiting(conn: &mut PgConnection) -> i64 {
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    count(conn, waiting)
}

pub fn until_waiting(conn: &mut PgConnection, wanted: i64) {
    until(&format!("{wanted} waiters"), || waiting(conn) >= wanted);
}

/// Deadlocks that the server has met in this database, once every other connection to it has closed: a backend reports
/// what it met when it ends, at the latest.
pub fn deadlocks(database: &TestDatabase) -> i64 {
    let conn = &mut database.connect();
    let others = "SELECT count(*) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until("no other connection", || count(conn, others) == 0);
    count(conn, "SELECT deadlocks AS count FROM pg_stat_database WHERE datname = current_database()")
}

pub fn until(what: &str, mut reached: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if reached() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("never: {what}");
}
