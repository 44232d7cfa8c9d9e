//! The gateway's hosted page: what a customer sees and does there, whatever the bank says.

use crate::accessibility::assert_accessible;
use crate::chromium::{Screen, Scripts};
use crate::keyboard::{assert_focus_shows, tab_to, type_text};
use crate::support::fixture::house;
use crate::support::{TestApp, travel_gateway};
use crate::window::Window;
use fantoccini::key::Key;
use serde_json::json;

/// Holds a seat and goes on to the gateway's page.
async fn at_the_gateway(app: &TestApp, album: &str, screen: Screen, scripts: Scripts) -> Window {
    let house = house(&mut app.database.connect());
    let window = Window::open(&app.url, album, screen, scripts).await;
    window.go(&format!("/shows/{}", house.show)).await;
    window.click(&format!("#seat-{} input", house.seat("B3"))).await;
    window.click_words("Hold these seats").await;
    window.until_says("h1", "Almost yours").await;
    window.fill("#name", "Asha Rao").await;
    window.fill("#email", "asha@example.com").await;
    window.click(".checkout [type=submit].wide").await;
    window.until_says("h1", "Choose how to pay").await;
    window
}

async fn pay_with(window: &Window, choice: &str) {
    window.click(&format!("label:has([value={choice}])")).await;
    window.click("button.primary").await;
}

/// Looks at a page as it is: pictures, and, where scripts can run, what a screen reader would stumble over.
async fn look(window: &Window, name: &str) {
    window.long_picture(name).await;
    if window.scripts == Scripts::On {
        assert_accessible(window, name).await;
    }
}

#[actix_web::test]
async fn each_choice_does_what_it_says_with_scripts_and_without() {
    for (screen, scripts) in [
        (Screen::Phone, Scripts::Off),
        (Screen::Phone, Scripts::On),
        (Screen::Desktop, Scripts::Off),
        (Screen::Desktop, Scripts::On),
    ] {
        let app = TestApp::start();
        let window = at_the_gateway(&app, "paying", screen, scripts).await;
        look(&window, "1-card").await;
        for (choice, reason) in [("declined", "was declined"), ("insufficient_funds", "insufficient funds")] {
            pay_with(&window, choice).await;
            window.until_says(".alert", reason).await;
            assert_eq!(window.texts(&format!(".choice:has([value={choice}]) .tried")).await, ["tried just now"]);
        }
        look(&window, "2-declined").await;

        assert!(!window.is_shown("[value=upi_failure]").await, "one kind of method at a time");
        window.click(".method-head:has([value=upi])").await;
        assert!(window.is_shown("[value=upi_failure]").await && !window.is_shown("[value=visa]").await);
        look(&window, "3-upi").await;
        pay_with(&window, "upi_failure").await;
        window.until_says(".alert", "UPI app refused").await;
        assert!(window.is_shown("[value=upi_failure]").await, "the customer goes on where they were");

        window.click(".method-head:has([value=card])").await;
        pay_with(&window, "authentication").await;
        window.until_says("h1", "Is this you?").await;
        look(&window, "4-bank").await;
        window.click("[value=refuse]").await;
        window.until_says(".alert", "could not confirm that it was you").await;
        pay_with(&window, "authentication").await;
        window.until_says("h1", "Is this you?").await;
        window.click_words("go back").await;
        window.until_says(".note", "still waits").await;
        window.click_words("Answer your bank").await;
        window.click("[value=agree]").await;
        window.until_says("h1", "Enjoy the show").await;
        window.close().await;
    }
}

#[actix_web::test]
async fn a_mistake_is_told_beside_its_field_and_the_focus_is_there() {
    for screen in [Screen::Phone, Screen::Desktop] {
        let app = TestApp::start();
        let window = at_the_gateway(&app, "paying-mistakes", screen, Scripts::On).await;
        assert!(!window.is_shown("#number").await);
        window.click(".choice:has([name=card][value=typed])").await;
        window.fill("#number", "4242424242424242").await;
        window.fill("#expiry", "01/20").await;
        window.click("button.primary").await;
        window.until_says("#expiry-error", "not past").await;
        window.until_says("#cvc-error", "three digits").await;
        assert_eq!(window.run("return document.activeElement.id", &[]).await, json!("expiry"));
        assert_eq!(
            window.run("return document.querySelector('#number').value", &[]).await,
            json!("4242 4242 4242 4242")
        );
        look(&window, "card").await;

        window.click(".method-head:has([value=upi])").await;
        window.click(".choice:has([name=upi][value=typed])").await;
        window.fill("#upi_id", "asha@okaxis").await;
        window.click("button.primary").await;
        window.until_says("#upi_id-error", "not a test UPI ID").await;
        assert_eq!(window.run("return document.activeElement.id", &[]).await, json!("upi_id"));
        look(&window, "upi").await;
        window.fill("#upi_id", "success@upi").await;
        window.click("button.primary").await;
        window.until_says("h1", "Enjoy the show").await;
        window.close().await;
    }
}

