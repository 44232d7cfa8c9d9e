//! The cases: money that arrived and could not buy its seats, waiting for a person.

use super::{Desk, page};
use crate::clock::{self, Instant};
use crate::db::Failure;
use crate::history::timeline::words;
use crate::money::Money;
use crate::payment::case::{self, OpenCase};
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::page::contact;
use crate::web::session::Staff;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

/// More at once would help nobody.
const MOST: i64 = 200;

#[derive(Template)]
#[template(path = "admin/cases.html")]
struct CasesPage {
    desk: Desk,
    cases: Vec<CaseLine>,
}

struct CaseLine {
    reference: String,
    what: String,
    amount: String,
    customer: String,
    age: String,
    payment: String,
}

/// `GET /admin/cases`
pub async fn index(state: web::Data<State>, request: HttpRequest, staff: Staff) -> Result<HttpResponse, PageError> {
    let (now, cases) =
        state.db.run(|conn| -> Result<_, Failure> { Ok((clock::now(conn)?, case::waiting(conn, MOST)?)) }).await?;
    let body = CasesPage {
        desk: Desk::new(&state, &request, staff),
        cases: cases.iter().map(|case| line(case, now)).collect(),
    };
    page(StatusCode::OK, &body)
}

fn line(case: &OpenCase, now: Instant) -> CaseLine {
    CaseLine {
        reference: case.reference.clone().unwrap_or_default(),
        what: sentence(words::case(case.kind)),
        amount: case
            .captured
            .map(|minor| Money::new(minor, case.currency.clone().unwrap_or_default()).to_string())
            .unwrap_or_default(),
        customer: contact([&case.contact_name, &case.contact_email]),
        age: age(case.opened_at, now),
        payment: case.payment.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// With its first letter in upper case.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
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
