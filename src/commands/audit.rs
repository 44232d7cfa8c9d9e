//! `marquee audit`: checks every invariant, and says by its exit status whether all of them hold.

use super::database::DatabaseOptions;
use super::verdict;
use crate::db::Failure;
use crate::history::audit::{Report, audit};
use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;

/// Check every invariant of the sale in one read-only snapshot, and name the rows that break one.
///
/// Safe while the site is selling: it writes nothing and nobody waits for it, except a change of the schema (`marquee
/// migrate`), beside which it should not be run. It ends with 0 when every count is zero, with 1 when an invariant is
/// broken, and with 2 when it could not run or its time was not enough.
#[derive(Debug, clap::Args)]
#[command(after_long_help = JSON_HELP)]
pub struct Options {
    #[command(flatten)]
    database: DatabaseOptions,

    /// Print one JSON object, for machines
    #[arg(long)]
    json: bool,

    /// Give up after this long
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    within: u64,
}

const JSON_HELP: &str = "\
The JSON object:
  as_of         the instant that was judged, RFC 3339, UTC
  milliseconds  how long it took
  broken        rows that break an invariant, in all; 0 is good
  checks        every check, in order:
    invariant   its number; several checks may share one
    name        its name, the same in every version
    claim       what must hold, in words
    count       rows that break it
    rows        the first 20 of them, each with
                show (number), seat (label), booking (reference), payment (id):
                null where there is none
                what: what is wrong, in words
When it cannot run, it prints nothing but an error, on standard error.";

pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    verdict::end(check(options))
}

/// Whether every invariant holds.
fn check(options: &Options) -> Result<bool, Box<dyn Error>> {
    let within = Duration::from_secs(options.within);
    let report = audit(&mut options.database.connect()?, within).map_err(|failure| match failure {
        Failure::Busy(_) => format!("not finished within {} s: give it more with --within", options.within),
        failure => failure.to_string(),
    })?;
    print(&report, options.json).map_err(|error| format!("the audit cannot be printed: {error}"))?;
    Ok(report.broken() == 0)
}

/// Not with `println!`, which panics where nobody reads on.
fn print(report: &Report, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json { writeln!(out, "{:#}", report.json()) } else { writeln!(out, "{report}") }
}