#[actix_web::test]
async fn a_bank_that_answers_later_ends_in_tickets() {
    let app = TestApp::start();
    let window = at_the_gateway(&app, "paying-later", Screen::Phone, Scripts::On).await;
    let page = window.address().await;
    window.click(".method-head:has([value=upi])").await;
    pay_with(&window, "upi_pending_success").await;
    window.until_says("h1", "Waiting for your payment").await;
    window.go(&page).await;
    window.until_says("h1", "Your bank is working on it").await;
    look(&window, "processing").await;
    travel_gateway(&app.gateway_database, "1 minute");
    window.click("a.primary").await;
    window.until_says("h1", "Enjoy the show").await;
    window.go(&page).await;
    window.until_says("h1", "Payment complete").await;
    look(&window, "paid").await;
    window.close().await;
}

#[actix_web::test]
async fn a_bank_that_refuses_later_leaves_the_seats_to_be_paid_for_again() {
    let app = TestApp::start();
    let window = at_the_gateway(&app, "paying-refused-later", Screen::Phone, Scripts::Off).await;
    let page = window.address().await;
    window.click(".method-head:has([value=upi])").await;
    pay_with(&window, "upi_pending_failure").await;
    window.until_says("h1", "Waiting for your payment").await;
    travel_gateway(&app.gateway_database, "1 minute");
    // The merchant lets go of this payment, and another can be begun.
    window.until_says("h1", "Almost yours").await;
    window.go(&page).await;
    window.until_says("h1", "The payment did not go through").await;
    look(&window, "gateway").await;
    window.click_words("Back to Marquee").await;
    window.until_says("h1", "Almost yours").await;
    window.click(".checkout [type=submit].wide").await;
    window.until_says("h1", "Choose how to pay").await;
    window.click("button.primary").await;
    window.until_says("h1", "Enjoy the show").await;
    window.close().await;
}

#[actix_web::test]
async fn a_page_that_has_expired_says_so_and_leads_back() {
    let app = TestApp::start();
    let window = at_the_gateway(&app, "paying-expired", Screen::Desktop, Scripts::On).await;
    travel_gateway(&app.gateway_database, "25 hours");
    window.click("button.primary").await;
    window.until_says("h1", "This payment page has expired").await;
    assert!(window.text("main").await.contains("Nothing was charged"));
    look(&window, "expired").await;
    window.click_words("Back to Marquee").await;
    window.until_says("h1", "Almost yours").await;
    window.close().await;
}

#[actix_web::test]
async fn the_keyboard_reaches_everything_in_the_order_it_is_read() {
    let app = TestApp::start();
    let window = at_the_gateway(&app, "paying-keyboard", Screen::Desktop, Scripts::On).await;
    window.run("document.activeElement.blur(); scrollTo(0, 0)", &[]).await;
    for css in [".back a", "[name=method][value=card]", "[name=card][value=visa]", "button.primary"] {
        window.press(&[Key::Tab.into()]).await;
        assert_eq!(
            window.run("return document.activeElement.matches(arguments[0])", &[json!(css)]).await,
            json!(true),
            "{css}"
        );
        assert_focus_shows(&window).await;
    }
    window.run("document.activeElement.blur(); scrollTo(0, 0)", &[]).await;
    tab_to(&window, "[name=method]").await;
    window.press(&[Key::Down.into()]).await;
    tab_to(&window, "[name=upi][value=upi_success]").await;
    window.press(&[Key::Up.into()]).await;
    tab_to(&window, "#upi_id").await;
    assert_focus_shows(&window).await;
    type_text(&window, "success@upi").await;
    window.picture("typed").await;
    window.press(&[Key::Enter.into()]).await;
    window.until_says("h1", "Enjoy the show").await;
    window.close().await;
}
