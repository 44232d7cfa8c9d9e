//! The cases: money that needs a person, what to do about it, and what was done.

use super::case_words::{action, advice, facts, title, who};
use super::{Desk, page, see_other};
use crate::accounts::{person, staff_log};
use crate::clock::{self, Instant};
use crate::db::{Failure, Stop};
use crate::ids::{CaseId, PersonId};
use crate::ledger::Actor;
use crate::payment::case::{self, Case};
use crate::sale::cases::{self, Action, CaseRefusal, MAX_REASON};
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::extractors::Form;
use crate::web::page::{INDIA, contact, to_the_second};
use crate::web::session::Staff;
use crate::web::shows::Notice;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::Duration;
use diesel::PgConnection;
use serde::Deserialize;
use std::collections::HashMap;

/// More at once would help nobody.
const MOST: i64 = 200;
/// How long closed cases stay on the page.
const REMEMBERED: Duration = Duration::days(7);

#[derive(Template)]
#[template(path = "admin/cases.html")]
struct CasesPage {
    desk: Desk,
    open: Vec<CaseView>,
    closed: Vec<CaseView>,
}

#[derive(Template)]
#[template(path = "admin/case.html")]
struct CasePage {
    desk: Desk,
    case: CaseView,
    notice: Option<Notice>,
}

struct CaseView {
    id: CaseId,
    what: &'static str,
    advice: &'static str,
    facts: Vec<(String, String)>,
    /// What it is about, by its name here or at the gateway.
    subject: String,
    reference: Option<String>,
    customer: String,
    payment: Option<String>,
    opened: String,
    age: String,
    closed: Option<ClosedView>,
    actions: Vec<(Action, &'static str)>,
    /// As it was sent, when it was refused.
    reason: String,
}

struct ClosedView {
    at: String,
    by: String,
    resolution: String,
}

/// `GET /admin/cases`
pub async fn index(state: web::Data<State>, request: HttpRequest, staff: Staff) -> Result<HttpResponse, PageError> {
    let (open, closed) = state
        .db
        .run(|conn| -> Result<_, Failure> {
            let now = clock::now(conn)?;
            let (open, closed) = (case::waiting(conn, MOST)?, case::closed_since(conn, now - REMEMBERED, MOST)?);
            Ok((views(conn, open, now)?, views(conn, closed, now)?))
        })
        .await?;
    page(StatusCode::OK, &CasesPage { desk: Desk::new(&state, &request, staff), open, closed })
}

/// `GET /admin/cases/{case}`
pub async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    staff: Staff,
    wanted: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let case = read(&state, id(&wanted)?).await?;
    page(StatusCode::OK, &CasePage { desk: Desk::new(&state, &request, staff), case, notice: None })
}

#[derive(Deserialize)]
pub struct ResolutionForm {
    #[serde(default)]
    action: String,
    #[serde(default)]
    reason: String,
}

/// `POST /admin/cases/{case}/resolution`
pub async fn resolve(
    state: web::Data<State>,
    request: HttpRequest,
    staff: Staff,
    wanted: web::Path<String>,
    Form(form): Form<ResolutionForm>,
) -> Result<HttpResponse, PageError> {
    let id = id(&wanted)?;
    let actor = staff_log::Staff { person: staff.person.id, request: staff.request };
    let reason = form.reason.clone();
    let done = match Action::parse(&form.action) {
        Some(action) => state.db.run(move |conn| cases::resolve(conn, id, action, &reason, &actor)).await,
        None => Err(Stop::Refused(CaseRefusal::WrongAction)),
    };
    match done {
        Ok(()) => Ok(see_other("/admin/cases")),
        Err(Stop::Failed(failure)) => Err(failure.into()),
        Err(Stop::Refused(refusal)) => {
            let case = CaseView { reason: form.reason, ..read(&state, id).await? };
            let (status, notice) = explain(&refusal, &case);
            page(status, &CasePage { desk: Desk::new(&state, &request, staff), case, notice: Some(notice) })
        }
    }
}

fn explain(refusal: &CaseRefusal, case: &CaseView) -> (StatusCode, Notice) {
    let (status, title, text) = match refusal {
        CaseRefusal::Unknown | CaseRefusal::WrongAction => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "That cannot be done about this case",
            "Use one of its own buttons. Nothing was changed.".to_owned(),
        ),
        CaseRefusal::EmptyReason => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "What was done, and why?",
            "Give a note: it stands in the staff log and beside the closed case.".to_owned(),
        ),
        CaseRefusal::LongReason => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "A shorter note, please",
            format!("{MAX_REASON} characters suffice. Nothing was changed."),
        ),
        CaseRefusal::Closed { resolution, .. } => {
            let by = case.closed.as_ref().map_or("somebody else", |closed| closed.by.as_str());
            (StatusCode::CONFLICT, "This case is closed", format!("{by} closed it before: {resolution}"))
        }
        CaseRefusal::Underway => (
            StatusCode::CONFLICT,
            "This refund does not wait for a person",
            "It is on its way, or has ended. Nothing was changed.".to_owned(),
        ),
    };
    (status, Notice { title: title.to_owned(), text, reference: None })
}

fn id(text: &str) -> Result<CaseId, PageError> {
    text.parse().ok().filter(|id| *id > 0).map(CaseId).ok_or(PageError::NotFound)
}

async fn read(state: &State, id: CaseId) -> Result<CaseView, PageError> {
    let found = state
        .db
        .run(move |conn| -> Result<_, Failure> {
            let now = clock::now(conn)?;
            let case = case::find(conn, id)?;
            Ok(views(conn, case.into_iter().collect(), now)?.pop())
        })
        .await?;
    found.ok_or(PageError::NotFound)
}

fn views(conn: &mut PgConnection, cases: Vec<Case>, now: Instant) -> Result<Vec<CaseView>, Failure> {
    let closers = cases.iter().filter_map(|case| match Actor::parse(case.closed_by.as_deref()?) {
        Some(Actor::Staff(id)) => Some(id),
        _ => None,
    });
    let closers: Vec<PersonId> = closers.collect();
    let names: HashMap<PersonId, String> = person::names(conn, &closers)?.into_iter().collect();
    Ok(cases.into_iter().map(|case| view(case, &names, now)).collect())
}

fn view(case: Case, names: &HashMap<PersonId, String>, now: Instant) -> CaseView {
    let closed = case.closed_at.zip(case.closed_by.as_deref()).map(|(at, by)| ClosedView {
        at: to_the_second(at, INDIA),
        by: who(by, names),
        resolution: case.resolution.clone().unwrap_or_default(),
    });
    CaseView {
        id: case.id,
        what: title(case.kind),
        advice: advice(case.kind),
        facts: facts(&case.detail),
        subject: case.subject,
        reference: case.reference,
        customer: contact([&case.contact_name, &case.contact_email, &case.contact_phone]),
        payment: case.payment.map(|id| id.to_string()),
        opened: to_the_second(case.opened_at, INDIA),
        age: age(case.opened_at, now),
        actions: match closed {
            Some(_) => Vec::new(),
            None => cases::actions(case.kind).iter().map(|act| (*act, action(case.kind, *act))).collect(),
        },
        closed,
        reason: String::new(),
    }
}

/// `3 h 12 min`
fn age(since: Instant, now: Instant) -> String {
    let minutes = (now - since).num_minutes().max(0);
    match (minutes / 1440, minutes / 60, minutes) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {} min", minutes % 60),
        (days, hours, _) => format!("{days} d {} h", hours % 24),
    }
}
