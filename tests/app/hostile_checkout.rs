//! Checkout, payment and cancellation of bookings: whose they are, what they take, and until when.

use crate::posting::{assert_answer, held, signed_key};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, movie, try_sell};
use crate::support::{Browser, Page, TestApp, contents, count, travel};
use futures_util::future::join_all;
use marquee::catalogue::movie::{self, Certificate};
use marquee::programme::schedule::schedule;

async fn send(browser: &Browser, booking: &str, below: &str, fields: &[(&str, &str)]) -> Page {
    let token = browser.get(booking).await.value("token");
    let mut form = vec![("token", token.as_str())];
    form.extend(fields);
    browser.post(&format!("{booking}/{below}"), &form).await
}

const CONTACT: [(&str, &str); 2] = [("name", "Asha Rao"), ("email", "asha@example.com")];

fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    CONTACT.iter().chain(more).copied().collect()
}

#[actix_web::test]
async fn a_booking_is_found_by_its_visitor_and_by_its_signed_link_and_by_nobody_else() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let (owner, other) = (app.browser(), app.browser());
    let booking = held(&owner, house.show.0, &[house.seats[0].0]).await;
    owner.start_payment(&booking).await.leads_to();
    let key = signed_key(&app);
    let token = other.get(&format!("/shows/{}", house.show)).await.value("token");
    let wrong = format!("{}{}", &key[..31], if key.ends_with('0') { '1' } else { '0' });

    let before = contents(&app.database);
    let keys = [
        "".into(),
        "?key=".into(),
        format!("?key={wrong}"),
        format!("?key={}", &key[..30]),
        "?key=%00".into(),
        format!("?key={key}&key={key}"),
    ];
    for key in keys {
        for below in ["", "/status", "/payment"] {
            let page = other.get(&format!("{booking}{below}{key}")).await;
            assert_answer(&page, 404, "Nothing here", &format!("{below}{key}"));
        }
        for below in ["/checkout", "/payments", "/cancellation"] {
            let page = other.post(&format!("{booking}{below}{key}"), &[("token", &token)]).await;
            assert_answer(&page, 404, "Nothing here", &format!("{below}{key}"));
        }
    }
    for reference in ["ZZZZZZZZ", "0", "%00", "%ff%fe", "'%20OR%201=1", "K7QM2XPDK7QM2XPD", "नमस्तेनम"]
    {
        let page = owner.get(&format!("/bookings/{reference}")).await;
        assert_answer(&page, 404, "Nothing here", reference);
    }
    assert_eq!(contents(&app.database), before);
    assert_answer(&other.get(&format!("{booking}?key={key}")).await, 200, "Almost yours", "signed link");
}

#[actix_web::test]
async fn who_opens_the_signed_link_can_pay_and_cancel_without_scripts_or_modern_headers() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let (owner, other) = (app.browser(), app.browser());
    let booking = held(&owner, house.show.0, &[house.seats[0].0]).await;
    let session = owner.start_payment(&booking).await.leads_to().to_owned();
    let link = format!("{booking}?key={}", signed_key(&app));

    let page = other.get(&link).await;
    let to = page.attributes("form.checkout", "action").remove(0);
    let form = [("token", page.value("token")), ("name", "Ravi".into()), ("email", "ravi@example.com".into())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(other.post(&to, &form).await.leads_to(), session);
    let to = page.attributes("form.give-up", "action").remove(0);
    other.post(&to, &form[..1]).await.leads_to();
    assert_answer(&other.get(&link).await, 200, "Booking cancelled", "cancelled");
    assert_consistent(&mut app.database.connect());
}

#[actix_web::test]
async fn a_contact_that_cannot_be_is_shown_again_with_what_is_wrong() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let before = contents(&app.database);
    let long = "x".repeat(101);
    let long_mail = format!("{}@example.com", "x".repeat(250));
    let long_phone = format!("{}1234567", "(".repeat(500));
    let cases = [
        ("name-error", ["", "asha@example.com", ""]),
        ("name-error", ["   ", "asha@example.com", ""]),
        ("name-error", [&long, "asha@example.com", ""]),
        ("name-error", ["Asha\u{7}Rao", "asha@example.com", ""]),
        ("email-error", ["Asha", "", ""]),
        ("email-error", ["Asha", "asha", ""]),
        ("email-error", ["Asha", "a@b@example.com", ""]),
        ("email-error", ["Asha", "asha@example", ""]),
        ("email-error", ["Asha", "as ha@example.com", ""]),
        ("email-error", ["Asha", &long_mail, ""]),
        ("phone-error", ["Asha", "asha@example.com", "12"]),
        ("phone-error", ["Asha", "asha@example.com", "call me"]),
        ("phone-error", ["Asha", "asha@example.com", "1234567890123456"]),
        ("phone-error", ["Asha", "asha@example.com", &long_phone]),
    ];
    for (error, [name, email, phone]) in cases {
        let seat = format!("type_{}", house.seats[0]);
        let fields = [("name", name), ("email", email), ("phone", phone), (seat.as_str(), "senior")];
        let page = send(&browser, &booking, "payments", &fields).await;
        assert_eq!(page.status, 422, "{fields:?}");
        assert_eq!(page.texts(".error").len(), 1, "{fields:?}");
        assert_eq!(page.attributes(".error", "id"), [error], "{fields:?}");
        let kept = [page.value("name"), page.value("email"), page.value("phone")];
        assert_eq!(kept, [name.trim(), email, phone], "{fields:?}");
        assert_eq!(page.attributes("option[selected]", "value"), ["senior"]);
    }
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn what_the_contact_says_is_text_on_every_page() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let name = "<script>alert(1)</script>\"'><b>";
    send(&browser, &booking, "payments", &[("name", name), ("email", "o'b&c@example.com")]).await;
    let page = browser.get(&booking).await;
    assert_eq!(page.value("name"), name);
    assert!(!page.body.contains("<script>alert") && !page.body.contains("<b>"));
}

