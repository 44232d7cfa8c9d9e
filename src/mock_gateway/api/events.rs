//! `/v1/events`

use super::Answer;
use super::error::ApiError;
use super::paging::{self, Created, Page, read_rows};
use super::params::Params;
use crate::mock_gateway::event::{self, Event, Kind};
use crate::mock_gateway::schema::{deliveries, events};
use crate::mock_gateway::{Gateway, database, wire};
use actix_web::{HttpRequest, HttpResponse, web};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use serde_json::Value;

/// `GET /v1/events/{id}`
pub async fn retrieve(gateway: web::Data<Gateway>, id: web::Path<String>, request: HttpRequest) -> Answer {
    Params::parse(request.query_string().as_bytes())?.finish()?;
    let found = database::run(&gateway.pool, move |conn| {
        let event = event::find(conn, &id)?.ok_or_else(|| ApiError::no_such("event", &id, "id"))?;
        Ok::<_, ApiError>(show(conn, event)?)
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// What a list of events is narrowed to.
#[derive(Debug)]
struct Filter {
    kinds: Option<Vec<&'static str>>,
    created: Created,
    /// True: every endpoint has taken it; false: some endpoint has not.
    delivered: Option<bool>,
}

/// `GET /v1/events`
pub async fn list(gateway: web::Data<Gateway>, request: HttpRequest) -> Answer {
    let mut params = Params::parse(request.query_string().as_bytes())?;
    let page = Page::read(&mut params)?;
    let filter = Filter {
        kinds: read_kinds(&mut params)?,
        created: Created::read(&mut params)?,
        delivered: read_delivered(&mut params)?,
    };
    params.finish()?;
    let read = move |conn: &mut _, page: &_| read_page(conn, page, filter);
    paging::answer(&gateway, "/v1/events", page, read, show).await
}

fn read_page(conn: &mut PgConnection, page: &Page, filter: Filter) -> Result<Vec<Event>, ApiError> {
    let mut query = events::table.select(Event::as_select()).into_boxed();
    if let Some(kinds) = filter.kinds {
        query = query.filter(events::kind.eq_any(kinds));
    }
    query = query.filter(events::created_at.ge(filter.created.from).and(events::created_at.lt(filter.created.to)));
    let undelivered =
        exists(deliveries::table.filter(deliveries::event_id.eq(events::id).and(deliveries::delivered_at.is_null())));
    query = match filter.delivered {
        None => query,
        Some(true) => query.filter(not(undelivered)),
        Some(false) => query.filter(undelivered),
    };
    read_rows!(conn, page, query, events::sequence, "event", event::find)
}

fn show(conn: &mut PgConnection, event: Event) -> QueryResult<Value> {
    Ok(wire::event(&event, event::pending_webhooks(conn, &event.id)?))
}

/// `type` and `types[]`, where `charge.*` stands for all kinds that begin so. None when neither is given.
fn read_kinds(params: &mut Params) -> Result<Option<Vec<&'static str>>, ApiError> {
    let mut patterns = params.texts("types")?;
    patterns.extend(params.text("type")?);
    let matches = |pattern: &String, kind: &str| match pattern.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => kind == pattern,
    };
    let kinds = Kind::ALL.iter().map(|kind| kind.as_str());
    let named = kinds.filter(|kind| patterns.iter().any(|pattern| matches(pattern, kind))).collect();
    Ok((!patterns.is_empty()).then_some(named))
}

fn read_delivered(params: &mut Params) -> Result<Option<bool>, ApiError> {
    match params.text("delivery_success")?.as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(ApiError::invalid("delivery_success", "Invalid boolean: must be true or false")),
    }
}
