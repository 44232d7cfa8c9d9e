//! What a customer reads about money that goes back: never that it is refunded before the gateway has said so.

use crate::buying::bought;
use crate::posting::{assert_answer, held};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{refused, staff, try_hold, try_sell};
use crate::support::money::{paid_event, session_event, the_refund};
use crate::support::paying::{Paying, booking_of, to_the_gateway};
use crate::support::{Page, refunds, travel};
use diesel::PgConnection;
use marquee::ids::RefundId;
use marquee::payment::inbox::Effect;
use marquee::payment::refund::Word;
use marquee::programme::cancel_show::cancel_show;
use marquee::sale;
use marquee::sale::refund::Decision;
use marquee::web::session::LinkSigner;
use serde_json::json;

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

/// The gateway's word about the only refund of a booking.
fn say(conn: &mut PgConnection, path: &str, word: impl FnOnce(String) -> Word) {
    let refund = refund_of(conn, path);
    assert_eq!(refunds::told(conn, refund, word), Effect::Applied);
}

fn succeeded(gateway_id: String) -> Word {
    Word::Succeeded { gateway_id }
}

fn failed(gateway_id: String) -> Word {
    Word::Failed { gateway_id: Some(gateway_id), reason: "expired_or_canceled_card".to_owned() }
}

fn refund_of(conn: &mut PgConnection, path: &str) -> RefundId {
    let booking = booking_of(conn, path);
    the_refund(conn, booking).id
}

impl Paying {
    /// The gateway says that so much more than was asked for has come, in paise.
    async fn brings(&self, event: &str, more: i64) {
        let payment = self.payment();
        let body = paid_event(event, payment.id, payment.amount + more, "inr");
        assert_eq!(self.app.tell(&body).await.body, "applied");
    }

    async fn page(&self) -> Page {
        self.browser.get(&self.booking).await
    }
}

#[actix_web::test]
async fn money_whose_seats_were_lost_is_on_its_way_then_refunded_then_looked_into_then_given_back() {
    let late = Paying::seats("A1").await;
    let conn = &mut late.conn();
    travel(&late.app.database, "16 minutes");
    try_hold(conn, late.house.show, &late.house.seats("A1")).unwrap();
    late.brings("evt_1", 0).await;

    let page = late.page().await;
    assert_answer(&page, 200, "These seats could not be booked", "lost");
    assert_told(&page, &["Refund of ₹235.40 on its way", "somebody else had taken a seat", "5 to 10 days"]);
    assert!(!page.body.to_lowercase().contains("refunded"), "{}", page.body);
    assert!(late.browser.get("/bookings").await.body.contains("Refund on its way"));

    say(conn, &late.booking, |gateway_id| Word::Pending { gateway_id });
    assert_told(&late.page().await, &["Refund of ₹235.40 on its way"]);
    say(conn, &late.booking, succeeded);
    assert_told(&late.page().await, &["₹235.40 refunded on ", "can take 5 to 10 days"]);
    // A bank may send money back that it had taken.
    say(conn, &late.booking, failed);
    let page = late.page().await;
    assert_told(&page, &["We are looking into your refund of ₹235.40", "A person at the cinema"]);
    assert!(!told(&page).contains("refunded"), "{}", page.body);

    let manager = staff(conn);
    let id = refund_of(conn, &late.booking);
    refused(sale::refund::decide(conn, id, Decision::Settled, "By bank transfer", &manager)).unwrap();
    assert_told(&late.page().await, &["₹235.40 given back by the cinema on "]);
    assert_consistent(conn);
}

#[actix_web::test]
async fn money_that_came_late_and_found_its_seats_free_shows_tickets_and_nothing_else() {
    let late = Paying::seats("A1").await;
    travel(&late.app.database, "16 minutes");
    late.brings("evt_1", 0).await;
    let page = late.page().await;
    assert_answer(&page, 200, "Enjoy the show", "taken again");
    assert_eq!((page.texts(".ticket-seat strong"), told(&page)), (vec!["A1".to_owned()], String::new()));
}

#[actix_web::test]
async fn another_sum_than_was_asked_for_goes_back_and_both_are_named() {
    let late = Paying::seats("A1").await;
    late.brings("evt_1", -100).await;
    let page = late.page().await;
    assert_answer(&page, 200, "These seats could not be booked", "another sum");
    assert_told(&page, &["Refund of ₹234.40 on its way", "₹234.40 arrived, and ₹235.40 was asked for"]);
}

