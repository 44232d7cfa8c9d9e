//! The gateway's events: what it told, when, and what it came to.

use super::{Desk, page};
use crate::db::Failure;
use crate::errands::{NotDone, inbox as errand};
use crate::ids::PaymentId;
use crate::payment::event::{self, Event, Wanted};
use crate::payment::inbox::{self, Effect};
use crate::web::app;
use crate::web::error::PageError;
use crate::web::extractors::{Form, Query};
use crate::web::page::{INDIA, to_the_second};
use crate::web::session::Staff;
use crate::web::shows::Notice;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Events on one page.
const MOST: usize = 50;
/// Characters of an event's id or kind, at most.
const LONGEST: usize = 255;
/// In the list of states: stored and not done.
const WAITING: &str = "waiting";

/// The filter, as it stands in the address.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    state: String,
    kind: String,
    payment: String,
    before: String,
}

impl Asked {
    /// None when nothing can fit.
    fn wanted(&self) -> Option<Wanted> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        if [&self.kind, &self.before].iter().any(|text| !is_storable(text)) {
            return None;
        }
        let state = match self.state.trim() {
            "" => None,
            WAITING => Some(event::State::Waiting),
            effect => Some(event::State::Done(Effect::parse(effect)?)),
        };
        let payment = match given(&self.payment) {
            Some(text) => Some(PaymentId(Uuid::parse_str(&text).ok()?)),
            None => None,
        };
        Some(Wanted { state, kind: given(&self.kind), payment, before: given(&self.before) })
    }

    /// The address of the page that follows this event.
    fn after(&self, event: &Event) -> String {
        let next = Self { before: event.id.clone(), ..self.clone() };
        format!("/admin/events?{}", serde_html_form::to_string(next).unwrap_or_default())
    }
}

/// PostgreSQL can neither store a NUL nor be asked for one.
fn is_storable(text: &str) -> bool {
    text.chars().count() <= LONGEST && !text.chars().any(char::is_control)
}

#[derive(Template)]
#[template(path = "admin/events.html")]
struct EventsPage {
    desk: Desk,
    asked: Asked,
    /// Values and words of the list of states.
    states: Vec<(&'static str, &'static str)>,
    events: Vec<EventLine>,
    /// Where the older ones are.
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/event.html")]
struct EventPage {
    desk: Desk,
    event: EventLine,
    body: String,
    notice: Option<Notice>,
}

/// An event in words, in a list and on its own page.
pub struct EventLine {
    pub id: String,
    /// Of its own page.
    pub url: String,
    pub kind: String,
    pub effect: &'static str,
    /// Of the badge.
    pub tone: &'static str,
    pub received: String,
    pub done: Option<String>,
    pub payment: Option<String>,
}

/// Events in words, with times of a zone (IANA name).
pub fn lines(events: &[Event], zone: &str) -> Vec<EventLine> {
    let written = |at| to_the_second(at, zone);
    events
        .iter()
        .map(|event| {
            let (effect, tone) = effect_words(event.effect);
            EventLine {
                url: url(&event.id),
                id: event.id.clone(),
                kind: event.kind.clone(),
                effect,
                tone,
                received: written(event.received_at),
                done: event.processed_at.map(written),
                payment: event.payment_id.map(|id| id.to_string()),
            }
        })
        .collect()
}

fn effect_words(effect: Option<Effect>) -> (&'static str, &'static str) {
    match effect {
        None => ("Not done", "warn"),
        Some(Effect::Applied) => ("Applied", "good"),
        Some(Effect::Repeated) => ("Known before", ""),
        Some(Effect::Ignored) => ("Not ours", ""),
        Some(Effect::Unreadable) => ("Unreadable, gateway asked", "warn"),
    }
}

fn url(id: &str) -> String {
    format!("/admin/events/{}", utf8_percent_encode(id, &ESCAPED))
}

const ESCAPED: percent_encoding::AsciiSet = NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.');

/// `GET /admin/events`
pub async fn index(
    state: web::Data<app::State>,
    request: HttpRequest,
    staff: Staff,
    Query(asked): Query<Asked>,
) -> Result<HttpResponse, PageError> {
    let mut events = match asked.wanted() {
        // One more than is shown tells whether there are older ones.
        Some(wanted) => {
            state.db.run(move |conn| Ok::<_, Failure>(event::newest(conn, &wanted, MOST as i64 + 1)?)).await?
        }
        None => Vec::new(),
    };
    let more = events.len() > MOST;
    events.truncate(MOST);
    let states = [None].into_iter().chain(Effect::ALL.iter().copied().map(Some));
    let value = |effect: Option<Effect>| effect.map_or(WAITING, Effect::as_str);
    let body = EventsPage {
        desk: Desk::new(&state, &request, staff),
        states: states.map(|effect| (value(effect), effect_words(effect).0)).collect(),
        older: events.last().filter(|_| more).map(|last| asked.after(last)),
        events: lines(&events, INDIA),
        asked,
    };
    page(StatusCode::OK, &body)
}

/// `GET /admin/events/{event}`
pub async fn show(
    state: web::Data<app::State>,
    request: HttpRequest,
    staff: Staff,
    wanted: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let (event, body) = read(&state, &wanted).await?;
    page(StatusCode::OK, &EventPage { desk: Desk::new(&state, &request, staff), event, body, notice: None })
}

/// `POST /admin/events/{event}/processings`: does what the gateway's next delivery would do, and says what it came to.
pub async fn process(
    state: web::Data<app::State>,
    request: HttpRequest,
    staff: Staff,
    wanted: web::Path<String>,
    Form(_): Form<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let (before, _) = read(&state, &wanted).await?;
    let (status, title, text) = match errand::process_again(&state.db, &state.gateway, staff.request, before.id).await
    {
        Ok(Effect::Repeated) if before.done.is_some() => (
            StatusCode::OK,
            "This event was done before",
            format!("It came to: {}. Nothing was changed.", before.effect),
        ),
        Ok(effect) => (StatusCode::OK, "Processed", format!("It came to: {}.", effect_words(Some(effect)).0)),
        Err(NotDone::Database(failure)) => return Err(failure.into()),
        Err(NotDone::Gateway(why)) => {
            tracing::warn!(%why, event = %wanted, "an event could not be processed by hand");
            let text = "The gateway had to be asked, and gave no answer. Nothing was changed: try again later.";
            (StatusCode::SERVICE_UNAVAILABLE, "Still not done", text.to_owned())
        }
    };
    let (event, body) = read(&state, &wanted).await?;
    let notice = Some(Notice { title: title.to_owned(), text, reference: None });
    page(status, &EventPage { desk: Desk::new(&state, &request, staff), event, body, notice })
}

/// The event with its body, indented for reading; as it came, where it is no JSON.
async fn read(state: &app::State, id: &str) -> Result<(EventLine, String), PageError> {
    if !is_storable(id) {
        return Err(PageError::NotFound);
    }
    let id = id.to_owned();
    let found = state
        .db
        .run(move |conn| -> Result<_, Failure> { Ok(event::find(conn, &id)?.zip(inbox::find(conn, &id)?)) })
        .await?;
    let (event, stored) = found.ok_or(PageError::NotFound)?;
    let line = lines(&[event], INDIA).pop().ok_or(PageError::NotFound)?;
    let parsed: Option<serde_json::Value> = serde_json::from_str(&stored.body).ok();
    let pretty = parsed.and_then(|body| serde_json::to_string_pretty(&body).ok());
    Ok((line, pretty.unwrap_or(stored.body)))
}
