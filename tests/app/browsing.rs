//! Browsing: what is on, where and when, for visitors whom nobody knows.

use crate::support::fixture::{self, House, PLAN, author, house, staff, try_hold};
use crate::support::{Browser, Page, TestApp, travel};
use chrono::{Duration, NaiveDate, Utc};
use diesel::PgConnection;
use marquee::catalogue::cinema::{self, NewCinema};
use marquee::catalogue::movie::{self, Certificate, NewMovie};
use marquee::catalogue::plan::Plan;
use marquee::catalogue::show::Format;
use marquee::clock::Instant;
use marquee::ids::ShowId;
use marquee::programme::block_seats::block_seats;
use marquee::programme::cancel_show::cancel_show;
use marquee::programme::publish_layout::publish_layout;
use marquee::programme::schedule::schedule;
use reqwest::StatusCode;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE, VARY};

const MOVIE: &str = "/movies/sairat";
const CINEMA: &str = "/cinemas/regal";

fn show_links(page: &Page) -> Vec<String> {
    page.attributes("a.showtime", "href")
}

fn link(show: ShowId) -> String {
    format!("/shows/{show}")
}

/// One more show of the house's movie on its screen; two hours and forty minutes must lie between two starts.
fn another_show(conn: &mut PgConnection, house: &House, starts_at: Instant) -> ShowId {
    schedule(conn, &house.request(starts_at), &author()).unwrap()
}

/// A show in Auckland, half a day ahead of UTC, at this local time in two days; returns the local day too.
fn show_in_auckland(conn: &mut PgConnection, hour: u32, minute: u32) -> (ShowId, NaiveDate) {
    let zone = chrono_tz::Pacific::Auckland;
    let city_id = cinema::ensure_city(conn, "auckland", "Auckland").unwrap();
    let civic = NewCinema {
        slug: "civic",
        name: "Civic",
        city_id,
        address: "Queen Street, Auckland",
        time_zone: zone.name(),
        currency: "NZD",
        trailer_minutes: 10,
        interval_minutes: 0,
        cleaning_minutes: 15,
    };
    let civic = cinema::ensure(conn, &civic).unwrap();
    let screen = cinema::ensure_screen(conn, civic, "Screen 1").unwrap();
    publish_layout(conn, screen, &Plan::parse(PLAN).unwrap()).unwrap();
    let movie = movie::ensure(conn, &fixture::movie("sairat", Certificate::Ua13)).unwrap();
    let day = Utc::now().with_timezone(&zone).date_naive() + Duration::days(2);
    let starts_at = day.and_hms_opt(hour, minute, 0).unwrap().and_local_timezone(zone).unwrap().to_utc();
    let house = House { screen, movie, show: ShowId(0), starts_at, seats: Vec::new() };
    (another_show(conn, &house, starts_at), day)
}

#[actix_web::test]
async fn what_is_on_is_found_from_the_front_page_to_the_seat_map() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    let browser = app.browser();

    let front = browser.get("/").await;
    assert_eq!(front.status, StatusCode::OK);
    assert_eq!(front.attributes(".posters a", "href"), [MOVIE]);
    assert_eq!(front.attributes(".posters img", "src"), ["/movies/sairat/poster.svg"]);
    let card = front.texts(".posters li").join(" ");
    for words in ["Sairat", "UA 13+", "2 h", "Romance, Drama", "Marathi"] {
        assert!(card.contains(words), "no {words} in {card}");
    }

    for page in [MOVIE, CINEMA] {
        let page = browser.get(page).await;
        assert_eq!(show_links(&page), [link(house.show)]);
        let show = page.texts(".showtime").join(" ");
        assert!(show.contains("from ₹200") && show.contains("Plenty of seats"), "{show}");
        assert!(page.body.contains("₹35.40 per ticket"), "the fee is shown from the first price on");
    }
    assert_eq!(browser.get(&link(house.show)).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn browse_pages_set_no_cookie_and_the_choice_of_a_city_a_plain_one() {
    let app = TestApp::start();
    house(&mut app.database.connect());
    let browser = app.browser();
    for path in ["/", "/cities", MOVIE, CINEMA, "/movies/sairat/poster.svg", "/movies/nothing", "/?language=Marathi"]
    {
        let page = browser.get(path).await;
        assert!(page.headers.get(SET_COOKIE).is_none(), "{path} sets {:?}", page.headers.get(SET_COOKIE));
    }
    let chosen = browser.get("/?city=pune").await;
    let cookies: Vec<&str> =
        chosen.headers.get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap()).collect();
    assert_eq!(cookies, ["city=pune; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"]);
}

