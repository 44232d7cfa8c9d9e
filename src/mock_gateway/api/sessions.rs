//! `/v1/checkout/sessions`

use super::error::ApiError;
use super::paging::{self, Created, Page, read_rows};
use super::params::Params;
use super::{Answer, Call, create_session, expand, idempotency};
use crate::mock_gateway::checkout::{self, Expiry};
use crate::mock_gateway::database;
use crate::mock_gateway::schema::checkout_sessions;
use crate::mock_gateway::session::{self, Session, Status};
use crate::mock_gateway::wire::{Expand, SessionDetails};
use crate::mock_gateway::{Gateway, payment_intent};
use actix_web::{HttpRequest, HttpResponse, web};
use diesel::prelude::*;
use serde_json::Value;

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
    // Each is shown as it was when it was looked for.
    let read = move |conn: &mut _, page: &_| {
        let now = database::now(conn)?;
        Ok(read_page(conn, page, filter, now)?.into_iter().map(|session| (session, now)).collect())
    };
    let show =
        move |conn: &mut _, (session, now)| Ok(show(&shown, &SessionDetails::load(conn, session, now)?, expand));
    paging::answer(&gateway, "/v1/checkout/sessions", page, read, show).await
}

fn read_page(
    conn: &mut PgConnection,
    page: &Page,
    filter: Filter,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<Session>, ApiError> {
    use checkout_sessions::{created_at, expires_at, status};
    let mut query = checkout_sessions::table.select(Session::as_select()).into_boxed();
    query = match filter.status {
        None => query,
        Some(Status::Complete) => query.filter(status.eq(Status::Complete)),
        Some(Status::Open) => query.filter(status.eq(Status::Open).and(expires_at.gt(now))),
        Some(Status::Expired) => {
            query.filter(status.eq(Status::Expired).or(status.eq(Status::Open).and(expires_at.le(now))))
        }
    };
    query = query.filter(created_at.ge(filter.created.from).and(created_at.lt(filter.created.to)));
    if let Some(intent_id) = filter.payment_intent {
        let intent = payment_intent::find(conn, &intent_id)?;
        let intent = intent.ok_or_else(|| ApiError::no_such("payment_intent", &intent_id, "payment_intent"))?;
        query = query.filter(checkout_sessions::id.eq(intent.checkout_session_id));
    }
    read_rows!(conn, page, query, checkout_sessions::sequence, "checkout.session", session::find)
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
