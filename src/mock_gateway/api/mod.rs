//! The merchants' API under `/v1`: Stripe's paths, parameters, errors and headers.
//!
//! `tests/gateway` has Stripe's official clients for Python, Node and Rust call it. Four things are easier here than at
//! Stripe, so that tests reach them: the secret key with `rk_` for `sk_` is a restricted key, which may only read (403); an
//! unpaid session's payment intent can be confirmed with a test card (a decline is 402); a pending refund by card can be
//! canceled; and webhook endpoints have `http://` addresses.

mod create_session;
pub mod error;
mod events;
mod expand;
pub mod idempotency;
mod metadata;
mod paging;
pub mod params;
mod payment_intents;
mod refunds;
mod sessions;
mod webhook_endpoints;

use super::event::Origin;
use super::faults::calls;
use super::{API_VERSION, Gateway, ids};
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use base64::Engine;
use error::ApiError;
use futures_util::future::{LocalBoxFuture, Ready, ready};
use params::Params;
use sha2::{Digest, Sha256};

/// Room for a hundred lines with their metadata; Stripe's own limit is not published.
const LARGEST_BODY: usize = 256 * 1024;

/// What a handler answers, or why not.
pub type Answer = Result<HttpResponse, ApiError>;

static REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
static STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Every URL of the API.
pub fn routes(config: &mut web::ServiceConfig) {
    let unknown = || web::to(unrecognized_url);
    config.service(
        web::scope("/v1")
            .app_data(web::PayloadConfig::new(LARGEST_BODY))
            .wrap(from_fn(admit))
            .service(
                web::resource("/checkout/sessions")
                    .get(sessions::list)
                    .post(sessions::create)
                    .default_service(unknown()),
            )
            .service(web::resource("/checkout/sessions/{id}").get(sessions::retrieve).default_service(unknown()))
            .service(
                web::resource("/checkout/sessions/{id}/expire").post(sessions::expire).default_service(unknown()),
            )
            .service(web::resource("/payment_intents/{id}").get(payment_intents::retrieve).default_service(unknown()))
            .service(
                web::resource("/payment_intents/{id}/confirm")
                    .post(payment_intents::confirm)
                    .default_service(unknown()),
            )
            .service(web::resource("/refunds").get(refunds::list).post(refunds::create).default_service(unknown()))
            .service(web::resource("/refunds/{id}").get(refunds::retrieve).default_service(unknown()))
            .service(web::resource("/refunds/{id}/cancel").post(refunds::cancel).default_service(unknown()))
            .service(
                web::resource("/webhook_endpoints")
                    .get(webhook_endpoints::list)
                    .post(webhook_endpoints::create)
                    .default_service(unknown()),
            )
            .service(
                web::resource("/webhook_endpoints/{id}").get(webhook_endpoints::retrieve).default_service(unknown()),
            )
            .service(web::resource("/events").get(events::list).default_service(unknown()))
            .service(web::resource("/events/{id}").get(events::retrieve).default_service(unknown()))
            .default_service(unknown()),
    );
}

async fn unrecognized_url(request: HttpRequest) -> HttpResponse {
    ApiError::unrecognized_url(request.method().as_str(), request.path()).error_response()
}

/// Checks the key and names the request; then it is carried out, or goes wrong where a switch wants that.
async fn admit(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse, Error> {
    let id = RequestId(ids::request());
    request.extensions_mut().insert(id.clone());
    let version = request.headers().get(&STRIPE_VERSION).cloned();
    let key = request.headers().get(&IDEMPOTENCY_KEY).cloned();
    let authorized = match request.app_data::<web::Data<Gateway>>() {
        Some(gateway) if is_restricted(request.headers(), gateway) => may_read_only(request.method()),
        Some(gateway) => authorize(request.headers(), gateway),
        None => Err(ApiError::internal()),
    };
    let mut response = match authorized {
        Ok(()) => in_stripes_words(calls::carry_out(request, next).await?),
        Err(refused) => request.into_response(refused.error_response()),
    };
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID.clone(), HeaderValue::try_from(id.0)?);
    headers.insert(STRIPE_VERSION.clone(), version.unwrap_or(HeaderValue::from_static(API_VERSION)));
    if let Some(key) = key {
        headers.insert(IDEMPOTENCY_KEY.clone(), key);
    }
    Ok(response)
}

