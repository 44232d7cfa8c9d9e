//! Money that could not buy its seats: where it leaves its customer.

use crate::posting::{assert_answer, held};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{author, house, refused, staff};
use crate::support::money::{hold_with_contact, paid_event, row, session_event, session_terms};
use crate::support::paying::booking_of;
use crate::support::{TestApp, count, database, travel};
use diesel::PgConnection;
use marquee::booking::PriceType;
use marquee::booking::booking::Contact;
use marquee::db::Stop;
use marquee::payment::payment;
use marquee::programme::cancel_show::cancel_show;
use marquee::sale::SalePolicy;
use marquee::sale::start_payment::{StartRefusal, pay};
use serde_json::json;

#[actix_web::test]
async fn whoever_another_sum_could_buy_no_seats_can_release_them_and_choose_again() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let browser = app.browser();
    let seats = [house.seats[0].0, house.seats[1].0];
    let booking = held(&browser, house.show.0, &seats).await;
    browser.start_payment(&booking).await.leads_to();
    let id = booking_of(conn, &booking);
    let asked = payment::of_booking(conn, id).unwrap().remove(0);
    assert_eq!(app.tell(&paid_event("evt_1", asked.id, asked.amount - 1, "inr")).await.body, "applied");

    let page = browser.get(&booking).await;
    assert_answer(&page, 200, "These seats could not be booked", "its page");
    assert!(browser.get("/bookings").await.body.contains("Not booked"));
    assert!(page.body.contains(&format!("action=\"{booking}/cancellation\"")), "{}", page.body);
    browser.post(&format!("{booking}/cancellation"), &[("token", page.value("token").as_str())]).await.leads_to();
    let page = browser.get(&booking).await;
    assert_answer(&page, 200, "Booking cancelled", "its page after that");
    assert!(page.body.contains("on its way") && !page.body.contains("nothing was charged"), "{}", page.body);
    held(&browser, house.show.0, &seats).await;
    assert_consistent(conn);
}

#[actix_web::test]
async fn another_sum_for_a_booking_that_is_paid_takes_no_seat_from_it() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let id = booking_of(conn, &booking);
    browser.start_payment(&booking).await.leads_to();
    let first = payment::of_booking(conn, id).unwrap().remove(0);
    let over = session_event("evt_over", "checkout.session.expired", first.id, json!({}));
    assert_eq!(app.tell(&over).await.body, "applied");
    browser.start_payment(&booking).await.leads_to();
    let second = payment::of_booking(conn, id).unwrap().pop().unwrap();
    assert_eq!(app.tell(&paid_event("evt_2", second.id, second.amount, "inr")).await.body, "applied");
    assert_eq!(app.tell(&paid_event("evt_3", first.id, first.amount + 1, "inr")).await.body, "applied");

    assert_answer(&browser.get(&booking).await, 200, "Enjoy the show", "its page");
    assert!(browser.get("/bookings").await.body.contains("Another payment: refund on its way"));
    assert_eq!(count(conn, "SELECT count(*) FROM show_seats WHERE status = 'booked'"), 1);
    assert_consistent(conn);
}

#[test]
fn a_payment_that_is_not_started_leaves_contact_and_types_as_they_were() {
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    let seat = house.seats[0];
    let booking = hold_with_contact(conn, house.show, &[seat]);
    let before = row(conn, booking);
    let manager = staff(conn);
    let meera = Contact { name: Some("Meera".into()), email: Some("meera@example.com".into()), phone: None };
    let types = [(seat, PriceType::Adult)];
    let try_pay = |conn: &mut PgConnection| {
        pay(conn, booking, &meera, &types, &SalePolicy::default(), session_terms, &author())
    };
    travel(&database, "9 minutes");
    assert!(matches!(try_pay(conn), Err(Stop::Refused(StartRefusal::Checkout(_)))));
    travel(&database, "0 minutes");
    refused(cancel_show(conn, house.show, "Flooded", &manager)).unwrap();
    assert!(try_pay(conn).is_err());
    assert_eq!(row(conn, booking).contact_name, before.contact_name);
}
