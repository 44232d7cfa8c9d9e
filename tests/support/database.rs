//! A database per test, copied from one that was migrated once.

use crate::support::server::server;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use std::collections::HashSet;
use std::process;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// Dropped when the test ends, failed or not, with whatever connections are still open.
pub struct TestDatabase {
    name: String,
}

impl TestDatabase {
    pub(super) fn create(template: &'static str, migrate: fn(&str)) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let template = migrated_template(template, migrate);
        let name = format!("test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        maintain(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { name }
    }

    /// The address, for a pool or a second process.
    pub fn url(&self) -> String {
        server().url(&self.name)
    }

    /// A connection of its own.
    pub fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url()).expect("the test's database answers")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let dropped = PgConnection::establish(&server().maintenance_url()).map(|mut connection| {
            connection.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))
        });
        if !matches!(dropped, Ok(Ok(()))) {
            eprintln!("{} stays behind on the test server", self.name);
        }
    }
}

/// The name of the template, migrated by whoever comes first. A migration that panics fails its own test and is tried
/// again by the next.
fn migrated_template(template: &'static str, migrate: fn(&str)) -> String {
    static MIGRATED: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let name = format!("template_{}_{template}", process::id());
    let mut migrated = MIGRATED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let migrated = migrated.get_or_insert_default();
    if !migrated.contains(template) {
        maintain(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        maintain(&format!("CREATE DATABASE {name}"));
        migrate(&server().url(&name));
        migrated.insert(template);
    }
    name
}

fn maintain(statement: &str) {
    let mut connection = PgConnection::establish(&server().maintenance_url()).expect("the test server answers");
    connection.batch_execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
}