#[actix_web::test]
async fn a_chosen_city_is_remembered_until_every_city_is_wanted_again() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let pune = house(conn);
    let (auckland, _) = show_in_auckland(conn, 19, 0);
    let browser = app.browser();

    assert_eq!(browser.get("/").await.texts("h1"), ["Now showing"]);
    browser.get("/?city=pune").await;
    assert_eq!(browser.get("/").await.texts("h1"), ["Now showing in Pune"]);
    assert_eq!(show_links(&browser.get(MOVIE).await), [link(pune.show)]);

    browser.get("/?city=auckland").await;
    assert_eq!(show_links(&browser.get(MOVIE).await), [link(auckland)]);
    browser.get("/?city=all").await;
    assert_eq!(browser.get("/").await.texts("h1"), ["Now showing"]);
}

#[actix_web::test]
async fn an_unknown_city_is_ignored() {
    let app = TestApp::start();
    house(&mut app.database.connect());
    let browser = app.browser();
    browser.get("/?city=pune").await;
    for odd in ["/?city=atlantis", "/?city=", "/?city=%00", "/?city=%FF", "/?city=pune&city=pune", "/?city=PUNE'--"] {
        let page = browser.get(odd).await;
        assert_eq!(page.status, StatusCode::OK, "{odd}");
        assert!(page.headers.get(SET_COOKIE).is_none(), "{odd} is remembered");
        assert_eq!(page.texts("h1"), ["Now showing in Pune"], "{odd}");
    }
    let forged = browser.request(reqwest::Method::GET, "/").header("cookie", "city=%00; city=atlantis");
    assert_eq!(Browser::send(forged).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_show_past_its_sale_end_is_not_offered() {
    let app = TestApp::start();
    house(&mut app.database.connect());
    let browser = app.browser();
    // The sale goes on until fifteen minutes after the start, which is in a day.
    travel(&app.database, "1 day 14 minutes");
    assert_eq!(show_links(&browser.get(MOVIE).await).len(), 1);
    travel(&app.database, "1 day 16 minutes");
    for page in [MOVIE, CINEMA] {
        let page = browser.get(page).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(show_links(&page).is_empty());
        assert!(!page.attributes(".empty a", "href").is_empty(), "an empty page offers a next step");
    }
    assert!(browser.get("/").await.attributes(".posters a", "href").is_empty());
}

#[actix_web::test]
async fn a_cancelled_show_is_not_offered() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let later = another_show(conn, &house, house.starts_at + Duration::hours(4));
    let staff = staff(conn);
    cancel_show(conn, house.show, "projector broke", &staff).unwrap();
    for page in [MOVIE, CINEMA] {
        assert_eq!(show_links(&app.browser().get(page).await), [link(later)]);
    }
}

#[actix_web::test]
async fn times_are_the_cinemas_and_the_night_belongs_to_the_evening() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let (evening, day) = show_in_auckland(conn, 21, 5);
    // Half past midnight is that date too, and the business day before it.
    let (night, _) = show_in_auckland(conn, 0, 30);
    let at = async |date: NaiveDate| app.browser().get(&format!("{MOVIE}?day={date}")).await;
    let on_the_day = at(day).await;
    assert_eq!(show_links(&on_the_day), [link(evening)]);
    assert_eq!(on_the_day.texts(".showtime time"), ["9:05 pm"]);
    let the_day_before = at(day - Duration::days(1)).await;
    assert_eq!(show_links(&the_day_before), [link(night)]);
    assert_eq!(the_day_before.texts(".showtime time"), [format!("12:30 am {}", day.format("%a"))]);
    assert_eq!(on_the_day.attributes(".days [aria-current]", "href"), [format!("{MOVIE}?day={day}")]);
}

#[actix_web::test]
async fn the_badge_counts_a_lapsed_lock_as_free_and_a_kept_back_seat_as_none() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let badge = async || app.browser().get(MOVIE).await.texts(".showtime .badge").join("");
    assert_eq!(badge().await, "Plenty of seats");
    for ten in house.seats.chunks(10) {
        let left = if ten == &house.seats[30..] { &ten[..8] } else { ten };
        try_hold(conn, house.show, left).unwrap();
    }
    assert_eq!(badge().await, "Almost full");
    let rest = &house.seats[38..];
    let staff = staff(conn);
    block_seats(conn, house.show, rest, "broken", &staff).unwrap();
    assert_eq!(badge().await, "Sold out");
    travel(&app.database, "11 minutes");
    assert_eq!(badge().await, "Plenty of seats");
}

