//! The page of a show: its seat map, the choice, and what came of an attempt to hold it.

mod map;

use super::app::State;
use super::error::PageError;
use super::extractors::ShowInPath;
use super::page::{Shell, ShowFacts};
use super::session::{Visitor, known_visitor};
use crate::booking::{booking, quote};
use crate::catalogue::price_list::{self, ZonePrice};
use crate::catalogue::show::{self, Sale, ShowDetails};
use crate::clock::{self, Instant};
use crate::db::Failure;
use crate::ids::{BookingId, FormKey, SeatId, ShowId, VisitorId};
use crate::money::Money;
use crate::sale::SalePolicy;
use crate::sale::hold::HoldRefusal;
use crate::seating::hall::Halls;
use crate::seating::seat_map::{self, SeatMap, View};
use actix_session::SessionExt;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
pub use map::{Audience, MapRow, ZoneWords, rows};
use serde::Deserialize;
use uuid::Uuid;

/// Everything about a show that one page shows, read in one go.
pub struct Snapshot {
    pub now: Instant,
    pub details: ShowDetails,
    pub prices: Vec<ZonePrice>,
    zones: Vec<ZoneWords>,
    pub map: SeatMap,
    /// References of the viewer's unpaid bookings of this show.
    pub own: Vec<String>,
}

/// Reads the show and its map as `viewer` sees them; none when there is no such show.
fn read(
    conn: &mut diesel::PgConnection,
    halls: &Halls,
    id: ShowId,
    viewer: Option<VisitorId>,
) -> Result<Option<Snapshot>, Failure> {
    let now = clock::now(conn)?;
    let Some(details) = show::details(conn, id)? else { return Ok(None) };
    let prices = price_list::of_show(conn, id)?;
    let own = match viewer {
        Some(viewer) => booking::open_of_visitor(conn, viewer, id, now)?,
        None => Vec::new(),
    };
    let own_ids: Vec<BookingId> = own.iter().map(|booking| booking.id).collect();
    let hall = halls.get(conn, details.show.layout_id)?;
    let map = seat_map::read(conn, id, hall, &own_ids, now)?;
    let zones = prices.iter().map(|price| ZoneWords::new(price, &details.show.currency)).collect();
    let own = own.into_iter().map(|booking| booking.reference).collect();
    Ok(Some(Snapshot { now, details, prices, zones, map, own }))
}

/// As [`read`], on a connection of the pool.
pub async fn snapshot(state: &State, id: ShowId, viewer: Option<VisitorId>) -> Result<Snapshot, PageError> {
    let halls = state.halls.clone();
    state.db.run(move |conn| read(conn, &halls, id, viewer)).await?.ok_or(PageError::NotFound)
}

impl Snapshot {
    fn sale(&self) -> Sale {
        show::sale(self.details.show.status, self.details.show.sale_ends_at, self.now)
    }

    fn is_available(&self, id: SeatId) -> bool {
        self.map.seats().any(|seat| seat.id() == id && seat.view == View::Available)
    }

    /// `G12, G13`
    pub fn labels(&self, ids: &[SeatId]) -> String {
        let labels: Vec<&str> =
            self.map.seats().filter(|seat| ids.contains(&seat.id())).map(|seat| seat.label).collect();
        labels.join(", ")
    }

    fn zone(&self, code: &str) -> Option<&ZoneWords> {
        self.zones.iter().find(|zone| zone.code == code)
    }
}

/// The seats chosen so far and what they cost.
pub struct Choice {
    pub labels: String,
    pub count: usize,
    pub max: usize,
    pub seats: Money,
    pub fee: Money,
    pub total: Money,
}

impl Choice {
    fn new(snapshot: &Snapshot, chosen: &[SeatId], policy: &SalePolicy) -> Self {
        let currency = &snapshot.details.show.currency;
        let price =
            |zone: &str| snapshot.prices.iter().find(|price| price.code == zone).map_or(0, |price| price.adult);
        let seats: Vec<_> = snapshot.map.seats().filter(|seat| chosen.contains(&seat.id())).collect();
        let count = seats.len() as i64;
        let sum: i64 = seats.iter().map(|seat| price(&seat.place.zone)).sum();
        let fee = policy.fee.per_ticket + quote::fee_tax(policy.fee.per_ticket, snapshot.now);
        Self {
            labels: snapshot.labels(chosen),
            count: seats.len(),
            max: policy.max_seats,
            seats: Money::new(sum, currency),
            fee: Money::new(fee * count, currency),
            total: Money::new(sum + fee * count, currency),
        }
    }

