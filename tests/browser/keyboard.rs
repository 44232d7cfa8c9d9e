//! A whole purchase without a mouse.

use crate::chromium::{Screen, Scripts};
use crate::support::TestApp;
use crate::support::fixture::house;
use crate::window::Window;
use fantoccini::key::Key;
use serde_json::json;

/// Presses Tab until the focus is on what the selector names.
pub async fn tab_to(window: &Window, css: &str) {
    for _ in 0..80 {
        if window.run("return document.activeElement.matches(arguments[0])", &[json!(css)]).await == json!(true) {
            return;
        }
        window.press(&[Key::Tab.into()]).await;
    }
    panic!("Tab does not lead to {css}");
}

pub async fn type_text(window: &Window, text: &str) {
    window.press(&text.chars().collect::<Vec<_>>()).await;
}

/// Whether the focus is somewhere a person can see.
pub async fn assert_focus_shows(window: &Window) {
    let shown = window
        .run(
            "const e = document.activeElement, b = e.getBoundingClientRect();
             const over = document.elementFromPoint(b.left + b.width / 2, b.top + b.height / 2);
             return b.top >= 0 && b.bottom <= innerHeight && (e.contains(over) || over?.closest('label')?.contains(e))",
            &[],
        )
        .await;
    assert_eq!(shown, json!(true), "the focus is out of sight");
}

#[actix_web::test]
async fn two_seats_are_bought_with_tab_arrows_space_and_enter() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let window = Window::open(&app.url, "keyboard", Screen::Desktop, Scripts::On).await;
    window.go(&format!("/shows/{}", house.show)).await;

    tab_to(&window, "[name=seat]").await;
    let arrows = [Key::Down, Key::Right, Key::Right].map(char::from);
    window.press(&arrows).await;
    assert_focus_shows(&window).await;
    window.press(&[' ', Key::Right.into(), ' ']).await;
    window.until_says("#choice", "B3, B4").await;
    window.picture("chosen").await;
    tab_to(&window, ".choice-bar button").await;
    assert_focus_shows(&window).await;
    window.press(&[Key::Enter.into()]).await;
    window.until_says("h1", "Almost yours").await;

    tab_to(&window, "#name").await;
    type_text(&window, "Asha Rao").await;
    tab_to(&window, "#email").await;
    type_text(&window, "asha@example.com").await;
    tab_to(&window, &format!("#type-{}", house.seat("B4"))).await;
    assert_focus_shows(&window).await;
    type_text(&window, "c").await;
    window.until_says("#pay-total", "₹390.80").await;
    window.picture("checkout").await;
    tab_to(&window, ".checkout button").await;
    window.press(&[Key::Enter.into()]).await;
    window.until_says("h1", "Choose how to pay").await;

    tab_to(&window, "button.primary").await;
    window.press(&[Key::Enter.into()]).await;
    window.until_says("h1", "Enjoy the show").await;
    assert_eq!(window.texts(".ticket-seat strong").await, ["B3", "B4"]);
    window.close().await;
}
