//! Every URL, on one screen.

use super::error::PageError;
use super::{admin, assets, bookings, cinemas, cities, home, movies, posters, shows, webhooks};
use actix_web::guard::{Any, Get, Head, Post};
use actix_web::http::header::LOCATION;
use actix_web::web::{PayloadConfig, ServiceConfig, resource, to};
use actix_web::{HttpRequest, HttpResponse, Route};

#[rustfmt::skip] // one URL per line
pub fn configure(app: &mut ServiceConfig) {
    let look = |path, route: Route| resource(path).route(route.guard(Any(Get()).or(Head()))).default_service(to(look_only));
    let act = |path, route: Route| resource(path).route(route.guard(Post())).default_service(to(post_only));
    // A refusal is shown at the form's own address: coming back to it leads to the page that has the form.
    let form = |path, route: Route| act(path, route).route(to(page_of_form).guard(Any(Get()).or(Head())));
    let both = |path, page: Route, form: Route| {
        let looked_at = resource(path).route(page.guard(Any(Get()).or(Head())));
        looked_at.route(form.guard(Post())).default_service(to(look_or_post))
    };
    app.service(look("/static/{file}", to(assets::show)))
        .service(look("/", to(home::show)))
        .service(look("/cities", to(cities::index)))
        .service(look("/movies/{slug}", to(movies::show)))
        .service(look("/movies/{slug}/poster.svg", to(posters::show)))
        .service(look("/cinemas/{slug}", to(cinemas::show)))
        .service(look("/shows/{show}", to(shows::show)))
        .service(look("/shows/{show}/seats", to(shows::seats)))
        .service(look("/shows/{show}/choice", to(shows::choice)))
        .service(form("/shows/{show}/bookings", to(bookings::create)))
        .service(look("/bookings", to(bookings::list::index)))
        .service(look("/bookings/{reference}", to(bookings::show)))
        .service(look("/bookings/{reference}/status", to(bookings::status)))
        .service(look("/bookings/{reference}/payment", to(bookings::payment)))
        .service(form("/bookings/{reference}/checkout", to(bookings::update)))
        .service(form("/bookings/{reference}/payments", to(bookings::pay)))
        .service(both("/bookings/{reference}/cancellation", to(bookings::cancellation::show), to(bookings::cancellation::create)))
        .service(act("/webhooks/stripe", to(webhooks::stripe)).app_data(PayloadConfig::new(webhooks::LIMIT)))
        .service(look("/admin", to(admin::home)))
        .service(look("/admin/sign-in", to(admin::sign_in::show)))
        .service(form("/admin/session", to(admin::sign_in::create)))
        .service(form("/admin/session/end", to(admin::sign_in::end)))
        .service(look("/admin/shows", to(admin::shows::index)))
        .service(look("/admin/cases", to(admin::cases::index)))
        .service(look("/admin/cases/{case}", to(admin::cases::show)))
        .service(form("/admin/cases/{case}/resolution", to(admin::cases::resolve)))
        .service(look("/admin/events", to(admin::events::index)))
        .service(look("/admin/events/{event}", to(admin::events::show)))
        .service(form("/admin/events/{event}/processings", to(admin::events::process)))
        .service(look("/admin/audit", to(admin::audit::show)))
        .service(look("/admin/search", to(admin::search::index)))
        .service(look("/admin/bookings/{reference}", to(admin::bookings::show)))
        .service(look("/admin/payments/{payment}", to(admin::payments::show)))
        .service(look("/admin/shows/{show}", to(admin::seats::show)))
        .service(look("/admin/shows/{show}/seats", to(admin::seats::seats)))
        .service(look("/admin/shows/{show}/seats/{seat}", to(admin::seat::show)))
        .service(form("/admin/shows/{show}/blocks", to(admin::seats::block)))
        .service(form("/admin/shows/{show}/releases", to(admin::seats::release)))
        .default_service(to(not_found));
}

async fn not_found() -> Result<HttpResponse, PageError> {
    Err(PageError::NotFound)
}

async fn page_of_form(request: HttpRequest) -> HttpResponse {
    let page = request.path().rsplit_once('/').map_or("/", |(page, _)| page);
    let key = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    HttpResponse::SeeOther().insert_header((LOCATION, format!("{page}{key}"))).finish()
}

async fn look_only() -> Result<HttpResponse, PageError> {
    Err(PageError::MethodNotAllowed("GET, HEAD"))
}

async fn look_or_post() -> Result<HttpResponse, PageError> {
    Err(PageError::MethodNotAllowed("GET, HEAD, POST"))
}

async fn post_only() -> Result<HttpResponse, PageError> {
    Err(PageError::MethodNotAllowed("POST"))
}
