//! A paid booking is given back: the quote first, then the sum that was agreed to, and nothing else.

use crate::buying::bought;
use crate::posting::{assert_answer, held, post_raw, signed_key};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, house, refused, staff, try_hold, try_sell};
use crate::support::{Browser, Page, TestApp, contents, travel};
use marquee::programme::cancel_show::cancel_show;
use marquee::web::session::LinkSigner;

/// A house, and a booking of A1 and A2 that was paid at the gateway: ₹400 of tickets and ₹70.80 of fee.
async fn paid() -> (TestApp, House, Browser, String) {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = bought(&browser, house.show.0, &[house.seats[0].0, house.seats[1].0]).await;
    (app, house, browser, booking)
}

async fn agree(browser: &Browser, booking: &str, agreed: &str) -> Page {
    let token = browser.get("/shows/1").await.value("token");
    browser.post(&format!("{booking}/cancellation"), &[("token", &token), ("agreed", agreed)]).await
}

#[actix_web::test]
async fn the_quote_comes_first_and_the_agreed_sum_goes_back_once() {
    let (app, house, browser, booking) = paid().await;
    let path = format!("{booking}/cancellation");
    let before = contents(&app.database);
    let confirmed = browser.get(&booking).await;
    assert_eq!(confirmed.attributes("#cancel a", "href"), [path.as_str()]);
    let quoted = browser.get(&path).await;
    assert_answer(&quoted, 200, "Cancel this booking?", "quoted");
    assert_eq!(
        quoted.texts(".price-lines > div"),
        [
            "You paid ₹470.80",
            "Kept: 25 % of the ticket price −₹100.00",
            "Kept: convenience fee with GST −₹70.80",
            "You get back ₹300.00"
        ]
    );
    for words in ["This stands until", "tickets end at once", "5 to 10 days", "until 20 min before the show for 50 %"]
    {
        assert!(quoted.texts("main").join(" ").contains(words), "{words}: {}", quoted.body);
    }
    assert_eq!(contents(&app.database), before, "looking changes nothing");

    let form = [("token", quoted.value("token")), ("agreed", quoted.value("agreed"))];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(browser.post(&path, &form).await.leads_to(), booking);
    let page = browser.get(&booking).await;
    assert_answer(&page, 200, "Booking cancelled", "cancelled");
    assert_eq!(page.texts(".refund h2"), ["Refund of ₹300.00 on its way"]);
    assert!(
        page.texts(".refund").join(" ").contains("Of the ₹470.80 that you paid ₹170.80 is kept"),
        "{}",
        page.body
    );
    assert!(page.texts(".ticket").is_empty(), "{}", page.body);

    let after = contents(&app.database);
    for sent in [&form[..], &form[..1]] {
        assert_eq!(browser.post(&path, sent).await.leads_to(), booking, "again, and from an older page");
    }
    assert_eq!(browser.get(&path).await.leads_to(), booking);
    assert_eq!(contents(&app.database), after);
    let conn = &mut app.database.connect();
    assert_consistent(conn);
    try_hold(conn, house.show, &house.seats("A1 A2")).unwrap();
}

#[actix_web::test]
async fn only_the_sum_that_was_quoted_is_agreed_to() {
    let (app, _, browser, booking) = paid().await;
    let path = format!("{booking}/cancellation");
    let before = contents(&app.database);
    for agreed in ["-30000", "0", "29999", "30001", "9223372036854775807", "-9223372036854775808"] {
        let answer = agree(&browser, &booking, agreed).await;
        assert_answer(&answer, 409, "What comes back has changed", agreed);
        assert_eq!(answer.value("agreed"), "30000", "the sum as it is now");
    }
    for agreed in ["300.00", "₹300", "9223372036854775808", "1e4", "30000 OR 1=1", "0x7530"] {
        assert_answer(&agree(&browser, &booking, agreed).await, 400, "Please check the form", agreed);
    }
    let token = browser.get("/shows/1").await.value("token");
    for body in ["agreed=30000&agreed=30000", "agreed=30000%00", "agreed=%ff", "agreed[]=%00"] {
        let answer = post_raw(&browser, &path, format!("token={token}&{body}"), &[]).await;
        assert_answer(&answer, 400, "Please check the form", body);
    }
    // The button of the unpaid page, from a tab that is older than the payment.
    for form in [&[("token", token.as_str())][..], &[("token", &token), ("agreed", "")]] {
        let answer = browser.post(&path, form).await;
        assert_answer(&answer, 409, "This booking is paid", "without a sum");
        assert_eq!(answer.value("agreed"), "30000");
    }
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn a_quote_that_the_clock_has_passed_is_shown_anew_and_then_it_is_too_late() {
    let (app, _, browser, booking) = paid().await;
    let path = format!("{booking}/cancellation");
    let before = contents(&app.database);
    travel(&app.database, "22 hours 5 minutes");
    let answer = agree(&browser, &booking, "30000").await;
    assert_answer(&answer, 409, "What comes back has changed", "half");
    assert_eq!(answer.value("agreed"), "20000");
    assert!(answer.texts(".price-lines .total").join("").contains("₹200.00"), "{}", answer.body);

    travel(&app.database, "23 hours 45 minutes");
    for (answer, status) in [(browser.get(&path).await, 200), (agree(&browser, &booking, "20000").await, 409)] {
        assert_answer(&answer, status, "It is too late to cancel", "late");
        assert!(answer.texts(".notice").join(" ").contains("Cancelling ended on "), "{}", answer.body);
        assert!(answer.texts("form[action*=cancellation]").is_empty());
    }
    let confirmed = browser.get(&booking).await;
    assert!(confirmed.texts("#cancel").join(" ").contains("could be cancelled until"), "{}", confirmed.body);
    assert_eq!(contents(&app.database), before);

    travel(&app.database, "22 hours 5 minutes");
    assert_eq!(agree(&browser, &booking, "20000").await.leads_to(), booking);
    assert_eq!(browser.get(&booking).await.texts(".refund h2"), ["Refund of ₹200.00 on its way"]);
    assert_consistent(&mut app.database.connect());
}

#[actix_web::test]
async fn what_was_bought_at_the_counter_is_cancelled_there() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let sold = try_sell(conn, house.show, &house.seats("A1")).unwrap().reference;
    let key = LinkSigner::new(&[0x5e; 64]).booking_key(&sold);
    let browser = app.browser();
    let before = contents(&app.database);
    let page = browser.get(&format!("/bookings/{sold}?key={key}")).await;
    assert!(page.texts("#cancel").join("").contains("cancelled there"), "{}", page.body);
    let path = format!("/bookings/{sold}/cancellation?key={key}");
    assert_answer(&browser.get(&path).await, 200, "Please cancel at the counter", "looked at");
    let token = browser.get(&format!("/shows/{}", house.show)).await.value("token");
    let answer = browser.post(&path, &[("token", &token), ("agreed", "15000")]).await;
    assert_answer(&answer, 409, "Please cancel at the counter", "sent");
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn a_sum_agreed_to_for_a_booking_that_is_not_paid_cancels_nothing() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let before = contents(&app.database);
    assert_eq!(agree(&browser, &booking, "0").await.leads_to(), booking);
    assert_eq!(contents(&app.database), before);
    assert_answer(&browser.get(&booking).await, 200, "Almost yours", "still held");
}

