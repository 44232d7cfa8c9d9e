//! The database option that several commands share.

use crate::db::Database;

#[derive(Debug, clap::Args)]
pub struct DatabaseOptions {
    /// PostgreSQL to use
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "POSTGRES_URL")]
    database_url: String,
}

impl DatabaseOptions {
    /// A pool that is as small as a command needs; nothing is connected yet.
    pub fn open(&self) -> Database {
        Database::new(&self.database_url, 2)
    }
}
