//! `marquee seed`: the demonstration's cinemas, movies and a week of shows, without the demonstration.

use super::database::DatabaseOptions;
use crate::demo::fill::fill;
use crate::demo::seed::seed;
use std::error::Error;

/// Add the demonstration's movies, cinemas, a week of shows and their audiences to a migrated database.
///
/// What exists is left alone, so it can be stopped and repeated, and adds the days ahead when run another day.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    database: DatabaseOptions,

    /// Leave the houses empty
    #[arg(long)]
    no_audiences: bool,
}

pub fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let database = options.database.open();
    database.readiness()?;
    let seeded = seed(&database)?;
    println!("{} shows added.", seeded.shows);
    if !options.no_audiences {
        let filled = fill(&database, || true)?;
        println!("{} seats sold in {} bookings for {} shows.", filled.seats, filled.bookings, filled.shows);
    }
    Ok(())
}
