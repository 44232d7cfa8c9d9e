//! Restore: the rows of a show, as a file tells them, put into a database that has nothing yet. For looking back only.
//!
//! All of it is one transaction, the schema included, so a database has either the whole show or still nothing. The
//! schema is first made as old as the file, and brought up to date over the rows, as it was where they come from. Then
//! the clock stands still at the instant of the file: what was locked then is locked now.

use crate::clock::Instant;
use crate::db::{self, Stop, transact};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{Array, BigInt, Jsonb, Text};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A table's rows, each by the names of its columns.
pub type Rows = Vec<Map<String, Value>>;

/// In which order rows can be put in: whoever is named comes before who names it. Bookings and payments name each other, so
/// they come in one statement, at whose end the keys are judged.
const ORDER: &[&[&str]] = &[
    &["movies"],
    &["cities"],
    &["cinemas"],
    &["screens"],
    &["layouts"],
    &["zones"],
    &["seats"],
    &["shows"],
    &["show_prices"],
    &["bookings", "payments"],
    &["show_seats"],
    &["booking_seats"],
    &["refunds"],
    &["tickets"],
    &["gateway_events"],
    &["cases"],
    &["people"],
    &["staff_log"],
    &["ledger"],
];

/// Why nothing was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreRefusal {
    /// The database has tables already.
    NotEmpty,
    /// Migrations that this program does not know.
    UnknownMigration(String),
    /// The rows are not what the table has, in PostgreSQL's words or ours.
    Unfit { table: String, why: String },
}

/// Puts the rows in, and stops the clock. Returns the walls of the schema (`table: constraint`) that these rows broke where
/// they come from: each was taken down, since what went wrong must be seen here too.
///
/// # Errors
/// Refuses a database that is not empty, and rows that are not of their tables.
pub fn restore(
    conn: &mut PgConnection,
    migrations: &[String],
    tables: &BTreeMap<String, Rows>,
    at: Instant,
) -> Result<Vec<String>, Stop<RestoreRefusal>> {
    let known = db::known_migrations()?;
    if let Some(unknown) = migrations.iter().find(|version| !known.contains(version)) {
        return Err(Stop::Refused(RestoreRefusal::UnknownMigration(unknown.clone())));
    }
    if let Some(unknown) =
        tables.keys().find(|name| !ORDER.iter().flat_map(|group| *group).any(|known| known == name))
    {
        return Err(unfit(unknown, "there is no such table"));
    }
    transact(conn, |conn| {
        // Nobody waits for this, and a long history takes longer than a page may.
        conn.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")?;
        if !is_empty(conn)? {
            return Err(Stop::Refused(RestoreRefusal::NotEmpty));
        }
        db::run_migrations(conn, |version| migrations.iter().any(|known| known == version))?;
        stop_clock(conn, at)?;
        let broken = put_in(conn, tables)?;
        // Before the newer migrations, which may add rows.
        conn.batch_execute(COUNT_ON)?;
        db::run_migrations(conn, |_| true)?;
        stop_clock(conn, at)?;
        Ok(broken)
    })
}

fn unfit(table: &str, why: &str) -> Stop<RestoreRefusal> {
    Stop::Refused(RestoreRefusal::Unfit { table: table.to_owned(), why: why.to_owned() })
}

fn is_empty(conn: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        tables: i64,
    }
    let tables = "SELECT count(*) AS tables FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace
                  WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema'";
    Ok(diesel::sql_query(tables).get_result::<Count>(conn)?.tables == 0)
}

/// The business clock stands at this instant for whoever asks this database.
fn stop_clock(conn: &mut PgConnection, at: Instant) -> QueryResult<()> {
    conn.batch_execute(&format!(
        "CREATE OR REPLACE FUNCTION marquee_now() RETURNS timestamptz LANGUAGE sql VOLATILE
         AS $$ SELECT timestamptz '{}' $$",
        at.to_rfc3339()
    ))
}

/// New rows are numbered on from the ones that came with their numbers.
const COUNT_ON: &str = "DO $$
DECLARE
    numbered record;
BEGIN
    FOR numbered IN
        SELECT attrelid::regclass AS of_table, attname AS name FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attidentity <> '' AND relkind = 'r'
    LOOP
        EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), coalesce(max(%I), 0) + 1, false) FROM %s',
                       numbered.of_table, numbered.name, numbered.name, numbered.of_table);
    END LOOP;
END $$";

