//! The hosted page, where customers pay. Plain forms and redirects; no script.

mod closing;
mod pay;
mod payment_form;
pub mod views;

use super::checkout::{self, Outcome};
use super::database::{self, Pool, Trouble};
use super::method::Kind;
use super::session::{self, Status};
use super::wire::SessionDetails;
use super::{Gateway, payment_intent};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError, error, web};
use diesel::Connection;
use pay::Pay;
use payment_form::{PaymentForm, Refused};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::LazyLock;
use views::{Closed, Confirm, Message};

/// A payment form is tiny; whatever is longer was not made by it.
const LARGEST_FORM: usize = 8 * 1024;

const STYLE: &str = concat!(
    include_str!("../../../static/mock_gateway/checkout.css"),
    include_str!("../../../static/mock_gateway/faults.css")
);
const ICON: &str = include_str!("../../../static/mock_gateway/icon.svg");

/// The style sheet's address changes with its text, so browsers may keep it for ever.
static STYLE_PATH: LazyLock<String> =
    LazyLock::new(|| format!("/assets/checkout-{}.css", hex::encode(&Sha256::digest(STYLE)[..6])));

/// Every URL of the hosted page.
pub fn routes(config: &mut web::ServiceConfig) {
    let form = web::FormConfig::default()
        .limit(LARGEST_FORM)
        .error_handler(|error, _| error::InternalError::from_response(error, views::bad_form()).into());
    config
        .app_data(form)
        .route("/", web::get().to(views::welcome))
        .service(web::resource("/pay/{id}").get(show).post(pay))
        .service(web::resource("/pay/{id}/confirmation").get(show_confirmation).post(confirm))
        .route(&STYLE_PATH, web::get().to(style))
        .route("/assets/icon.svg", web::get().to(icon))
        .default_service(web::to(views::not_found));
}

type Answer = Result<HttpResponse, PageError>;

/// `GET /pay/{id}`: the form, or what became of the session.
async fn show(gateway: web::Data<Gateway>, id: web::Path<String>) -> Answer {
    let Some(details) = load(&gateway.pool, &id).await? else { return Ok(views::no_such_page()) };
    Ok(match details.status() {
        Status::Open => Pay::new(&gateway, &details, None).respond(StatusCode::OK),
        Status::Complete | Status::Expired => Closed::new(&gateway, &details, false).respond(StatusCode::OK),
    })
}

/// `POST /pay/{id}`: charges what was chosen, once. Every answer but that to a form with faults is a redirect, so that going back
/// or reloading never sends the form again.
async fn pay(gateway: web::Data<Gateway>, id: web::Path<String>, form: web::Form<PaymentForm>) -> Answer {
    let form = form.into_inner();
    let (session_id, settles_after) = (id.clone(), gateway.settles_after);
    let attempt = database::run(&gateway.pool, move |conn| {
        let method = match form.method(database::now(conn)?) {
            Ok(method) => method,
            Err(refused) => return Ok(Err(refused)),
        };
        let outcome = conn.transaction(|conn| checkout::pay(conn, &session_id, method, settles_after))?;
        Ok::<_, Trouble>(match outcome {
            Outcome::NotOffered => Err(Refused::nothing_chosen(Kind::Card)),
            outcome => Ok(outcome),
        })
    });
    match attempt.await? {
        Ok(outcome) => follow(&gateway, &id, outcome).await,
        Err(refused) => show_refused(&gateway, &id, refused).await,
    }
}

/// `GET /pay/{id}/confirmation`: the bank's question.
async fn show_confirmation(gateway: web::Data<Gateway>, id: web::Path<String>) -> Answer {
    let Some(details) = load(&gateway.pool, &id).await? else { return Ok(views::no_such_page()) };
    let asking = details.intent.as_ref().is_some_and(|it| it.intent.status == payment_intent::Status::RequiresAction);
    if details.status() == Status::Open && asking {
        return Ok(Confirm::new(&gateway, &details).respond(StatusCode::OK));
    }
    Ok(see_other(&format!("/pay/{id}")))
}

#[derive(Debug, Deserialize)]
struct Confirmation {
    answer: Option<String>,
}

/// `POST /pay/{id}/confirmation`: the customer's word to the bank.
async fn confirm(gateway: web::Data<Gateway>, id: web::Path<String>, form: web::Form<Confirmation>) -> Answer {
    let agreed = match form.answer.as_deref() {
        Some("agree") => true,
        Some("refuse") => false,
        _ => return Ok(views::bad_form()),
    };
    let session_id = id.clone();
    let outcome = database::run(&gateway.pool, move |conn| {
        conn.transaction(|conn| checkout::confirm(conn, &session_id, agreed)).map_err(Trouble::from)
    });
    let outcome = outcome.await?;
    follow(&gateway, &id, outcome).await
}

/// Where the customer goes after an attempt.
async fn follow(gateway: &Gateway, id: &str, outcome: Outcome) -> Answer {
    match outcome {
        // The merchant's page says how it stands; a bank that answers later tells the merchant.
        Outcome::Paid | Outcome::Processing => Ok(match load(&gateway.pool, id).await? {
            Some(details) => see_other(&details.session.success_url()),
            None => views::no_such_page(),
        }),
        Outcome::Closed => Ok(match load(&gateway.pool, id).await? {
            Some(details) => Closed::new(gateway, &details, true).respond(StatusCode::CONFLICT),
            None => views::no_such_page(),
        }),
        Outcome::AsksForConfirmation => Ok(see_other(&format!("/pay/{id}/confirmation"))),
        // The page shows why from the intent's last charge.
        Outcome::Declined(_) | Outcome::NotOffered | Outcome::NothingToConfirm => {
            Ok(see_other(&format!("/pay/{id}")))
        }
        Outcome::NoSuchSession => Ok(views::no_such_page()),
    }
}

async fn show_refused(gateway: &Gateway, id: &str, refused: Refused) -> Answer {
    let Some(details) = load(&gateway.pool, id).await? else { return Ok(views::no_such_page()) };
    Ok(match details.status() {
        Status::Open => Pay::new(gateway, &details, Some(refused)).respond(StatusCode::UNPROCESSABLE_ENTITY),
        _ => Closed::new(gateway, &details, true).respond(StatusCode::CONFLICT),
    })
}

async fn load(pool: &Pool, id: &str) -> Result<Option<SessionDetails>, Trouble> {
    let id = id.to_owned();
    database::run(pool, move |conn| {
        let Some(session) = session::find(conn, &id)? else { return Ok(None) };
        let now = database::now(conn)?;
        Ok(Some(SessionDetails::load(conn, session, now)?))
    })
    .await
}

pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

async fn style(_: HttpRequest) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(STYLE)
}

async fn icon() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body(ICON)
}

/// The database failed while a page was made.
#[derive(Debug)]
pub struct PageError(Trouble);

impl From<Trouble> for PageError {
    fn from(trouble: Trouble) -> Self {
        tracing::error!(%trouble, "a page failed");
        Self(trouble)
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    fn error_response(&self) -> HttpResponse {
        Message::trouble().respond(self.status_code())
    }
}
