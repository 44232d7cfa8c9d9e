//! What a page answers when it cannot do what was asked: what is wrong, and what to do next.

use super::page::Shell;
use crate::db::{Failure, Stop};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use std::convert::Infallible;
use std::fmt;

#[derive(Debug)]
pub enum PageError {
    NotFound,
    /// The methods that the address does answer to.
    MethodNotAllowed(&'static str),
    /// What is wrong with the form, for the person who sent it.
    BadForm(String),
    TooLarge,
    CrossSite,
    SignInNeeded,
    TooManyAttempts,
    Busy,
    Away,
    Internal(String),
}

impl PageError {
    pub fn internal(error: impl fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// Headline, explanation, and where to go next.
    fn words(&self) -> (&'static str, String, &'static str, &'static str) {
        let home = ("/", "See what's on");
        // This very address; of a form that leads to the page which has it.
        let again = ("", "Try again");
        let (title, text, next) = match self {
            Self::NotFound => ("Nothing here", "This page does not exist, or it is not yours to see.".to_owned(), home),
            Self::MethodNotAllowed(_) => {
                ("That does not work here", "This address cannot be used in that way.".to_owned(), home)
            }
            Self::BadForm(why) => ("Please check the form", why.clone(), home),
            Self::TooLarge => ("That was too much", "The form is larger than any of ours. Nothing was changed.".to_owned(), home),
            Self::CrossSite => (
                "We did not accept that",
                "The form came from another site, or from a page that is too old. Nothing was changed. Open the page \
                 here and try again."
                    .to_owned(),
                home,
            ),
            Self::SignInNeeded => ("Please sign in", "This page is for staff.".to_owned(), ("/admin/sign-in", "Sign in")),
            Self::TooManyAttempts => (
                "Too many attempts",
                "Please wait a minute, then try to sign in again.".to_owned(),
                ("/admin/sign-in", "Sign in"),
            ),
            Self::Busy => (
                "Very busy right now",
                "Many people are booking at this moment and yours did not get its turn. Nothing was changed: please try \
                 again."
                    .to_owned(),
                again,
            ),
            Self::Away => (
                "We'll be right back",
                "Our booking system cannot be reached for a moment. Seats you hold and payments you made are safe. If you \
                 were just sending something, we do not know yet whether it went through: reload this page in a moment \
                 to send it again. Nothing happens twice."
                    .to_owned(),
                again,
            ),
            Self::Internal(_) => (
                "Something went wrong",
                "That is our mistake, and it has been noted. Nothing was changed: please try again.".to_owned(),
                home,
            ),
        };
        (title, text, next.0, next.1)
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(why) => write!(f, "internal: {why}"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadForm(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::SignInNeeded => StatusCode::UNAUTHORIZED,
            Self::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::Away => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Internal(why) = self {
            tracing::error!(why, "a request failed");
        }
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::MethodNotAllowed(allowed) => response.insert_header((header::ALLOW, *allowed)),
            Self::Busy => response.insert_header((header::RETRY_AFTER, "1")),
            Self::Away => response.insert_header((header::RETRY_AFTER, "5")),
            Self::TooManyAttempts => response.insert_header((header::RETRY_AFTER, "60")),
            _ => &mut response,
        };
        let (title, text, next, next_words) = self.words();
        let page = ErrorPage { shell: Shell::default(), title, text, next, next_words };
        match page.render() {
            Ok(html) => response.content_type("text/html; charset=utf-8").body(html),
            Err(error) => {
                tracing::error!(%error, "the error page cannot be drawn");
                response.body(title)
            }
        }
    }
}

#[derive(Template)]
#[template(path = "errors/show.html")]
struct ErrorPage {
    shell: Shell,
    title: &'static str,
    text: String,
    next: &'static str,
    next_words: &'static str,
}

impl From<Failure> for PageError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Busy(_) | Failure::Collided(_) => Self::Busy,
            Failure::Away(_) => Self::Away,
            Failure::Broken(error) => Self::Internal(error.to_string()),
        }
    }
}

impl From<Stop<Infallible>> for PageError {
    fn from(stop: Stop<Infallible>) -> Self {
        match stop {
            Stop::Refused(never) => match never {},
            Stop::Failed(failure) => failure.into(),
        }
    }
}
