//! The audit: the counts that must be zero, and the rows where one is not.

use super::{Desk, page};
use crate::db::Failure;
use crate::history::audit::{Finding, NAMED, Report, audit};
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::page::{INDIA, local};
use crate::web::session::Staff;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use std::time::Duration;

/// A person waits for the page, and a connection of the sale is taken meanwhile: a larger database is audited by command.
const LIMIT: Duration = Duration::from_secs(15);

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    desk: Desk,
    outcome: Outcome,
}

enum Outcome {
    Done(Counts),
    /// Somebody else's is not done yet.
    Running,
    /// The time was not enough, or the database too busy.
    Unfinished,
}

struct Counts {
    /// `22 November 2026, 7:31:05 pm`
    as_of: String,
    /// `0.4 s`
    took: String,
    /// Rows that break an invariant, in all.
    broken: i64,
    findings: Vec<Finding>,
}

impl Counts {
    fn new(mut report: Report) -> Self {
        // What is wrong comes first: the list is longer than a screen.
        report.findings.sort_by_key(|finding| finding.count == 0);
        let as_of = local(report.as_of, INDIA);
        Self {
            as_of: as_of.format("%-d %B %Y, %-I:%M:%S %P").to_string(),
            took: format!("{:.1} s", report.took.as_secs_f64()),
            broken: report.broken(),
            findings: report.findings,
        }
    }
}

/// `GET /admin/audit`
pub async fn show(state: web::Data<State>, request: HttpRequest, staff: Staff) -> Result<HttpResponse, PageError> {
    let outcome = run(&state).await?;
    let status = match outcome {
        Outcome::Done(_) => StatusCode::OK,
        Outcome::Running | Outcome::Unfinished => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = AuditPage { desk: Desk::new(&state, &request, staff), outcome };
    page(status, &body)
}

async fn run(state: &State) -> Result<Outcome, PageError> {
    let Ok(turn) = state.audit_turn.clone().try_acquire_owned() else { return Ok(Outcome::Running) };
    let ran = state
        .db
        .run_within(LIMIT + Duration::from_secs(1), move |conn| {
            // Kept by the work itself: whoever closes the page does not end the audit.
            let _turn = &turn;
            audit(conn, LIMIT)
        })
        .await;
    match ran {
        Ok(report) => Ok(Outcome::Done(Counts::new(report))),
        Err(Failure::Busy(why)) => {
            tracing::warn!(why, "an audit was not finished");
            Ok(Outcome::Unfinished)
        }
        Err(failure) => Err(failure.into()),
    }
}