#[actix_web::test]
async fn ticket_types_that_cannot_be_are_refused() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let adult = movie::ensure(conn, &movie::NewMovie { title: "Gandu", ..movie("gandu", Certificate::A) }).unwrap();
    let starts_at = house.starts_at + chrono::Duration::days(1);
    let adults_only = schedule(conn, &House { movie: adult, ..house.clone() }.request(starts_at), &author()).unwrap();
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0, house.seats[1].0]).await;
    let grown_up = held(&browser, adults_only.0, &[house.seats[0].0]).await;

    let [first, second, foreign] = [0, 1, 2].map(|n| format!("type_{}", house.seats[n]));
    let before = contents(&app.database);
    let cases: Vec<(&str, Vec<(&str, &str)>)> = vec![
        (&grown_up, vec![(&first, "child")]),
        (&booking, vec![(&foreign, "adult")]),
        (&booking, vec![(&first, "student")]),
        (&booking, vec![(&first, "")]),
        (&booking, vec![(&first, "child"), (&first, "child")]),
        (&booking, vec![(&first, "child"), (&first, "senior")]),
        (&booking, vec![(&second, "child"), ("type_abc", "child")]),
        (&booking, vec![("type_99999999999999999999", "child")]),
    ];
    for (booking, types) in cases {
        for below in ["checkout", "payments"] {
            let mut fields = CONTACT.to_vec();
            fields.extend(&types);
            let page = send(&browser, booking, below, &fields).await;
            assert_answer(&page, 409, "That ticket type is not sold here", &format!("{below} {types:?}"));
        }
    }
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn a_started_payment_freezes_the_sum_and_a_second_click_finds_the_same_session() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let seat = format!("type_{}", house.seats[0]);
    let mut fields = CONTACT.to_vec();
    fields.push((&seat, "child"));
    let session = send(&browser, &booking, "payments", &fields).await.leads_to().to_owned();

    let before = contents(&app.database);
    assert_eq!(send(&browser, &booking, "payments", &fields).await.leads_to(), session);
    fields[2].1 = "adult";
    for below in ["checkout", "payments"] {
        assert_answer(&send(&browser, &booking, below, &fields).await, 409, "The price is fixed", below);
    }
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn a_dozen_clicks_on_pay_at_once_all_lead_to_one_session() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let token = browser.get(&booking).await.value("token");
    let form = [("token", token.as_str()), CONTACT[0], CONTACT[1]];
    let path = format!("{booking}/payments");
    let clicks = join_all((0..12).map(|_| browser.post(&path, &form))).await;
    let sessions: std::collections::BTreeSet<&str> = clicks.iter().map(Page::leads_to).collect();
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    let conn = &mut app.database.connect();
    assert_eq!(count(conn, "SELECT count(*) FROM payments"), 1);
    assert_consistent(conn);
}

#[actix_web::test]
async fn nothing_is_paid_or_changed_past_the_deadline() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let token = browser.get(&booking).await.value("token");
    let mut form = with(&[]);
    form.push(("token", token.leak()));

    let before = contents(&app.database);
    for (by, answer) in [("9 minutes", "That came too late"), ("11 minutes", "This booking is closed")] {
        travel(&app.database, by);
        for below in ["checkout", "payments"] {
            let page = browser.post(&format!("{booking}/{below}"), &form).await;
            assert_answer(&page, 409, answer, &format!("{below} after {by}"));
        }
    }
    assert_eq!(contents(&app.database), before);
    assert_answer(&browser.get(&booking).await, 200, "This booking has expired", "expired");
}

#[actix_web::test]
async fn a_cancelled_booking_stays_so_and_cannot_be_paid() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let token = browser.get(&booking).await.value("token");
    let cancel = format!("{booking}/cancellation");
    assert_eq!(browser.post(&cancel, &[("token", &token)]).await.leads_to(), booking);

    let before = contents(&app.database);
    assert_eq!(browser.post(&cancel, &[("token", &token)]).await.leads_to(), booking);
    let mut form = with(&[]);
    form.push(("token", token.leak()));
    for below in ["checkout", "payments"] {
        let page = browser.post(&format!("{booking}/{below}"), &form).await;
        assert_answer(&page, 409, "This booking is closed", below);
    }
    assert_eq!(contents(&app.database), before);
    assert_consistent(&mut app.database.connect());
    held(&app.browser(), house.show.0, &[house.seats[0].0]).await;
}

#[actix_web::test]
async fn a_paid_booking_is_not_given_up_with_a_click() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[0].0]).await;
    let token = browser.get(&booking).await.value("token");
    let session = browser.start_payment(&booking).await.leads_to().to_owned();
    browser.post(&session, &[("card", "visa")]).await;
    crate::buying::settled(&browser, &booking).await;
    let before = contents(&app.database);
    let page = browser.post(&format!("{booking}/cancellation"), &[("token", &token)]).await;
    assert_answer(&page, 409, "This booking is paid", "cancel");
    assert_eq!(contents(&app.database), before);
    assert!(try_sell(conn, house.show, &house.seats[..1]).is_err());
    assert_consistent(conn);
}
