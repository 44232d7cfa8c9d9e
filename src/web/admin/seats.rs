//! A show's live map for staff, where seats are kept from sale and given back, each with a reason.

use super::{Desk, page, see_other};
use crate::db::Stop;
use crate::ids::{SeatId, ShowId};
use crate::programme;
use crate::programme::block_seats::{BlockRefusal, block_seats, unblock_seats};
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::extractors::{Form, ShowInPath};
use crate::web::page::ShowFacts;
use crate::web::session::Staff;
use crate::web::shows::{self, Audience, MapRow, Notice, Snapshot};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "admin/seats.html", blocks = ["map"])]
struct SeatsPage<'a> {
    desk: Desk,
    id: ShowId,
    facts: ShowFacts,
    rows: Vec<MapRow<'a>>,
    tag: String,
    counts: Counts,
    notice: Option<Notice>,
    reason: String,
}

/// Seats by what they are now.
#[derive(Default)]
struct Counts {
    available: usize,
    locked: usize,
    booked: usize,
    blocked: usize,
}

impl<'a> SeatsPage<'a> {
    fn new(snapshot: &'a Snapshot, desk: Desk, chosen: &[SeatId]) -> Self {
        Self {
            desk,
            id: snapshot.details.show.id,
            facts: ShowFacts::new(&snapshot.details),
            rows: shows::rows(snapshot, chosen, Audience::Staff),
            tag: snapshot.map.tag.clone(),
            counts: count(snapshot),
            notice: None,
            reason: String::new(),
        }
    }
}

fn count(snapshot: &Snapshot) -> Counts {
    use crate::seating::seat_map::View;
    let mut counts = Counts::default();
    for seat in snapshot.map.seats() {
        match seat.view {
            View::Available => counts.available += 1,
            View::Locked | View::Yours => counts.locked += 1,
            View::Booked => counts.booked += 1,
            View::Blocked => counts.blocked += 1,
        }
    }
    counts
}

/// `GET /admin/shows/{show}`
pub async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    ShowInPath(id): ShowInPath,
    staff: Staff,
) -> Result<HttpResponse, PageError> {
    let snapshot = shows::snapshot(&state, id, None).await?;
    page(StatusCode::OK, &SeatsPage::new(&snapshot, Desk::new(&state, &request, staff), &[]))
}

/// `GET /admin/shows/{show}/seats`: the map as it is now; 304 while nothing changed.
pub async fn seats(
    state: web::Data<State>,
    request: HttpRequest,
    ShowInPath(id): ShowInPath,
    staff: Staff,
) -> Result<HttpResponse, PageError> {
    let chosen = shows::chosen(&request);
    let snapshot = shows::snapshot(&state, id, None).await?;
    let body = SeatsPage::new(&snapshot, Desk::new(&state, &request, staff), &chosen);
    shows::map_fragment(&request, &body.tag, body.as_map().render().map_err(PageError::internal)?)
}

#[derive(Deserialize)]
pub struct BlockForm {
    #[serde(default)]
    seat: Vec<String>,
    #[serde(default)]
    reason: String,
}

/// `POST /admin/shows/{show}/blocks`
pub async fn block(
    state: web::Data<State>,
    request: HttpRequest,
    ShowInPath(id): ShowInPath,
    staff: Staff,
    Form(form): Form<BlockForm>,
) -> Result<HttpResponse, PageError> {
    change(&state, &request, id, staff, form, block_seats).await
}

/// `POST /admin/shows/{show}/releases`
pub async fn release(
    state: web::Data<State>,
    request: HttpRequest,
    ShowInPath(id): ShowInPath,
    staff: Staff,
    Form(form): Form<BlockForm>,
) -> Result<HttpResponse, PageError> {
    change(&state, &request, id, staff, form, unblock_seats).await
}

type Verb =
    fn(&mut diesel::PgConnection, ShowId, &[SeatId], &str, &programme::Staff) -> Result<(), Stop<BlockRefusal>>;

async fn change(
    state: &State,
    request: &HttpRequest,
    id: ShowId,
    staff: Staff,
    form: BlockForm,
    verb: Verb,
) -> Result<HttpResponse, PageError> {
    let seats: Vec<SeatId> = form.seat.iter().filter_map(|text| text.parse().ok()).map(SeatId).collect();
    let unread = seats.len() < form.seat.len();
    let actor = programme::Staff { person: staff.person.id, request: staff.request };
    let (chosen, reason) = (seats.clone(), form.reason.clone());
    let done = if unread {
        Err(Stop::Refused(BlockRefusal::Unknown(Vec::new())))
    } else {
        state.db.run(move |conn| verb(conn, id, &seats, &reason, &actor)).await
    };
    match done {
        Ok(()) => Ok(see_other(&format!("/admin/shows/{id}"))),
        Err(Stop::Failed(failure)) => Err(failure.into()),
        Err(Stop::Refused(refusal)) => {
            let snapshot = shows::snapshot(state, id, None).await?;
            let mut body = SeatsPage::new(&snapshot, Desk::new(state, request, staff), &chosen);
            let (status, notice) = explain(&refusal, &snapshot);
            (body.notice, body.reason) = (Some(notice), form.reason);
            page(status, &body)
        }
    }
}

fn explain(refusal: &BlockRefusal, snapshot: &Snapshot) -> (StatusCode, Notice) {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let (status, title, text) = match refusal {
        BlockRefusal::NoSeats => (unprocessable, "No seats chosen".to_owned(), "Mark the seats on the map first."),
        BlockRefusal::EmptyReason => {
            (unprocessable, "Why?".to_owned(), "Give a reason: it stands in the staff log and is shown on the map.")
        }
        BlockRefusal::LongReason => (
            unprocessable,
            "A shorter reason, please".to_owned(),
            "It is read out with each seat of the map: 200 characters suffice. Nothing was changed.",
        ),
        BlockRefusal::Repeated(_) | BlockRefusal::Unknown(_) => (
            unprocessable,
            "Those seats do not fit this show".to_owned(),
            "A seat was named twice, or is not in this hall. Nothing was changed.",
        ),
        BlockRefusal::NotFree(seats) => (
            StatusCode::CONFLICT,
            format!("{} cannot be kept back", snapshot.labels(seats)),
            "Sold, being bought at this moment, or kept back already. Nothing was changed.",
        ),
        BlockRefusal::NotBlocked(seats) => (
            StatusCode::CONFLICT,
            format!("Not kept back: {}", snapshot.labels(seats)),
            "Only seats that staff keep back can be given to the sale. Nothing was changed.",
        ),
    };
    (status, Notice { title, text: text.to_owned(), reference: None })
}
