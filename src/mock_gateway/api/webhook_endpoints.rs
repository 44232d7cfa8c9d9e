//! `/v1/webhook_endpoints`

use super::error::ApiError;
use super::paging::{self, Page, read_rows};
use super::params::Params;
use super::{Answer, Call, idempotency, metadata};
use crate::mock_gateway::schema::webhook_endpoints;
use crate::mock_gateway::webhook::endpoint::{self, Endpoint, NewEndpoint, is_event_kind};
use crate::mock_gateway::{Gateway, database, wire};
use actix_web::{HttpRequest, HttpResponse, web};
use diesel::prelude::*;
use url::Url;

/// `POST /v1/webhook_endpoints`
pub async fn create(call: Call) -> Answer {
    let params = call.params()?;
    idempotency::once(
        call,
        move |now| read(params).map(|new| (new, now)),
        |conn, (new, now), _| {
            let endpoint = endpoint::insert(conn, new, now)?;
            let mut object = wire::webhook_endpoint(&endpoint);
            object["secret"] = endpoint.secret.into();
            Ok(object)
        },
    )
    .await
}

/// `GET /v1/webhook_endpoints/{id}`
pub async fn retrieve(gateway: web::Data<Gateway>, id: web::Path<String>, request: HttpRequest) -> Answer {
    Params::parse(request.query_string().as_bytes())?.finish()?;
    let found = database::run(&gateway.pool, move |conn| {
        let endpoint = endpoint::find(conn, &id)?;
        endpoint.ok_or_else(|| ApiError::no_such("webhook endpoint", &id, "webhook_endpoint"))
    });
    Ok(HttpResponse::Ok().json(wire::webhook_endpoint(&found.await?)))
}

/// `GET /v1/webhook_endpoints`
pub async fn list(gateway: web::Data<Gateway>, request: HttpRequest) -> Answer {
    let mut params = Params::parse(request.query_string().as_bytes())?;
    let page = Page::read(&mut params)?;
    params.finish()?;
    let show = |_: &mut _, endpoint| Ok(wire::webhook_endpoint(&endpoint));
    paging::answer(&gateway, "/v1/webhook_endpoints", page, read_page, show).await
}

fn read_page(conn: &mut PgConnection, page: &Page) -> Result<Vec<Endpoint>, ApiError> {
    let query = webhook_endpoints::table.select(Endpoint::as_select()).into_boxed();
    read_rows!(conn, page, query, webhook_endpoints::sequence, "webhook endpoint", endpoint::find)
}

fn read(mut params: Params) -> Result<NewEndpoint, ApiError> {
    let url = read_url(&mut params)?;
    let enabled_events = params.texts("enabled_events")?;
    if enabled_events.is_empty() {
        return Err(ApiError::missing("enabled_events"));
    }
    // Stripe has hundreds of kinds; those that never happen here do no harm, but a slip of the pen should be told.
    if let Some(odd) = enabled_events.iter().find(|kind| !is_event_kind(kind)) {
        let shown: String = odd.chars().take(60).collect();
        return Err(ApiError::invalid("enabled_events", format!("Invalid event type: {shown}")));
    }
    let description = params.short_text("description", 5000)?;
    let new = NewEndpoint { url, enabled_events, description, metadata: metadata::read(&mut params)? };
    params.finish()?;
    Ok(new)
}

fn read_url(params: &mut Params) -> Result<String, ApiError> {
    let text = params.short_text("url", 5000)?.ok_or_else(|| ApiError::missing("url"))?;
    match Url::parse(&text) {
        Ok(url) if url.scheme() == "http" && url.has_host() => Ok(text),
        _ => Err(ApiError::invalid("url", "Invalid URL: this gateway sends events to http:// addresses only.")
            .code("url_invalid")),
    }
}
