//! A seat is sold: from the map to the ticket, over real HTTP, with the real mock gateway.

use crate::support::fixture::house;
use crate::support::{Browser, Page, TestApp, eventually};
use reqwest::StatusCode;

/// Follows the booking until the gateway's webhook has settled it.
pub async fn settled(browser: &Browser, booking: &str) -> Page {
    eventually("the booking is confirmed", async || {
        let page = browser.get(booking).await;
        page.texts("h1").contains(&"Enjoy the show".to_owned()).then_some(page)
    })
    .await
}

#[actix_web::test]
async fn two_seats_are_held_paid_after_a_decline_and_ticketed() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();

    let held = browser.hold(house.show.0, &[house.seat("B3").0, house.seat("B4").0]).await;
    let booking = held.leads_to().to_owned();
    let pay = browser.start_payment(&booking).await;
    let session = pay.leads_to().to_owned();
    assert!(session.starts_with(&app.gateway_url), "{session}");

    let declined = browser.post(&session, &[("card", "declined")]).await;
    let again = browser.get(&format!("{}{}", app.gateway_url, declined.leads_to())).await;
    assert!(again.texts("[role=alert]").join(" ").contains("did not go through"), "{}", again.body);
    let paid = browser.post(&session, &[("card", "visa")]).await;
    assert!(paid.leads_to().contains(&booking));

    let confirmed = settled(&browser, &booking).await;
    assert_eq!(confirmed.texts(".ticket-seat strong"), ["B3", "B4"]);
    assert_eq!(app.browser().get(&booking).await.status, StatusCode::NOT_FOUND);
}

/// Holds seats, pays for them at the gateway, and waits for the tickets: the booking's path.
pub async fn bought(browser: &Browser, show: i64, seats: &[i64]) -> String {
    let booking = browser.hold(show, seats).await.leads_to().to_owned();
    let session = browser.start_payment(&booking).await.leads_to().to_owned();
    browser.post(&session, &[("card", "visa")]).await.leads_to();
    settled(browser, &booking).await;
    booking
}
