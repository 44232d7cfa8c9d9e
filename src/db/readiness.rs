//! Whether a database can be served from, asked once at start-up so that what is wrong has a name.

use super::{Database, Failure, MIGRATIONS};
use diesel::RunQueryDsl;
use diesel::migration::Migration;
use diesel::result::Error as DieselError;
use diesel::sql_types::Text;
use diesel_migrations::MigrationHarness;
use thiserror::Error;

/// What is in the way, and what to do about it.
#[derive(Debug, Error)]
pub enum NotReady {
    #[error(transparent)]
    Failed(#[from] Failure),
    #[error("{count} migrations are missing, the first is {first}: run `marquee migrate`")]
    Pending { count: usize, first: String },
    #[error(
        "the server's messages are in {0}, and some errors are known by their English text only; an administrator can \
         set it: ALTER DATABASE .. SET lc_messages = 'C'"
    )]
    Language(String),
}

#[derive(diesel::QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    lc_messages: String,
}

impl Database {
    /// Looks whether the server answers, every migration has run, and errors will be understood.
    pub fn readiness(&self) -> Result<(), NotReady> {
        let (pending, language) = self.run_here(|conn| {
            let pending: Vec<String> = conn
                .pending_migrations(MIGRATIONS)
                .map(|pending| pending.iter().map(|migration| migration.name().to_string()).collect())
                .map_err(|error| Failure::Broken(DieselError::QueryBuilderError(error)))?;
            let setting: Setting = diesel::sql_query("SHOW lc_messages").get_result(conn)?;
            Ok::<_, Failure>((pending, setting.lc_messages))
        })?;
        if let Some(first) = pending.first() {
            return Err(NotReady::Pending { count: pending.len(), first: first.clone() });
        }
        if !["C", "POSIX", "en"].iter().any(|english| language.starts_with(english)) {
            return Err(NotReady::Language(language));
        }
        Ok(())
    }
}
