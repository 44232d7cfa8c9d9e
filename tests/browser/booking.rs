//! What a customer sees between the hold and the tickets.

use crate::chromium::{Screen, Scripts};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::house;
use crate::support::{TestApp, travel};
use crate::window::Window;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use marquee::booking::BookingStatus;
use marquee::schema::bookings;

/// A window on the checkout of B3 and B4.
async fn held(app: &TestApp, album: &str, screen: Screen, scripts: Scripts) -> Window {
    let house = house(&mut app.database.connect());
    let window = Window::open(&app.url, album, screen, scripts).await;
    window.go(&format!("/shows/{}", house.show)).await;
    for seat in house.seats("B3 B4") {
        window.click(&format!("#seat-{seat} input")).await;
    }
    window.click_words("Hold these seats").await;
    window.until_says("h1", "Almost yours").await;
    window
}

#[actix_web::test]
async fn the_countdown_runs() {
    let app = TestApp::start();
    let window = held(&app, "countdown", Screen::Phone, Scripts::On).await;
    let left = async || -> Option<u32> {
        let text = window.text("[data-seconds-left]").await;
        let (minutes, seconds) = text.strip_prefix("· ")?.strip_suffix(" left")?.split_once(':')?;
        Some(minutes.parse::<u32>().ok()? * 60 + seconds.parse::<u32>().ok()?)
    };
    let first = window.until("a countdown", left).await;
    assert!((420..=480).contains(&first), "{first} seconds");
    window.until("it runs", async || left().await.filter(|now| *now + 2 <= first)).await;
    window.close().await;
}

#[actix_web::test]
async fn a_page_left_open_for_too_long_says_what_became_of_the_seats() {
    let app = TestApp::start();
    let window = held(&app, "too-late", Screen::Phone, Scripts::On).await;
    for (later, heading) in [("9 minutes", "The time to pay has run out"), ("11 minutes", "This booking has expired")]
    {
        travel(&app.database, later);
        window.reload().await;
        window.until_says("h1", heading).await;
        window.picture(heading).await;
    }
    window.click_words("Choose seats again").await;
    window.until_there("#seats").await;
    assert!(!window.has(".seat-map .seat:not(.available)").await, "every seat can be chosen");
    window.close().await;
}

#[actix_web::test]
async fn giving_up_releases_the_seats() {
    for scripts in [Scripts::On, Scripts::Off] {
        let app = TestApp::start();
        let window = held(&app, "giving-up", Screen::Phone, scripts).await;
        window.click_words("Cancel and release the seats").await;
        window.until_says("h1", "Booking cancelled").await;
        window.picture("cancelled").await;
        window.click_words("Choose seats again").await;
        window.until_there("#seats").await;
        assert!(!window.has(".seat-map .seat:not(.available)").await, "every seat can be chosen");
        window.close().await;
        assert_consistent(&mut app.database.connect());
    }
}

#[actix_web::test]
async fn the_own_booking_is_found_again_from_the_map() {
    let app = TestApp::start();
    let window = held(&app, "own", Screen::Desktop, Scripts::On).await;
    let booking = window.path().await;
    window.go("/shows/1").await;
    assert_eq!(window.texts(".seat-map .seat.yours").await.len(), 2);
    window.picture("map").await;
    window.click(".notice a[href^='/bookings/']").await;
    window.until_says("h1", "Almost yours").await;
    assert_eq!(window.path().await, booking);
    window.close().await;
}

#[actix_web::test]
async fn a_wrong_mail_address_is_said_beside_its_field() {
    let app = TestApp::start();
    let window = held(&app, "wrong-address", Screen::Phone, Scripts::On).await;
    window.fill("#name", "Asha Rao").await;
    // Browsers let this pass, and it can never work.
    window.fill("#email", "asha@example").await;
    window.click(".checkout [type=submit].wide").await;
    window.until_says("#email-error", "mail address").await;
    window.picture("said").await;
    assert_eq!(window.run("return document.querySelector('#name').value", &[]).await, "Asha Rao");
    window.close().await;
}

#[actix_web::test]
async fn the_waiting_page_turns_into_tickets_by_itself() {
    for scripts in [Scripts::On, Scripts::Off] {
        let app = TestApp::start();
        let window = held(&app, "waiting", Screen::Phone, scripts).await;
        window.fill("#name", "Asha Rao").await;
        window.fill("#email", "asha@example.com").await;
        window.click(".checkout [type=submit].wide").await;
        window.until_says("h1", "Choose how to pay").await;

        // The gateway's word cannot be acted on while somebody holds the booking.
        let mut holder = app.database.connect();
        holder.batch_execute("BEGIN; SELECT FROM bookings FOR UPDATE").unwrap();
        window.click("button.primary").await;
        window.until_says("h1", "Waiting for your payment").await;
        window.picture("waiting").await;
        holder.batch_execute("ROLLBACK").unwrap();

        window.until_says("h1", "Enjoy the show").await;
        let status: BookingStatus = bookings::table.select(bookings::status).first(&mut holder).unwrap();
        assert_eq!(status, BookingStatus::Confirmed);
        window.close().await;
    }
}
