//! The visitor's city: chosen by any link with `?city=`, remembered in a plain cookie, asked for on a page of its own.

use super::app::State;
use super::error::PageError;
use super::page::Shell;
use crate::catalogue::cinema::{self, Cinema};
use crate::catalogue::city::{self, City};
use crate::db::Failure;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use std::future::{Ready, ready};

/// A preference and no more: it names nobody, so it is neither signed nor a session.
const COOKIE: &str = "city";
const REMEMBERED_FOR: Duration = Duration::days(365);
/// `?city=all`: every city, and the choice forgotten.
const EVERYWHERE: &str = "all";

/// The city that a request asks for, as it was written; [`CityWish::choose`] looks whether there is one.
#[derive(Clone, Debug, Default)]
pub struct CityWish {
    /// By the address.
    asked: Option<String>,
    /// By the cookie of an earlier choice.
    remembered: Option<String>,
    /// Whether the site is served over https, where the cookie must be too.
    secure: bool,
}

#[derive(Default, Deserialize)]
struct CityQuery {
    city: Option<String>,
}

impl FromRequest for CityWish {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query: CityQuery = serde_html_form::from_str(request.query_string()).unwrap_or_default();
        let remembered = request.cookie(COOKIE).map(|cookie| cookie.value().to_owned());
        let state = request.app_data::<web::Data<State>>();
        let secure = state.is_some_and(|state| state.site_url.scheme() == "https");
        ready(Ok(Self { asked: query.city, remembered, secure }))
    }
}

impl CityWish {
    /// The city asked for, else the one remembered. An unknown one is ignored.
    pub fn choose(&self, cities: Vec<City>) -> Place {
        let find = |slug: &Option<String>| {
            slug.as_ref().and_then(|slug| cities.iter().find(|city| city.slug == *slug)).cloned()
        };
        let (asked, everywhere) = (find(&self.asked), self.asked.as_deref() == Some(EVERYWHERE));
        let cookie = match &asked {
            Some(city) => Some(self.cookie(&city.slug, REMEMBERED_FOR)),
            None if everywhere => Some(self.cookie("", Duration::ZERO)),
            None => None,
        };
        let city = if everywhere { None } else { asked.or_else(|| find(&self.remembered)) };
        Place { cities, city, cookie }
    }

    fn cookie(&self, slug: &str, max_age: Duration) -> Cookie<'static> {
        Cookie::build(COOKIE, slug.to_owned())
            .path("/")
            .max_age(max_age)
            .same_site(SameSite::Lax)
            .http_only(true)
            .secure(self.secure)
            .finish()
    }
}

/// The cities, and the visitor's one among them if there is one.
#[derive(Clone, Debug)]
pub struct Place {
    pub cities: Vec<City>,
    pub city: Option<City>,
    cookie: Option<Cookie<'static>>,
}

impl Place {
    pub fn shell(&self) -> Shell {
        Shell { city: self.city.as_ref().map(|city| city.name.clone()) }
    }

    /// ` in Kochi`, or nothing.
    pub fn in_city(&self) -> String {
        self.city.as_ref().map(|city| format!(" in {}", city.name)).unwrap_or_default()
    }

    pub fn is_here(&self, city: &City) -> bool {
        self.city.as_ref() == Some(city)
    }

    /// A page for this place. It depends on the cookie, and one URL serves page and fragment, so caches must ask.
    pub fn respond(&self, html: askama::Result<String>) -> Result<HttpResponse, PageError> {
        let html = html.map_err(PageError::internal)?;
        let mut response = HttpResponse::Ok();
        response
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "private, no-cache"))
            .insert_header((header::VARY, "Cookie, HX-Request-Type"));
        if let Some(cookie) = &self.cookie {
            response.cookie(cookie.clone());
        }
        Ok(response.body(html))
    }
}

/// Whether a script asks for the changing part of a page only.
pub fn wants_fragment(request: &HttpRequest) -> bool {
    request.headers().get("HX-Request-Type").is_some_and(|kind| kind == "partial")
}

#[derive(Template)]
#[template(path = "cities/index.html")]
struct CitiesPage {
    shell: Shell,
    place: Place,
    cinemas: Vec<Cinema>,
}

impl CitiesPage {
    fn cinemas_in(&self, city: &City) -> Vec<&Cinema> {
        self.cinemas.iter().filter(|cinema| cinema.city_id == city.id).collect()
    }
}

/// `GET /cities`
pub async fn index(state: web::Data<State>, wish: CityWish) -> Result<HttpResponse, PageError> {
    let (cities, cinemas) = state.db.run(|conn| Ok::<_, Failure>((city::all(conn)?, cinema::all(conn)?))).await?;
    let place = wish.choose(cities);
    place.respond(CitiesPage { shell: place.shell(), place: place.clone(), cinemas }.render())
}