#[actix_web::test]
async fn a_booking_that_the_cinema_cancelled_meanwhile_shows_that_instead_of_a_quote() {
    let (app, house, browser, booking) = paid().await;
    let token = browser.get(&format!("{booking}/cancellation")).await.value("token");
    let conn = &mut app.database.connect();
    let manager = staff(conn);
    refused(cancel_show(conn, house.show, "Flooded", &manager)).unwrap();
    let before = contents(&app.database);
    let form = [("token", token.as_str()), ("agreed", "30000")];
    assert_eq!(browser.post(&format!("{booking}/cancellation"), &form).await.leads_to(), booking);
    assert_eq!(contents(&app.database), before);
    let page = browser.get(&booking).await;
    assert_answer(&page, 200, "The show was cancelled", "all goes back");
    assert_eq!(page.texts(".refund h2"), ["Refund of ₹470.80 on its way"]);
}

#[actix_web::test]
async fn a_stranger_neither_sees_nor_agrees_to_anything_and_the_signed_link_does() {
    let (app, house, _, booking) = paid().await;
    let path = format!("{booking}/cancellation");
    let stranger = app.browser();
    let token = stranger.get(&format!("/shows/{}", house.show)).await.value("token");
    let before = contents(&app.database);
    let form = [("token", token.as_str()), ("agreed", "30000")];
    for path in [&path, "/bookings/ZZZZZZZZ/cancellation", "/bookings/%00/cancellation", &format!("{path}?key=00")] {
        assert_answer(&stranger.get(path).await, 404, "Nothing here", path);
        assert_answer(&stranger.post(path, &form).await, 404, "Nothing here", path);
    }
    let with_key = format!("{path}?key={}", signed_key(&app));
    for body in ["agreed=30000", "agreed=30000&token=", &format!("agreed=30000&token={}", "00".repeat(16))] {
        let answer = post_raw(&stranger, &with_key, body, &[]).await;
        assert_answer(&answer, 403, "We did not accept that", body);
    }
    assert_eq!(contents(&app.database), before);

    let by_mail = app.browser();
    let quoted = by_mail.get(&with_key).await;
    assert_eq!(quoted.attributes("main form", "action"), [with_key.as_str()]);
    let (token, agreed) = (quoted.value("token"), quoted.value("agreed"));
    let done = by_mail.post(&with_key, &[("token", &token), ("agreed", &agreed)]).await;
    assert_answer(&by_mail.get(done.leads_to()).await, 200, "Booking cancelled", "by the link");
}

#[actix_web::test]
async fn the_policy_is_told_before_the_customer_pays_and_the_frozen_one_counts() {
    use crate::support::database;
    let generous = TestApp::start_with(database(), &["--refund-early-percent", "100", "--refund-late-percent", "0"]);
    let house = house(&mut generous.database.connect());
    let browser = generous.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let promised = "Cancel until 2 h before the show for 100 % of the ticket price; the fee is kept.";
    assert_eq!(browser.get(&booking).await.texts("#policy"), [promised]);
    browser.start_payment(&booking).await.leads_to();

    // The same house with another policy: who has started to pay keeps what was promised.
    let stricter = TestApp::start_with(database(), &["--database-url", &generous.database.url()]);
    let key = signed_key(&generous);
    let page = stricter.browser().get(&format!("{booking}?key={key}")).await;
    assert_eq!(page.texts("#policy"), [promised]);
}
