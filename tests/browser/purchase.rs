//! Two seats bought from the map to the tickets, with a declined card on the way.

use crate::chromium::{Screen, Scripts};
use crate::support::TestApp;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, house};
use crate::window::Window;
use diesel::prelude::*;
use marquee::ids::TicketId;
use marquee::schema::tickets;
use marquee::ticketing::ticket::TicketSigner;

#[actix_web::test]
async fn two_seats_are_bought_on_a_phone_with_scripts() {
    buy(Screen::Phone, Scripts::On).await;
}

#[actix_web::test]
async fn two_seats_are_bought_on_a_desktop_with_scripts() {
    buy(Screen::Desktop, Scripts::On).await;
}

#[actix_web::test]
async fn two_seats_are_bought_on_a_phone_without_scripts() {
    buy(Screen::Phone, Scripts::Off).await;
}

#[actix_web::test]
async fn two_seats_are_bought_on_a_desktop_without_scripts() {
    buy(Screen::Desktop, Scripts::Off).await;
}

async fn buy(screen: Screen, scripts: Scripts) {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let window = Window::open(&app.url, "purchase", screen, scripts).await;
    hold(&window, &house).await;
    fill_in(&window, &house).await;
    pay(&window).await;
    look_at_the_tickets(&window, &app).await;
    window.close().await;
    assert_consistent(&mut app.database.connect());
}

/// B3 and B4 at ₹200 and ₹30 fee with 18 % tax each.
async fn hold(window: &Window, house: &House) {
    window.go(&format!("/shows/{}", house.show)).await;
    window.picture("1-map").await;
    for label in ["B3", "B4"] {
        window.click(&format!("#seat-{} input", house.seat(label))).await;
    }
    match window.scripts {
        Scripts::On => {
            window.until_says("#choice", "B3, B4").await;
            window.until_says("#choice .total", "₹470.80").await;
        }
        // The words of the empty choice must not claim otherwise.
        Scripts::Off => assert!(!window.has("#choice .total").await),
    }
    window.picture("2-chosen").await;
    window.click_words("Hold these seats").await;
    window.until_says("h1", "Almost yours").await;
    assert_eq!(window.texts(".seat-labels .badge").await, ["B3", "B4"]);
    window.until_says("#price-lines .total", "₹470.80").await;
}

async fn fill_in(window: &Window, house: &House) {
    window.fill("#name", "Asha Rao").await;
    window.fill("#email", "asha@example.com").await;
    window.select(&format!("#type-{}", house.seat("B4")), "child").await;
    match (window.scripts, window.screen) {
        (Scripts::On, _) => {}
        (Scripts::Off, Screen::Phone) => window.click_words("Update the price").await,
        // On the desktop the child pays as a child without a look at the price before.
        (Scripts::Off, Screen::Desktop) => return window.picture("3-checkout").await,
    }
    window.until_says("#price-lines", "1 × Child at ₹120").await;
    window.until_says("#price-lines .total", "₹390.80").await;
    assert_eq!(window.text(".checkout [type=submit].wide").await, "Pay ₹390.80");
    window.picture("3-checkout").await;
    window.long_picture("3-checkout").await;
}

async fn pay(window: &Window) {
    window.click(".checkout [type=submit].wide").await;
    window.until_says("h1", "Choose how to pay").await;
    window.picture("4-gateway").await;
    window.click("label:has([value=declined])").await;
    window.click("button.primary").await;
    window.until_says(".alert", "declined").await;
    window.picture("5-declined").await;
    window.click("label:has([value=visa])").await;
    window.click("button.primary").await;
    window.until_says("h1", "Enjoy the show").await;
}

async fn look_at_the_tickets(window: &Window, app: &TestApp) {
    window.picture("6-tickets").await;
    window.long_picture("6-tickets").await;
    assert_eq!(window.texts(".ticket-seat strong").await, ["B3", "B4"]);
    let lines = window.text(".price-lines").await;
    for line in ["1 × Adult at ₹200", "1 × Child at ₹120", "Convenience fee ₹60.00", "Total ₹390.80"] {
        assert!(lines.contains(line), "{line} in {lines}");
    }
    let drawn = window.texts(".ticket-code svg").await.len();
    // The application's key, as its tests set it.
    let signer = TicketSigner::new(&[0x5e; 64]);
    let read: Vec<Option<TicketId>> =
        window.texts(".ticket-code figcaption").await.iter().map(|code| signer.read(code)).collect();
    let issued: Vec<TicketId> =
        tickets::table.order(tickets::seat_id).select(tickets::id).load(&mut app.database.connect()).unwrap();
    assert_eq!((drawn, read), (2, issued.into_iter().map(Some).collect()));
}