/// actix reports an oversized body or a broken stream in its own words; clients need Stripe's shape.
fn in_stripes_words(response: ServiceResponse) -> ServiceResponse {
    let foreign = response.response().error().filter(|error| error.as_error::<ApiError>().is_none());
    let Some(refused) = foreign.map(|error| ApiError::bad_request(error.to_string()).status(response.status()))
    else {
        return response;
    };
    response.into_response(refused.error_response())
}

/// Bearer, or Basic with the key as the user name, as `curl -u sk_test_..:` sends it.
fn authorize(headers: &HeaderMap, gateway: &Gateway) -> Result<(), ApiError> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(api_key);
    let Some(given) = given else {
        return Err(ApiError::unauthorized(
            "You did not provide an API key. Send it in the Authorization header, using Bearer auth \
             (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        ));
    };
    // Digests are compared, so the time that it takes tells nothing about the key.
    if Sha256::digest(&given) == Sha256::digest(&gateway.secret_key) {
        return Ok(());
    }
    let end: String = given.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    Err(ApiError::unauthorized(format!("Invalid API Key provided: ****{end}")))
}

/// Whether the request has the account's restricted key: the secret key with `rk_` for `sk_`.
fn is_restricted(headers: &HeaderMap, gateway: &Gateway) -> bool {
    let Some(rest) = gateway.secret_key.strip_prefix("sk_") else { return false };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(api_key);
    given.is_some_and(|given| Sha256::digest(&given) == Sha256::digest(format!("rk_{rest}")))
}

/// Stripe's restricted keys have a permission for each resource; this one may read everything and change nothing.
fn may_read_only(method: &Method) -> Result<(), ApiError> {
    if method == Method::GET { Ok(()) } else { Err(ApiError::forbidden()) }
}

/// A handler outside `/v1` that takes this runs with the merchant's key only.
#[derive(Debug)]
pub struct Authorized;

impl FromRequest for Authorized {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let gateway = request.app_data::<web::Data<Gateway>>().ok_or_else(ApiError::internal);
        ready(gateway.and_then(|gateway| authorize(request.headers(), gateway)).map(|()| Self))
    }
}

fn api_key(authorization: &str) -> Option<String> {
    let (scheme, credentials) = authorization.split_once(' ')?;
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.to_owned()).filter(|key| !key.is_empty());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(credentials).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    Some(text.split(':').next().unwrap_or_default().to_owned()).filter(|key| !key.is_empty())
}

#[derive(Debug, Clone)]
struct RequestId(String);

/// A POST: its parameters, and what idempotency needs to know about it.
#[derive(Debug)]
pub struct Call {
    pub gateway: web::Data<Gateway>,
    pub request_id: String,
    pub idempotency_key: Option<String>,
    /// A digest of method, path and parameters in canonical order: the same request has the same one.
    pub fingerprint: Vec<u8>,
    body: web::Bytes,
}

impl Call {
    pub fn params(&self) -> Result<Params, ApiError> {
        Params::parse(&self.body)
    }

    pub fn origin(&self) -> Origin {
        Origin { request_id: Some(self.request_id.clone()), idempotency_key: self.idempotency_key.clone() }
    }

    fn read(request: &HttpRequest, body: web::Bytes) -> Result<Self, ApiError> {
        let gateway = request.app_data::<web::Data<Gateway>>().cloned().ok_or_else(ApiError::internal)?;
        let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_else(ids::request);
        let idempotency_key = request.headers().get(&IDEMPOTENCY_KEY).map(idempotency_key).transpose()?;
        let fingerprint = fingerprint(request, &body);
        Ok(Self { gateway, request_id, idempotency_key, fingerprint, body })
    }
}

impl FromRequest for Call {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = web::Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move { Ok(Self::read(&request, body.await?)?) })
    }
}

fn idempotency_key(value: &HeaderValue) -> Result<String, ApiError> {
    match value.to_str() {
        Ok(key) if (1..=idempotency::LONGEST_KEY).contains(&key.len()) => Ok(key.to_owned()),
        _ => Err(ApiError::bad_request(format!(
            "An idempotency key must have 1 to {} visible ASCII characters.",
            idempotency::LONGEST_KEY
        ))),
    }
}

/// Clients that keep metadata in a hash map send it in another order each time; sorting makes those requests equal.
fn fingerprint(request: &HttpRequest, body: &[u8]) -> Vec<u8> {
    let mut pairs: Vec<_> = url::form_urlencoded::parse(body).collect();
    pairs.sort();
    let canonical = format!("{} {} {pairs:?}", request.method(), request.path());
    Sha256::digest(canonical.as_bytes()).to_vec()
}
