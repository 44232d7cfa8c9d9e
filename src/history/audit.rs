//! The audit: every invariant of the sale, checked in one read-only snapshot; the rows that break one are named.
//!
//! It is safe beside a sale: it takes no lock but those of reading, works with one process of the server, waits for
//! nobody's change of the schema, and ends when its time is up.

mod checks;
mod report;

pub use report::{Broken, Finding, Report};

use crate::clock::{self, Instant};
use crate::db::{Failure, snapshot};
use checks::Check;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};
use std::time::{Duration, Instant as Stopwatch};

/// Rows that a finding names, at most; its count is of all of them.
pub const NAMED: i64 = 20;

/// One process of the server is enough: the others are the sale's. It sorts in memory, not on the sale's disk. Behind a
/// change of the schema that holds or awaits its lock it gives up quickly, since whoever comes after it would wait too.
const MANNERS: &str = "SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off; \
                       SET LOCAL work_mem = '32MB'; SET LOCAL lock_timeout = '500ms'";

/// A unique index that is corrupt would hide the very rows that it should have refused.
const WITHOUT_INDEXES: &str = "SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; \
                               SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = on";

/// Checks everything, within a time. Ownership is read twice, the second time without indexes.
///
/// # Errors
/// `Busy` when the time was not enough, or the schema is being changed. A broken invariant is no error but a finding.
pub fn audit(conn: &mut PgConnection, within: Duration) -> Result<Report, Failure> {
    let began = Stopwatch::now();
    let (as_of, findings) = snapshot(conn, |conn| {
        conn.batch_execute(MANNERS)?;
        let bounded = |conn: &mut PgConnection| bound(conn, within.saturating_sub(began.elapsed()));
        bounded(conn)?;
        let now = clock::now(conn)?;
        let mut findings = Vec::new();
        for check in checks::all() {
            bounded(conn)?;
            findings.push(find(conn, check, now)?);
        }
        conn.batch_execute(WITHOUT_INDEXES)?;
        for (check, finding) in checks::all().zip(&mut findings).filter(|(check, _)| check.ownership) {
            bounded(conn)?;
            read_again(conn, check, now, finding)?;
        }
        Ok((now, findings))
    })?;
    Ok(Report { as_of, took: began.elapsed(), findings })
}

/// Gives the next statement what is left of the time. Zero would mean no limit at all.
fn bound(conn: &mut PgConnection, left: Duration) -> QueryResult<()> {
    conn.batch_execute(&format!("SET LOCAL statement_timeout = {}", left.as_millis().max(1)))
}

/// What the table itself says goes; that an index says something else is one thing more that is wrong.
fn read_again(conn: &mut PgConnection, check: &Check, now: Instant, finding: &mut Finding) -> QueryResult<()> {
    let through_indexes = finding.count;
    *finding = find(conn, check, now)?;
    if finding.count != through_indexes {
        let what = format!(
            "an index is corrupt: {through_indexes} rows break this when read through indexes, {} without; REINDEX",
            finding.count
        );
        finding.count += 1;
        finding.rows.insert(0, Broken { what, ..Broken::default() });
    }
    Ok(())
}

/// A row that breaks a check, and how many there are in all.
#[derive(QueryableByName)]
struct Counted {
    #[diesel(embed)]
    broken: Broken,
    #[diesel(sql_type = BigInt)]
    total: i64,
}

/// Runs one check. The names that people know are looked up for the rows that are shown, and only for them.
fn find(conn: &mut PgConnection, check: &Check, now: Instant) -> QueryResult<Finding> {
    let query = format!(
        "WITH given AS (SELECT $1 AS now),
         lies (show_id, seat_id, booking_id, payment_id, what) AS ({}),
         named AS (
             SELECT show_id::bigint, seat_id::bigint, booking_id::bigint, payment_id::uuid, what, count(*) OVER () AS total
             FROM lies ORDER BY 1, 2, 3, 4, 5 LIMIT $2
         )
         SELECT show_id AS show, payment_id AS payment, what, total,
                coalesce((SELECT row_label || number FROM seats WHERE id = seat_id LIMIT 1), '#' || seat_id) AS seat,
                coalesce((SELECT reference FROM bookings WHERE id = booking_id LIMIT 1), '#' || booking_id) AS booking
         FROM named ORDER BY show_id, seat_id, booking_id, payment_id, what",
        check.sql
    );
    let began = Stopwatch::now();
    let lies: Vec<Counted> = diesel::sql_query(query)
        .bind::<Timestamptz, _>(now)
        .bind::<BigInt, _>(NAMED)
        .load(conn)
        .inspect_err(|error| tracing::warn!(check = check.name, %error, "a check was not finished"))?;
    tracing::debug!(check = check.name, milliseconds = began.elapsed().as_millis(), "checked");
    Ok(Finding {
        invariant: check.invariant,
        name: check.name,
        claim: check.claim,
        count: lies.first().map_or(0, |lie| lie.total),
        rows: lies.into_iter().map(|lie| lie.broken).collect(),
    })
}
