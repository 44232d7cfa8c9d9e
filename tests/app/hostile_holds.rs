//! Holds that must not happen: each has a clear answer, writes nothing and leaves no lock.

use crate::posting::{assert_answer, held, post_raw};
use crate::support::fixture::{House, author, house, refused, screen, seats_of, staff};
use crate::support::{Browser, Page, TestApp, contents, travel};
use chrono::Duration;
use marquee::programme::cancel_show::cancel_show;
use marquee::programme::schedule::schedule;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use uuid::Uuid;

/// The form of a map with these texts in place of the seats.
async fn submit(browser: &Browser, show: &str, map: &Page, seats: &[&str]) -> Page {
    let (token, key) = (map.value("token"), map.value("form_key"));
    let mut form = vec![("token", token.as_str()), ("form_key", key.as_str())];
    form.extend(seats.iter().map(|seat| ("seat", *seat)));
    browser.post(&format!("/shows/{show}/bookings"), &form).await
}

#[actix_web::test]
async fn seats_that_cannot_be_held_are_refused_in_words() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let other = screen(conn, "Screen 2");
    let other = schedule(conn, &House { screen: other, ..house.clone() }.request(house.starts_at), &author());
    let foreign = seats_of(conn, other.unwrap())[0].to_string();
    let browser = app.browser();
    let map = browser.get(&format!("/shows/{}", house.show)).await;
    let own: Vec<String> = house.seats.iter().map(ToString::to_string).collect();
    let eleven: Vec<&str> = own[..11].iter().map(String::as_str).collect();
    let huge = i64::MAX.to_string();

    let unfit = "Those seats do not fit this show";
    let cases: Vec<(Vec<&str>, &str)> = vec![
        (vec![], "No seats chosen"),
        (eleven.clone(), "Too many seats"),
        (vec![&own[0], &own[0]], unfit),
        (vec![&own[0], &foreign], unfit),
        (vec!["0"], unfit),
        (vec!["-1"], unfit),
        (vec![&own[0], &huge], unfit),
        (vec!["99999999999999999999999"], unfit),
        (vec!["abc"], unfit),
        (vec!["1.5"], unfit),
        (vec![""], unfit),
        (vec![&own[0], "१"], unfit),
        (vec!["1); DROP TABLE bookings"], unfit),
    ];
    let before = contents(&app.database);
    for (seats, expected) in cases {
        let answer = submit(&browser, &house.show.to_string(), &map, &seats).await;
        assert_answer(&answer, 422, expected, &format!("{seats:?}"));
    }
    let too_many = submit(&browser, &house.show.to_string(), &map, &eleven).await;
    assert_eq!(too_many.attributes("input[name='seat'][checked]", "value"), eleven);
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn a_show_that_is_none_is_not_found() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let map = browser.get(&format!("/shows/{}", house.show)).await;
    let seat = house.seats[0].to_string();
    let before = contents(&app.database);
    for show in ["0", "-1", "999", "9223372036854775807", "99999999999999999999", "abc", "1.0", "%00", "%ff", "1%2f2"]
    {
        assert_answer(&submit(&browser, show, &map, &[&seat]).await, 404, "Nothing here", show);
        for below in ["", "/seats", "/choice"] {
            let page = browser.get(&format!("/shows/{show}{below}")).await;
            assert_answer(&page, 404, "Nothing here", show);
        }
    }
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn a_show_past_its_sale_end_and_a_cancelled_one_sell_nothing() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let later = schedule(conn, &house.request(house.starts_at + Duration::days(9)), &author()).unwrap();
    let browser = app.browser();
    let map = browser.get(&format!("/shows/{}", house.show)).await;

    let manager = staff(conn);
    refused(cancel_show(conn, later, "The print did not come", &manager)).unwrap();
    let before = contents(&app.database);
    let seat = seats_of(conn, later)[0].to_string();
    let answer = submit(&browser, &later.to_string(), &map, &[&seat]).await;
    assert_answer(&answer, 410, "This show was cancelled", "cancelled");
    assert!(answer.attributes("input[name='seat']", "value").is_empty());

    travel(&app.database, "1 day 16 minutes");
    let seat = house.seats[0].to_string();
    let answer = submit(&browser, &house.show.to_string(), &map, &[&seat]).await;
    assert_answer(&answer, 410, "Online sale has ended", "past");
    assert!(answer.attributes("input[name='seat']", "value").is_empty());
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn what_cannot_be_read_is_refused() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let map = browser.get(&format!("/shows/{}", house.show)).await;
    let path = format!("/shows/{}/bookings", house.show);
    let form = format!("token={}&form_key={}&seat={}", map.value("token"), map.value("form_key"), house.seats[0]);
    let without_key = format!("token={}&seat={}", map.value("token"), house.seats[0]);
    let with_bytes = |bytes: &[u8]| [form.as_bytes(), b"&x=", bytes].concat();

    let before = contents(&app.database);
    let bodies: [(&str, Vec<u8>); 9] = [
        ("an escaped NUL", with_bytes(b"%00")),
        ("a NUL", with_bytes(b"\0")),
        ("escaped bytes that are no UTF-8", with_bytes(b"%ff%fe")),
        ("bytes that are no UTF-8", with_bytes(b"\xff")),
        ("half a character", with_bytes(b"%e0%a4")),
        ("no form key", without_key.clone().into()),
        ("a form key that is none", format!("{without_key}&form_key=7").into()),
        ("two form keys", format!("{form}&form_key={}", Uuid::new_v4()).into()),
        ("JSON", br#"{"seat":[1]}"#.to_vec()),
    ];
    for (what, body) in bodies {
        let headers = [("sec-fetch-site", "same-origin")];
        assert_answer(&post_raw(&browser, &path, body, &headers).await, 400, "Please check the form", what);
    }
    assert_eq!(contents(&app.database), before);
}

