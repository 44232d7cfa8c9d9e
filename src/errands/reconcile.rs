//! Both books side by side. What is certain is repaired, the rest becomes a case, and a case that came right is closed.
//!
//! The gateway's lists are read first, our books after them, and then the gateway is asked by name for whatever of ours
//! its lists did not show: so what happens meanwhile is never taken for a disagreement. No clock is compared with
//! another: the gateway's window ends at an age before its own newest entry, ours at an age before our own now.

mod theirs;

use super::NotDone;
use crate::clock::Instant;
use crate::db::Database;
use crate::ledger::Author;
use crate::payment::books::{Finding, OpenCase, Ours, Remedy, Theirs, compare};
use crate::payment::case::Kind;
use crate::payment::gateway::Gateway;
use crate::sale::reconcile::{self, Opened};
use crate::sale::{refund, settle};
use chrono::Duration;
use std::time::Duration as Limit;

/// How far back a worker looks.
pub const WINDOW: Duration = Duration::hours(48);
/// Our side is read by a few statements over a window of two days; no page waits for it.
const READ_WITHIN: Limit = Limit::from_secs(15);

/// What became of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Repaired,
    /// A person has to look at it: a case was opened now, or was open.
    Case {
        new: bool,
    },
    /// A person has looked at it and closed its case.
    Settled,
    /// Only looked at.
    Left,
    /// It could not be repaired now.
    NotYet(String),
}

impl Fate {
    /// Whether something still has to be done.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Repaired | Self::Settled)
    }
}

/// What a comparison found, and what was done about it.
#[derive(Debug)]
pub struct Report {
    /// Our clock when our books were read.
    pub at: Instant,
    pub findings: Vec<(Finding, Fate)>,
    /// Cases whose facts have come right.
    pub closed: Vec<OpenCase>,
    /// Of ours, how many were not looked for because too many were missing from the gateway's lists.
    pub not_looked_for: usize,
}

impl Report {
    pub fn open(&self) -> usize {
        self.findings.iter().filter(|(_, fate)| fate.is_open()).count() + self.not_looked_for
    }
}

/// Compares what happened in so long a time. Without `act` it only looks.
///
/// # Errors
/// One of the books could not be read: nothing was done.
pub async fn compare_books(db: &Database, gateway: &Gateway, window: Duration, act: bool) -> Result<Report, NotDone> {
    let cases = db.run(reconcile::open_cases).await?;
    let mut theirs = theirs::listed(gateway, window).await?;
    theirs::ask_for_cases(gateway, &mut theirs, &cases).await?;
    let wanted = theirs::wanted(&theirs, &cases);
    let mut ours: Ours = db.run_within(READ_WITHIN, move |conn| reconcile::ours(conn, &wanted, window)).await?;
    let not_looked_for = theirs::ask_for_ours(gateway, &mut theirs, &mut ours).await?;

    let mut report = Report { at: ours.at, findings: Vec::new(), closed: Vec::new(), not_looked_for };
    let found = compare(&ours, &theirs);
    if act {
        report.closed = close(db, &cases, &found, &ours, &theirs).await;
    }
    for finding in found {
        let fate = if act { remedy(db, &finding).await } else { Ok(Fate::Left) };
        let fate = fate.unwrap_or_else(|why| Fate::NotYet(why.to_string()));
        tracing::info!(kind = finding.remedy.name(), subject = finding.subject.name, ?fate, "the books differ");
        report.findings.push((finding, fate));
    }
    Ok(report)
}

async fn remedy(db: &Database, finding: &Finding) -> Result<Fate, NotDone> {
    let author = Author::system("reconcile");
    let finding = finding.clone();
    match finding.remedy.clone() {
        Remedy::Settle(session) => {
            db.run(move |conn| settle::settle_session(conn, &session, &author)).await?;
            Ok(Fate::Repaired)
        }
        Remedy::Note(attempt, word) => {
            db.run(move |conn| refund::note(conn, attempt, &word, &author)).await?;
            Ok(Fate::Repaired)
        }
        Remedy::Case(_) => match db.run(move |conn| reconcile::open_case(conn, &finding)).await? {
            Opened::Now => Ok(Fate::Case { new: true }),
            Opened::Before => Ok(Fate::Case { new: false }),
            Opened::SettledByStaff => Ok(Fate::Settled),
        },
    }
}

/// Closes the cases that were looked into and not found again.
async fn close(db: &Database, cases: &[OpenCase], found: &[Finding], ours: &Ours, theirs: &Theirs) -> Vec<OpenCase> {
    let mut closed = Vec::new();
    for case in cases.iter().filter(|case| looked_into(case, ours, theirs) && !is_found(case, found)) {
        let open = case.clone();
        match db.run(move |conn| reconcile::close_case(conn, &open)).await {
            Ok(true) => closed.push(case.clone()),
            Ok(false) => {}
            Err(why) => tracing::warn!(?why, subject = case.subject, "a case that came right is still open"),
        }
    }
    closed
}

fn is_found(case: &OpenCase, found: &[Finding]) -> bool {
    found.iter().any(|finding| finding.remedy == Remedy::Case(case.kind) && finding.subject.name == case.subject)
}

/// A case about what was not read this time stays as it is.
fn looked_into(case: &OpenCase, ours: &Ours, theirs: &Theirs) -> bool {
    match case.kind {
        Kind::StrayMoney => theirs.sessions.iter().any(|session| session.id == case.subject),
        Kind::StrayRefund => theirs.refunds.iter().any(|refund| refund.id == case.subject),
        // Without a payment it is about a booking's tickets, which are only read by their age.
        Kind::PaidWithoutSeat => case.payment.is_some(),
        _ => {
            ours.payments.iter().any(|payment| payment.id.to_string() == case.subject)
                || ours.refunds.iter().any(|here| here.refund.id.to_string() == case.subject)
        }
    }
}
