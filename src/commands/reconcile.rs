//! `marquee reconcile`: lays the gateway's books beside ours, repairs what is certain, and says by its exit status whether
//! they agree.

mod text;

use super::database::DatabaseOptions;
use super::verdict;
use crate::errands::reconcile::{Fate, Report, compare_books};
use crate::settings::GatewaySettings;
use chrono::Duration;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{self, Write};

/// Compare the gateway's books with ours, both ways, repair what is certain, and open a case for the rest.
///
/// Safe while the site is selling, beside the worker that does the same, and as often as you like: a repair is made once,
/// and a case is opened once per fact. It ends with 0 when the books agree or could be made to, with 1 when something is
/// left for a person, and with 2 when one of the books could not be read.
#[derive(Debug, clap::Args)]
#[command(after_long_help = JSON_HELP)]
pub struct Options {
    #[command(flatten)]
    database: DatabaseOptions,

    #[command(flatten)]
    gateway: GatewaySettings,

    /// How far back to look
    #[arg(long, value_name = "HOURS", default_value_t = 48)]
    #[arg(value_parser = clap::value_parser!(i64).range(1..=8760))]
    since: i64,

    /// Print one JSON object, for machines
    #[arg(long)]
    json: bool,

    /// Only look: repair nothing, open and close no case
    #[arg(long)]
    dry_run: bool,
}

const JSON_HELP: &str = "\
The JSON object:
  as_of         when our books were read, by our clock, RFC 3339, UTC
  open          findings that are left for a person, or that could not be repaired; 0 is good
  not_looked_for  payments and refunds of ours that were not asked for, as too many were missing from the gateway's lists
  findings      where the books do not agree:
    kind        session_unheard, refund_unheard, or the kind of its case
    subject     the payment's or refund's id, or the name of the thing at the gateway
    payment, booking   of ours (id, reference): null where there is none
    since       when that came about, RFC 3339, UTC
    fate        repaired, case_opened, case_open, settled (staff have closed a case about the same facts),
                left (--dry-run), not_yet (it could not be repaired now)
    detail      the facts; sums in minor units
  closed        cases that came right by themselves: kind and subject
When it cannot look, it prints nothing but an error, on standard error.";

pub async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    verdict::end(check(options).await)
}

/// Whether nothing is left to be done.
async fn check(options: &Options) -> Result<bool, Box<dyn Error>> {
    let (db, gateway) = (options.database.open(), options.gateway.client(Vec::new())?);
    let report = compare_books(&db, &gateway, Duration::hours(options.since), !options.dry_run).await?;
    print(&report, options.json).map_err(|error| format!("what was found cannot be printed: {error}"))?;
    Ok(report.open() == 0)
}

/// Not with `println!`, which panics where nobody reads on.
fn print(report: &Report, as_json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if as_json { writeln!(out, "{:#}", json(report)) } else { write!(out, "{}", text::Text(report)) }
}

fn json(report: &Report) -> Value {
    let findings = report.findings.iter().map(|(finding, fate)| {
        json!({
            "kind": finding.remedy.name(),
            "subject": finding.subject.name,
            "payment": finding.subject.payment.map(|(_, payment)| payment),
            "booking": finding.reference,
            "since": finding.since,
            "fate": name(fate),
            "detail": finding.detail,
        })
    });
    let closed = report.closed.iter().map(|case| json!({ "kind": case.kind, "subject": case.subject }));
    json!({
        "as_of": report.at,
        "open": report.open(),
        "not_looked_for": report.not_looked_for,
        "findings": findings.collect::<Vec<_>>(),
        "closed": closed.collect::<Vec<_>>(),
    })
}

fn name(fate: &Fate) -> &'static str {
    match fate {
        Fate::Repaired => "repaired",
        Fate::Case { new: true } => "case_opened",
        Fate::Case { new: false } => "case_open",
        Fate::Settled => "settled",
        Fate::Left => "left",
        Fate::NotYet(_) => "not_yet",
    }
}
