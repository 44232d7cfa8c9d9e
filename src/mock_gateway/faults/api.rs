//! `/api/faults`: the switches for tests, in JSON, under the merchant's secret key.

use super::Fault;
use super::setting::{Refusal, Wish};
use super::strikes::{self, Struck};
use super::switch::{self, Scope, Switch};
use crate::mock_gateway::api::error::ApiError;
use crate::mock_gateway::api::{Answer, Authorized};
use crate::mock_gateway::{Gateway, database};
use actix_web::error::InternalError;
use actix_web::{HttpRequest, HttpResponse, ResponseError, error, web};
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;

/// A wish has five numbers.
const LARGEST_BODY: usize = 4 * 1024;

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("/api/faults")
            .app_data(web::JsonConfig::default().limit(LARGEST_BODY).error_handler(|error, _| unreadable(error)))
            .app_data(web::QueryConfig::default().error_handler(|error, _| unreadable(error)))
            .service(web::resource("").get(list).delete(clear_all).default_service(web::to(unknown)))
            .service(web::resource("/{fault}").put(set).delete(clear).default_service(web::to(unknown)))
            .default_service(web::to(unknown)),
    );
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    /// `all` or a session's id.
    scope: Option<String>,
}

impl Whose {
    fn find(&self, conn: &mut PgConnection) -> Result<Option<Scope>, ApiError> {
        let Some(text) = &self.scope else { return Ok(None) };
        let found = Scope::find(conn, text)?;
        found.map(Some).ok_or_else(|| ApiError::no_such("checkout.session", text, "scope"))
    }
}

/// `GET /api/faults`: what is switched on and what it has struck, of a scope or all there is.
async fn list(_: Authorized, gateway: web::Data<Gateway>, whose: web::Query<Whose>) -> Answer {
    let read = database::run(&gateway.pool, move |conn| {
        let scope = whose.find(conn)?;
        Ok::<_, ApiError>((switch::list(conn, scope.as_ref())?, strikes::latest(conn, scope.as_ref())?))
    });
    let (switches, struck) = read.await?;
    let switches: Vec<_> = switches.iter().map(Switch::to_json).collect();
    let struck: Vec<_> = struck.iter().map(Struck::to_json).collect();
    Ok(HttpResponse::Ok().json(json!({"switches": switches, "struck": struck})))
}

/// `PUT /api/faults/{fault}`: sets the switch of a scope, of all when none is named.
async fn set(
    _: Authorized,
    gateway: web::Data<Gateway>,
    fault: web::Path<String>,
    whose: web::Query<Whose>,
    wish: web::Json<Wish>,
) -> Answer {
    let fault = named(&fault)?;
    let setting = wish.check(fault)?;
    let set = database::run(&gateway.pool, move |conn| {
        let scope = whose.find(conn)?.unwrap_or(Scope::All);
        Ok::<_, ApiError>(switch::set(conn, &scope, fault, setting)?)
    });
    Ok(HttpResponse::Ok().json(set.await?.to_json()))
}

/// `DELETE /api/faults/{fault}`: turns off the switch of a scope, of all when none is named.
async fn clear(
    _: Authorized,
    gateway: web::Data<Gateway>,
    fault: web::Path<String>,
    whose: web::Query<Whose>,
) -> Answer {
    let fault = named(&fault)?;
    let was_on = database::run(&gateway.pool, move |conn| {
        let scope = whose.find(conn)?.unwrap_or(Scope::All);
        Ok::<_, ApiError>(switch::clear(conn, &scope, fault)?)
    });
    Ok(HttpResponse::Ok().json(json!({"turned_off": usize::from(was_on.await?)})))
}

/// `DELETE /api/faults`: turns off all switches of a scope, or all there are.
async fn clear_all(_: Authorized, gateway: web::Data<Gateway>, whose: web::Query<Whose>) -> Answer {
    let turned_off = database::run(&gateway.pool, move |conn| {
        let scope = whose.find(conn)?;
        Ok::<_, ApiError>(switch::clear_all(conn, scope.as_ref())?)
    });
    Ok(HttpResponse::Ok().json(json!({"turned_off": turned_off.await?})))
}

fn named(fault: &str) -> Result<Fault, ApiError> {
    Fault::parse(fault).ok_or_else(|| {
        let shown: String = fault.chars().filter(|c| !c.is_control()).take(40).collect();
        let known: Vec<_> = Fault::ALL.iter().map(|fault| fault.as_str()).collect();
        ApiError::no_such_fault(&shown, &known.join(", "))
    })
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        ApiError::invalid(refusal.field, refusal.message)
    }
}

fn unreadable(error: impl std::fmt::Display + std::fmt::Debug + 'static) -> error::Error {
    let answer = ApiError::bad_request(error.to_string()).error_response();
    InternalError::from_response(error, answer).into()
}

async fn unknown(request: HttpRequest) -> HttpResponse {
    ApiError::unrecognized_url(request.method().as_str(), request.path()).error_response()
}
