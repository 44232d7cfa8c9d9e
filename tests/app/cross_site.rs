//! Posts that come from elsewhere are refused: Sec-Fetch-Site decides, then Origin, then the form's token.

use crate::posting::{assert_answer, held, post_raw};
use crate::support::fixture::house;
use crate::support::{TestApp, contents};

/// What it is, its body, and its headers.
type Post<'a> = (&'a str, String, Vec<(&'a str, &'a str)>);

const REFUSED: &str = "We did not accept that";

#[actix_web::test]
async fn a_post_must_come_from_a_page_of_ours() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let booking = held(&browser, house.show.0, &[house.seats[5].0]).await;
    let map = browser.get(&format!("/shows/{}", house.show)).await;
    let token = map.value("token");
    let hold = format!("form_key={}&seat={}", map.value("form_key"), house.seats[0]);
    let with_token = format!("{hold}&token={token}");
    let strangers = app.browser().get(&format!("/shows/{}", house.show)).await.value("token");
    let port = app.url.rsplit(':').next().unwrap();
    let other_port = format!("http://127.0.0.1:{}", port.parse::<u16>().unwrap() ^ 1);

    let before = contents(&app.database);
    let refused: Vec<Post<'_>> = vec![
        ("no token", hold.clone(), vec![]),
        ("an empty token", format!("{hold}&token="), vec![]),
        ("a made-up token", format!("{hold}&token={}", "00".repeat(16)), vec![]),
        ("a token cut short", format!("{hold}&token={}", &token[..8]), vec![]),
        ("another visitor's token", format!("{hold}&token={strangers}"), vec![]),
        ("cross-site", with_token.clone(), vec![("sec-fetch-site", "cross-site")]),
        ("same-site, a sister domain", with_token.clone(), vec![("sec-fetch-site", "same-site")]),
        ("nonsense", with_token.clone(), vec![("sec-fetch-site", "whatever")]),
        (
            "cross-site with our origin",
            with_token.clone(),
            vec![("sec-fetch-site", "cross-site"), ("origin", &app.url)],
        ),
        ("another origin", with_token.clone(), vec![("origin", "https://evil.example")]),
        ("no origin to speak of", with_token.clone(), vec![("origin", "null")]),
        ("our host on another port", with_token.clone(), vec![("origin", &other_port)]),
        ("our name inside another's", with_token.clone(), vec![("origin", "http://127.0.0.1.evil.example")]),
    ];
    for (what, body, headers) in &refused {
        let answer = post_raw(&browser, &format!("/shows/{}/bookings", house.show), body.as_str(), headers).await;
        assert_answer(&answer, 403, REFUSED, what);
        for below in ["checkout", "payments", "cancellation"] {
            let answer = post_raw(&browser, &format!("{booking}/{below}"), body.as_str(), headers).await;
            assert_answer(&answer, 403, REFUSED, &format!("{below}: {what}"));
        }
    }
    assert_eq!(contents(&app.database), before);

    let path = format!("/shows/{}/bookings", house.show);
    let from_our_page = post_raw(&browser, &path, hold, &[("sec-fetch-site", "same-origin")]).await;
    from_our_page.leads_to();
}

#[actix_web::test]
async fn our_own_origin_is_enough_for_an_older_browser() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();
    let map = browser.get(&format!("/shows/{}", house.show)).await;
    let hold = format!("form_key={}&seat={}", map.value("form_key"), house.seats[0]);
    let path = format!("/shows/{}/bookings", house.show);
    post_raw(&browser, &path, hold, &[("origin", &app.url)]).await.leads_to();
}

/// A top-level post from another site comes without our cookie, and what it is answered with is kept by the browser: a
/// new cookie would take the visitor's bookings, and the staff's session, away from them.
#[actix_web::test]
async fn a_refused_post_from_another_site_sets_no_cookie() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    for path in
        [format!("/shows/{}/bookings", house.show), "/admin/session".to_owned(), "/admin/session/end".to_owned()]
    {
        let body = "form_key=0&email=a@b.co&password=x";
        let answer = post_raw(&app.browser(), &path, body, &[("sec-fetch-site", "cross-site")]).await;
        assert_answer(&answer, 403, REFUSED, &path);
        assert_eq!(answer.headers.get("set-cookie"), None, "{path}");
    }
}