    pub fn is_too_many(&self) -> bool {
        self.count > self.max
    }
}

/// The summary, and which of the seats have gone. A block that stands inside an `if` is empty as a fragment, so it is a
/// file of its own.
#[derive(Template)]
#[template(path = "shows/_new_choice.html")]
struct NewChoice {
    choice: Choice,
    lost: String,
}

/// The page, or its map as a fragment.
#[derive(Template)]
#[template(path = "shows/show.html", blocks = ["seats"])]
pub struct ShowPage<'a> {
    shell: Shell,
    id: ShowId,
    facts: ShowFacts,
    rows: Vec<MapRow<'a>>,
    open: bool,
    sale: Sale,
    choice: Choice,
    /// What went wrong, and what to do.
    notice: Option<Notice>,
    own: &'a [String],
    form_key: Uuid,
    token: String,
    tag: String,
    /// Set in a refresh that found chosen seats gone.
    lost: String,
}

#[derive(Clone, Debug, Default)]
pub struct Notice {
    pub title: String,
    pub text: String,
    /// The booking to go on with, when there is one.
    pub reference: Option<String>,
}

impl<'a> ShowPage<'a> {
    fn new(snapshot: &'a Snapshot, chosen: &[SeatId], policy: &SalePolicy) -> Self {
        let kept: Vec<SeatId> = chosen.iter().copied().filter(|id| snapshot.is_available(*id)).collect();
        let gone: Vec<SeatId> = chosen.iter().copied().filter(|id| !kept.contains(id)).collect();
        let sale = snapshot.sale();
        Self {
            shell: Shell { city: Some(snapshot.details.cinema.city.clone()) },
            id: snapshot.details.show.id,
            facts: ShowFacts::new(&snapshot.details),
            open: sale == Sale::Open,
            sale,
            choice: Choice::new(snapshot, &kept, policy),
            rows: rows(snapshot, &kept, Audience::Customer { open: sale == Sale::Open }),
            notice: None,
            lost: snapshot.labels(&gone),
            form_key: Uuid::new_v4(),
            token: String::new(),
            tag: format!("{}-{sale:?}", snapshot.map.tag),
            own: &snapshot.own,
        }
    }

    fn respond(self, status: StatusCode) -> Result<HttpResponse, PageError> {
        Ok(HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            // The form's key is for one use: coming back must fetch a new one.
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(self.render().map_err(PageError::internal)?))
    }
}

/// `GET /shows/{show}`
pub async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    ShowInPath(id): ShowInPath,
    visitor: Visitor,
) -> Result<HttpResponse, PageError> {
    let chosen = chosen(&request);
    let snapshot = snapshot(&state, id, Some(visitor.id)).await?;
    let mut page = ShowPage::new(&snapshot, &chosen, &state.policy);
    page.lost.clear(); // only a page that had the seats can lose them
    page.token = state.links.form_token(&request.get_session());
    page.respond(StatusCode::OK)
}

/// `GET /shows/{show}/seats`: the map as it is now, for a page that has one already. 304 while the tag is the same.
pub async fn seats(
    state: web::Data<State>,
    request: HttpRequest,
    ShowInPath(id): ShowInPath,
) -> Result<HttpResponse, PageError> {
    let (chosen, viewer) = (chosen(&request), known_visitor(&request));
    let snapshot = snapshot(&state, id, viewer).await?;
    // The end of the sale is no change of any seat, and changes what the map offers.
    let tag = format!("{}-{:?}", snapshot.map.tag, snapshot.sale());
    let page = ShowPage::new(&snapshot, &chosen, &state.policy);
    map_fragment(&request, &tag, page.as_seats().render().map_err(PageError::internal)?)
}

