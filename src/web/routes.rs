//! Every URL, on one screen.

use super::error::PageError;
use super::{assets, bookings, cinemas, cities, home, movies, posters, shows, webhooks};
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
        .service(page("/bookings/{reference}", get().to(bookings::show)))
        .service(page("/bookings/{reference}/status", get().to(bookings::status)))
        .service(page("/bookings/{reference}/payment", get().to(bookings::payment)))
        .service(page("/bookings/{reference}/checkout", post().to(bookings::update)))
        .service(page("/bookings/{reference}/payments", post().to(bookings::pay)))
        .service(page("/bookings/{reference}/cancellation", post().to(bookings::give_up)))
        .service(page("/webhooks/stripe", post().to(webhooks::stripe)).app_data(PayloadConfig::new(webhooks::LIMIT)))
        .default_service(web::to(not_found));
}

async fn not_found() -> Result<HttpResponse, PageError> {
    Err(PageError::NotFound)
}

async fn method_not_allowed() -> Result<HttpResponse, PageError> {
    Err(PageError::MethodNotAllowed)
}
