//! Why a seat of a show is as it is: who had it when.

use super::{Desk, page};
use crate::catalogue::show::{self, ShowDetails};
use crate::clock;
use crate::db::{Failure, snapshot};
use crate::history::timeline::load::{SeatStory, of_seat};
use crate::history::timeline::{Audience, Subject};
use crate::ids::{SeatId, ShowId};
use crate::seating::hall::{Hall, Halls, Place};
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::extractors::ShowInPath;
use crate::web::page::ShowFacts;
use crate::web::session::Staff;
use crate::web::timeline::{self, Band, MomentView};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

#[derive(Template)]
#[template(path = "admin/seat.html")]
struct SeatPage {
    desk: Desk,
    show: ShowId,
    facts: ShowFacts,
    label: String,
    zone: String,
    band: Band,
    shortened: bool,
    moments: Vec<MomentView>,
}

struct Rows {
    details: ShowDetails,
    place: Place,
    told: SeatStory,
}

/// By its name, in whichever case, or by its number in the database.
fn place<'a>(hall: &'a Hall, wanted: &str) -> Option<&'a Place> {
    let id = wanted.parse().ok().map(SeatId);
    let mut named = hall.places.iter().zip(&hall.labels);
    named.find(|(place, label)| label.eq_ignore_ascii_case(wanted) || Some(place.seat_id) == id).map(|found| found.0)
}

fn read(conn: &mut diesel::PgConnection, halls: &Halls, show: ShowId, wanted: &str) -> Result<Option<Rows>, Failure> {
    snapshot(conn, |conn| {
        let now = clock::now(conn)?;
        let Some(details) = show::details(conn, show)? else { return Ok(None) };
        let hall = halls.get(conn, details.show.layout_id)?;
        let Some(place) = place(&hall, wanted).cloned() else { return Ok(None) };
        let told = of_seat(conn, show, place.seat_id, &hall, now)?;
        Ok(Some(Rows { details, place, told }))
    })
}

/// `GET /admin/shows/{show}/seats/{seat}`
pub async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    ShowInPath(show): ShowInPath,
    staff: Staff,
) -> Result<HttpResponse, PageError> {
    let wanted = request.match_info().get("seat").unwrap_or_default().to_owned();
    let halls = state.halls.clone();
    let rows = state.db.run(move |conn| read(conn, &halls, show, &wanted)).await?.ok_or(PageError::NotFound)?;
    let Rows { details, place, told } = rows;
    let zone = details.cinema.time_zone.as_str();
    let body = SeatPage {
        desk: Desk::new(&state, &request, staff),
        show,
        facts: ShowFacts::new(&details),
        label: place.label(),
        zone: place.zone_name.clone(),
        band: Band::new(&told.band, &told.story.names, zone),
        shortened: told.shortened,
        moments: timeline::view(&told.story, Subject::Seat(place.seat_id), zone, Audience::Staff),
    };
    page(StatusCode::OK, &body)
}
