//! What every answer carries, whatever it says.

use crate::posting::{assert_answer, held, post_raw};
use crate::support::fixture::house;
use crate::support::{Browser, Page, TestApp, contents};
use reqwest::Method;

fn header<'a>(page: &'a Page, name: &str) -> &'a str {
    page.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

fn assert_safe(app: &TestApp, page: &Page, asked: &str) {
    let policy = header(page, "content-security-policy");
    let wanted =
        ["default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"];
    for directive in wanted {
        assert!(policy.split("; ").any(|given| given == directive), "{asked}: {directive} in {policy}");
    }
    assert!(policy.contains(&format!("form-action 'self' {}", app.gateway_url)), "{asked}: {policy}");
    assert!(!policy.contains("unsafe"), "{asked}: {policy}");
    assert_eq!(header(page, "x-content-type-options"), "nosniff", "{asked}");
    assert_eq!(header(page, "referrer-policy"), "same-origin", "{asked}");
    for cookie in page.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{asked}: {cookie}");
    }
    // The policy would stop these in a browser: a page that has them is broken.
    assert!(page.attributes("[style]", "style").is_empty() && page.texts("style").is_empty(), "{asked}");
    assert!(page.texts("script:not([src])").is_empty(), "{asked}");
    assert!(!page.body.contains(" onclick=") && !page.body.contains("hx-on"), "{asked}");
}

#[actix_web::test]
async fn every_answer_has_the_headers_of_a_safe_site() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let show = format!("/shows/{}", house.show);
    let paths = [
        "/",
        "/nowhere",
        "/static/marquee-1.css",
        "/static/..%2fCargo.toml",
        "/admin",
        "/admin/sign-in",
        "/bookings",
        "/bookings/ZZZZZZZZ",
        "/webhooks/stripe",
        &show,
        &format!("{show}/seats"),
        &format!("{show}/choice"),
        &booking,
        &format!("{booking}/status"),
        &format!("{booking}/payment"),
        &format!("{booking}/cancellation"),
        "/admin/cases",
        "/admin/cases/1",
        "/admin/events",
        "/admin/events/evt_1",
    ];
    for path in paths {
        let page = browser.get(path).await;
        assert!(page.status.as_u16() < 500, "{path}: {}", page.status);
        assert_safe(&app, &page, path);
        if page.status.as_u16() >= 400 {
            assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8", "{path}");
            assert_eq!(page.texts("main a").len(), 1, "{path}: a next step");
        }
    }
    let post = |path: String, body: &'static str| post_raw(&browser, Box::leak(path.into_boxed_str()), body, &[]);
    for answer in [
        post(format!("{show}/bookings"), "").await,
        post(format!("{show}/bookings"), "%ff").await,
        post(format!("{booking}/payments"), "").await,
        post("/webhooks/stripe".into(), "{}").await,
        post("/admin/session".into(), "").await,
        post("/admin/cases/1/resolution".into(), "").await,
        post("/admin/events/evt_1/processings".into(), "").await,
        post("/".into(), "").await,
    ] {
        assert!((400..500).contains(&answer.status.as_u16()), "{}", answer.status);
        assert_safe(&app, &answer, "post");
    }
}

#[actix_web::test]
async fn an_address_used_in_the_wrong_way_says_so_and_how_it_may_be_used() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let before = contents(&app.database);
    let show = format!("/shows/{}", house.show);
    let gets = [show.clone(), format!("{show}/seats"), booking.clone(), "/admin/sign-in".into()];
    let forms = [
        (format!("{show}/bookings"), show.clone()),
        (format!("{booking}/payments"), booking.clone()),
        (format!("{booking}/cancellation"), booking.clone()),
        ("/admin/session".into(), "/admin".into()),
    ];
    let posts = ["/webhooks/stripe".into()];
    let wrong = [
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
        Method::TRACE,
        Method::from_bytes(b"BREW").unwrap(),
    ];
    for (paths, more, allowed) in [(&gets[..], Method::POST, "GET, HEAD"), (&posts[..], Method::GET, "POST")] {
        for path in paths {
            for method in wrong.iter().chain([&more]) {
                let answer = Browser::send(browser.request(method.clone(), path)).await;
                assert_answer(&answer, 405, "That does not work here", &format!("{method} {path}"));
                assert_eq!(header(&answer, "allow"), allowed, "{method} {path}");
            }
        }
    }
    // A refused form is shown at its own address: coming back to it leads to the page that has the form.
    for (path, page) in &forms {
        assert_eq!(browser.get(path).await.leads_to(), page, "{path}");
        for method in &wrong {
            let answer = Browser::send(browser.request(method.clone(), path)).await;
            assert_answer(&answer, 405, "That does not work here", &format!("{method} {path}"));
        }
    }
    for path in &gets {
        let answer = Browser::send(browser.request(Method::HEAD, path)).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""), "HEAD {path}");
    }
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn pages_that_are_only_looked_at_set_no_session() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    for path in [
        "/",
        "/bookings",
        "/nowhere",
        &format!("/shows/{}/seats", house.show),
        &format!("/shows/{}/choice", house.show),
    ] {
        assert_eq!(header(&app.browser().get(path).await, "set-cookie"), "", "{path}");
    }
}
