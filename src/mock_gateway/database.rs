//! The gateway's own database: created when it is missing, migrated, and reached through a small pool.

use super::schema;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::r2d2::{self, ConnectionManager, CustomizeConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::time::Duration;
use thiserror::Error;
use url::Url;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("src/mock_gateway/migrations");

/// More connections would only queue on the same rows; a payment touches one session.
const POOL_SIZE: u32 = 10;

/// Longer than any statement may run, so that a busy moment waits its turn instead of failing.
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(15);

pub type Pool = r2d2::Pool<ConnectionManager<PgConnection>>;

/// The database could not do its work.
#[derive(Debug, Error)]
pub enum Trouble {
    #[error("no database connection: {0}")]
    Pool(#[from] r2d2::PoolError),
    #[error(transparent)]
    Sql(#[from] diesel::result::Error),
    #[error("the request was abandoned")]
    Abandoned(#[from] actix_web::error::BlockingError),
}

/// The database could not be opened at start-up.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("cannot connect to the gateway's database: {0}")]
    Connect(#[from] ConnectionError),
    #[error("cannot create the gateway's database: {0}")]
    Create(diesel::result::Error),
    #[error("cannot migrate the gateway's database: {0}")]
    Migrate(Box<dyn std::error::Error + Send + Sync>),
    #[error("cannot open a pool of connections to the gateway's database: {0}")]
    Pool(#[from] r2d2::PoolError),
}

/// Connects, creating the database if its server does not have it yet, and brings the schema up to date. Blocks.
pub fn open(database_url: &str) -> Result<Pool, OpenError> {
    let mut connection = match PgConnection::establish(database_url) {
        Ok(connection) => connection,
        Err(refused) => create_missing(database_url, refused)?,
    };
    connection.run_pending_migrations(MIGRATIONS).map_err(OpenError::Migrate)?;
    drop(connection);
    let pool = r2d2::Pool::builder()
        .max_size(POOL_SIZE)
        .min_idle(Some(1))
        .connection_timeout(WAIT_FOR_CONNECTION)
        .connection_customizer(Box::new(Timeouts))
        .build(ConnectionManager::new(database_url))?;
    Ok(pool)
}

/// Creates the database through its server's `postgres` database, unless it exists and the refusal had another reason.
fn create_missing(database_url: &str, refused: ConnectionError) -> Result<PgConnection, OpenError> {
    let Some((maintenance_url, name)) = maintenance_database(database_url) else { return Err(refused.into()) };
    let Ok(mut server) = PgConnection::establish(&maintenance_url) else { return Err(refused.into()) };
    let create = diesel::sql_query(format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\"")));
    match create.execute(&mut server) {
        Ok(_) => tracing::info!(database = name, "created the gateway's database"),
        // It was there all along, or another process has just made it: connecting again tells.
        Err(diesel::result::Error::DatabaseError(_, info)) if info.message().contains("already exists") => {}
        Err(diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _)) => {}
        Err(error) => return Err(OpenError::Create(error)),
    }
    Ok(PgConnection::establish(database_url)?)
}

/// The same server's `postgres` database, and the name of the database that the URL asks for.
fn maintenance_database(database_url: &str) -> Option<(String, String)> {
    let mut url = Url::parse(database_url).ok()?;
    let path = url.path().trim_start_matches('/').to_owned();
    let name =
        url::form_urlencoded::parse(format!("n={}", path.replace('+', "%2B")).as_bytes()).next()?.1.into_owned();
    if name.is_empty() || name == "postgres" {
        return None;
    }
    url.set_path("/postgres");
    Some((url.into(), name))
}

/// Bounds every wait: a gateway that hangs is worse for its merchants than one that says no.
#[derive(Debug)]
struct Timeouts;

impl CustomizeConnection<PgConnection, r2d2::Error> for Timeouts {
    fn on_acquire(&self, connection: &mut PgConnection) -> Result<(), r2d2::Error> {
        diesel::sql_query(
            "SELECT set_config('lock_timeout', '5s', false), set_config('statement_timeout', '8s', false), \
             set_config('idle_in_transaction_session_timeout', '15s', false)",
        )
        .execute(connection)
        .map(drop)
        .map_err(r2d2::Error::QueryError)
    }
}

/// Runs blocking database work away from the threads that serve requests.
pub async fn run<T, E>(
    pool: &Pool,
    work: impl FnOnce(&mut PgConnection) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Trouble> + Send + 'static,
{
    let pool = pool.clone();
    let done = actix_web::web::block(move || {
        let mut connection = pool.get().map_err(Trouble::from)?;
        work(&mut connection)
    });
    done.await.map_err(Trouble::from)?
}

/// The gateway's time, in UTC. Inside a transaction, call it after the last lock.
pub fn now(connection: &mut PgConnection) -> QueryResult<DateTime<Utc>> {
    diesel::select(schema::gateway_now()).get_result(connection)
}
