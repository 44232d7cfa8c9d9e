//! The database option that several commands share.

use crate::db::{self, Database, Failure};
use diesel::PgConnection;
use url::Url;

#[derive(Debug, clap::Args)]
pub struct DatabaseOptions {
    /// PostgreSQL to use
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "POSTGRES_URL")]
    database_url: String,
}

impl DatabaseOptions {
    /// One connection, made now. A command that ends the process itself must not leave a pool that is still connecting.
    ///
    /// # Errors
    /// `Away` when it cannot be made.
    pub fn connect(&self) -> Result<PgConnection, Failure> {
        db::connect(&self.database_url)
    }

    pub fn url(&self) -> &str {
        &self.database_url
    }

    /// The address of another database on the same server.
    ///
    /// # Errors
    /// When the address given is not one that has a database's name at its end.
    pub fn beside(&self, name: &str) -> Result<String, String> {
        let mut url = Url::parse(&self.database_url)
            .map_err(|error| format!("DATABASE_URL is not a postgres:// address: {error}"))?;
        url.set_path(name);
        Ok(url.into())
    }

    /// A pool that is as small as a command needs; nothing is connected yet.
    pub fn open(&self) -> Database {
        Database::new(&self.database_url, 2)
    }
}
