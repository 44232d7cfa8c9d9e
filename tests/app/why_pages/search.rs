//! Asking for a why page: by whatever is at hand, by staff alone, and never in vain.

use super::{fight, pay, text, timeline};
use crate::posting::{assert_answer, held};
use crate::staff_desk::{hire, signed_in};
use crate::support::fixture::house;
use crate::support::{Browser, TestApp, contents};

#[actix_web::test]
async fn search_finds_by_whatever_a_customer_has_in_hand() {
    let fight = fight().await;
    let (app, [anna, ben, chitra]) = (&fight.app, fight.references());
    let staff = signed_in(app).await;
    let found = async |q: &str| {
        let page = Browser::send(staff.request(reqwest::Method::GET, "/admin/search").query(&[("q", q)])).await;
        assert_eq!(page.status, 200, "{q}: {}", page.body);
        assert_eq!(page.value("q"), q.replace(char::is_control, ""));
        page.texts(".found a")
    };
    let typed = format!(" {}-{} ", &anna[..4].to_lowercase(), &anna[4..].to_lowercase());
    assert_eq!(found(&typed).await, [anna]);
    for q in ["ben@example.com", " BEN@EXAMPLE.COM", "ben car", "Ben Carlos"] {
        assert_eq!(found(q).await, [ben], "{q}");
    }
    let of_chitra = |column: &str| text(app, &format!("SELECT {column} FROM payments WHERE status = 'succeeded'"));
    for q in [of_chitra("id"), of_chitra("id").to_uppercase(), of_chitra("session_id")] {
        assert_eq!(found(&q).await, [chitra], "{q}");
    }
    // Newest first.
    let again = held(&fight.ben.0, fight.house.show.0, &[fight.house.seat("A1").0]).await;
    pay(&fight.ben.0, &again, "Ben Carlos", "ben@example.com").await;
    assert_eq!(found("ben@example.com").await, [again.trim_start_matches("/bookings/"), ben]);

    // A page's box, an empty question, and one without an answer.
    let empty = staff.get("/admin/search").await;
    assert_eq!((empty.status.as_u16(), empty.texts(".notice").len()), (200, 0));
    for q in [
        "nobody@example.com",
        "%",
        "_en Carlos",
        "Ben\\",
        "ZZZZ2222",
        "cs_test_none",
        "019aaaaa-0000-7000-8000-000000000000",
    ] {
        assert!(found(q).await.is_empty(), "{q}");
        let page = Browser::send(staff.request(reqwest::Method::GET, "/admin/search").query(&[("q", q)])).await;
        assert!(page.texts(".notice")[0].starts_with("Nothing was found"), "{q}");
    }
    for (query, seat) in [("q=1+c7", "C7"), ("q=show+1,+seat+C7", "C7"), ("show=1&q=c7", "C7")] {
        assert_eq!(
            staff.get(&format!("/admin/search?{query}")).await.leads_to(),
            format!("/admin/shows/1/seats/{seat}")
        );
    }
}

#[actix_web::test]
async fn only_staff_read_the_why_pages() {
    let app = TestApp::start();
    hire(&app);
    let house = house(&mut app.database.connect());
    let customer = app.browser();
    let booking = held(&customer, house.show.0, &[house.seats[0].0]).await;
    let payment = "019aaaaa-0000-7000-8000-000000000000";
    for path in [
        "/admin/search".to_owned(),
        "/admin/search?q=1+A1".to_owned(),
        format!("/admin{booking}"),
        format!("/admin/payments/{payment}"),
        format!("/admin/shows/{}/seats/A1", house.show),
    ] {
        assert_answer(&customer.get(&path).await, 401, "Please sign in", &path);
    }
}

#[actix_web::test]
async fn whatever_is_asked_gets_a_clear_answer_and_changes_nothing() {
    let app = TestApp::start();
    hire(&app);
    let house = house(&mut app.database.connect());
    let desk = signed_in(&app).await;
    let show = house.show;
    let before = contents(&app.database);
    let long = "x".repeat(4000);
    let nines = "9".repeat(40);
    for path in [
        "/admin/bookings/ZZZZ2222",
        "/admin/bookings/%00",
        "/admin/bookings/%FF%FE",
        "/admin/bookings/a'b",
        &format!("/admin/bookings/{long}"),
        "/admin/payments/1",
        "/admin/payments/019aaaaa-0000-7000-8000-000000000000",
        "/admin/payments/%00",
        &format!("/admin/payments/{long}"),
        &format!("/admin/shows/{show}/seats/Z99"),
        &format!("/admin/shows/{show}/seats/%00"),
        &format!("/admin/shows/{show}/seats/0"),
        &format!("/admin/shows/{show}/seats/-1"),
        &format!("/admin/shows/{show}/seats/{nines}"),
        &format!("/admin/shows/{show}/seats/{long}"),
        "/admin/shows/999/seats/A1",
        &format!("/admin/shows/{nines}/seats/A1"),
    ] {
        assert_answer(&desk.get(path).await, 404, "Nothing here", path);
    }
    for query in [
        "q=%00",
        "q=A%00B",
        "q=%FF",
        "q=a%40%00",
        "q=%25%25%25",
        "q='%3B--",
        "show=x&q=C7",
        "show=1",
        "q=1&q=2",
        "q=cs_%00",
        "q=%E2%80%AE@x",
        &format!("q={long}@x"),
        &format!("q={long}"),
    ] {
        let page = desk.get(&format!("/admin/search?{query}")).await;
        assert_eq!((page.status.as_u16(), page.texts(".found a").len()), (200, 0), "{query}");
    }
    assert_answer(&desk.post("/admin/search", &[]).await, 405, "That does not work here", "post");
    assert_eq!(contents(&app.database), before);
    // A seat that nothing happened to has a story too, by its number as well.
    for seat in ["D1".to_owned(), "d1".to_owned(), house.seat("D1").to_string()] {
        let page = desk.get(&format!("/admin/shows/{show}/seats/{seat}")).await;
        assert_eq!(timeline(&page).len(), 1, "{seat}");
    }
}
