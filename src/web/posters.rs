//! Posters, drawn when they are asked for.

use super::app::State;
use super::error::PageError;
use super::extractors::SlugInPath;
use crate::catalogue::{movie, poster};
use crate::db::Failure;
use actix_web::http::header;
use actix_web::{HttpResponse, web};

/// `GET /movies/{slug}/poster.svg`
pub async fn show(state: web::Data<State>, SlugInPath(slug): SlugInPath) -> Result<HttpResponse, PageError> {
    let movie = state.db.run(move |conn| Ok::<_, Failure>(movie::find(conn, &slug)?)).await?;
    let movie = movie.ok_or(PageError::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type("image/svg+xml")
        // A poster follows from its movie's title; a week is soon enough for a corrected one.
        .insert_header((header::CACHE_CONTROL, "public, max-age=604800, stale-while-revalidate=2592000"))
        .body(poster::svg(&movie.title, movie.year, &movie.director, &movie.genres())))
}
