//! A paid booking is given back, and staff read what became of money.

use crate::accessibility::assert_accessible;
use crate::chromium::{Screen, Scripts};
use crate::staff::{add_manager, sign_in};
use crate::support::TestApp;
use crate::support::busy::busy;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, refused, staff, try_sell};
use crate::window::Window;
use diesel::prelude::*;
use marquee::payment::refund::{Attempt, Word};
use marquee::programme::cancel_show::cancel_show;
use marquee::sale;
use marquee::schema::refunds;

#[actix_web::test]
async fn two_seats_are_given_back_on_a_phone_with_scripts() {
    give_back(Screen::Phone, Scripts::On).await;
}

#[actix_web::test]
async fn two_seats_are_given_back_on_a_desktop_with_scripts() {
    give_back(Screen::Desktop, Scripts::On).await;
}

#[actix_web::test]
async fn two_seats_are_given_back_on_a_phone_without_scripts() {
    give_back(Screen::Phone, Scripts::Off).await;
}

#[actix_web::test]
async fn two_seats_are_given_back_on_a_desktop_without_scripts() {
    give_back(Screen::Desktop, Scripts::Off).await;
}

async fn buy(window: &Window, house: &House) {
    window.go(&format!("/shows/{}", house.show)).await;
    for label in ["B3", "B4"] {
        window.click(&format!("#seat-{} input", house.seat(label))).await;
    }
    window.click_words("Hold these seats").await;
    window.until_says("#policy", "Cancel until 2 h before the show for 75 %").await;
    window.long_picture("1-checkout").await;
    window.fill("#name", "Asha Rao").await;
    window.fill("#email", "asha@example.com").await;
    window.click(".checkout [type=submit].wide").await;
    window.until_says("h1", "Choose how to pay").await;
    window.click("label:has([value=visa])").await;
    window.click("button.primary").await;
    window.until_says("h1", "Enjoy the show").await;
}

async fn look(window: &Window, name: &str) {
    window.long_picture(name).await;
    // The checker is a script itself.
    if window.scripts == Scripts::On {
        assert_accessible(window, name).await;
    }
}

async fn give_back(screen: Screen, scripts: Scripts) {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let window = Window::open(&app.url, "cancellation", screen, scripts).await;
    buy(&window, &house).await;
    window.until_says("#cancel", "you get ₹300.00 of it back").await;
    look(&window, "2-confirmed").await;
    window.click_words("Cancel this booking").await;
    window.until_says("h1", "Cancel this booking?").await;
    window.until_says(".price-lines .total", "₹300.00").await;
    look(&window, "3-quote").await;
    window.click_words("Keep my tickets").await;
    window.until_says("h1", "Enjoy the show").await;
    window.click_words("Cancel this booking").await;
    window.until_says("h1", "Cancel this booking?").await;
    window.click_words("Cancel and get ₹300.00 back").await;
    window.until_says("h1", "Booking cancelled").await;
    window.until_says(".refund h2", "Refund of ₹300.00 on its way").await;
    look(&window, "4-cancelled").await;

    let conn = &mut app.database.connect();
    let say = |conn: &mut PgConnection, word| {
        let (refund, number) = refunds::table.select((refunds::id, refunds::attempt)).first(conn).unwrap();
        refused(sale::refund::note(conn, Attempt { refund, number }, &word, &author())).unwrap();
    };
    say(conn, Word::Succeeded { gateway_id: "re_1".into() });
    window.reload().await;
    window.until_says(".refund h2", "₹300.00 refunded on").await;
    look(&window, "5-refunded").await;
    say(conn, Word::Failed { gateway_id: Some("re_1".into()), reason: "lost_or_stolen_card".into() });
    window.reload().await;
    window.until_says(".refund h2", "We are looking into your refund").await;
    look(&window, "6-looked-into").await;
    window.go("/bookings").await;
    look(&window, "7-my-bookings").await;
    window.close().await;
    assert_consistent(conn);
}

#[actix_web::test]
async fn money_that_needs_a_person_is_settled_on_a_phone() {
    settle(Screen::Phone, Scripts::Off).await;
}

#[actix_web::test]
async fn money_that_needs_a_person_is_settled_on_a_desktop() {
    settle(Screen::Desktop, Scripts::On).await;
}

async fn settle(screen: Screen, scripts: Scripts) {
    let app = TestApp::start();
    let busy = busy(&app.database);
    let conn = &mut app.database.connect();
    try_sell(conn, busy.house.show, &busy.house.seats("A5")).unwrap();
    add_manager(&app);
    let owed: i64 = refunds::table.count().get_result(conn).unwrap();
    assert!(owed > 2);
    let desk = Window::open(&app.url, "money", screen, scripts).await;
    sign_in(&desk).await;
    desk.click_words("Cases").await;
    desk.until_says("#open", "Another sum came than was asked for").await;
    look(&desk, "2-cases").await;
    desk.fill("#open input[name=reason]", "The bank's test of a new card").await;
    desk.click_words("Noted").await;
    desk.until_says("#closed ~ ul", "Meera").await;
    look(&desk, "3-closed").await;
    desk.click("#closed ~ ul a").await;
    desk.until_says("h1", "Closed").await;
    look(&desk, "4-case").await;
    let manager = staff(conn);
    refused(cancel_show(conn, busy.house.show, "Flooded", &manager)).unwrap();
    desk.click_words("Cases").await;
    desk.until_says("#open", "Given back at the counter").await;
    look(&desk, "5-owed").await;

    desk.click_words("Events").await;
    desk.until_says("h1", "Events").await;
    look(&desk, "6-events").await;
    desk.click(&format!(".events a[href$='{}']", busy.paid.payment)).await;
    desk.until_says("pre", &busy.paid.payment.to_string()).await;
    look(&desk, "7-event").await;
    desk.click_words("Process again").await;
    desk.until_says("#outcome", "This event was done before").await;
    look(&desk, "8-processed").await;
    desk.go(&format!("/admin/payments/{}", busy.paid.payment)).await;
    desk.until_says("section[aria-labelledby=refunds]", "On its way").await;
    look(&desk, "9-payment").await;
    desk.go(&format!("/admin/bookings/{}", busy.paid.reference)).await;
    look(&desk, "10-booking").await;
    desk.close().await;
}
