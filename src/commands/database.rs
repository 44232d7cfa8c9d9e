//! The database option that several commands share.

use crate::db::{self, Database, Failure};
use diesel::PgConnection;

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

    /// A pool that is as small as a command needs; nothing is connected yet.
    pub fn open(&self) -> Database {
        Database::new(&self.database_url, 2)
    }
}
