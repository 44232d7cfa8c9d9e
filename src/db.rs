//! The database: the pool, the one BEGIN of verbs and the one of readers, and what an SQL error means.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::{timeout, timeout_at};

mod migrations;
mod readiness;
mod statement;

pub use migrations::{applied_migrations, known_migrations, run_migrations};
pub use readiness::NotReady;

pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// How often one transaction is tried in all when PostgreSQL reports a deadlock or a serialization failure.
const ATTEMPTS: u32 = 4;
/// How long a request waits for its turn and a connection, both together, before it gives up with nothing begun.
const WAIT_FOR_CONNECTION: Duration = Duration::from_millis(900);
/// When a request gives up, waiting included, so that every page answers within two seconds. It is more than
/// `lock_timeout`, so that who waits for a lock is still told that nothing was changed.
const ANSWER_WITHIN: Duration = Duration::from_millis(1700);

/// Why the database gave no answer. Nothing was written, except that whoever was given up on or lost the connection may
/// have lost the reply to a COMMIT: verbs are safe to run again, which settles it.
#[derive(Debug, Error)]
pub enum Failure {
    /// Locks or connections were not to be had in time: try again.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The connection is gone, could not be made, or says nothing.
    #[error("the database is away: {0}")]
    Away(String),
    /// Deadlock or serialization failure: the whole transaction may be run again.
    #[error("the transaction collided with another: {0}")]
    Collided(String),
    /// A constraint, or anything else that correct code does not meet.
    #[error("the database refused: {0}")]
    Broken(DieselError),
}

impl From<DieselError> for Failure {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(kind, info) => match (kind, info.message()) {
                (DatabaseErrorKind::SerializationFailure, text) => Self::Collided(text.to_owned()),
                (DatabaseErrorKind::ClosedConnection, text) => Self::Away(text.to_owned()),
                // Diesel does not tell these by type (2.3): the texts are PostgreSQL's with lc_messages = C.
                (_, text) if text.starts_with("deadlock detected") => Self::Collided(text.to_owned()),
                (_, text) if text.starts_with("canceling statement due to") => Self::Busy(text.to_owned()),
                (_, text) if says_connection_lost(text) => Self::Away(text.to_owned()),
                _ => Self::Broken(error),
            },
            DieselError::BrokenTransactionManager => Self::Away(error.to_string()),
            _ => Self::Broken(error),
        }
    }
}

