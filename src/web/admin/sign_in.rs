//! Staff sign in and out.

use super::{page, see_other};
use crate::accounts::{password, person};
use crate::db::Failure;
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::extractors::Form;
use crate::web::session::{self, Staff, Visitor};
use actix_session::{Session, SessionExt};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr};

#[derive(Template)]
#[template(path = "admin/sign_in.html")]
struct SignInPage {
    token: String,
    email: String,
    refused: bool,
}

/// `GET /admin/sign-in`. The visitor's cookie gives the form's token something to hold on to.
pub async fn show(state: web::Data<State>, request: HttpRequest, _: Visitor) -> Result<HttpResponse, PageError> {
    let token = state.links.form_token(&request.get_session());
    page(StatusCode::OK, &SignInPage { token, email: String::new(), refused: false })
}

#[derive(Deserialize)]
pub struct SignIn {
    email: String,
    password: String,
}

/// `POST /admin/session`: a new session, if address and password belong together; takes as long if they do not.
pub async fn create(
    state: web::Data<State>,
    request: HttpRequest,
    Form(form): Form<SignIn>,
) -> Result<HttpResponse, PageError> {
    let address = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    if !state.sign_in.allows(address, &form.email) {
        return Err(PageError::TooManyAttempts);
    }
    let SignIn { email, password } = form;
    let wanted = email.clone();
    let found = state.db.run(move |conn| person::find_by_email(conn, &wanted).map_err(Failure::from)).await?;
    // Hashing takes its time on purpose: neither the server's loop nor a connection waits for it.
    let verified = web::block(move || {
        let stored = found.as_ref().map(|person| person.password_hash.as_str());
        password::verify(&password, stored).then_some(found).flatten()
    });
    let session = request.get_session();
    match verified.await.map_err(PageError::internal)? {
        Some(person) => {
            session::sign_in(&session, &person)?;
            Ok(see_other("/admin/shows"))
        }
        None => {
            let token = state.links.form_token(&session);
            let refused = SignInPage { token, email, refused: true };
            page(StatusCode::UNPROCESSABLE_ENTITY, &refused)
        }
    }
}

/// `POST /admin/session/end`
pub async fn end(
    state: web::Data<State>,
    session: Session,
    staff: Result<Staff, PageError>,
    Form(_): Form<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    // The cookie alone could have been copied: what it claims ends too.
    match staff {
        Ok(staff) => {
            state.db.run(move |conn| person::end_sessions(conn, staff.person.id).map_err(Failure::from)).await?
        }
        Err(PageError::SignInNeeded) => {}
        Err(error) => return Err(error),
    }
    session::sign_out(&session);
    Ok(see_other("/admin/sign-in"))
}
