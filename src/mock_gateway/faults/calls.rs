//! What can go wrong with a call of the merchants' API.

use super::judge::{Judge, Subject};
use super::{Fault, switch};
use crate::mock_gateway::api::error::ApiError;
use crate::mock_gateway::api::params::Params;
use crate::mock_gateway::{Gateway, database, payment_intent, refund, session};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError, web};
use diesel::prelude::*;
use futures_util::stream;
use std::io;
use std::time::Duration;
use tokio::time::sleep;

/// What happens to one call. At most one thing does.
#[derive(Debug)]
enum Course {
    AsItShould,
    /// Not carried out.
    Refused(Fault),
    Slow(Duration),
    /// Carried out, but its caller never hears of it.
    Silent(Duration),
}

/// Carries a call out, or not, as the switches want.
pub async fn carry_out(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut request = request;
    let course = match course(&mut request).await {
        Ok(course) => course,
        Err(error) => return Ok(request.error_response(error)),
    };
    if let Course::Refused(fault) = course {
        return Ok(request.into_response(refusal(fault)));
    }
    let response = next.call(request).await?.map_into_boxed_body();
    match course {
        Course::Slow(delay) => sleep(delay).await,
        Course::Silent(delay) => {
            sleep(delay).await;
            return Ok(response.into_response(cut_connection()));
        }
        Course::AsItShould | Course::Refused(_) => {}
    }
    Ok(response)
}

async fn course(request: &mut ServiceRequest) -> Result<Course, Error> {
    let gateway = request.app_data::<web::Data<Gateway>>().cloned().ok_or_else(ApiError::internal)?;
    let call = Call { method: request.method().clone(), path: request.path().to_owned(), body: body(request).await? };
    let judged =
        database::run(&gateway.pool, move |conn| conn.transaction(|conn| judge(conn, &call).map_err(ApiError::from)));
    Ok(judged.await?)
}

/// What is needed of a call to know whom it is about.
struct Call {
    method: Method,
    path: String,
    body: web::Bytes,
}

/// Reads the body, and puts it back for the handler.
async fn body(request: &mut ServiceRequest) -> Result<web::Bytes, Error> {
    let body = request.extract::<web::Bytes>().await?;
    request.set_payload(Payload::from(body.clone()));
    Ok(body)
}

fn judge(conn: &mut PgConnection, call: &Call) -> QueryResult<Course> {
    let Call { method, path, .. } = call;
    let session_id = session_named(conn, call)?;
    let switches = switch::concerning(conn, session_id.as_deref())?;
    if switches.is_empty() {
        return Ok(Course::AsItShould);
    }
    let about = format!("{method} {}", path.chars().take(100).collect::<String>());
    let judge = Judge::new(switches, Subject { session_id, name: "call".into(), attempt: None, about });
    let now = database::now(conn)?;
    for fault in [Fault::ApiRateLimit, Fault::ApiError, Fault::ApiHtml] {
        if judge.strikes(conn, fault, now)?.is_some() {
            return Ok(Course::Refused(fault));
        }
    }
    // Where nothing is done, nothing can be done without an answer.
    if *method == Method::POST
        && let Some(strike) = judge.strikes(conn, Fault::ApiSilent, now)?
    {
        return Ok(Course::Silent(strike.wait()));
    }
    let slow = judge.strikes(conn, Fault::ApiSlow, now)?;
    Ok(slow.map_or(Course::AsItShould, |strike| Course::Slow(strike.wait())))
}

/// The session that a call is about: its path names it, its payment intent or its refund, or a new refund names the
/// payment. Opening a session is about none yet.
fn session_named(conn: &mut PgConnection, call: &Call) -> QueryResult<Option<String>> {
    let mut steps = call.path.trim_start_matches("/v1/").split('/');
    match (steps.next(), steps.next(), steps.next()) {
        (Some("checkout"), Some("sessions"), Some(id)) => Ok(session::find(conn, id)?.map(|session| session.id)),
        (Some("payment_intents"), Some(id), _) => of_intent(conn, id),
        (Some("refunds"), Some(id), _) => {
            refund::find(conn, id)?.map(|refund| refund::session_id(conn, &refund)).transpose()
        }
        (Some("refunds"), None, None) => match Params::parse(&call.body) {
            Ok(params) => of_payment(conn, params),
            // The handler says what is wrong with it.
            Err(_) => Ok(None),
        },
        _ => Ok(None),
    }
}

fn of_payment(conn: &mut PgConnection, mut params: Params) -> QueryResult<Option<String>> {
    let mut id = |name| params.text(name).ok().flatten();
    if let Some(id) = id("payment_intent") {
        return of_intent(conn, &id);
    }
    let Some(id) = id("charge") else { return Ok(None) };
    match payment_intent::find_charge(conn, &id)? {
        Some(charge) => of_intent(conn, &charge.payment_intent_id),
        None => Ok(None),
    }
}

fn of_intent(conn: &mut PgConnection, id: &str) -> QueryResult<Option<String>> {
    Ok(payment_intent::find(conn, id)?.map(|intent| intent.checkout_session_id))
}

fn refusal(fault: Fault) -> HttpResponse {
    match fault {
        Fault::ApiRateLimit => ApiError::rate_limit().error_response(),
        Fault::ApiHtml => HttpResponse::build(StatusCode::BAD_GATEWAY)
            .content_type("text/html; charset=utf-8")
            .body("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"),
        _ => ApiError::internal().error_response(),
    }
}

/// An answer whose body breaks before its first byte: the server then closes the connection and has sent nothing, not
/// even the status.
fn cut_connection() -> HttpResponse {
    let broken = io::Error::other("the connection is cut, as a switch wants");
    HttpResponse::Ok().streaming(stream::iter([Err::<web::Bytes, _>(broken)]))
}
