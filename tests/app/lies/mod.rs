//! Wrong databases, one for each kind of lie: the walls are taken down, a lie is written into a database in which everything
//! else is true, and the audit names exactly the rows that lie.

mod history;
mod money;
mod refunds;
mod seats;

use crate::support::busy::{Busy, busy};
use crate::support::{self, TestDatabase};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use marquee::booking::booking;
use marquee::history::audit::audit;
use std::collections::BTreeMap;
use std::time::Duration;

/// A busy database, and how to name what is in it.
struct World {
    conn: PgConnection,
    /// `$paid` and so on, for statements, the longest first.
    ids: Vec<(String, String)>,
    /// `@paid` and so on, for what people read.
    names: Vec<(String, String)>,
    _database: TestDatabase,
}

impl World {
    fn new() -> Self {
        let database = support::database();
        let busy = busy(&database);
        let mut conn = database.connect();
        let mut names: Vec<(String, String)> = [
            ("@paid", &busy.paid.reference),
            ("@sold", &busy.sold),
            ("@held", &busy.held),
            ("@other", &busy.taken_over),
            ("@lost", &busy.lost.reference),
            ("@again", &busy.again.reference),
            ("@back", &busy.given_back.reference),
            ("@wrong", &busy.wrong.reference),
            ("@stuck", &busy.stuck.0.reference),
            ("@owed", &busy.cancelled.1.reference),
            ("@cash", &busy.at_counter[1]),
        ]
        .map(|(name, reference)| (name.to_owned(), reference.clone()))
        .into();
        let mut ids: Vec<(String, String)> = names
            .iter()
            .map(|(name, reference)| {
                let id = booking::find(&mut conn, reference).unwrap().unwrap().id;
                (name.replace('@', "$"), id.to_string())
            })
            .collect();
        ids.extend(facts(&busy));
        names.extend(ids.clone());
        ids.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self { conn, ids, names, _database: database }
    }

    fn id(&self, name: &str) -> i64 {
        fill(name, &self.ids).parse().unwrap()
    }

    fn lie(&mut self, sql: &str) {
        let sql = fill(sql, &self.ids);
        self.conn.batch_execute(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Asserts that these checks find these rows, in this order, each given by how it begins, and the others nothing.
    fn is_caught(&mut self, expected: &[(&str, &[&str])]) {
        let report = audit(&mut self.conn, Duration::from_secs(60)).unwrap();
        let broken = report.findings.iter().filter(|finding| finding.count > 0);
        let found: BTreeMap<&str, Vec<String>> = broken
            .map(|finding| {
                assert_eq!(finding.count, finding.rows.len() as i64);
                (finding.name, finding.rows.iter().map(ToString::to_string).collect())
            })
            .collect();
        let names: Vec<&str> = found.keys().copied().collect();
        let mut expected_names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
        expected_names.sort_unstable();
        assert_eq!(names, expected_names, "{found:#?}");
        for (name, rows) in expected {
            let mut rows: Vec<String> = rows.iter().map(|row| fill(row, &self.names)).collect();
            rows.sort();
            let mut told = found[name].clone();
            told.sort();
            assert_eq!(rows.len(), told.len(), "{name}: {told:#?}");
            for (row, told) in rows.iter().zip(&told) {
                assert!(told.starts_with(row), "{name}: {told:?} does not begin with {row:?}");
            }
        }
    }
}

fn facts(busy: &Busy) -> Vec<(String, String)> {
    let seats = ["A1", "A2", "A3", "A5", "A7", "A9", "B1", "B2", "B9"]
        .map(|seat| (format!("${seat}"), busy.house.seat(seat).to_string()));
    let payments = [
        ("paid", &busy.paid),
        ("lost", &busy.lost),
        ("again", &busy.again),
        ("back", &busy.given_back),
        ("wrong", &busy.wrong),
        ("stuck", &busy.stuck.0),
        ("owed", &busy.cancelled.1),
    ];
    let payments = payments.map(|(name, started)| (format!("${name}_payment"), started.payment.to_string()));
    let refund = ("$stuck_refund".to_owned(), busy.stuck.1.to_string());
    let shows = [("$show", busy.house.show), ("$cancelled_show", busy.cancelled.0)]
        .map(|(name, show)| (name.to_owned(), show.to_string()));
    seats.into_iter().chain(payments).chain(shows).chain([refund]).collect()
}

fn fill(template: &str, values: &[(String, String)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// The rest of a ledger row whose columns begin `at, actor, request_id, cause`.
const TOLD: &str = "marquee_now(), 'system:liar', gen_random_uuid(), 'lie'";
