//! A customer pays at the gateway while our PostgreSQL is away: the gateway tells again, and the page gets there.

use crate::support::site::{Outage, Site};
use crate::support::{Browser, Page, count, eventually};
use reqwest::StatusCode;
use std::time::{Duration, Instant};

/// What the waiting page's script does each second: asks, and stays when the answer is an error.
async fn look(browser: &Browser, waiting: &Page) -> Page {
    let [section] = &waiting.attributes("#waiting", "hx-get")[..] else { panic!("{}", waiting.body) };
    assert_eq!(waiting.attributes("#waiting", "hx-trigger"), ["every 1s"]);
    assert_eq!(waiting.attributes("#waiting", "hx-status:5xx"), ["swap:none"]);
    browser.get(section).await
}

async fn the_gateway_tells_again(outage: Outage) {
    let mut site = Site::start();
    let browser = site.browser();
    let booking = browser.hold(site.house.show.0, &[site.house.seats[0].0]).await.leads_to().to_owned();
    let pay_page = browser.start_payment(&booking).await.leads_to().to_owned();
    let waiting = browser.get(&format!("{booking}/payment")).await;
    assert_eq!(look(&browser, &waiting).await.status, StatusCode::NO_CONTENT);

    site.postgres.go_away(outage);
    browser.post(&pay_page, &[("card", "visa")]).await.leads_to();
    let gateway = &mut site.gateway_database.connect();
    let refused =
        "SELECT count(*) FROM deliveries WHERE last_status = 503 AND delivered_at IS NULL AND attempts >= 2";
    eventually("the gateway has tried twice", async || (count(gateway, refused) > 0).then_some(())).await;
    let meanwhile = look(&browser, &waiting).await;
    assert_eq!(meanwhile.status, StatusCode::SERVICE_UNAVAILABLE);

    site.postgres.come_back();
    let back = Instant::now();
    let there = eventually("the waiting page is sent on", async || {
        let page = look(&browser, &waiting).await;
        page.headers.get("hx-redirect").map(|url| url.to_str().unwrap().to_owned())
    });
    let there = there.await;
    println!("{outage:?}: the waiting page was sent on {:?} behind the server", back.elapsed());
    assert!(back.elapsed() < Duration::from_secs(10), "{:?}", back.elapsed());
    assert_eq!(there, booking);
    assert_eq!(browser.get(&there).await.texts("h1"), ["Enjoy the show"]);
    let undelivered = "SELECT count(*) FROM deliveries WHERE delivered_at IS NULL";
    eventually("every event is delivered", async || (count(gateway, undelivered) == 0).then_some(())).await;
    assert_eq!(site.count("SELECT count(*) FROM payments WHERE outcome = 'confirm'"), 1);
    assert_eq!(site.count("SELECT count(*) FROM gateway_events WHERE processed_at IS NULL"), 0);
    site.assert_consistent();
}

#[actix_web::test]
async fn money_that_arrives_while_postgres_is_stopped_is_told_again_and_confirms() {
    the_gateway_tells_again(Outage::Stopped).await;
}

#[actix_web::test]
async fn money_that_arrives_while_postgres_says_nothing_is_told_again_and_confirms() {
    the_gateway_tells_again(Outage::Silent).await;
}