/// A map for a page that has one already, or 304 when that one is still true.
pub fn map_fragment(request: &HttpRequest, tag: &str, html: String) -> Result<HttpResponse, PageError> {
    const TAG: &str = "HX-PTag";
    let known = request.headers().get(TAG).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = HttpResponse::build(if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response.insert_header((header::CACHE_CONTROL, "no-store")).insert_header((TAG, tag));
    if known {
        return Ok(response.finish());
    }
    Ok(response.content_type("text/html; charset=utf-8").body(html))
}

/// `GET /shows/{show}/choice`: the seats chosen so far with their price.
pub async fn choice(
    state: web::Data<State>,
    request: HttpRequest,
    ShowInPath(id): ShowInPath,
) -> Result<HttpResponse, PageError> {
    let (chosen, viewer) = (chosen(&request), known_visitor(&request));
    let snapshot = snapshot(&state, id, viewer).await?;
    let page = ShowPage::new(&snapshot, &chosen, &state.policy);
    let html = NewChoice { choice: page.choice, lost: page.lost }.render().map_err(PageError::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html))
}

#[derive(Default, Deserialize)]
struct Chosen {
    #[serde(default)]
    seat: Vec<String>,
}

/// The seats named in the query, as far as they are numbers.
pub fn chosen(request: &HttpRequest) -> Vec<SeatId> {
    let chosen: Chosen = serde_html_form::from_str(request.query_string()).unwrap_or_default();
    chosen.seat.iter().filter_map(|text| text.parse().ok()).map(SeatId).collect()
}

/// The page again after a refused hold: what is wrong, the seats lost by name, the rest still chosen.
pub async fn refused(
    state: &State,
    request: &HttpRequest,
    visitor: Visitor,
    id: ShowId,
    chosen: Vec<SeatId>,
    form: FormKey,
    refusal: HoldRefusal,
) -> Result<HttpResponse, PageError> {
    let snapshot = snapshot(state, id, Some(visitor.id)).await?;
    let (status, notice) = explain(&refusal, &snapshot, &chosen);
    let mut page = ShowPage::new(&snapshot, &chosen, &state.policy);
    page.lost.clear(); // the notice names them
    page.notice = Some(notice);
    page.token = state.links.form_token(&request.get_session());
    // A refusal does not use the key up, except when a booking has it already.
    if !matches!(refusal, HoldRefusal::FormUsed { .. }) {
        page.form_key = form.0;
    }
    page.respond(status)
}

fn explain(refusal: &HoldRefusal, snapshot: &Snapshot, chosen: &[SeatId]) -> (StatusCode, Notice) {
    let notice = |title: &str, text: String| Notice { title: title.to_owned(), text, reference: None };
    match refusal {
        HoldRefusal::NoSeats => (
            StatusCode::UNPROCESSABLE_ENTITY,
            notice("No seats chosen", "Choose at least one seat on the map, then hold it.".to_owned()),
        ),
        HoldRefusal::TooManySeats { max } => (
            StatusCode::UNPROCESSABLE_ENTITY,
            notice(
                "Too many seats",
                format!("One booking has at most {max} seats. Take some away, or make two bookings."),
            ),
        ),
        HoldRefusal::Repeated | HoldRefusal::UnknownSeat => (
            StatusCode::UNPROCESSABLE_ENTITY,
            notice(
                "Those seats do not fit this show",
                "A seat was named twice, or is not in this hall. Nothing was held. Please choose on the map."
                    .to_owned(),
            ),
        ),
        HoldRefusal::UnknownShow => (StatusCode::NOT_FOUND, notice("No such show", String::new())),
        HoldRefusal::SaleEnded => (
            StatusCode::GONE,
            notice("Online sale has ended", "Seats may still be had at the cinema's counter.".to_owned()),
        ),
        HoldRefusal::ShowCancelled => {
            (StatusCode::GONE, notice("This show was cancelled", "Please choose another show.".to_owned()))
        }
        HoldRefusal::Lost(lost) => {
            let labels = snapshot.labels(lost);
            let text = if chosen.iter().any(|id| snapshot.is_available(*id)) {
                "Somebody was a moment faster. Nothing was held; the rest of your choice is still marked."
            } else {
                "Somebody was a moment faster. Nothing was held; please choose other seats."
            };
            (StatusCode::CONFLICT, notice(&format!("{labels} just went"), text.to_owned()))
        }
        HoldRefusal::FormUsed { reference } => (
            StatusCode::CONFLICT,
            Notice {
                title: "You have a booking from this page".to_owned(),
                text:
                    "This form had made a booking of other seats already. Go on with that one, or choose again here."
                        .to_owned(),
                reference: Some(reference.clone()),
            },
        ),
    }
}
