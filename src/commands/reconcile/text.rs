//! What a comparison of the books found, in words.

use crate::clock::Instant;
use crate::errands::reconcile::{Fate, Report};
use crate::history::timeline::words;
use crate::payment::books::{Finding, Remedy};
use crate::payment::case::Kind;
use std::fmt;

pub struct Text<'a>(pub &'a Report);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(report) = self;
        for (finding, fate) in &report.findings {
            let booking = finding.reference.as_ref().map(|reference| format!(", booking {reference}"));
            writeln!(f, "{} {}{}", finding.remedy.name(), finding.subject.name, booking.unwrap_or_default())?;
            writeln!(f, "    {}; since {}", what(finding), age(finding.since, report.at))?;
            writeln!(f, "    {}", finding.detail)?;
            writeln!(f, "    {}", done(finding, fate))?;
        }
        for case in &report.closed {
            writeln!(f, "{} {}\n    came right by itself: its case is closed", case.kind, case.subject)?;
        }
        if report.not_looked_for > 0 {
            writeln!(
                f,
                "{} payments and refunds of ours were not looked for: too many are missing",
                report.not_looked_for
            )?;
        }
        match (report.open(), report.findings.len()) {
            (0, 0) => writeln!(f, "The books agree."),
            (0, found) => writeln!(f, "{found} found, and nothing is left to be done."),
            (open, found) => writeln!(f, "{found} found, {open} left for a person."),
        }
    }
}

fn what(finding: &Finding) -> String {
    match &finding.remedy {
        Remedy::Settle(there) if there.paid().is_some() => "it is paid at the gateway, and was not here".to_owned(),
        Remedy::Settle(_) => "its session has ended at the gateway, and was open here".to_owned(),
        Remedy::Note(..) => "the gateway has said how the refund stands, and it was not known here".to_owned(),
        Remedy::Case(kind) => words::case(*kind).to_owned(),
    }
}

fn done(finding: &Finding, fate: &Fate) -> String {
    let suggestion = match &finding.remedy {
        Remedy::Case(kind) => suggestion(*kind),
        Remedy::Settle(_) | Remedy::Note(..) => "it is repaired by the next turn of the worker, or by this command",
    };
    match fate {
        Fate::Repaired => "repaired".to_owned(),
        Fate::Case { new: true } => format!("a case was opened: {suggestion}"),
        Fate::Case { new: false } => format!("its case is open: {suggestion}"),
        Fate::Settled => "staff have closed a case about the same facts".to_owned(),
        Fate::Left => format!("nothing was done: {suggestion}"),
        Fate::NotYet(why) => format!("it could not be repaired now: {why}"),
    }
}

/// What a person does about it.
fn suggestion(kind: Kind) -> &'static str {
    match kind {
        Kind::RefundStuck => "ask the gateway what keeps the refund",
        Kind::MissingAtGateway => "look for it at the gateway under another account or key, and ask the gateway",
        Kind::DiffersAtGateway => "ask the gateway for the receipt, and settle the difference with the customer",
        Kind::StrayMoney => "find out what sold this, and give it back at the gateway if it was nothing",
        Kind::StrayRefund => "find out who gave it back; if the tickets are to stay, nothing else is due",
        Kind::PaidWithoutSeat => "seat the customer or give the money back",
        Kind::WrongAmount | Kind::RefundFailed | Kind::OwedAtCounter => "see the case",
    }
}

/// `3 min`, `5 h`, `2 d`
fn age(since: Instant, now: Instant) -> String {
    let minutes = (now - since).num_minutes().max(0);
    match minutes {
        0..60 => format!("{minutes} min"),
        60..2880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1440),
    }
}