/// Posts a form of this many KiB that does not say how long it is; the first line of the answer.
fn post_in_chunks(host: &str, path: &str, kib: usize) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: chunked");
    let head = format!("{head}\r\nsec-fetch-site: same-origin\r\n\r\n");
    let chunk = format!("400\r\n{}\r\n", "a".repeat(1024));
    // The server may have answered and closed before everything is sent.
    let _ = stream.write_all(format!("{head}{}0\r\n\r\n", chunk.repeat(kib)).as_bytes());
    let mut status = String::new();
    BufReader::new(stream).read_line(&mut status).unwrap();
    status
}

#[actix_web::test]
async fn a_body_larger_than_any_form_is_refused() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let before = contents(&app.database);
    for path in [format!("/shows/{}/bookings", house.show), "/admin/session".to_owned()] {
        let answer = post_raw(&browser, &path, vec![b'a'; 20 * 1024], &[("sec-fetch-site", "same-origin")]).await;
        assert_answer(&answer, 413, "That was too much", &path);
        // Without a length it is counted as it comes.
        let status = post_in_chunks(&app.url["http://".len()..], &path, 20);
        assert!(status.starts_with("HTTP/1.1 413 "), "{path}: {status}");
    }
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn a_form_used_for_other_seats_leads_to_the_booking_it_made() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let map = browser.get(&format!("/shows/{}", house.show)).await;
    let first = browser.submit_hold(house.show.0, &map, &[house.seat("A1").0]).await;
    let booking = first.leads_to();

    let before = contents(&app.database);
    let again = browser.submit_hold(house.show.0, &map, &[house.seat("A1").0]).await;
    assert_eq!(again.leads_to(), booking);
    let other = browser.submit_hold(house.show.0, &map, &[house.seat("A2").0]).await;
    assert_answer(&other, 409, "You have a booking from this page", "another choice");
    assert_eq!(other.attributes("#refusal a", "href"), [booking]);
    assert_ne!(other.value("form_key"), map.value("form_key"));
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn a_refused_hold_names_the_seat_lost_and_keeps_the_rest_chosen() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let (slow, fast) = (app.browser(), app.browser());
    let wanted: Vec<i64> = house.seats("B3 B4 B5").iter().map(|seat| seat.0).collect();
    let map = slow.get(&format!("/shows/{}", house.show)).await;
    held(&fast, house.show.0, &[house.seat("B4").0]).await;

    let before = contents(&app.database);
    let answer = slow.submit_hold(house.show.0, &map, &wanted).await;
    assert_answer(&answer, 409, "B4 just went", "lost");
    let kept = [wanted[0].to_string(), wanted[2].to_string()];
    assert_eq!(answer.attributes("input[name='seat'][checked]", "value"), kept);
    assert_eq!(contents(&app.database), before);
    // The key was not used up, so what is still chosen can be held with the page as it is.
    assert_eq!(answer.value("form_key"), map.value("form_key"));
    slow.submit_hold(house.show.0, &answer, &[wanted[0], wanted[2]]).await.leads_to();
}
