//! The demo's two databases: on a private server, or where DATABASE_URL says.

use crate::local_postgres::{DataFolder, LocalPostgres, LocalPostgresError};
use actix_web::web;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard};
use url::Url;

pub struct Database {
    url: String,
    gateway_url: String,
    /// Empty with DATABASE_URL: that server is somebody else's to look after.
    private: Arc<Mutex<Option<LocalPostgres>>>,
}

impl Database {
    /// Both databases exist and answer when this returns.
    pub async fn start(
        folder: DataFolder,
        url: Option<String>,
        gateway_url: Option<String>,
    ) -> Result<Self, Box<dyn Error>> {
        let database = match url {
            None => web::block(|| Self::private(folder).map_err(|error| error.to_string())).await?,
            Some(url) => web::block(|| Self::foreign(url, gateway_url)).await?,
        };
        Ok(database?)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn gateway_url(&self) -> &str {
        &self.gateway_url
    }

    /// Starts the private server again if it has died.
    pub async fn heal(&self) -> Result<(), Box<dyn Error>> {
        let private = self.private.clone();
        if web::block(move || lock(&private).as_mut().map_or(Ok(false), LocalPostgres::heal)).await?? {
            println!("PostgreSQL had died and runs again.");
        }
        Ok(())
    }

    pub async fn stop(self) -> Result<(), Box<dyn Error>> {
        Ok(web::block(move || lock(&self.private).take().map_or(Ok(()), LocalPostgres::stop)).await??)
    }

    fn private(folder: DataFolder) -> Result<Self, LocalPostgresError> {
        let server = LocalPostgres::start_in(folder)?;
        for database in ["marquee", "marquee_gateway"] {
            server.ensure_database(database)?;
        }
        let (url, gateway_url) = (server.url("marquee"), server.url("marquee_gateway"));
        Ok(Self { url, gateway_url, private: Arc::new(Mutex::new(Some(server))) })
    }

    fn foreign(url: String, gateway_url: Option<String>) -> Result<Self, String> {
        let mut connection =
            PgConnection::establish(&url).map_err(|error| format!("DATABASE_URL does not answer: {error}"))?;
        let gateway_url = match gateway_url {
            Some(given) => given,
            None => ensure_gateway_database(&mut connection, &url)?,
        };
        Ok(Self { url, gateway_url, private: Arc::default() })
    }
}

/// Stops the folder's server and removes its data.
pub fn erase(folder: &DataFolder) -> Result<(), LocalPostgresError> {
    LocalPostgres::erase(folder)
}

/// The gateway is a separate product and keeps its own database, here beside the application's.
fn ensure_gateway_database(connection: &mut PgConnection, url: &str) -> Result<String, String> {
    let mut beside =
        Url::parse(url).map_err(|error| format!("DATABASE_URL is not a postgres:// address: {error}"))?;
    let name = format!("{}_gateway", beside.path().trim_start_matches('/'));
    beside.set_path(&name);
    if PgConnection::establish(beside.as_str()).is_err() {
        let create = format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""));
        connection.batch_execute(&create).map_err(|error| {
            format!(
                "the mock gateway needs a database of its own, and {name} could not be created: {error}.\n\
                 Create it, or set MARQUEE_GATEWAY_DATABASE_URL to another."
            )
        })?;
    }
    Ok(beside.into())
}

/// A panic while the server was being looked after does not make it less worth stopping.
fn lock(private: &Mutex<Option<LocalPostgres>>) -> MutexGuard<'_, Option<LocalPostgres>> {
    private.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
