//! The switches for people: `/faults` for every payment, `/pay/{id}/faults` for one. Plain forms; no script.

use super::catalogue::{self, Measure};
use super::setting::{Refusal, Wish};
use super::switch::{self, Scope};
use super::view::{FaultsPage, Typed};
use super::{Fault, strikes};
use crate::mock_gateway::page::views::{self, Message};
use crate::mock_gateway::page::{PageError, see_other};
use crate::mock_gateway::{Gateway, database};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse, web};
use diesel::prelude::*;
use serde::Deserialize;
use std::collections::HashMap;

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

type Answer = Result<HttpResponse, PageError>;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/faults").get(show).post(change))
        .service(web::resource("/pay/{id}/faults").get(show).post(change));
}

/// Which of the two pages was opened.
#[derive(Debug, Deserialize)]
struct Opened {
    /// The session's id; none on the page for all.
    id: Option<String>,
}

impl Opened {
    fn scope(&self, conn: &mut PgConnection) -> QueryResult<Option<Scope>> {
        match &self.id {
            Some(id) => Scope::of_session(conn, id),
            None => Ok(Some(Scope::All)),
        }
    }
}

/// `GET`: the form, what is switched on, and what has gone wrong so far.
async fn show(gateway: web::Data<Gateway>, opened: web::Path<Opened>) -> Answer {
    page(&gateway, opened.into_inner(), None).await
}

/// `POST`: turns one switch on, or one or all of this page's off. Whatever was done is answered with a redirect.
async fn change(
    gateway: web::Data<Gateway>,
    opened: web::Path<Opened>,
    request: HttpRequest,
    form: web::Form<HashMap<String, String>>,
) -> Answer {
    if comes_from_elsewhere(&request) {
        return Ok(Message::from_elsewhere().respond(StatusCode::FORBIDDEN));
    }
    let (opened, typed) = (opened.into_inner(), Typed(form.into_inner()));
    let change = match typed.change() {
        Ok(change) => change,
        Err(refusal) => return page(&gateway, opened, Some((typed, refusal))).await,
    };
    let done = database::run(&gateway.pool, move |conn| {
        let Some(scope) = opened.scope(conn)? else { return Ok(false) };
        change.carry_out(conn, &scope)?;
        Ok::<_, database::Trouble>(true)
    });
    if done.await? { Ok(see_other(request.path())) } else { Ok(views::no_such_page()) }
}

/// The page as it stands; or, where what was typed was refused, with that and the reason.
async fn page(gateway: &Gateway, opened: Opened, refused: Option<(Typed, Refusal)>) -> Answer {
    let read = database::run(&gateway.pool, move |conn| {
        let Some(scope) = opened.scope(conn)? else { return Ok(None) };
        let on = switch::list(conn, Some(&scope))?;
        let on_for_all = if scope == Scope::All { Vec::new() } else { switch::list(conn, Some(&Scope::All))? };
        let struck = strikes::latest(conn, Some(&scope))?;
        Ok::<_, database::Trouble>(Some((scope, on, on_for_all, struck)))
    });
    let Some((scope, on, on_for_all, struck)) = read.await? else { return Ok(views::no_such_page()) };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(FaultsPage::new(&scope, on, on_for_all, struck, refused).respond(status))
}

/// Browsers say where a form was: another site's page must not switch this one's faults.
fn comes_from_elsewhere(request: &HttpRequest) -> bool {
    let site = request.headers().get(&SEC_FETCH_SITE);
    site.is_some_and(|site| site != "same-origin" && site != "none")
}

/// What a form asks for.
#[derive(Debug)]
pub enum Change {
    Set(Fault, super::setting::Setting),
    TurnOff(Fault),
    TurnAllOff,
}

impl Change {
    fn carry_out(self, conn: &mut PgConnection, scope: &Scope) -> QueryResult<()> {
        match self {
            Change::Set(fault, setting) => switch::set(conn, scope, fault, setting).map(drop),
            Change::TurnOff(fault) => switch::clear(conn, scope, fault).map(drop),
            Change::TurnAllOff => switch::clear_all(conn, Some(scope)).map(drop),
        }
    }
}

impl Typed {
    fn change(&self) -> Result<Change, Refusal> {
        let refuse = |field, message: &str| Err(Refusal { field, message: message.to_owned() });
        match self.text("turn_off") {
            "" => {}
            "all" => return Ok(Change::TurnAllOff),
            name => {
                return match Fault::parse(name) {
                    Some(fault) => Ok(Change::TurnOff(fault)),
                    None => refuse("turn_off", "There is no such fault to turn off."),
                };
            }
        }
        let Some(fault) = Fault::parse(self.text("fault")) else {
            return refuse("fault", "Please choose what should go wrong.");
        };
        Ok(Change::Set(fault, self.wish(fault)?.check(fault)?))
    }

    fn wish(&self, fault: Fault) -> Result<Wish, Refusal> {
        let mut wish = Wish { seed: self.number("seed", "The seed is a whole number.")?, ..Wish::default() };
        match self.text("often").split_once(':') {
            Some(("next", times)) => wish.next = times.parse().ok(),
            Some(("chance", chance)) => wish.probability = chance.parse().ok(),
            _ => {}
        }
        let name = Self::measure_name(fault);
        match catalogue::find(fault).map_or(Measure::None, |entry| entry.measure) {
            Measure::None => {}
            Measure::Delay { .. } => {
                let seconds: Option<f64> = self.number(&name, "The time is a number of seconds, such as 2.5.")?;
                wish.delay_ms = seconds.map(|seconds| (seconds * 1000.0).round() as i64);
            }
            Measure::Amount { .. } => {
                wish.amount = self.number(&name, "The difference is a whole number, such as -1.")?;
            }
        }
        Ok(wish)
    }

    /// A number, or none where nothing is typed.
    fn number<T: std::str::FromStr>(&self, name: &str, otherwise: &str) -> Result<Option<T>, Refusal> {
        match self.text(name) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Refusal { field: "value", message: otherwise.to_owned() }),
        }
    }
}
