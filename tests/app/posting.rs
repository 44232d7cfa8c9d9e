//! Sending what no form of ours would send, and reading what a person is told.

use crate::support::{Browser, Page, TestApp};
use reqwest::Method;

pub const FORM: &str = "application/x-www-form-urlencoded";

/// Posts a body as it is, with more headers.
pub async fn post_raw(browser: &Browser, path: &str, body: impl Into<Vec<u8>>, headers: &[(&str, &str)]) -> Page {
    let mut request = browser.request(Method::POST, path).header("content-type", FORM).body(body.into());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Browser::send(request).await
}

/// The headline of what stands in the way: of a notice on a page, or of an error page.
pub fn headline(page: &Page) -> String {
    let notices = page.texts("#refusal h2, #problem h2, #outcome h2");
    notices.into_iter().chain(page.texts("h1")).next().unwrap_or_default()
}

/// Asserts status and headline.
pub fn assert_answer(page: &Page, status: u16, expected: &str, asked: &str) {
    assert_eq!((page.status.as_u16(), headline(page).as_str()), (status, expected), "{asked}\n{}", page.body);
}

/// A booking held by `browser`: its path, `/bookings/K7QM2XPD`.
pub async fn held(browser: &Browser, show: i64, seats: &[i64]) -> String {
    browser.hold(show, seats).await.leads_to().to_owned()
}

/// The key of the signed link that the gateway was given for the newest payment.
pub fn signed_key(app: &TestApp) -> String {
    use diesel::prelude::*;
    use marquee::schema::payments;
    let newest = payments::table.order(payments::started_at.desc()).select(payments::create_params);
    let terms: serde_json::Value = newest.first(&mut app.database.connect()).unwrap();
    terms["success_url"].as_str().unwrap().split_once("?key=").unwrap().1.to_owned()
}