#[actix_web::test]
async fn a_booking_paid_twice_shows_its_tickets_and_that_the_excess_goes_back() {
    let late = Paying::seats("A1").await;
    let first = late.payment();
    let closed = json!({ "payment_status": "unpaid" });
    late.app.tell(&session_event("evt_1", "checkout.session.expired", first.id, closed)).await;
    late.browser.start_payment(&late.booking).await.leads_to();
    late.brings("evt_2", 0).await;
    let again = paid_event("evt_3", first.id, first.amount, "inr");
    assert_eq!(late.app.tell(&again).await.body, "applied");
    let page = late.page().await;
    assert_answer(&page, 200, "Enjoy the show", "paid twice");
    assert_eq!(page.texts(".ticket-seat strong"), ["A1"]);
    assert_told(&page, &["Refund of ₹235.40 on its way", "had been paid already"]);
    assert!(page.texts("#cancel").join(" ").contains("₹150.00"), "cancelling is another matter: {}", page.body);
}

#[actix_web::test]
async fn money_for_a_booking_or_a_show_that_is_gone_says_which() {
    let given_up = Paying::seats("A1").await;
    let conn = &mut given_up.conn();
    let token = given_up.page().await.value("token");
    let path = format!("{}/cancellation", given_up.booking);
    given_up.browser.post(&path, &[("token", &token)]).await.leads_to();
    let page = given_up.page().await;
    assert!(page.texts(".notice").join(" ").contains("nothing was charged"), "{}", page.body);
    given_up.brings("evt_1", 0).await;
    let page = given_up.page().await;
    assert_answer(&page, 200, "Booking cancelled", "given up");
    assert_told(&page, &["Refund of ₹235.40 on its way", "after you had cancelled the booking"]);
    assert!(!page.texts(".notice").join(" ").contains("nothing was charged"), "{}", page.body);

    say(conn, &given_up.booking, succeeded);
    let (booking, session) = to_the_gateway(&given_up.browser, &given_up.house, "A1").await;
    let over = Paying { booking, session, ..given_up };
    travel(&over.app.database, "2 days");
    over.brings("evt_2", 0).await;
    let page = over.page().await;
    assert_answer(&page, 200, "These seats could not be booked", "over");
    assert_told(&page, &["after the show was over"]);
    assert_consistent(conn);
}

#[actix_web::test]
async fn a_show_cancelled_by_the_cinema_tells_each_of_its_bookings_about_its_own_money() {
    let late = Paying::seats("A1").await;
    let (app, house, conn) = (&late.app, &late.house, &mut late.conn());
    let [paid, unpaid] = [app.browser(), app.browser()];
    let of_paid = bought(&paid, house.show.0, &[house.seat("B1").0]).await;
    let of_unpaid = held(&unpaid, house.show.0, &[house.seat("B2").0]).await;
    let sold = try_sell(conn, house.show, &house.seats("C1")).unwrap().reference;
    let manager = staff(conn);
    refused(cancel_show(conn, house.show, "Flooded", &manager)).unwrap();
    late.brings("evt_1", 0).await;

    for (browser, path) in [(&paid, &of_paid), (&unpaid, &of_unpaid), (&late.browser, &late.booking)] {
        let page = browser.get(path).await;
        assert_answer(&page, 200, "The show was cancelled", path);
        assert!(page.texts(".ticket").is_empty(), "{}", page.body);
        assert!(!page.body.contains("Choose seats again"), "{path}: there is no show to choose seats of");
        assert!(!page.body.to_lowercase().contains("refunded"), "{}", page.body);
    }
    let page = paid.get(&of_paid).await;
    assert_told(&page, &[&format!("Refund of {ASKED} on its way"), "All that you paid goes back, the fee included"]);
    assert_told(&late.page().await, &["after the show had been cancelled"]);
    let page = unpaid.get(&of_unpaid).await;
    assert_eq!(told(&page), "");
    assert!(page.texts(".notice").join(" ").contains("Nothing was charged"), "{}", page.body);
    say(conn, &of_paid, succeeded);
    assert_told(&paid.get(&of_paid).await, &["₹235.40 refunded on "]);

    // Sold at the counter: opened by its signed link, with the key that the tests sign with.
    let key = LinkSigner::new(&[0x5e; 64]).booking_key(&sold);
    let of_sold = format!("/bookings/{sold}?key={key}");
    assert_told(&app.browser().get(&of_sold).await, &["₹300.00 waits for you at the counter", &sold]);
    let id = refund_of(conn, &format!("/bookings/{sold}"));
    refused(sale::refund::decide(conn, id, Decision::Settled, "In cash", &manager)).unwrap();
    assert_told(&app.browser().get(&of_sold).await, &["₹300.00 given back at the counter on "]);
    assert_consistent(conn);
}
