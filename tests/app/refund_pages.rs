//! What a customer reads about money that goes back: never that it is refunded before the gateway has said so.

use crate::buying::bought;
use crate::posting::{assert_answer, held};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, refused, staff, try_hold, try_sell};
use crate::support::money::paid_event;
use crate::support::{Browser, Page, TestApp, travel};
use diesel::PgConnection;
use diesel::prelude::*;
use marquee::booking::booking;
use marquee::ids::PaymentId;
use marquee::payment::refund::{self, Attempt, Word};
use marquee::programme::cancel_show::cancel_show;
use marquee::sale;
use marquee::sale::refund::Decision;
use marquee::schema::payments;
use marquee::web::session::LinkSigner;

/// One seat in row A: its price and its fee, and what is asked for both.
const ASKED: &str = "₹235.40";

/// Every notice about a refund, as one text.
fn told(page: &Page) -> String {
    page.texts(".refund").join(" | ")
}

fn assert_told(page: &Page, words: &[&str]) {
    let told = told(page);
    for words in words {
        assert!(told.contains(words), "{words:?} in {told:?}");
    }
}

/// A booking of A1 on its way to pay, and its payment.
async fn on_the_way(app: &TestApp, house: &House, browser: &Browser) -> (String, PaymentId, i64) {
    let booking = held(browser, house.show.0, &[house.seats[0].0]).await;
    browser.start_payment(&booking).await.leads_to();
    let (payment, amount) = newest_payment(&mut app.database.connect());
    (booking, payment, amount)
}

fn newest_payment(conn: &mut PgConnection) -> (PaymentId, i64) {
    payments::table.order(payments::started_at.desc()).select((payments::id, payments::amount)).first(conn).unwrap()
}

/// The gateway's word about the only refund of a booking.
fn say(conn: &mut PgConnection, path: &str, word: impl Fn(String) -> Word) {
    let refund = the_refund(conn, path);
    let attempt = Attempt { refund: refund.id, number: refund.life.attempt };
    let gateway_id = format!("re_{attempt}");
    refused(sale::refund::note(conn, attempt, &word(gateway_id), &author())).unwrap();
}

fn succeeded(gateway_id: String) -> Word {
    Word::Succeeded { gateway_id }
}

fn failed(gateway_id: String) -> Word {
    Word::Failed { gateway_id: Some(gateway_id), reason: "expired_or_canceled_card".to_owned() }
}

fn the_refund(conn: &mut PgConnection, path: &str) -> refund::Refund {
    let reference = path.trim_start_matches("/bookings/").split('?').next().unwrap();
    let booking = booking::find(conn, reference).unwrap().unwrap();
    let [refund] = &refund::of_booking(conn, booking.id).unwrap()[..] else { panic!("one refund of {reference}") };
    refund.clone()
}

#[actix_web::test]
async fn money_whose_seats_were_lost_is_on_its_way_then_refunded_then_looked_into_then_given_back() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let (house, browser) = (house(conn), app.browser());
    let (booking, payment, amount) = on_the_way(&app, &house, &browser).await;
    travel(&app.database, "16 minutes");
    try_hold(conn, house.show, &house.seats("A1")).unwrap();
    app.tell(&paid_event("evt_1", payment, amount, "inr")).await;

    let page = browser.get(&booking).await;
    assert_answer(&page, 200, "These seats could not be booked", "lost");
    assert_told(&page, &["Refund of ₹235.40 on its way", "somebody else had taken a seat", "5 to 10 days"]);
    assert!(!page.body.to_lowercase().contains("refunded"), "{}", page.body);
    assert!(browser.get("/bookings").await.body.contains("Refund on its way"));

    say(conn, &booking, |gateway_id| Word::Pending { gateway_id });
    assert_told(&browser.get(&booking).await, &["Refund of ₹235.40 on its way"]);
    say(conn, &booking, succeeded);
    assert_told(&browser.get(&booking).await, &["₹235.40 refunded on ", "can take 5 to 10 days"]);
    // A bank may send money back that it had taken.
    say(conn, &booking, failed);
    let page = browser.get(&booking).await;
    assert_told(&page, &["We are looking into your refund of ₹235.40", "A person at the cinema"]);
    assert!(!told(&page).contains("refunded"), "{}", page.body);

    let manager = staff(conn);
    let id = the_refund(conn, &booking).id;
    refused(sale::refund::decide(conn, id, Decision::Settled, "By bank transfer", &manager)).unwrap();
    assert_told(&browser.get(&booking).await, &["₹235.40 given back by the cinema on "]);
    assert_consistent(conn);
}

#[actix_web::test]
async fn money_that_came_late_and_found_its_seats_free_shows_tickets_and_nothing_else() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let (house, browser) = (house(conn), app.browser());
    let (booking, payment, amount) = on_the_way(&app, &house, &browser).await;
    travel(&app.database, "16 minutes");
    assert_eq!(app.tell(&paid_event("evt_1", payment, amount, "inr")).await.body, "applied");
    let page = browser.get(&booking).await;
    assert_answer(&page, 200, "Enjoy the show", "taken again");
    assert_eq!((page.texts(".ticket-seat strong"), told(&page)), (vec!["A1".to_owned()], String::new()));
}

