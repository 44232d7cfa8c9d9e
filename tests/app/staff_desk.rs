//! The staff's side: who gets in, and which seats they may keep back.

use crate::posting::assert_answer;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{house, refused, try_hold, try_sell};
use crate::support::{Browser, Page, TestApp, contents, count, travel};
use diesel::connection::SimpleConnection;
use marquee::accounts::password;
use marquee::accounts::person::{self, NewPerson, Role};
use marquee::clock;
use std::time::{Duration, Instant};

const PASSWORD: &str = "popcorn and samosa";

/// Hires Meera, the manager.
pub fn hire(app: &TestApp) {
    let conn = &mut app.database.connect();
    let now = clock::now(conn).unwrap();
    let hash = password::hash(PASSWORD).unwrap();
    let meera = NewPerson { email: "meera@regal.example", name: "Meera", role: Role::Manager, password_hash: &hash };
    assert!(person::add(conn, &meera, now).unwrap());
}

async fn sign_in(browser: &Browser, email: &str, password: &str) -> Page {
    let token = browser.get("/admin/sign-in").await.value("token");
    browser.post("/admin/session", &[("token", &token), ("email", email), ("password", password)]).await
}

pub async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    assert_eq!(sign_in(&browser, "meera@regal.example", PASSWORD).await.leads_to(), "/admin/shows");
    browser
}

