//! `marquee migrate`: brings the database's schema up to date.

use super::database::DatabaseOptions;
use std::error::Error;

/// Bring the database up to date with this version. Safe to repeat, and to run twice at once.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    database: DatabaseOptions,
}

pub fn run(options: Options) -> Result<(), Box<dyn Error>> {
    options.database.open().migrate()?;
    println!("The database is up to date.");
    Ok(())
}