#[actix_web::test]
async fn a_day_that_is_none_of_the_week_falls_back_to_the_first_with_shows() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    for odd in ["", "yesterday", "1999-01-01", "9999-12-31", "2026-02-30", "%00", "%FF", "-1", "+262142-12-31"] {
        for page in [MOVIE, CINEMA] {
            let page = app.browser().get(&format!("{page}?day={odd}")).await;
            assert_eq!((page.status, show_links(&page)), (StatusCode::OK, vec![link(house.show)]), "{odd}");
        }
    }
}

#[actix_web::test]
async fn what_is_no_movie_or_cinema_is_not_found() {
    let app = TestApp::start();
    house(&mut app.database.connect());
    let long = "a".repeat(5_000);
    for slug in ["nothing", "Sairat", "%00", "%FF", "sairat%00", "sairat%20", "%27%3B--", long.as_str()] {
        for path in [format!("/movies/{slug}"), format!("/movies/{slug}/poster.svg"), format!("/cinemas/{slug}")] {
            let page = app.browser().get(&path).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}

#[actix_web::test]
async fn filters_keep_what_fits_in_one_version() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let flat_tamil =
        NewMovie { title: "Vikram", languages: vec!["Tamil"], ..fixture::movie("vikram", Certificate::A) };
    let vikram = movie::ensure(conn, &flat_tamil).unwrap();
    let at = |hours| house.starts_at + Duration::hours(hours);
    let mut request = house.request(at(4));
    (request.movie, request.language) = (vikram, "Tamil".to_owned());
    schedule(conn, &request, &author()).unwrap();
    let mut in_3d = house.request(at(8));
    in_3d.format = Format::ThreeD;
    let in_3d = schedule(conn, &in_3d, &author()).unwrap();

    let found = async |query: &str| app.browser().get(&format!("/?{query}")).await.attributes(".posters a", "href");
    assert_eq!(found("").await.len(), 2);
    assert_eq!(found("language=Tamil&genre=&format=").await, ["/movies/vikram"]);
    assert_eq!(found("format=3D").await, [MOVIE]);
    assert_eq!(found("genre=Romance").await.len(), 2);
    let none = app.browser().get("/?language=Tamil&format=3D").await;
    assert!(none.texts(".empty").join("").contains("Nothing like that"), "{}", none.body);
    let of_movie = app.browser().get(&format!("{MOVIE}?language=Marathi&format=3D")).await;
    assert_eq!(show_links(&of_movie), [link(in_3d)]);
    let unheard_of = app.browser().get(&format!("{MOVIE}?language=Klingon&format=9D")).await;
    assert!(show_links(&unheard_of).contains(&link(house.show)), "a version that there is not is not asked for");
}

#[actix_web::test]
async fn a_script_gets_the_part_that_changes_and_a_person_the_page() {
    let app = TestApp::start();
    house(&mut app.database.connect());
    for path in ["/", MOVIE, CINEMA] {
        let whole = app.browser().get(path).await;
        assert!(whole.body.contains("<html"));
        let request = app.browser().request(reqwest::Method::GET, path).header("HX-Request-Type", "partial");
        let part = Browser::send(request).await;
        assert!(!part.body.contains("<html") && part.body.contains("href=\"/"), "{path}: {}", part.body);
        assert!(whole.body.contains(part.body.trim()), "{path}: page and fragment are one template");
        assert!(part.headers[VARY].to_str().unwrap().contains("HX-Request-Type"), "caches keep them apart");
    }
}

#[actix_web::test]
async fn posters_are_pictures_that_may_be_kept_and_run_nothing() {
    let app = TestApp::start();
    house(&mut app.database.connect());
    let poster = app.browser().get("/movies/sairat/poster.svg").await;
    assert_eq!(poster.headers[CONTENT_TYPE], "image/svg+xml");
    assert!(poster.headers[CACHE_CONTROL].to_str().unwrap().contains("max-age=604800"));
    assert!(poster.body.starts_with("<svg") && poster.body.contains("Sairat"));
    assert!(!poster.body.contains("<script") && !poster.body.contains("style="));
}

#[actix_web::test]
async fn no_page_needs_what_the_content_security_policy_forbids() {
    let app = TestApp::start();
    house(&mut app.database.connect());
    for path in ["/", "/cities", MOVIE, CINEMA, "/nowhere"] {
        let page = app.browser().get(path).await;
        assert!(page.attributes("[style]", "style").is_empty(), "{path}");
        assert!(page.texts("style").is_empty() && page.texts("script").iter().all(String::is_empty), "{path}");
        assert!(!page.body.contains(" onclick=") && !page.body.contains(" onchange="), "{path}");
    }
}
