//! The why pages as people see them: a seat that three fought for, looked up by staff, and one of the three at home.

use crate::accessibility::assert_accessible;
use crate::chromium::{Screen, Scripts};
use crate::halls::{Hall, busy_imax};
use crate::staff::{add_manager, sign_in};
use crate::support::fixture::{form, refused};
use crate::support::money::{paid_event, session_event, start_paying};
use crate::support::{TestApp, count, eventually, travel};
use crate::window::Window;
use marquee::booking::booking;
use marquee::ids::{PaymentId, RequestId};
use marquee::ledger::{Actor, Author};
use marquee::programme::block_seats::{block_seats, unblock_seats};
use marquee::sale::SalePolicy;
use marquee::sale::cancel::cancel;
use marquee::sale::hold::hold;
use marquee::sale::settle;
use serde_json::json;
use uuid::Uuid;

/// The gateway's word.
fn event(app: &TestApp, id: &str, kind: &str, body: &str) {
    let conn = &mut app.database.connect();
    let author = Author { actor: Actor::Gateway(id.to_owned()), request: RequestId(Uuid::now_v7()) };
    refused(settle::receive(conn, id, kind, body)).unwrap();
    refused(settle::process(conn, id, &author)).unwrap();
}

/// Holds G12 and its neighbours at home, is declined, and lets the time run out.
async fn lose(window: &Window, hall: &Hall, app: &TestApp) {
    window.go(&format!("/shows/{}", hall.show)).await;
    for label in ["G11", "G12", "G13"] {
        window.click(&format!("#seat-{} input", hall.seat(label))).await;
    }
    window.click_words("Hold these seats").await;
    window.until_says("h1", "Almost yours").await;
    let booking = window.path().await;
    window.fill("#name", "Asha Rao").await;
    window.fill("#email", "asha@example.com").await;
    window.click(".checkout [type=submit].wide").await;
    window.until_says("h1", "Choose how to pay").await;
    window.click("label:has([value=declined])").await;
    window.click("button.primary").await;
    window.until_says(".alert", "declined").await;
    let told = "SELECT count(*) FROM ledger WHERE cause = 'declined'";
    eventually("the decline", async || (count(&mut app.database.connect(), told) == 1).then_some(())).await;
    travel(&app.database, "16 minutes");
    window.go(&booking).await;
    window.until_says("h1", "This booking has expired").await;
}

/// Ben holds it next and gives up; staff keep it back and give it to the sale; Chitra buys it, with a late payment of a
/// fourth who is told that it bought nothing. Returns Chitra's reference and payment.
fn go_on(app: &TestApp, hall: &Hall) -> (String, PaymentId) {
    let conn = &mut app.database.connect();
    let request = form(hall.show, &hall.seats("G12"));
    let ben = Author { actor: Actor::Visitor(request.visitor), request: RequestId(Uuid::now_v7()) };
    let held = refused(hold(conn, &request, &SalePolicy::default(), &ben)).unwrap();
    travel(&app.database, "19 minutes");
    let id = booking::find(conn, &held.reference).unwrap().unwrap().id;
    refused(cancel(conn, id, &Author { request: RequestId(Uuid::now_v7()), ..ben })).unwrap();

    travel(&app.database, "25 minutes");
    let meera = marquee::accounts::person::find_by_email(conn, "meera@regal.example").unwrap().unwrap().id;
    let desk = || marquee::programme::Staff { person: meera, request: RequestId(Uuid::now_v7()) };
    refused(block_seats(conn, hall.show, &hall.seats("G12"), "A spring is through", &desk())).unwrap();
    travel(&app.database, "95 minutes");
    refused(unblock_seats(conn, hall.show, &hall.seats("G12"), "Mended", &desk())).unwrap();

    travel(&app.database, "100 minutes");
    let late = start_paying(conn, hall.show, &hall.seats("G12"));
    travel(&app.database, "116 minutes");
    let chitra = start_paying(conn, hall.show, &hall.seats("G12 G14"));
    let declined = json!({ "last_payment_error": { "decline_code": "insufficient_funds" } });
    let body = session_event("evt_1No", "payment_intent.payment_failed", chitra.payment, declined);
    event(app, "evt_1No", "payment_intent.payment_failed", &body);
    travel(&app.database, "118 minutes");
    let paid =
        |id, payment, amount| event(app, id, "checkout.session.completed", &paid_event(id, payment, amount, "inr"));
    paid("evt_1Yes", chitra.payment, chitra.amount);
    paid("evt_1Again", chitra.payment, chitra.amount);
    travel(&app.database, "119 minutes");
    paid("evt_1Late", late.payment, late.amount);
    (chitra.reference, chitra.payment)
}

async fn look(window: &Window, name: &str) {
    window.long_picture(name).await;
    assert_accessible(window, name).await;
}

async fn story(screen: Screen) {
    let app = TestApp::start();
    let hall = busy_imax(&mut app.database.connect());
    add_manager(&app);
    let customer = Window::open(&app.url, "why-customer", screen, Scripts::On).await;
    lose(&customer, &hall, &app).await;
    let (reference, payment) = go_on(&app, &hall);
    customer.reload().await;
    customer.click(".so-far summary").await;
    customer.until_says(".so-far", "Another booking took G12.").await;
    look(&customer, "1-so-far").await;
    customer.close().await;

    let desk = Window::open(&app.url, "why", screen, Scripts::On).await;
    sign_in(&desk).await;
    desk.go(&format!("/admin/shows/{}", hall.show)).await;
    look(&desk, "1-map").await;
    desk.click(&format!("a[href='/admin/shows/{}/seats/G12']", hall.show)).await;
    desk.until_says("h1", "Seat G12").await;
    look(&desk, "2-seat").await;
    desk.click(&format!(".timeline a[href='/admin/bookings/{reference}']")).await;
    desk.until_says("h1", &reference).await;
    look(&desk, "3-booking").await;
    desk.click(&format!(".found a[href='/admin/payments/{payment}']")).await;
    desk.until_says("h1", "Payment of").await;
    look(&desk, "4-payment").await;
    desk.click_words("Search").await;
    desk.until_says("h1", "Search").await;
    desk.fill("#q", "ASHA@example.com").await;
    desk.fill("#q", "ASHA@example.com").await;
    desk.click(".search [type=submit]").await;
    desk.until_says(".found", "Asha Rao").await;
    look(&desk, "5-found").await;
    desk.fill("#q", "nobody@example.com").await;
    desk.click(".search [type=submit]").await;
    desk.until_says(".notice", "Nothing was found").await;
    look(&desk, "6-nothing").await;
    desk.go("/admin/cases").await;
    look(&desk, "7-cases").await;
    desk.close().await;
}

#[actix_web::test]
async fn a_seats_story_is_found_and_read_on_a_phone() {
    story(Screen::Phone).await;
}

#[actix_web::test]
async fn a_seats_story_is_found_and_read_on_a_desktop() {
    story(Screen::Desktop).await;
}
