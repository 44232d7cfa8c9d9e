//! What else the why pages tell: money that bought nothing, what staff did, and what the gateway said twice.

use super::{fight, timeline};
use crate::posting::held;
use crate::staff_desk::{hire, signed_in};
use crate::support::fixture::{author, house, refused, staff, try_sell};
use crate::support::money::{paid_event, start_paying};
use crate::support::refunds::{decided, refund_of};
use crate::support::{TestApp, travel, travel_on};
use marquee::booking::booking;
use marquee::programme::block_seats::block_seats;
use marquee::programme::cancel_show::cancel_show;
use marquee::sale::refund::Decision;
use marquee::sale::settle;

#[actix_web::test]
async fn the_pages_lead_to_each_other() {
    let fight = fight().await;
    let staff = signed_in(&fight.app).await;
    let show = fight.house.show;
    let map = staff.get(&format!("/admin/shows/{show}")).await;
    assert_eq!(map.attributes("a.seat.booked", "href"), [format!("/admin/shows/{show}/seats/C7")]);
    assert_eq!(map.attributes("form.search [name='show']", "value"), [show.to_string()]);
    let customers = fight.app.browser().get(&format!("/shows/{show}")).await;
    assert!(customers.attributes("a.seat", "href").is_empty(), "no customer is led to a page for staff");

    // Another sum than was asked for: the case leads to the booking and to the payment, and the seat's story has it.
    let conn = &mut fight.app.database.connect();
    let late = start_paying(conn, show, &fight.house.seats("B1"));
    travel(&fight.app.database, "40 minutes");
    let sold = try_sell(conn, show, &fight.house.seats("B1")).unwrap().reference;
    let body = paid_event("evt_late", late.payment, late.amount - 1, "inr");
    refused(settle::receive(conn, "evt_late", "checkout.session.completed", &body)).unwrap();
    refused(settle::process(conn, "evt_late", &author())).unwrap();
    let cases = staff.get("/admin/cases").await;
    let expected = [format!("/admin/bookings/{}", late.reference), format!("/admin/payments/{}", late.payment)];
    assert_eq!(cases.attributes("#open dd a", "href"), expected);
    for path in expected {
        let page = staff.get(&path).await;
        let lost = "₹235.39 arrived and bought nothing: it is not the sum that was asked for";
        assert!(timeline(&page).iter().any(|told| told.ends_with(lost)), "{path} {:?}", timeline(&page));
        let parts = page.texts(".moment-parts li");
        for part in ["A case was opened for staff", "A refund of ₹235.39 was requested"] {
            assert!(parts.contains(&part.to_owned()), "{path} {parts:?}");
        }
    }
    let seat = timeline(&staff.get(&format!("/admin/shows/{show}/seats/b1")).await);
    assert!(seat.iter().any(|told| told.ends_with(&format!("Sold to booking {sold}"))), "{seat:?}");
}

#[actix_web::test]
async fn what_staff_do_is_told_with_their_name_and_reason() {
    let app = TestApp::start();
    hire(&app);
    let conn = &mut app.database.connect();
    let house = house(conn);
    let customer = app.browser();
    let booking = held(&customer, house.show.0, &[house.seat("A1").0, house.seat("A2").0]).await;
    let sold = try_sell(conn, house.show, &house.seats("A3 A4 A5")).unwrap().reference;
    travel(&app.database, "11 minutes");
    let manager = staff(conn);
    refused(block_seats(conn, house.show, &house.seats("A1"), "Broken arm", &manager)).unwrap();
    refused(cancel_show(conn, house.show, "Flooded", &manager)).unwrap();

    let desk = signed_in(&app).await;
    let seat = desk.get(&format!("/admin/shows/{}/seats/{}", house.show, house.seat("A1"))).await;
    let told: Vec<String> = timeline(&seat).iter().map(|told| told[9..].to_owned()).collect();
    assert!(told[2].starts_with("The lock of booking"), "{told:?}");
    assert_eq!(told[3], "Kept back from the sale: Broken arm");
    assert!(told.contains(&"The show was cancelled: Flooded".to_owned()), "{told:?}");
    assert_eq!(seat.texts(".moment-who")[3], "by Meera (staff)");

    let counter = desk.get(&format!("/admin/bookings/{sold}")).await;
    let told = counter.texts(".moment-what");
    assert_eq!(told, ["Confirmed: A3–A5 sold, 3 tickets issued", "Ended with its show: A3–A5 free again"]);
    let parts = counter.texts(".moment-parts li").join("; ");
    for part in [
        "₹600.00 paid at the counter",
        "The show was cancelled: Flooded",
        "3 tickets void",
        "₹600.00 is to be given back at the counter",
        "A case was opened for staff",
    ] {
        assert!(parts.contains(part), "{parts}");
    }

    // A person settles it: the story says who, and what was done.
    let counter = booking::find(conn, &sold).unwrap().unwrap().id;
    let owed = refund_of(conn, counter);
    travel_on(conn, "12 minutes");
    decided(conn, owed, Decision::Settled, "Paid out in cash", &manager);
    let page = desk.get(&format!("/admin/bookings/{sold}")).await;
    assert_eq!(page.texts(".moment-what").last().unwrap(), "The refund of ₹600.00 was settled by other means");
    assert_eq!(page.texts(".moment-parts li").last().unwrap(), "The case was closed: Paid out in cash");
    assert_eq!(page.texts(".moment-who").last().unwrap(), "by Meera (staff)");

    let mine = customer.get(&booking).await;
    let told = mine.texts(".so-far .moment-what");
    assert_eq!(told.last().unwrap(), "The cinema cancelled the show.");
    assert!(["Flooded", "Meera", "Broken"].iter().all(|secret| !mine.body.contains(secret)));
}

#[actix_web::test]
async fn an_event_that_says_again_what_was_known_is_told_as_such() {
    let app = TestApp::start();
    hire(&app);
    let conn = &mut app.database.connect();
    let house = house(conn);
    let started = start_paying(conn, house.show, &house.seats("A1 A2"));
    for event in ["evt_first", "evt_second"] {
        let body = paid_event(event, started.payment, started.amount, "inr");
        refused(settle::receive(conn, event, "checkout.session.completed", &body)).unwrap();
        refused(settle::process(conn, event, &author())).unwrap();
    }
    let page = signed_in(&app).await.get(&format!("/admin/payments/{}", started.payment)).await;
    assert_eq!(timeline(&page).last().unwrap()[9..], *"The gateway said again what was known; nothing changed");
    assert_eq!(page.texts(".moment-who").last().unwrap(), "by the gateway (event evt_second)");
}
