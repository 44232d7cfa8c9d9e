//! `marquee incident`: one show's history as one file, and that file replayed on another database.

mod json;
mod look;
mod scratch;
mod text;

use super::database::DatabaseOptions;
use super::{replay, verdict};
use crate::clock::Instant;
use crate::db::Stop;
use crate::history::incident::{self, Incident, NoIncident, document};
use crate::ids::ShowId;
use crate::programme::restore::{RestoreRefusal, restore};
use look::{Asked, Seen};
use scratch::Scratch;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Write one show's history as one file for a bug report, or replay such a file on another database.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Export(ExportOptions),
    Replay(ReplayOptions),
}

/// Write one show's whole history as one JSON document, with personal data reduced.
///
/// In it: the show with its hall and prices, its ledger, and its rows of bookings, payments, refunds, tickets, cases and
/// the gateway's events. Names, addresses, visitors, staff and whatever people wrote in their own words are pseudonyms, under
/// a key that is not kept; passwords, links and payment pages are left out.
///
/// Safe while the site is selling: it reads one snapshot and writes nothing to the database. It ends with 0, or with 2 when
/// it could not run.
#[derive(Debug, clap::Args)]
struct ExportOptions {
    /// Number of the show, as in its address: /shows/12
    #[arg(value_name = "SHOW")]
    show: i64,

    /// Write to this new file, and not to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    database: DatabaseOptions,
}

/// Restore an incident file in a database of its own, and ask there what can be asked at home.
///
/// It tells the house, every booking and payment as `marquee replay` does, compares the ledger with the tables, checks every
/// invariant as `marquee audit` does, and tells the story of a booking or a seat in the words of the staff's pages. The clock
/// stands still at the instant of the export.
///
/// The database is created on the server that DATABASE_URL names, for this run only, and dropped at the end; a run that was
/// killed leaves it, called marquee_incident_ and some letters. Nothing else on the server is touched.
///
/// It ends with 0 when all is equal and every count is zero, with 1 when something is wrong, as it was at home, and with 2
/// when it could not run.
#[derive(Debug, clap::Args)]
#[command(after_long_help = JSON_HELP)]
struct ReplayOptions {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The past instant to show, inclusive: 2026-11-22T19:30:00+05:30
    #[arg(long, value_name = "RFC3339", value_parser = replay::instant)]
    at: Option<Instant>,

    /// Tell the story of this booking, by its reference
    #[arg(long, value_name = "REFERENCE")]
    booking: Option<String>,

    /// Tell the story of this seat, by its name: G12
    #[arg(long, value_name = "SEAT")]
    seat: Option<String>,

    /// Restore into this database on the same server, and keep it; it is created, or must be empty
    #[arg(long, value_name = "DATABASE", value_parser = scratch::name)]
    into: Option<String>,

    /// Print one JSON object, for machines
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseOptions,
}

const JSON_HELP: &str = "\
The JSON object:
  show, exported_at, marquee  which show, when it was exported (UTC), and by which version
  as_exported  whether replay says here what it said there, by names of rows and columns
  walls        rules of the schema that the rows broke where they are from, each as `table: name`
  replay       as `marquee replay --json`, compared with the tables
  picture      null without --at; else as `marquee replay --at --json`
  audit        as `marquee audit --json`
  stories      those asked for: of (booking or seat, and its name), and moments with at, what, details, who
When it cannot run, it prints nothing but an error, on standard error.";

pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    verdict::end(match &options.command {
        Command::Export(options) => export(options).map(|()| true),
        Command::Replay(options) => replay_elsewhere(options),
    })
}

fn export(options: &ExportOptions) -> Result<(), Box<dyn Error>> {
    let show = ShowId(options.show);
    let exported = incident::export(&mut options.database.connect()?, show)?;
    let incident = exported.map_err(|why| match why {
        NoIncident::UnknownShow => format!("there is no show {show}"),
        NoIncident::OtherSchema => {
            "the database is not of this version: run `marquee migrate`, or use the marquee that serves it".to_owned()
        }
    })?;
    let text = document::write(&incident)?;
    match &options.output {
        Some(file) => write_new(file, &text).map_err(|error| format!("{}: {error}", file.display()).into()),
        None => Ok(io::stdout().lock().write_all(text.as_bytes())?),
    }
}

/// Never over what is there; nothing stays of what could not be written to its end.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).inspect_err(|_| drop(fs::remove_file(path)))
}

/// Whether all is well.
fn replay_elsewhere(options: &ReplayOptions) -> Result<bool, Box<dyn Error>> {
    let incident = read(&options.file).map_err(|error| format!("{}: {error}", options.file.display()))?;
    let scratch = Scratch::open(&options.database, options.into.as_deref())?;
    let conn = &mut scratch.connect()?;
    let walls = restore(conn, &incident.migrations, &incident.tables, incident.exported_at).map_err(reason)?;
    // Asked for in vain is no reason to throw away what was to be kept.
    scratch.restored();
    let asked = Asked { at: options.at, booking: options.booking.as_deref(), seat: options.seat.as_deref() };
    let seen = look::look(conn, &incident, walls, &asked)?;
    print(&incident, &seen, options).map_err(|error| format!("what was found cannot be printed: {error}"))?;
    Ok(seen.is_well())
}

fn read(path: &Path) -> Result<Incident, document::Unreadable> {
    document::read(File::open(path)?)
}

fn reason(stop: Stop<RestoreRefusal>) -> String {
    match stop {
        Stop::Refused(RestoreRefusal::NotEmpty) => {
            "the database has tables already, and nothing was changed: name another with --into".to_owned()
        }
        Stop::Refused(RestoreRefusal::UnknownMigration(version)) => {
            format!("the file is from a newer schema ({version}) than this program knows: use a newer marquee")
        }
        Stop::Refused(RestoreRefusal::Unfit { table, why }) => {
            format!("the rows of {table} in the file cannot be restored: {why}")
        }
        Stop::Failed(failure) => failure.to_string(),
    }
}

/// Not with `println!`, which panics where nobody reads on.
fn print(incident: &Incident, seen: &Seen, options: &ReplayOptions) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if options.json {
        return writeln!(out, "{:#}", json::of(incident, seen));
    }
    text::write(&mut out, incident, seen)?;
    match &options.into {
        Some(name) => writeln!(out, "\nThe database {name} is kept, its clock stopped at the export."),
        None => Ok(()),
    }
}