#[actix_web::test]
async fn another_sum_than_was_asked_for_goes_back_and_both_are_named() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let (house, browser) = (house(conn), app.browser());
    let (booking, payment, amount) = on_the_way(&app, &house, &browser).await;
    app.tell(&paid_event("evt_1", payment, amount - 100, "inr")).await;
    let page = browser.get(&booking).await;
    assert_answer(&page, 200, "These seats could not be booked", "another sum");
    assert_told(&page, &["Refund of ₹234.40 on its way", "₹234.40 arrived, and ₹235.40 was asked for"]);
}

#[actix_web::test]
async fn a_booking_paid_twice_shows_its_tickets_and_that_the_excess_goes_back() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let (house, browser) = (house(conn), app.browser());
    let (booking, first, amount) = on_the_way(&app, &house, &browser).await;
    let closed = crate::support::money::session_event(
        "evt_1",
        "checkout.session.expired",
        first,
        serde_json::json!({ "payment_status": "unpaid" }),
    );
    app.tell(&closed).await;
    browser.start_payment(&booking).await.leads_to();
    let (second, _) = newest_payment(conn);
    for (event, payment) in [("evt_2", second), ("evt_3", first)] {
        assert_eq!(app.tell(&paid_event(event, payment, amount, "inr")).await.body, "applied");
    }
    let page = browser.get(&booking).await;
    assert_answer(&page, 200, "Enjoy the show", "paid twice");
    assert_eq!(page.texts(".ticket-seat strong"), ["A1"]);
    assert_told(&page, &["Refund of ₹235.40 on its way", "had been paid already"]);
    assert!(page.texts("#cancel").join(" ").contains("₹150.00"), "cancelling is another matter: {}", page.body);
}

#[actix_web::test]
async fn money_for_a_booking_or_a_show_that_is_gone_says_which() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let (house, browser) = (house(conn), app.browser());

    let (given_up, payment, amount) = on_the_way(&app, &house, &browser).await;
    let token = browser.get(&given_up).await.value("token");
    browser.post(&format!("{given_up}/cancellation"), &[("token", &token)]).await.leads_to();
    let page = browser.get(&given_up).await;
    assert!(page.texts(".notice").join(" ").contains("nothing was charged"), "{}", page.body);
    app.tell(&paid_event("evt_1", payment, amount, "inr")).await;
    let page = browser.get(&given_up).await;
    assert_answer(&page, 200, "Booking cancelled", "given up");
    assert_told(&page, &["Refund of ₹235.40 on its way", "after you had cancelled the booking"]);
    assert!(!page.texts(".notice").join(" ").contains("nothing was charged"), "{}", page.body);

    say(conn, &given_up, succeeded);
    let (over, payment, amount) = on_the_way(&app, &house, &browser).await;
    travel(&app.database, "2 days");
    app.tell(&paid_event("evt_2", payment, amount, "inr")).await;
    let page = browser.get(&over).await;
    assert_answer(&page, 200, "These seats could not be booked", "over");
    assert_told(&page, &["after the show was over"]);
    assert_consistent(conn);
}

#[actix_web::test]
async fn a_show_cancelled_by_the_cinema_tells_each_of_its_bookings_about_its_own_money() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let [paid, unpaid, late] = [app.browser(), app.browser(), app.browser()];
    let of_paid = bought(&paid, house.show.0, &[house.seat("B1").0]).await;
    let of_unpaid = held(&unpaid, house.show.0, &[house.seat("B2").0]).await;
    let (of_late, payment, amount) = on_the_way(&app, &house, &late).await;
    let sold = try_sell(conn, house.show, &house.seats("C1")).unwrap().reference;
    let manager = staff(conn);
    refused(cancel_show(conn, house.show, "Flooded", &manager)).unwrap();
    app.tell(&paid_event("evt_1", payment, amount, "inr")).await;

    for (browser, path) in [(&paid, &of_paid), (&unpaid, &of_unpaid), (&late, &of_late)] {
        let page = browser.get(path).await;
        assert_answer(&page, 200, "The show was cancelled", path);
        assert!(page.texts(".ticket").is_empty(), "{}", page.body);
        assert!(!page.body.contains("Choose seats again"), "{path}: there is no show to choose seats of");
        assert!(!page.body.to_lowercase().contains("refunded"), "{}", page.body);
    }
    let page = paid.get(&of_paid).await;
    assert_told(&page, &[&format!("Refund of {ASKED} on its way"), "All that you paid goes back, the fee included"]);
    assert_told(&late.get(&of_late).await, &["after the show had been cancelled"]);
    let page = unpaid.get(&of_unpaid).await;
    assert_eq!(told(&page), "");
    assert!(page.texts(".notice").join(" ").contains("Nothing was charged"), "{}", page.body);
    say(conn, &of_paid, succeeded);
    assert_told(&paid.get(&of_paid).await, &["₹235.40 refunded on "]);

    // Sold at the counter: opened by its signed link, with the key that the tests sign with.
    let key = LinkSigner::new(&[0x5e; 64]).booking_key(&sold);
    let of_sold = format!("/bookings/{sold}?key={key}");
    assert_told(&app.browser().get(&of_sold).await, &["₹300.00 waits for you at the counter", &sold]);
    let id = the_refund(conn, &of_sold).id;
    refused(sale::refund::decide(conn, id, Decision::Settled, "In cash", &manager)).unwrap();
    assert_told(&app.browser().get(&of_sold).await, &["₹300.00 given back at the counter on "]);
    assert_consistent(conn);
}
