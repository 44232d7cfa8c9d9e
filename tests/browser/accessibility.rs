//! axe-core finds nothing serious on any page, light or dark.
//!
//! axe-core is Deque Systems', under the Mozilla Public License 2.0; the file is as its npm package has it and is part
//! of the tests only. Given to the driver to run, it is no script of the page, so the page's policy does not matter.

use crate::chromium::{Screen, Scripts};
use crate::halls::busy_imax;
use crate::support::TestApp;
use crate::window::Window;
use serde_json::Value;

const AXE: &str = include_str!("axe-core-4.14.1.min.js");
const RUN: &str = "return axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
    .filter(v => ['serious', 'critical'].includes(v.impact))
    .flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary.replace(/\\s+/g, ' ')}`)))";

pub async fn assert_accessible(window: &Window, page: &str) {
    for scheme in ["light", "dark"] {
        window.prefer(scheme).await;
        window.run(AXE, &[]).await;
        let found = window.run(RUN, &[]).await;
        assert_eq!(found, Value::Array(Vec::new()), "{page}, {scheme}: {found:#}");
    }
}

#[actix_web::test]
async fn nothing_serious_on_the_customers_pages() {
    let app = TestApp::start();
    let hall = busy_imax(&mut app.database.connect());
    for screen in [Screen::Phone, Screen::Desktop] {
        let window = Window::open(&app.url, "accessibility", screen, Scripts::On).await;
        for path in ["/", "/cities", "/movies/sairat", "/cinemas/regal", "/admin/sign-in"] {
            window.go(path).await;
            window.long_picture(&path.replace('/', "-")).await;
            assert_accessible(&window, path).await;
        }
        window.go(&format!("/shows/{}", hall.show)).await;
        window
            .click(&format!("#seat-{} input", hall.seat(if screen == Screen::Phone { "E12" } else { "F12" })))
            .await;
        window.until_there("#choice .total").await;
        assert_accessible(&window, "seat map").await;
        window.click_words("Hold these seats").await;
        window.until_says("h1", "Almost yours").await;
        assert_accessible(&window, "checkout").await;
        window.fill("#name", "Asha Rao").await;
        window.fill("#email", "asha@example.com").await;
        window.click(".checkout [type=submit].wide").await;
        window.until_says("h1", "Choose how to pay").await;
        assert_accessible(&window, "the gateway's page").await;
        window.click("button.primary").await;
        window.until_says("h1", "Enjoy the show").await;
        assert_accessible(&window, "tickets").await;
        window.close().await;
    }
}

#[actix_web::test]
async fn a_page_with_a_fault_is_found_out() {
    let app = TestApp::start();
    let window = Window::open(&app.url, "control", Screen::Desktop, Scripts::On).await;
    window.go("/admin/sign-in").await;
    window.run("document.querySelector('label').remove()", &[]).await;
    window.run(AXE, &[]).await;
    assert!(window.run(RUN, &[]).await.to_string().contains("label"));
    // The same for what the console says.
    assert_eq!(window.complaints().await, Vec::<String>::new());
    window.run("document.body.setAttribute('style', 'color: red')", &[]).await;
    let complaint = window.until("a complaint", async || window.complaints().await.pop()).await;
    assert!(complaint.contains("Content Security Policy"), "{complaint}");
    window.close().await;
}
