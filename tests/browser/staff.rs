//! Staff at the desk, and what customers see of it.

use crate::accessibility::assert_accessible;
use crate::chromium::{Screen, Scripts};
use crate::halls::{Hall, busy_imax, imax};
use crate::support::TestApp;
use crate::support::busy::busy;
use crate::window::Window;
use diesel::connection::SimpleConnection;
use marquee::accounts::password;
use marquee::accounts::person::{self, NewPerson, Role};
use marquee::clock;

const PASSWORD: &str = "a long enough password";

pub fn add_manager(app: &TestApp) {
    let conn = &mut app.database.connect();
    let hash = password::hash(PASSWORD).unwrap();
    let meera = NewPerson { email: "meera@regal.example", name: "Meera", role: Role::Manager, password_hash: &hash };
    let now = clock::now(conn).unwrap();
    assert!(person::add(conn, &meera, now).unwrap());
}

pub async fn sign_in(window: &Window) {
    window.go("/admin/sign-in").await;
    window.picture("1-sign-in").await;
    window.fill("#email", "meera@regal.example").await;
    window.fill("#password", "not the password").await;
    window.click("main [type=submit]").await;
    window.until_says(".notice", "do not belong together").await;
    window.fill("#password", PASSWORD).await;
    window.click("main [type=submit]").await;
    window.until_there("nav[aria-label=Day]").await;
}

async fn open_the_show(window: &Window, hall: &Hall) {
    window.until_there("table.list").await;
    window.picture("2-shows").await;
    window.click(&format!("a[href='/admin/shows/{}']", hall.show)).await;
    window.until_there("#seats").await;
}

#[actix_web::test]
async fn two_seats_are_kept_back_and_a_customers_open_map_shows_it() {
    let app = TestApp::start();
    let hall = imax(&mut app.database.connect());
    add_manager(&app);
    let customer = Window::open(&app.url, "staff-customer", Screen::Phone, Scripts::On).await;
    customer.go(&format!("/shows/{}", hall.show)).await;

    let desk = Window::open(&app.url, "staff", Screen::Desktop, Scripts::On).await;
    sign_in(&desk).await;
    open_the_show(&desk, &hall).await;
    for label in ["H11", "H12"] {
        desk.click(&format!("#seat-{} input", hall.seat(label))).await;
    }
    desk.picture("3-chosen").await;
    desk.fill("#reason", "Springs are through").await;
    desk.click_words("Keep back").await;
    desk.until_says(".counts", "2 kept back").await;
    let told = desk.run("return document.querySelector('.seat.blocked').title", &[]).await;
    assert_eq!(told, "H11, kept back: Springs are through");
    desk.picture("4-kept-back").await;

    for label in ["H11", "H12"] {
        customer.until_there(&format!("#taken-{}.blocked", hall.seat(label))).await;
    }
    customer.picture("kept-back").await;
    let source = customer.run("return document.documentElement.outerHTML", &[]).await;
    assert!(!source.to_string().contains("Springs"), "the reason is for staff");

    // And back to the sale.
    for label in ["H11", "H12"] {
        desk.click(&format!("#seat-{} input", hall.seat(label))).await;
    }
    desk.fill("#reason", "Mended").await;
    desk.click_words("Give to the sale").await;
    desk.until_says(".counts", "0 kept back").await;
    customer.until_there(&format!("#seat-{}.available", hall.seat("H11"))).await;
    desk.close().await;
    customer.close().await;
}

#[actix_web::test]
async fn the_desk_works_without_scripts_on_a_phone() {
    let app = TestApp::start();
    let hall = busy_imax(&mut app.database.connect());
    add_manager(&app);
    let desk = Window::open(&app.url, "staff", Screen::Phone, Scripts::Off).await;
    sign_in(&desk).await;
    open_the_show(&desk, &hall).await;
    desk.long_picture("3-map").await;
    desk.click(&format!("#seat-{} input", hall.seat("H11"))).await;
    desk.fill("#reason", "Springs are through").await;
    desk.picture("4-reason").await;
    desk.click_words("Keep back").await;
    desk.until_says(".counts", "4 kept back").await;
    desk.click_words("Sign out").await;
    desk.until_says("h1", "Staff sign-in").await;
    desk.go(&format!("/admin/shows/{}", hall.show)).await;
    desk.until_says("h1", "Please sign in").await;
    desk.close().await;
}

#[actix_web::test]
async fn the_audit_is_quiet_at_zero_and_names_what_is_wrong() {
    let app = TestApp::start();
    let paid = busy(&app.database).paid;
    add_manager(&app);
    for screen in [Screen::Phone, Screen::Desktop] {
        let desk = Window::open(&app.url, "audit", screen, Scripts::On).await;
        sign_in(&desk).await;
        desk.click_words("Audit").await;
        desk.until_says(".notice", "Every count is zero").await;
        desk.long_picture("2-clean").await;
        let wrong = "UPDATE booking_seats SET adult_price = adult_price + 1";
        let conn = &mut app.database.connect();
        conn.batch_execute(wrong).unwrap();
        desk.click_words("Check again").await;
        desk.until_says(".notice", "rows break what must hold").await;
        desk.until_says("tr.broken", &paid.reference).await;
        desk.long_picture("3-wrong").await;
        assert_accessible(&desk, "the audit").await;
        conn.batch_execute("UPDATE booking_seats SET adult_price = adult_price - 1").unwrap();
        desk.close().await;
    }
}
