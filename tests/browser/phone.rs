//! A big hall on a small screen.

use crate::chromium::{Screen, Scripts};
use crate::halls::busy_imax;
use crate::support::TestApp;
use crate::window::Window;
use serde_json::json;

#[actix_web::test]
async fn a_wide_hall_scrolls_sideways_alone_and_starts_in_its_middle() {
    let app = TestApp::start();
    let hall = busy_imax(&mut app.database.connect());
    for scripts in [Scripts::On, Scripts::Off] {
        let window = Window::open(&app.url, "phone", Screen::Phone, scripts).await;
        window.go(&format!("/shows/{}", hall.show)).await;
        window.picture("hall").await;
        window.long_picture("hall").await;
        let off_centre = window
            .run("const s = document.querySelector('.seat-map .scroll'); return Math.abs(s.scrollLeft - (s.scrollWidth - s.clientWidth) / 2)", &[])
            .await;
        assert!(off_centre.as_f64().unwrap() < 40.0, "{off_centre} pixels off");
        let page = window.run("return [document.documentElement.scrollWidth, innerWidth]", &[]).await;
        assert_eq!(page, json!([390, 390]));
        let smallest = window
            .run("return Math.min(...[...document.querySelectorAll('.seat input')].flatMap(e => [e.getBoundingClientRect().width, e.getBoundingClientRect().height]))", &[])
            .await;
        assert!(smallest.as_f64().unwrap() >= 24.0, "a seat of {smallest} pixels");
        window.close().await;
    }
}

#[actix_web::test]
async fn prices_and_the_choice_stay_in_sight_on_a_phone() {
    let app = TestApp::start();
    let hall = busy_imax(&mut app.database.connect());
    let window = Window::open(&app.url, "phone-choice", Screen::Phone, Scripts::On).await;
    window.go(&format!("/shows/{}", hall.show)).await;
    for label in ["E12", "E13", "E14"] {
        window.click(&format!("#seat-{} input", hall.seat(label))).await;
    }
    window.until_says("#choice", "E12, E13, E14").await;
    window.picture("chosen").await;
    for place in [0, 10_000] {
        window.run("document.querySelector('.seat-map .scroll').scrollLeft = arguments[0]", &[json!(place)]).await;
        let sight = window
            .run(
                "return [...document.querySelectorAll('.zone-head')].every(e => { const b = e.getBoundingClientRect(); return b.left >= 0 && b.right <= innerWidth })
                 && document.querySelector('.choice-bar .button').getBoundingClientRect().bottom <= innerHeight",
                &[],
            )
            .await;
        assert_eq!(sight, json!(true));
    }
    window.picture("scrolled").await;
    window.close().await;
}

#[actix_web::test]
async fn the_eleventh_seat_is_too_many_and_the_page_says_so() {
    let app = TestApp::start();
    let hall = busy_imax(&mut app.database.connect());
    for scripts in [Scripts::On, Scripts::Off] {
        let window = Window::open(&app.url, "too-many", Screen::Phone, scripts).await;
        window.go(&format!("/shows/{}", hall.show)).await;
        window.until_says("#choice", "up to 10 seats").await;
        for number in 8..19 {
            window.click(&format!("#seat-{} input", hall.seat(&format!("D{number}")))).await;
        }
        if scripts == Scripts::On {
            window.until_says("#choice .error", "at most 10 seats").await;
            window.picture("told").await;
        }
        window.click_words("Hold these seats").await;
        window.until_says("#refusal", "at most 10 seats").await;
        window.picture("refused").await;
        assert_eq!(
            window.run("return document.querySelectorAll('[name=seat]:checked').length", &[]).await,
            json!(11)
        );
        window.close().await;
    }
}
