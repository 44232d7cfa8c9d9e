//! `/v1/checkout/sessions`

use super::error::ApiError;
use super::paging::{self, Created, Page};
use super::params::Params;
use super::{Call, create_session, expand, idempotency};
use crate::mock_gateway::checkout::{self, Expiry};
use crate::mock_gateway::database;
use crate::mock_gateway::schema::checkout_sessions;
use crate::mock_gateway::session::{self, Session, Status};
use crate::mock_gateway::wire::{Expand, SessionDetails};
use crate::mock_gateway::{Gateway, payment_intent};
use actix_web::{HttpRequest, HttpResponse, web};
use diesel::prelude::*;
use serde_json::Value;

type Answer = Result<HttpResponse, ApiError>;

/// `POST /v1/checkout/sessions`
pub async fn create(call: Call) -> Answer {
    let mut params = call.params()?;
    let expand = read_expand(&mut params, "")?;
    let gateway = call.gateway.clone();
    let check = move |now| create_session::read(params, now).map(|new| (new, now));
    let act = move |conn: &mut PgConnection, (new, now), _: &_| {
        let session = session::insert(conn, new, now)?;
        let details = SessionDetails::load(conn, session, now)?;
        Ok(show(&gateway, &details, expand))
    };
    idempotency::once(call, check, act).await
}

/// `GET /v1/checkout/sessions/{id}`
pub async fn retrieve(gateway: web::Data<Gateway>, id: web::Path<String>, request: HttpRequest) -> Answer {
    let mut params = Params::parse(request.query_string().as_bytes())?;
    let expand = read_expand(&mut params, "")?;
    params.finish()?;
    let shown = gateway.clone();
    let found = database::run(&gateway.pool, move |conn| {
        let Some(session) = session::find(conn, &id)? else { return Err(no_such_session(&id)) };
        let now = database::now(conn)?;
        Ok(show(&shown, &SessionDetails::load(conn, session, now)?, expand))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// `POST /v1/checkout/sessions/{id}/expire`
pub async fn expire(call: Call, id: web::Path<String>) -> Answer {
    let mut params = call.params()?;
    let expand = read_expand(&mut params, "")?;
    let gateway = call.gateway.clone();
    idempotency::once(
        call,
        move |_now| params.finish(),
        move |conn, (), origin| match checkout::expire(conn, &id, origin)? {
            Expiry::Expired(details) => Ok(show(&gateway, &details, expand)),
            Expiry::NotOpen(status) => Err(ApiError::bad_request(format!(
                "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status \
                 of `{}`.",
                status.as_str()
            ))),
            Expiry::NoSuchSession => Err(no_such_session(&id)),
        },
    )
    .await
}

/// What a list of sessions is narrowed to.
#[derive(Debug)]
struct Filter {
    payment_intent: Option<String>,
    status: Option<Status>,
    created: Created,
}

/// `GET /v1/checkout/sessions`
pub async fn list(gateway: web::Data<Gateway>, request: HttpRequest) -> Answer {
    let mut params = Params::parse(request.query_string().as_bytes())?;
    let page = Page::read(&mut params)?;
    let expand = read_expand(&mut params, "data.")?;
    let filter = Filter {
        payment_intent: params.text("payment_intent")?,
        status: read_status(&mut params)?,
        created: Created::read(&mut params)?,
    };
    params.finish()?;
    let shown = gateway.clone();
    let read = database::run(&gateway.pool, move |conn| {
        let now = database::now(conn)?;
        let (sessions, has_more) = page.cut(read_page(conn, &page, filter, now)?);
        let mut data = Vec::with_capacity(sessions.len());
        for session in sessions {
            data.push(show(&shown, &SessionDetails::load(conn, session, now)?, expand));
        }
        Ok::<_, ApiError>((data, has_more))
    });
    let (data, has_more) = read.await?;
    Ok(paging::answer("/v1/checkout/sessions", data, has_more))
}

fn read_page(
    conn: &mut PgConnection,
    page: &Page,
    filter: Filter,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<Session>, ApiError> {
    use checkout_sessions::{created_at, expires_at, sequence, status};
    let mut query = checkout_sessions::table.select(Session::as_select()).limit(page.rows_to_read()).into_boxed();
    query = match filter.status {
        None => query,
        Some(Status::Complete) => query.filter(status.eq("complete")),
        Some(Status::Open) => query.filter(status.eq("open").and(expires_at.gt(now))),
        Some(Status::Expired) => query.filter(status.eq("expired").or(status.eq("open").and(expires_at.le(now)))),
    };
    query = query.filter(created_at.ge(filter.created.from).and(created_at.lt(filter.created.to)));
    if let Some(intent_id) = filter.payment_intent {
        let intent = payment_intent::find(conn, &intent_id)?;
        let intent = intent.ok_or_else(|| ApiError::no_such("payment_intent", &intent_id, "payment_intent"))?;
        query = query.filter(checkout_sessions::id.eq(intent.checkout_session_id));
    }
    let range =
        page.range(conn, "checkout.session", |conn, id| Ok(session::find(conn, id)?.map(|it| it.sequence)))?;
    query = query.filter(sequence.gt(range.above).and(sequence.lt(range.below)));
    query = if range.oldest_first { query.order(sequence.asc()) } else { query.order(sequence.desc()) };
    Ok(query.load(conn)?)
}

fn read_status(params: &mut Params) -> Result<Option<Status>, ApiError> {
    let Some(word) = params.text("status")? else { return Ok(None) };
    let status = Status::parse(&word);
    status
        .map(Some)
        .ok_or_else(|| ApiError::invalid("status", "Invalid status: must be one of open, complete, expired"))
}

fn read_expand(params: &mut Params, prefix: &str) -> Result<Expand, ApiError> {
    expand::read(params, prefix, &["line_items", "payment_intent", "payment_intent.latest_charge"])
}

fn no_such_session(id: &str) -> ApiError {
    ApiError::no_such("checkout.session", id, "session")
}

fn show(gateway: &Gateway, details: &SessionDetails, expand: Expand) -> Value {
    details.to_json(Some(&gateway.page_url(&details.session.id)), expand)
}
