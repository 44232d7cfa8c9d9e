//! Who may see a booking: the visitor who made it, or whoever has its signed link. Anybody else finds nothing.

use crate::booking::{Booking, booking, reference};
use crate::catalogue::show;
use crate::db::Failure;
use crate::web::app::State;
use crate::web::error::PageError;
use crate::web::session::known_visitor;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;

/// A booking that the request may see and act on.
pub struct Access {
    pub booking: Booking,
    /// The movie's title.
    pub title: String,
    /// The key of the signed link, when that opened it; links on the page carry it on.
    pub key: Option<String>,
}

#[derive(Default, Deserialize)]
struct Query {
    key: Option<String>,
}

impl Access {
    /// A URL below the booking, with the key if there is one: `/bookings/K7QM2XPD/payments?key=..`.
    pub fn url(&self, below: &str) -> String {
        let key = self.key.as_ref().map(|key| format!("?key={key}")).unwrap_or_default();
        format!("/bookings/{}{below}{key}", self.booking.reference)
    }
}

impl FromRequest for Access {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let wanted = request.match_info().get("reference").and_then(reference::parse);
        let visitor = known_visitor(request);
        let query: Query = serde_html_form::from_str(request.query_string()).unwrap_or_default();
        let state = request.app_data::<web::Data<State>>().cloned();
        Box::pin(async move {
            let (Some(wanted), Some(state)) = (wanted, state) else { return Err(PageError::NotFound) };
            let key = query.key.filter(|key| state.links.opens_booking(&wanted, key));
            let found = state
                .db
                .run(move |conn| -> Result<_, Failure> {
                    let Some(booking) = booking::find(conn, &wanted)? else { return Ok(None) };
                    let title = show::details(conn, booking.show_id)?.map(|details| details.movie.title);
                    Ok(Some((booking, title.unwrap_or_default())))
                })
                .await?;
            match found {
                Some((booking, title)) if key.is_some() || visitor == Some(booking.visitor_id) => {
                    Ok(Self { booking, title, key })
                }
                _ => Err(PageError::NotFound),
            }
        })
    }
}
