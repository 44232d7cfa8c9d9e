//! Every URL, on one screen.

use super::assets;
use super::error::PageError;
use actix_web::web::{ServiceConfig, get, resource};
use actix_web::{HttpResponse, Route, web};

pub fn configure(app: &mut ServiceConfig) {
    let page = |path, route: Route| resource(path).route(route).default_service(web::to(method_not_allowed));
    app.service(page("/static/{file}", get().to(assets::show))).default_service(web::to(not_found));
}

async fn not_found() -> Result<HttpResponse, PageError> {
    Err(PageError::NotFound)
}

async fn method_not_allowed() -> Result<HttpResponse, PageError> {
    Err(PageError::MethodNotAllowed)
}
