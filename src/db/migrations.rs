//! Which migrations there are, which of them a database has, and running some of them in a transaction of the caller.

use super::{Failure, MIGRATIONS};
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::sql_types::Text;
use diesel_migrations::MigrationHarness;
use std::error::Error;

type Cause = Box<dyn Error + Send + Sync>;

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

/// The versions of every migration that this program brings, in order.
pub fn known_migrations() -> Result<Vec<String>, Failure> {
    let migrations: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS.migrations().map_err(broken)?;
    let mut versions: Vec<String> = migrations.iter().map(|found| found.name().version().to_string()).collect();
    versions.sort();
    Ok(versions)
}

/// The versions that a migrated database has, in order. It only reads, which Diesel's own question does not.
pub fn applied_migrations(conn: &mut PgConnection) -> QueryResult<Vec<String>> {
    let applied = diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version");
    Ok(applied.load::<Applied>(conn)?.into_iter().map(|applied| applied.version).collect())
}

/// Runs, in order, those of the missing migrations that are wanted. In a transaction of the caller they are a part of it.
pub fn run_migrations(conn: &mut PgConnection, wanted: impl Fn(&str) -> bool) -> Result<(), Failure> {
    for migration in conn.pending_migrations(MIGRATIONS).map_err(broken)? {
        if wanted(&migration.name().version().to_string()) {
            conn.run_migration(&migration).map_err(broken)?;
        }
    }
    Ok(())
}

fn broken(cause: Cause) -> Failure {
    Failure::Broken(DieselError::QueryBuilderError(cause))
}
