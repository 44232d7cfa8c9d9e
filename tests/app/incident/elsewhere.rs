//! Another database, in which an incident is restored, and how to say there what was said at home.

use super::texts;
use crate::support::processes::Folder;
use crate::support::{TestDatabase, database_from};
use diesel::PgConnection;
use marquee::ids::ShowId;
use serde_json::Value;
use std::process::{Command, Output};

/// How a command ended.
pub struct Told {
    pub status: i32,
    pub shown: String,
    pub error: String,
}

/// Runs `marquee` with a database.
pub fn marquee(url: &str, words: &[&str]) -> Told {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
    let Output { status, stdout, stderr } = command.args(words).env("DATABASE_URL", url).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Told { status: status.code().expect("it was not killed"), shown: text(stdout), error: text(stderr) }
}

/// The file that `marquee incident export` writes.
pub fn export(database: &TestDatabase, show: ShowId) -> String {
    let told = marquee(&database.url(), &["incident", "export", &show.to_string()]);
    assert_eq!(told.status, 0, "{}", told.error);
    told.shown
}

/// A database without a table.
pub fn empty() -> TestDatabase {
    database_from("empty", |_| {})
}

pub fn name(database: &TestDatabase) -> String {
    database.url().rsplit('/').next().unwrap().split('?').next().unwrap().to_owned()
}

/// A restored incident, and what its replay said.
pub struct Elsewhere {
    pub database: TestDatabase,
    pub status: i32,
    pub report: Value,
    pub text: String,
}

impl Elsewhere {
    pub fn restore(file: &str) -> Self {
        let database = empty();
        let folder = Folder::new();
        let path = folder.path().join("incident.json");
        std::fs::write(&path, file).unwrap();
        let words = ["incident", "replay", path.to_str().unwrap(), "--json", "--into", &name(&database)];
        let told = marquee(&database.url(), &words);
        let report = serde_json::from_str(&told.shown).unwrap_or_else(|_| panic!("{}{}", told.shown, told.error));
        Self { database, status: told.status, report, text: told.shown }
    }
}

/// From what stands at home to what stands in its place elsewhere.
#[derive(Debug)]
pub struct Translation(Vec<(String, String)>);

/// Key and value of what is withheld: the key is the same in both databases.
const WITHHELD: [&str; 10] = [
    "SELECT id::text || ' ' || session_id AS text FROM payments WHERE session_id IS NOT NULL",
    "SELECT id::text || ' ' || payment_intent_id AS text FROM payments WHERE payment_intent_id IS NOT NULL",
    "SELECT id::text || ' ' || gateway_id AS text FROM refunds WHERE gateway_id IS NOT NULL",
    "SELECT show_id || '/' || seat_id || ' ' || block_reason AS text FROM show_seats WHERE block_reason IS NOT NULL",
    "SELECT id::text || ' ' || (detail ->> 'reason') AS text FROM ledger WHERE detail ? 'reason'",
    // Also of a payment whose row is gone.
    "SELECT id::text || ' ' || (detail ->> 'intent') AS text FROM ledger WHERE detail ->> 'intent' IS NOT NULL",
    "SELECT id::text || ' ' || reason AS text FROM staff_log",
    "SELECT id::text || ' ' || resolution AS text FROM cases WHERE resolution IS NOT NULL",
    "SELECT l.id || ' ' || name AS text FROM ledger AS l JOIN people ON 'staff:' || people.id = l.actor",
    // As a person reads it.
    "SELECT id || ' visitor ' || upper(right(actor, 4)) AS text FROM ledger WHERE actor LIKE 'visitor:%'",
];

impl Translation {
    pub fn new(home: &TestDatabase, elsewhere: &TestDatabase) -> Self {
        let (home, elsewhere) = (&mut home.connect(), &mut elsewhere.connect());
        let mut pairs: Vec<(String, String)> = Vec::new();
        for query in WITHHELD {
            let pair = |conn: &mut PgConnection| -> Vec<(String, String)> {
                let rows = texts(conn, query);
                rows.iter().map(|row| row.split_once(' ').unwrap()).map(|(key, of)| (key.into(), of.into())).collect()
            };
            let here = pair(home);
            for (key, there) in pair(elsewhere) {
                let here = here.iter().find(|(known, _)| *known == key).unwrap_or_else(|| panic!("{query}: {key}"));
                pairs.push((here.1.clone(), there));
            }
        }
        pairs.sort();
        pairs.dedup();
        pairs.sort_by_key(|(here, _)| std::cmp::Reverse(here.len()));
        Self(pairs)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn of(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (here, there)| text.replace(here, there))
    }
}
