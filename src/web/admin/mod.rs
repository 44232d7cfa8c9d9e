//! The staff's side.

pub mod audit;
pub mod bookings;
mod case_words;
pub mod cases;
pub mod events;
pub mod payments;
mod refunds;
pub mod search;
pub mod seat;
pub mod seats;
pub mod shows;
pub mod sign_in;

use super::app::State;
use super::page::uncached as page;
use super::session::Staff;
use actix_session::SessionExt;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

/// What every page of the staff's side shows and sends.
struct Desk {
    /// Who is signed in.
    name: String,
    /// Of its forms; signing out is one on every page.
    token: String,
}

impl Desk {
    fn new(state: &State, request: &HttpRequest, staff: Staff) -> Self {
        Self { name: staff.person.name, token: state.links.form_token(&request.get_session()) }
    }
}

/// `GET /admin`
pub async fn home(_: Staff) -> HttpResponse {
    see_other("/admin/shows")
}

fn see_other(url: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, url)).finish()
}
