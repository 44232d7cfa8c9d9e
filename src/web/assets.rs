//! Static files, part of the binary; their names carry a version, so browsers may keep them for ever.

use super::error::PageError;
use actix_web::http::header;
use actix_web::{HttpResponse, web};

const FILES: &[(&str, &str, &[u8])] = &[
    ("htmx-4.0.1.min.js", "text/javascript", include_bytes!("../../static/htmx-4.0.1.min.js")),
    ("htmx-4.0.1-ptag.min.js", "text/javascript", include_bytes!("../../static/htmx-4.0.1-ptag.min.js")),
    ("marquee-1.js", "text/javascript", include_bytes!("../../static/marquee-1.js")),
    ("marquee-1.css", "text/css", include_bytes!("../../static/marquee-1.css")),
];

/// `GET /static/{file}`
pub async fn show(file: web::Path<String>) -> Result<HttpResponse, PageError> {
    let (_, kind, bytes) = FILES.iter().find(|(name, ..)| *name == file.as_str()).ok_or(PageError::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(format!("{kind}; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(*bytes))
}
