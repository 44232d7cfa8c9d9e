//! What handlers take from a request, each with a clear answer when it is not there.

use super::error::PageError;
use super::security::is_same_site;
use crate::ids::ShowId;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use std::future::{Ready, ready};

/// A submitted form that may come from where it came: every post of a page goes through here.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = web::Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let body = body.await.map_err(|error| match error.as_response_error().status_code().as_u16() {
                413 => PageError::TooLarge,
                _ => PageError::BadForm("The form did not arrive whole. Please send it again.".to_owned()),
            })?;
            let pairs = decode(&body)?;
            let token = pairs.iter().find(|(name, _)| name == "token").map(|(_, value)| value.as_str());
            if !is_same_site(&request, token) {
                return Err(PageError::CrossSite);
            }
            serde_html_form::from_bytes(&body).map(Form).map_err(|error| {
                PageError::BadForm(format!("A field of the form is missing or not as expected ({error})."))
            })
        })
    }
}

/// Names and values, strictly: what is not UTF-8, or has a NUL, which PostgreSQL cannot store, is refused here.
fn decode(body: &[u8]) -> Result<Vec<(String, String)>, PageError> {
    let bad = || PageError::BadForm("The form has characters that cannot be read.".to_owned());
    let text = std::str::from_utf8(body).map_err(|_| bad())?;
    let strict = |part: &str| {
        let plain = part.replace('+', " ");
        percent_decoded(&plain).filter(|text| !text.contains('\0')).ok_or_else(bad)
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((strict(name)?, strict(value)?))
        })
        .collect()
}

fn percent_decoded(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

/// The show that a URL names; what cannot be one is not found.
#[derive(Clone, Copy, Debug)]
pub struct ShowInPath(pub ShowId);

impl FromRequest for ShowInPath {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.match_info().get("show").and_then(|text| text.parse().ok()).filter(|id| *id > 0);
        ready(id.map(|id| Self(ShowId(id))).ok_or(PageError::NotFound))
    }
}

/// The name of a movie or cinema in a URL; what cannot be one is not found, and never reaches the database, which would
/// choke on a NUL.
#[derive(Clone, Debug)]
pub struct SlugInPath(pub String);

const LONGEST_SLUG: usize = 100;

impl FromRequest for SlugInPath {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let slug = request.match_info().get("slug").unwrap_or_default();
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_slug = (1..=LONGEST_SLUG).contains(&slug.len()) && slug.bytes().all(is_plain);
        ready(if is_slug { Ok(Self(slug.to_owned())) } else { Err(PageError::NotFound) })
    }
}

/// The query of a URL as far as it can be read: what is missing, unknown or twisted counts as not asked for.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for Query<T> {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(serde_html_form::from_str(request.query_string()).unwrap_or_default())))
    }
}
