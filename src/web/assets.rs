//! Static files, part of the binary; their names carry a version, so browsers may keep them for ever.

use super::error::PageError;
use actix_web::http::header;
use actix_web::{HttpResponse, web};

const FILES: &[(&str, &str, &[u8])] = &[
    ("htmx-4.0.1.min.js", "text/javascript; charset=utf-8", include_bytes!("../../static/htmx-4.0.1.min.js")),
    (
        "htmx-4.0.1-ptag.min.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../static/htmx-4.0.1-ptag.min.js"),
    ),
    ("marquee-1.js", "text/javascript; charset=utf-8", include_bytes!("../../static/marquee-1.js")),
    ("marquee-1.css", "text/css; charset=utf-8", include_bytes!("../../static/marquee-1.css")),
    ("marquee-1-icon.svg", "image/svg+xml", include_bytes!("../../static/marquee-1-icon.svg")),
    (
        "bricolage-grotesque-5.3.0-700.woff2",
        "font/woff2",
        include_bytes!("../../static/bricolage-grotesque-5.3.0-700.woff2"),
    ),
];

/// `GET /static/{file}`
pub async fn show(file: web::Path<String>) -> Result<HttpResponse, PageError> {
    let (_, kind, bytes) = FILES.iter().find(|(name, ..)| *name == file.as_str()).ok_or(PageError::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(*kind)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(*bytes))
}
