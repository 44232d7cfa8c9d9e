//! Every URL, on one screen.

use super::error::PageError;
use super::{admin, assets, bookings, cinemas, cities, home, movies, posters, shows, webhooks};
use actix_web::web::{PayloadConfig, ServiceConfig, get, post, resource};
use actix_web::{HttpResponse, Route, web};

#[rustfmt::skip] // one URL per line
pub fn configure(app: &mut ServiceConfig) {
    let page = |path, route: Route| resource(path).route(route).default_service(web::to(method_not_allowed));
    app.service(page("/static/{file}", get().to(assets::show)))
        .service(page("/", get().to(home::show)))
        .service(page("/cities", get().to(cities::index)))
        .service(page("/movies/{slug}", get().to(movies::show)))
        .service(page("/movies/{slug}/poster.svg", get().to(posters::show)))
        .service(page("/cinemas/{slug}", get().to(cinemas::show)))
        .service(page("/shows/{show}", get().to(shows::show)))
        .service(page("/shows/{show}/seats", get().to(shows::seats)))
        .service(page("/shows/{show}/choice", get().to(shows::choice)))
        .service(page("/shows/{show}/bookings", post().to(bookings::create)))
        .service(page("/bookings", get().to(bookings::list::index)))
        .service(page("/bookings/{reference}", get().to(bookings::show)))
        .service(page("/bookings/{reference}/status", get().to(bookings::status)))
        .service(page("/bookings/{reference}/payment", get().to(bookings::payment)))
        .service(page("/bookings/{reference}/checkout", post().to(bookings::update)))
        .service(page("/bookings/{reference}/payments", post().to(bookings::pay)))
        .service(page("/bookings/{reference}/cancellation", post().to(bookings::give_up)))
        .service(page("/webhooks/stripe", post().to(webhooks::stripe)).app_data(PayloadConfig::new(webhooks::LIMIT)))
        .service(page("/admin", get().to(admin::home)))
        .service(page("/admin/sign-in", get().to(admin::sign_in::show)))
        .service(page("/admin/session", post().to(admin::sign_in::create)))
        .service(page("/admin/session/end", post().to(admin::sign_in::end)))
        .service(page("/admin/shows", get().to(admin::shows::index)))
        .service(page("/admin/cases", get().to(admin::cases::index)))
        .service(page("/admin/shows/{show}", get().to(admin::seats::show)))
        .service(page("/admin/shows/{show}/seats", get().to(admin::seats::seats)))
        .service(page("/admin/shows/{show}/blocks", post().to(admin::seats::block)))
        .service(page("/admin/shows/{show}/releases", post().to(admin::seats::release)))
        .default_service(web::to(not_found));
}

async fn not_found() -> Result<HttpResponse, PageError> {
    Err(PageError::NotFound)
}

async fn method_not_allowed() -> Result<HttpResponse, PageError> {
    Err(PageError::MethodNotAllowed)
}
