//! The map as it changes under those who look at it.

use crate::posting::held;
use crate::support::fixture::house;
use crate::support::{Browser, Page, TestApp, contents, travel};
use reqwest::Method;

/// The refresh of a page that has the map with this tag, and these seats chosen.
async fn refresh(browser: &Browser, show: i64, tag: &str, query: &str) -> Page {
    let request = browser.request(Method::GET, &format!("/shows/{show}/seats{query}")).header("HX-PTag", tag);
    Browser::send(request.header("HX-Request", "true")).await
}

fn tag(page: &Page) -> &str {
    page.headers["hx-ptag"].to_str().unwrap()
}

#[actix_web::test]
async fn another_customers_hold_shows_at_the_next_refresh_and_the_choice_survives() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let (looker, other) = (app.browser(), app.browser());
    let map = looker.get(&format!("/shows/{}", house.show)).await;
    let known = map.attributes("#seats", "hx-ptag").remove(0);
    assert_eq!(refresh(&looker, house.show.0, &known, "").await.status, 304);

    let [b3, b4] = ["B3", "B4"].map(|label| house.seat(label));
    held(&other, house.show.0, &[b4.0]).await;
    let query = format!("?seat={b3}&seat={b4}");
    let fresh = refresh(&looker, house.show.0, &known, &query).await;
    assert_eq!(fresh.status, 200);
    assert_eq!(fresh.attributes(&format!("#taken-{b4}"), "aria-label"), ["B4, held by somebody else"]);
    assert_eq!(fresh.attributes("input[name='seat'][checked]", "value"), [b3.to_string()]);
    assert!(fresh.body.contains("B4 just went. The rest of your choice is still marked."));
    assert_eq!(refresh(&looker, house.show.0, tag(&fresh), &query).await.status, 304);

    let theirs = refresh(&other, house.show.0, &known, "").await;
    assert_eq!(theirs.attributes(&format!("#taken-{b4}"), "aria-label"), ["B4, held for you"]);
    assert_ne!(tag(&theirs), tag(&fresh));
}

#[actix_web::test]
async fn a_lapse_changes_the_map_and_its_tag_without_a_write() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let (looker, other) = (app.browser(), app.browser());
    held(&other, house.show.0, &[house.seats[0].0]).await;
    let locked = refresh(&looker, house.show.0, "", "").await;
    let before = contents(&app.database);
    travel(&app.database, "9 minutes 55 seconds");
    assert_eq!(refresh(&looker, house.show.0, tag(&locked), "").await.status, 304);
    travel(&app.database, "10 minutes 1 second");
    let free = refresh(&looker, house.show.0, tag(&locked), "").await;
    assert_eq!(free.status, 200);
    assert_eq!(free.attributes(&format!("input[value='{}']", house.seats[0]), "name"), ["seat"]);
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn the_end_of_the_sale_changes_the_tag() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let looker = app.browser();
    let open = refresh(&looker, house.show.0, "", "").await;
    travel(&app.database, "1 day 16 minutes");
    let ended = refresh(&looker, house.show.0, tag(&open), "").await;
    assert_eq!(ended.status, 200);
    assert!(ended.attributes("input[name='seat']", "value").is_empty());
    assert!(ended.texts(".notice")[0].starts_with("Online sale for this show has ended"));
}

#[actix_web::test]
async fn a_choice_of_nonsense_is_no_choice() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let looker = app.browser();
    let many = "&seat=1".repeat(1500);
    for query in [
        "?seat=abc",
        "?seat=0&seat=-1",
        "?seat=99999999999999999999",
        "?seat=%00",
        "?seat=%ff",
        "?seat",
        "?%",
        &format!("?seat=abc{many}"),
    ] {
        for below in ["", "/seats", "/choice"] {
            let page = looker.get(&format!("/shows/{}{below}{query}", house.show)).await;
            assert_eq!(page.status, 200, "{below}{query}");
        }
    }
}
