//! An incident: one show's whole history as one file, with personal data reduced, to be replayed on another database.
//!
//! [`tables`] says what is in it, [`reduce`] what becomes of personal data, [`document`] how the file is written and read.
//! This file reads the show, in one snapshot. Putting it back is `programme::restore`, since readers never write.

pub mod document;
pub mod reduce;
pub mod tables;

use super::replay::state::Subject;
use super::replay::{NoReplay, Replay, diff::Difference, replay_in, rows_of_show};
use crate::clock::{self, Instant};
use crate::db::{self, Failure, snapshot};
use crate::ids::ShowId;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Jsonb};
use reduce::Pseudonyms;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use tables::{PEOPLE, TABLES, Table};

/// A row of a table by the names of its columns, each value as PostgreSQL writes it in JSON.
pub type Row = Map<String, Value>;

/// A show's history, and the facts that it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    pub show: ShowId,
    /// By the business clock of the database that it is from, UTC.
    pub exported_at: Instant,
    /// The version of the program that wrote it.
    pub marquee: String,
    /// The versions of that database's migrations, in order.
    pub migrations: Vec<String>,
    /// What replay said there.
    pub answers: Answers,
    pub tables: BTreeMap<String, Vec<Row>>,
}

/// What replay says of a show, by names alone: the values may be personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    pub ledger_rows: usize,
    /// The first ledger row of each thing that does not follow from the one before.
    pub faults: Vec<String>,
    /// The rows and columns in which ledger and tables differ.
    pub differences: Vec<String>,
}

impl Answers {
    pub fn of(replay: &Replay) -> Self {
        let faults = replay.faults.iter().map(|fault| format!("{}, version {}", name(fault.subject), fault.version));
        let differences = replay.differences.iter().flatten().map(|difference| match difference {
            Difference::NotInTable(row) => format!("{}: only in the ledger", name(*row)),
            Difference::NotInLedger(row) => format!("{}: only in the table", name(*row)),
            Difference::Column { subject, column, .. } => format!("{}: {column}", name(*subject)),
        });
        Self { ledger_rows: replay.rows, faults: faults.collect(), differences: differences.collect() }
    }
}

fn name(subject: Subject) -> String {
    match subject {
        Subject::Show => "show".to_owned(),
        Subject::Seat(seat) => format!("seat {seat}"),
        Subject::Claim(booking, seat) => format!("claim of booking {booking} on seat {seat}"),
        Subject::Booking(id) => format!("booking {id}"),
        Subject::Payment(id) => format!("payment {id}"),
        Subject::Refund(id) => format!("refund {id}"),
        Subject::Ticket(id) => format!("ticket {id}"),
    }
}

/// Why there is nothing to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoIncident {
    UnknownShow,
    /// The database has other migrations than this program: what it has to tell is not known here.
    OtherSchema,
}

/// A long history takes more than a page's four seconds to read, and holds up nobody.
const PATIENCE: &str = "SET LOCAL statement_timeout = '5min'";

/// Reads a show's history, in one snapshot that cannot write, and reduces it.
pub fn export(conn: &mut PgConnection, show: ShowId) -> Result<Result<Incident, NoIncident>, Failure> {
    let known = db::known_migrations()?;
    snapshot(conn, |conn| {
        conn.batch_execute(PATIENCE)?;
        let migrations = db::applied_migrations(conn)?;
        if migrations != known {
            return Ok(Err(NoIncident::OtherSchema));
        }
        let replayed = match replay_in(conn, show, None)? {
            Ok(replayed) => replayed,
            Err(NoReplay::UnknownShow | NoReplay::InFuture) => return Ok(Err(NoIncident::UnknownShow)),
        };
        let tables = reduced(conn, show)?;
        Ok(Ok(Incident {
            show,
            exported_at: clock::now(conn)?,
            marquee: env!("CARGO_PKG_VERSION").to_owned(),
            migrations,
            answers: Answers::of(&replayed),
            tables,
        }))
    })
}

fn reduced(conn: &mut PgConnection, show: ShowId) -> QueryResult<BTreeMap<String, Vec<Row>>> {
    let ledger: Vec<i64> = rows_of_show(conn, show)?.iter().map(|row| row.id).collect();
    let mut tables = Vec::new();
    for table in TABLES.iter().filter(|table| table.name != PEOPLE.name) {
        tables.push((table, load(conn, table, show, &ledger)?));
    }
    let people = people(tables.iter().flat_map(|(_, rows)| rows));
    let ids: Vec<i64> = people.iter().copied().collect();
    tables.push((&PEOPLE, load(conn, &PEOPLE, show, &ids)?));
    let pseudonyms = Pseudonyms::draw(people);
    for (table, rows) in &mut tables {
        rows.iter_mut().for_each(|row| pseudonyms.reduce(table, row));
    }
    Ok(tables.into_iter().map(|(table, rows)| (table.name.to_owned(), rows)).collect())
}

#[derive(QueryableByName)]
struct Loaded {
    #[diesel(sql_type = Jsonb)]
    told: Value,
}

/// In the order of the table's first columns, which is that of its key.
fn load(conn: &mut PgConnection, table: &Table, show: ShowId, numbers: &[i64]) -> QueryResult<Vec<Row>> {
    let Table { name, of_show, .. } = table;
    let query = format!(
        "SELECT to_jsonb(rows) AS told FROM (SELECT {} FROM {name} WHERE {of_show} ORDER BY 1, 2) AS rows",
        table.columns()
    );
    let rows: Vec<Loaded> =
        diesel::sql_query(query).bind::<BigInt, _>(show).bind::<Array<BigInt>, _>(numbers).load(conn)?;
    let rows = rows.into_iter().map(|row| match row.told {
        Value::Object(row) => row,
        _ => Row::new(),
    });
    Ok(rows.collect())
}

/// The staff whom the rows name as actors, or by number.
fn people<'a>(rows: impl Iterator<Item = &'a Row>) -> BTreeSet<i64> {
    let named = |row: &'a Row| {
        let actors = ["actor", "closed_by"].map(|column| {
            row.get(column).and_then(Value::as_str).and_then(|actor| actor.strip_prefix("staff:")?.parse().ok())
        });
        actors.into_iter().flatten().chain(row.get("person_id").and_then(Value::as_i64))
    };
    rows.flat_map(named).collect()
}