fn says_connection_lost(text: &str) -> bool {
    [
        "server closed the connection unexpectedly",
        "terminating connection",
        "no connection to the server",
        "could not receive data from server",
        "could not send data to server",
        "SSL connection has been closed",
        "the database system is",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// How a verb ends without an outcome: refused by a rule, or failed in the database. Both roll back.
#[derive(Debug)]
pub enum Stop<R> {
    Refused(R),
    Failed(Failure),
}

impl<R> From<DieselError> for Stop<R> {
    fn from(error: DieselError) -> Self {
        Self::Failed(error.into())
    }
}

impl<R> From<Failure> for Stop<R> {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// A row count that differs from what was judged under locks: a bug, so the transaction ends with nothing written.
pub fn expect_rows(what: &str, found: usize, judged: usize) -> Result<(), DieselError> {
    if found == judged {
        return Ok(());
    }
    tracing::error!(what, found, judged, "rows written differ from rows judged under locks");
    Err(DieselError::RollbackTransaction)
}

/// The only BEGIN that writes: READ COMMITTED, never nested (a nested one is a savepoint, where a deadlock cannot be retried).
///
/// `work` runs again, whole, when it collided with another transaction, so it holds nothing but SQL and pure code.
/// `Err` rolls back; what is returned as `Ok` is committed. Never survive a failed statement inside: COMMIT would then
/// silently roll back.
pub fn transact<T, R>(
    conn: &mut PgConnection,
    mut work: impl FnMut(&mut PgConnection) -> Result<T, Stop<R>>,
) -> Result<T, Stop<R>> {
    let mut attempt = 1;
    loop {
        match conn.build_transaction().read_committed().run(&mut work) {
            Err(Stop::Failed(Failure::Collided(why))) if attempt < ATTEMPTS => {
                tracing::warn!(attempt, why, "transaction collided, trying again");
                std::thread::sleep(Duration::from_millis(rand::random_range(5..=25) * u64::from(attempt)));
                attempt += 1;
            }
            ended => return ended,
        }
    }
}

/// The BEGIN of readers: one snapshot, REPEATABLE READ and READ ONLY, so that many statements see one instant and none can
/// write. A reader collides with nobody, so it runs once.
pub fn snapshot<T>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    conn.build_transaction().repeatable_read().read_only().run(work)
}

type Manager = ConnectionManager<PgConnection>;

/// A pool of connections with a queue in front of it.
///
/// Each connection carries its settings from the start, so no transaction pays a round trip for them.
#[derive(Clone)]
pub struct Database {
    url: Arc<str>,
    pool: Pool<Manager>,
    turns: Arc<Semaphore>,
    /// How often the database has answered. When it did not while somebody waited in vain, it is away and not busy.
    answers: Arc<AtomicU64>,
}

impl Database {
    /// Prepares a pool of `size` connections; makes none yet, so that the application can start before its database.
    pub fn new(url: &str, size: u32) -> Self {
        let url = with_connection_settings(url);
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .connection_timeout(WAIT_FOR_CONNECTION)
            // A look before each use costs a round trip; a dead connection is found by its first statement instead.
            .test_on_check_out(false)
            .build_unchecked(Manager::new(&url));
        Self { url: url.into(), pool, turns: Arc::new(Semaphore::new(size as usize)), answers: Arc::default() }
    }

    /// Runs `work` on a blocking thread with one connection, once it is its turn, and ends in time for an answer within
    /// two seconds, whatever the database does.
    ///
    /// # Errors
    /// `Busy` when no connection came free in time, `Away` when none could be made or `work` has not ended in time;
    /// otherwise what `work` returns.
    pub async fn run<T, E>(
        &self,
        work: impl FnMut(&mut PgConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: MayFail + Send + 'static,
    {
        self.run_within(ANSWER_WITHIN, work).await
    }

    /// As [`Database::run`], for work that may take longer than a page should.
    ///
    /// Work that has not ended by then is given up and not stopped: a thread that waits for the server cannot be. It
    /// keeps its turn, so a server that says nothing has no more of them than there are connections.
    pub async fn run_within<T, E>(
        &self,
        limit: Duration,
        work: impl FnMut(&mut PgConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: MayFail + Send + 'static,
    {
        let (began, answers) = (Instant::now(), self.answers());
        let turn = timeout(WAIT_FOR_CONNECTION, self.turns.clone().acquire_owned())
            .await
            .map_err(|_| self.in_vain(answers, "no connection came free"))?;
        let (database, give_up) = (self.clone(), began + limit);
        let working = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            database.work(began + WAIT_FOR_CONNECTION, Some(give_up), work)
        });
        match timeout_at(give_up.into(), working).await {
            Ok(ended) => ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())),
            Err(_) => Err(Failure::Away(format!("no answer within {limit:?}")).into()),
        }
    }

    /// As [`Database::run`], on the calling thread, without a turn and without an end: for commands and tests.
    pub fn run_here<T, E>(&self, work: impl FnMut(&mut PgConnection) -> Result<T, E>) -> Result<T, E>
    where
        E: MayFail,
    {
        self.work(Instant::now() + WAIT_FOR_CONNECTION, None, work)
    }

    /// Runs `work` a second time, on a new connection, when the first was lost under it: whether a lost COMMIT happened
    /// is settled by running the verb again with its key, never by looking, because the first may still be committing.
    /// Where the second run fails too, that stays unknown, and is told so. Not when it was given up meanwhile: then the person who asked has been told to send it again.
    fn work<T, E>(
        &self,
        connect_by: Instant,
        give_up: Option<Instant>,
        mut work: impl FnMut(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: MayFail,
    {
        let answers = self.answers();
        let wait = connect_by.saturating_duration_since(Instant::now());
        let mut conn = self.pool.get_timeout(wait).map_err(|error| self.in_vain(answers, error))?;
        let ended = match work(&mut conn) {
            Err(error) if error.was_away() && give_up.is_none_or(|at| Instant::now() < at) => {
                // Replaced in place: the pool cannot tell that a connection died outside a transaction.
                *conn = PgConnection::establish(&self.url).map_err(|error| Failure::Away(error.to_string()))?;
                work(&mut conn).map_err(E::in_doubt)
            }
            ended => ended,
        };
        if !ended.as_ref().is_err_and(MayFail::was_away) {
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
        ended
    }

    fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// What it means to have waited in vain since there were `answers`.
    fn in_vain(&self, answers: u64, why: impl fmt::Display) -> Failure {
        if self.answers() == answers { Failure::Away(why.to_string()) } else { Failure::Busy(why.to_string()) }
    }

    /// Brings the schema up to date; a second process that does the same at once waits for the first.
    pub fn migrate(&self) -> Result<(), Failure> {
        let mut conn = PgConnection::establish(&self.url).map_err(|error| Failure::Away(error.to_string()))?;
        // A connection of its own: the sale's time-outs would end the wait, and any index built over a large table.
        // It takes the lock with it when it closes. Any constant serves; this one is "marquee" in hexadecimal ASCII.
        conn.batch_execute(
            "SET lock_timeout = 0; SET statement_timeout = 0; SELECT pg_advisory_lock(x'6d617271756565'::bigint)",
        )?;
        match conn.run_pending_migrations(MIGRATIONS) {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::Broken(DieselError::QueryBuilderError(error.to_string().into()))),
        }
    }
}

/// An error that the database may have caused.
pub trait MayFail: From<Failure> {
    fn failure(&self) -> Option<&Failure>;

    fn was_away(&self) -> bool {
        matches!(self.failure(), Some(Failure::Away(_)))
    }

    /// The same, told by who cannot know what became of an earlier run: only `Away` leaves that open.
    fn in_doubt(self) -> Self {
        self.failure().map(|failure| Failure::Away(failure.to_string())).map_or(self, Self::from)
    }
}

impl MayFail for Failure {
    fn failure(&self) -> Option<&Failure> {
        Some(self)
    }
}

impl<R> MayFail for Stop<R> {
    fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Refused(_) => None,
            Self::Failed(failure) => Some(failure),
        }
    }
}

/// Call this before the first connection of a process is made. libpq signs in with OpenSSL, which by default destroys itself
/// when `main` returns, while a pool's thread may be signing in: the process would then end in a segmentation fault.
pub fn keep_openssl_until_exit() {
    openssl_sys::init();
}

/// One connection outside any pool, with the settings that the pool's have: for commands.
pub fn connect(url: &str) -> Result<PgConnection, Failure> {
    PgConnection::establish(&with_connection_settings(url)).map_err(|error| Failure::Away(error.to_string()))
}

/// Adds time-outs and the time zone to a connection URL. `deadlock_timeout` (1 s) < `lock_timeout` < `statement_timeout`:
/// so a deadlock is told as one, and the statement's bound is the real one, since `lock_timeout` counts per wait. A
/// prepared statement keeps its generic plan: every one of the sale goes by key, and PostgreSQL, which takes a list of
/// unknown length for ten, would plan those with a list of seats anew each time (0.3 ms of a hold). When the server's
/// machine vanishes, nothing says so: the system asks after 2 s of silence and ends the connection after 3 s.
fn with_connection_settings(url: &str) -> String {
    const OPTIONS: &str = "-c%20timezone%3DUTC%20-c%20lock_timeout%3D1400%20-c%20statement_timeout%3D4000\
                           %20-c%20idle_in_transaction_session_timeout%3D10000\
                           %20-c%20plan_cache_mode%3Dforce_generic_plan";
    let joint = if url.contains('?') { '&' } else { '?' };
    format!(
        "{url}{joint}options={OPTIONS}&connect_timeout=2&keepalives_idle=2&keepalives_interval=1&keepalives_count=3\
         &tcp_user_timeout=3000&application_name=marquee"
    )
}

/// Whether a statement was refused by this constraint.
pub fn violates(error: &DieselError, constraint: &str) -> bool {
    matches!(error, DieselError::DatabaseError(_, info) if info.constraint_name() == Some(constraint))
}
