//! `marquee replay`: a show rebuilt from its ledger, and whether the tables say the same.

pub(super) mod json;
pub(super) mod text;

use super::database::DatabaseOptions;
use super::verdict;
use crate::clock::Instant;
use crate::history::replay::{NoReplay, Replay, replay};
use crate::ids::ShowId;
use std::error::Error;
use std::io::{self, Write};

/// Rebuild a show from its ledger, as it is or as it was, and compare it with the tables.
///
/// Seats, bookings, payments, refunds and tickets are folded from the ledger alone, by the rules that the application sells by.
/// Without --at the result is compared with the tables, column by column. Not in the ledger, and not rebuilt: who booked,
/// the prices promised for single seats, and what a payment page was asked to show.
///
/// Safe while the site is selling: it reads one snapshot and writes nothing. It ends with 0 when all is equal, with 1 when
/// something differs or a ledger row does not follow from the one before it, and with 2 when it could not run.
#[derive(Debug, clap::Args)]
#[command(after_long_help = JSON_HELP)]
pub struct Options {
    /// Number of the show, as in its address: /shows/12
    #[arg(value_name = "SHOW")]
    show: i64,

    /// The past instant to show, inclusive: 2026-11-22T19:30:00+05:30
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    at: Option<Instant>,

    /// Print one JSON object, for machines
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseOptions,
}

const JSON_HELP: &str = "\
The JSON object, with every time in UTC and every sum in minor units:
  show         its number
  as_of        the instant of the picture, inclusive
  ledger_rows  how many rows were folded up to then
  rows         what they tell: objects with kind (show, seat, claim, booking, payment, refund, ticket), ids (seat_id,
               booking_id, payment_id, refund_id, ticket_id), seat (label) and booking (reference), and columns, named as in the table
  faults       ledger rows that do not follow from the one before: kind and name as above, version, at, why
  differences  null with --at; else kind and name as above, with column, ledger and table (what each of the two says),
               or with only_in: ledger or table";

pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    verdict::end(rebuild(options))
}

/// Whether ledger and tables agree.
fn rebuild(options: &Options) -> Result<bool, Box<dyn Error>> {
    let show = ShowId(options.show);
    let replayed = replay(&mut options.database.connect()?, show, options.at)?;
    let replayed = replayed.map_err(|why| match why {
        NoReplay::UnknownShow => format!("there is no show {show}"),
        NoReplay::InFuture => "--at has not come yet; leave it out to replay up to now".to_owned(),
    })?;
    print(&replayed, options.json).map_err(|error| format!("the replay cannot be printed: {error}"))?;
    Ok(replayed.agrees())
}

/// Not with `println!`, which panics where nobody reads on.
fn print(replayed: &Replay, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json { writeln!(out, "{:#}", json::of(replayed)) } else { text::write(&mut out, replayed) }
}

/// An instant as people and scripts give it.
pub(super) fn instant(text: &str) -> Result<Instant, String> {
    let parsed = chrono::DateTime::parse_from_rfc3339(text.trim());
    parsed
        .map(|instant| instant.to_utc())
        .map_err(|error| format!("{error}; it looks like 2026-11-22T19:30:00+05:30"))
}
