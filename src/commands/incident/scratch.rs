//! The database that an incident is replayed in: created for it, and dropped afterwards unless it was asked for by name.

use crate::commands::database::DatabaseOptions;
use crate::db::{self, Failure};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use std::cell::Cell;

pub struct Scratch {
    url: String,
    name: String,
    /// From where it is dropped, while it is to be.
    drop_by: Cell<Option<Maintenance>>,
    keep: bool,
}

/// The address from which databases are created and dropped.
struct Maintenance(String);

impl Scratch {
    /// Creates a database; or, by name, takes one that is there, or creates it to be kept.
    ///
    /// # Errors
    /// Says what an ordinary role can do when this one may not create databases.
    pub fn open(server: &DatabaseOptions, into: Option<&str>) -> Result<Self, String> {
        let name = into.map_or_else(drawn, str::to_owned);
        let url = server.beside(&name)?;
        let here = Self { url, name, drop_by: Cell::new(None), keep: into.is_some() };
        if here.keep && here.connect().is_ok() {
            return Ok(here);
        }
        let mut conn = server.connect().map_err(|failure| failure.to_string())?;
        // From template0, which is empty everywhere. Copying it may take longer than a page.
        let create = format!("SET statement_timeout = 0; CREATE DATABASE \"{}\" TEMPLATE template0", here.name);
        create.split("; ").try_for_each(|statement| conn.batch_execute(statement)).map_err(|error| {
            format!(
                "a database to replay in could not be created ({error}): create an empty one, and name it with --into"
            )
        })?;
        here.drop_by.set(Some(Maintenance(server.url().to_owned())));
        Ok(here)
    }

    pub fn connect(&self) -> Result<PgConnection, Failure> {
        db::connect(&self.url)
    }

    /// From here on it is worth keeping, if that was asked for.
    pub fn restored(&self) {
        if self.keep {
            self.drop_by.set(None);
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Some(Maintenance(url)) = self.drop_by.take() else { return };
        let dropped = db::connect(&url).map(|mut conn| {
            conn.batch_execute("SET statement_timeout = 0")?;
            conn.batch_execute(&format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name))
        });
        if !matches!(dropped, Ok(Ok(()))) {
            eprintln!("marquee: the database {} could not be dropped and stays behind", self.name);
        }
    }
}

fn drawn() -> String {
    format!("marquee_incident_{:08x}", rand::random::<u32>())
}

/// A name that needs no quotes anywhere.
pub fn name(text: &str) -> Result<String, String> {
    let fits = (1..=63).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if fits { Ok(text.to_owned()) } else { Err("is no name of lower-case letters, digits and _".to_owned()) }
}