/// All rows, once the walls that they break are down: each refusal names one.
fn put_in(conn: &mut PgConnection, tables: &BTreeMap<String, Rows>) -> Result<Vec<String>, Stop<RestoreRefusal>> {
    let mut broken = BTreeSet::new();
    loop {
        // A savepoint, since the transaction goes on after a refusal.
        let refused = match conn.transaction(|conn| ORDER.iter().try_for_each(|group| insert(conn, group, tables))) {
            Ok(()) => return Ok(broken.into_iter().collect()),
            Err(stop) => stop,
        };
        match refused {
            Refused::ByWall { table, wall } if broken.insert(format!("{table}: {wall}")) => {
                take_down(conn, &table, &wall)?;
            }
            Refused::ByWall { table, wall } => return Err(unfit(&table, &format!("{wall} refuses them"))),
            Refused::Unfit { table, why } => return Err(unfit(&table, &why)),
            Refused::Failed(error) => return Err(error.into()),
        }
    }
}

/// How rows are not put in.
enum Refused {
    ByWall { table: String, wall: String },
    Unfit { table: String, why: String },
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match &error {
            Error::DatabaseError(_, told) => match (told.table_name(), told.constraint_name()) {
                (Some(table), Some(wall)) => Self::ByWall { table: table.to_owned(), wall: wall.to_owned() },
                _ => Self::Failed(error),
            },
            _ => Self::Failed(error),
        }
    }
}

/// The rows of these tables, in one statement.
fn insert(conn: &mut PgConnection, group: &[&str], tables: &BTreeMap<String, Rows>) -> Result<(), Refused> {
    let given: Vec<(&str, &Rows)> =
        group.iter().filter_map(|name| Some((*name, tables.get(*name).filter(|rows| !rows.is_empty())?))).collect();
    let mut parts = Vec::new();
    for (place, (table, rows)) in given.iter().enumerate() {
        let columns = columns(conn, table, rows)?;
        parts.push(format!(
            "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE
             SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1 -> {place})"
        ));
    }
    let Some(last) = parts.pop() else { return Ok(()) };
    let before: Vec<String> =
        parts.iter().enumerate().map(|(place, part)| format!("part_{place} AS ({part})")).collect();
    let with = if before.is_empty() { String::new() } else { format!("WITH {} ", before.join(", ")) };
    let rows = Value::Array(given.iter().map(|(_, rows)| rows_of(rows)).collect());
    let put = diesel::sql_query(format!("{with}{last}")).bind::<Jsonb, _>(rows).execute(conn);
    put.map(drop).map_err(|error| match error.into() {
        Refused::Failed(Error::DatabaseError(_, told)) => {
            Refused::Unfit { table: group.join(" or "), why: told.message().to_owned() }
        }
        refused => refused,
    })
}

fn rows_of(rows: &Rows) -> Value {
    Value::Array(rows.iter().cloned().map(Value::Object).collect())
}

/// The columns of the rows, as SQL lists them, each of which the table has: names in a file are no SQL.
fn columns(conn: &mut PgConnection, table: &str, rows: &Rows) -> Result<String, Refused> {
    #[derive(QueryableByName)]
    struct Column {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let named: Vec<&str> = rows.iter().take(1).flat_map(|row| row.keys().map(String::as_str)).collect();
    let found: Vec<Column> = diesel::sql_query(
        "SELECT quote_ident(attname) AS name FROM pg_attribute
         WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attname = ANY($2) ORDER BY attnum",
    )
    .bind::<Text, _>(table)
    .bind::<Array<Text>, _>(&named)
    .load(conn)?;
    if found.is_empty() || found.len() < named.len() {
        let why = "they have columns that the table has not".to_owned();
        return Err(Refused::Unfit { table: table.to_owned(), why });
    }
    Ok(found.into_iter().map(|column| column.name).collect::<Vec<_>>().join(", "))
}

/// Takes down a constraint with what rests on it, a trigger, or an index.
fn take_down(conn: &mut PgConnection, table: &str, wall: &str) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Statement {
        #[diesel(sql_type = Text)]
        sql: String,
    }
    let found: Vec<Statement> = diesel::sql_query(
        "SELECT format('ALTER TABLE %I DROP CONSTRAINT %I CASCADE', $1, conname) AS sql FROM pg_constraint
         WHERE conrelid = $1::regclass AND conname = $2
         UNION ALL SELECT format('DROP TRIGGER %I ON %I', tgname, $1) FROM pg_trigger
         WHERE tgrelid = $1::regclass AND tgname = $2
         UNION ALL SELECT format('DROP INDEX %I', relname) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
         WHERE indrelid = $1::regclass AND relname = $2
             AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
    )
    .bind::<Text, _>(table)
    .bind::<Text, _>(wall)
    .load(conn)?;
    found.iter().try_for_each(|statement| conn.batch_execute(&statement.sql))
}