#[actix_web::test]
async fn nobody_sees_the_desk_without_signing_in() {
    let app = TestApp::start();
    hire(&app);
    let house = house(&mut app.database.connect());
    let customer = app.browser();
    let token = customer.get(&format!("/shows/{}", house.show)).await.value("token");
    let before = contents(&app.database);
    for path in ["/admin", "/admin/shows", "/admin/shows/1", "/admin/shows/1/seats"] {
        assert_answer(&customer.get(path).await, 401, "Please sign in", path);
    }
    for path in ["/admin/shows/1/blocks", "/admin/shows/1/releases"] {
        let form = [("token", token.as_str()), ("seat", "1"), ("reason", "mine")];
        assert_answer(&customer.post(path, &form).await, 401, "Please sign in", path);
    }
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn a_copied_cookie_ends_with_signing_out() {
    let app = TestApp::start();
    hire(&app);
    let browser = app.browser();
    let entered = sign_in(&browser, "meera@regal.example", PASSWORD).await;
    let cookie = entered.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let with_copy = async || {
        Browser::send(app.browser().request(reqwest::Method::GET, "/admin/shows").header("cookie", &cookie))
            .await
            .status
    };
    assert_eq!(with_copy().await, 200);
    let token = browser.get("/admin/shows").await.value("token");
    browser.post("/admin/session/end", &[("token", &token)]).await.leads_to();
    assert_eq!(with_copy().await, 401);
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_address_are_told_the_same_in_the_same_time() {
    let app = TestApp::start();
    hire(&app);
    sign_in(&app.browser(), "warm@up.example", "nothing").await;
    let before = contents(&app.database);
    let mut times = Vec::new();
    for email in ["meera@regal.example", "nobody@regal.example"] {
        let browser = app.browser();
        let token = browser.get("/admin/sign-in").await.value("token");
        let form = [("token", token.as_str()), ("email", email), ("password", "guess")];
        let mut fastest = Duration::MAX;
        for _ in 0..4 {
            let asked = Instant::now();
            let answer = browser.post("/admin/session", &form).await;
            fastest = fastest.min(asked.elapsed());
            assert_eq!(answer.status, 422);
            assert_eq!(answer.texts("[role='alert']"), ["That mail address and password do not belong together."]);
            assert_eq!(answer.value("email"), email);
            assert!(!answer.body.contains("guess"));
            assert_eq!(answer.headers.get("set-cookie"), None);
        }
        times.push(fastest);
    }
    assert!(times[0] < times[1] * 3 && times[1] < times[0] * 3, "{times:?}");
    assert_eq!(contents(&app.database), before);
}

#[actix_web::test]
async fn guessing_is_slowed_down_for_the_account_and_then_for_the_address() {
    let app = TestApp::start();
    hire(&app);
    let browser = app.browser();
    let token = browser.get("/admin/sign-in").await.value("token");
    let guess = async |email: &str| {
        let form = [("token", token.as_str()), ("email", email), ("password", "guess")];
        browser.post("/admin/session", &form).await
    };
    for _ in 0..5 {
        assert_eq!(guess("meera@regal.example").await.status, 422);
    }
    for spelling in ["meera@regal.example", "MEERA@Regal.example", " meera@regal.example "] {
        let answer = guess(spelling).await;
        assert_answer(&answer, 429, "Too many attempts", spelling);
        assert_eq!(answer.headers["retry-after"], "60");
    }
    // The right password does not help either, until a minute has passed.
    assert_eq!(sign_in(&browser, "meera@regal.example", PASSWORD).await.status, 429);
    assert_eq!(guess("somebody.else@regal.example").await.status, 422);
    let mut refused = 0;
    for n in 0..40 {
        refused += usize::from(guess(&format!("guess{n}@regal.example")).await.status == 429);
    }
    assert!(refused >= 5, "{refused}");
}

#[actix_web::test]
async fn signing_in_begins_a_new_session_and_signing_out_ends_it() {
    let app = TestApp::start();
    hire(&app);
    let browser = app.browser();
    let token = browser.get("/admin/sign-in").await.value("token");
    let form = [("token", token.as_str()), ("email", " Meera@REGAL.example "), ("password", PASSWORD)];
    let answer = browser.post("/admin/session", &form).await;
    assert_eq!(answer.leads_to(), "/admin/shows");
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let desk = browser.get("/admin/shows").await;
    assert_eq!(desk.status, 200);
    assert!(desk.body.contains("Meera"));
    // The token of the page before belongs to the session before.
    assert_eq!(browser.post("/admin/session/end", &[("token", &token)]).await.status, 403);
    let token = desk.value("token");
    assert_eq!(browser.post("/admin/session/end", &[("token", &token)]).await.leads_to(), "/admin/sign-in");
    assert_eq!(browser.get("/admin/shows").await.status, 401);
}

#[actix_web::test]
async fn a_disabled_person_is_out_at_once() {
    let app = TestApp::start();
    hire(&app);
    let house = house(&mut app.database.connect());
    let browser = signed_in(&app).await;
    let page = browser.get(&format!("/admin/shows/{}", house.show)).await;
    app.database.connect().batch_execute("UPDATE people SET disabled_at = marquee_now()").unwrap();
    let before = contents(&app.database);
    let form = [("token", page.value("token")), ("seat", house.seats[0].to_string()), ("reason", "mine".into())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(browser.post(&format!("/admin/shows/{}/blocks", house.show), &form).await.status, 401);
    assert_eq!(browser.get("/admin/shows").await.status, 401);
    assert_eq!(sign_in(&app.browser(), "meera@regal.example", PASSWORD).await.status, 422);
    assert_eq!(contents(&app.database), before);
}

/// Sends the desk's form.
async fn change(browser: &Browser, show: &str, verb: &str, seats: &[&str], reason: &str) -> Page {
    let token = browser.get("/admin/shows").await.value("token");
    let mut form = vec![("token", token.as_str()), ("reason", reason)];
    form.extend(seats.iter().map(|seat| ("seat", *seat)));
    browser.post(&format!("/admin/shows/{show}/{verb}"), &form).await
}

#[actix_web::test]
async fn seats_are_kept_back_and_given_to_the_sale_with_a_reason() {
    let app = TestApp::start();
    hire(&app);
    let conn = &mut app.database.connect();
    let house = house(conn);
    let (browser, show) = (signed_in(&app).await, house.show.to_string());
    let [a1, a2, b1] = ["A1", "A2", "B1"].map(|label| house.seat(label).to_string());
    let desk = format!("/admin/shows/{show}");
    assert_eq!(change(&browser, &show, "blocks", &[&a1, &a2], " Broken arm ").await.leads_to(), desk);
    assert!(try_hold(conn, house.show, &house.seats("A1")).is_err());
    let customers = app.browser().get(&format!("/shows/{show}")).await;
    assert_eq!(customers.attributes(&format!("#taken-{a1}"), "aria-label"), ["A1, not on sale"]);
    let staffs = browser.get(&desk).await;
    assert_eq!(staffs.attributes(&format!("#seat-{a1}"), "title"), ["A1, kept back: Broken arm"]);
    assert_eq!(change(&browser, &show, "releases", &[&a1], "Repaired").await.leads_to(), desk);
    try_hold(conn, house.show, &house.seats("A1")).unwrap();
    // A lock that has lapsed is free for the house too.
    try_hold(conn, house.show, &house.seats("B1")).unwrap();
    travel(&app.database, "11 minutes");
    assert_eq!(change(&browser, &show, "blocks", &[&b1], "Camera").await.leads_to(), desk);
    assert_eq!(count(conn, "SELECT count(*) FROM staff_log WHERE action IN ('block_seats', 'unblock_seats')"), 3);
    assert_consistent(conn);
}

#[actix_web::test]
async fn what_cannot_be_kept_back_or_given_back_is_refused_in_words() {
    let app = TestApp::start();
    hire(&app);
    let conn = &mut app.database.connect();
    let house = house(conn);
    let (browser, show) = (signed_in(&app).await, house.show.to_string());
    let [a1, a2, a3, a4] = ["A1", "A2", "A3", "A4"].map(|label| house.seat(label).to_string());
    try_hold(conn, house.show, &house.seats("A1")).unwrap();
    try_sell(conn, house.show, &house.seats("A2")).unwrap();
    change(&browser, &show, "blocks", &[&a3], "Broken").await.leads_to();

    let before = contents(&app.database);
    let unfit = "Those seats do not fit this show";
    let long = "x".repeat(201);
    let cases: Vec<(&str, Vec<&str>, &str, u16, &str)> = vec![
        ("blocks", vec![], "why not", 422, "No seats chosen"),
        ("releases", vec![], "why not", 422, "No seats chosen"),
        ("blocks", vec![&a4], "", 422, "Why?"),
        ("blocks", vec![&a4], " \t ", 422, "Why?"),
        ("blocks", vec![&a4], &long, 422, "A shorter reason, please"),
        ("releases", vec![&a3], "", 422, "Why?"),
        ("blocks", vec![&a4, &a4], "twice", 422, unfit),
        ("blocks", vec![&a4, "999999"], "foreign", 422, unfit),
        ("blocks", vec!["abc"], "nonsense", 422, unfit),
        ("blocks", vec![&a4, &a1], "being bought", 409, "A1 cannot be kept back"),
        ("blocks", vec![&a4, &a2], "sold", 409, "A2 cannot be kept back"),
        ("blocks", vec![&a4, &a3], "blocked", 409, "A3 cannot be kept back"),
        ("releases", vec![&a3, &a4], "free", 409, "Not kept back: A4"),
        ("releases", vec![&a3, &a2], "sold", 409, "Not kept back: A2"),
    ];
    for (verb, seats, reason, status, expected) in cases {
        let answer = change(&browser, &show, verb, &seats, reason).await;
        assert_answer(&answer, status, expected, &format!("{verb} {seats:?} {reason}"));
        assert_eq!(answer.value("reason"), reason);
    }
    for show in ["999", "0", "abc"] {
        assert_eq!(change(&browser, show, "blocks", &[&a4], "why").await.status, 404, "{show}");
    }
    assert_eq!(contents(&app.database), before);
    assert_consistent(conn);
}

#[actix_web::test]
async fn any_day_may_be_asked_for() {
    let app = TestApp::start();
    hire(&app);
    house(&mut app.database.connect());
    let browser = signed_in(&app).await;
    for day in [
        "2026-11-28",
        "",
        "abc",
        "2026-02-30",
        "0000-01-01",
        "-9999-01-01",
        "99999-01-01",
        "%2B262142-12-31",
        "-262143-01-01",
        "%2B262143-01-01",
        "%00",
        "%ff",
        "a&day=b",
    ] {
        let page = browser.get(&format!("/admin/shows?day={day}")).await;
        assert_eq!(page.status, 200, "{day}: {}", page.body);
    }
}

#[actix_web::test]
async fn the_list_opens_on_the_next_day_that_has_shows() {
    let app = TestApp::start();
    hire(&app);
    let house = house(&mut app.database.connect());
    let browser = signed_in(&app).await;
    let link = format!("/admin/shows/{}", house.show);
    for ahead in ["0 days", "-3 days"] {
        travel(&app.database, ahead);
        let page = browser.get("/admin/shows").await;
        assert_eq!(page.attributes("td a", "href"), [link.as_str()], "{ahead}");
    }
    travel(&app.database, "9 days");
    assert_eq!(browser.get("/admin/shows").await.texts("main p"), ["No shows on this day."]);
}

#[actix_web::test]
async fn a_cancelled_shows_seats_can_still_be_looked_at() {
    let app = TestApp::start();
    hire(&app);
    let conn = &mut app.database.connect();
    let house = house(conn);
    let browser = signed_in(&app).await;
    let manager = crate::support::fixture::staff(conn);
    refused(marquee::programme::cancel_show::cancel_show(conn, house.show, "Flooded", &manager)).unwrap();
    assert_eq!(browser.get(&format!("/admin/shows/{}", house.show)).await.status, 200);
}
