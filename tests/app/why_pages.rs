//! The why pages: what happened to a booking, a payment and a seat, for staff, and the short one for the customer.

use crate::posting::{assert_answer, held};
use crate::staff_desk::{hire, signed_in};
use crate::support::fixture::{House, house, refused, staff, try_sell};
use crate::support::money::{paid_event, start_paying};
use crate::support::refunds::{decided, refund_of};
use crate::support::{Browser, Page, TestApp, contents, count, eventually, travel, travel_on};
use diesel::prelude::*;
use diesel::sql_types::Text;
use marquee::booking::booking;
use marquee::programme::block_seats::block_seats;
use marquee::programme::cancel_show::cancel_show;
use marquee::sale::refund::Decision;
use marquee::sale::settle;

/// Three who wanted seat C7: their references.
struct Fight {
    app: TestApp,
    house: House,
    anna: (Browser, String),
    ben: (Browser, String),
    chitra: (Browser, String),
}

impl Fight {
    fn references(&self) -> [&str; 3] {
        [&self.anna.1, &self.ben.1, &self.chitra.1].map(|path| path.trim_start_matches("/bookings/"))
    }
}

async fn pay(browser: &Browser, booking: &str, name: &str, mail: &str) -> String {
    let token = browser.get(booking).await.value("token");
    let form = [("token", token.as_str()), ("name", name), ("email", mail)];
    browser.post(&format!("{booking}/payments"), &form).await.leads_to().to_owned()
}

async fn until_told(app: &TestApp, what: &str, query: &str) {
    let conn = &mut app.database.connect();
    eventually(what, async || (count(conn, query) == 1).then_some(())).await;
}

/// Anna holds C7 and C8 and lets them lapse. Ben holds C7, is declined, and gives up. Chitra buys it.
async fn fight() -> Fight {
    let app = TestApp::start();
    hire(&app);
    let house = house(&mut app.database.connect());
    let [anna, ben, chitra] = [app.browser(), app.browser(), app.browser()];
    let (show, c7, c8) = (house.show.0, house.seat("C7").0, house.seat("C8").0);
    let of_anna = held(&anna, show, &[c7, c8]).await;
    travel(&app.database, "11 minutes");

    let of_ben = held(&ben, show, &[c7]).await;
    let session = pay(&ben, &of_ben, "Ben Carlos", "Ben@Example.com").await;
    ben.post(&session, &[("card", "declined")]).await;
    until_told(&app, "the decline", "SELECT count(*) FROM ledger WHERE cause = 'declined'").await;
    travel(&app.database, "12 minutes");
    let token = ben.get(&of_ben).await.value("token");
    ben.post(&format!("{of_ben}/cancellation"), &[("token", &token)]).await.leads_to();
    until_told(&app, "the closing", "SELECT count(*) FROM payments WHERE status = 'expired'").await;

    travel(&app.database, "13 minutes");
    let of_chitra = held(&chitra, show, &[c7]).await;
    let session = pay(&chitra, &of_chitra, "Chitra Nair", "chitra@example.com").await;
    chitra.post(&session, &[("card", "visa")]).await.leads_to();
    until_told(&app, "the sale", "SELECT count(*) FROM bookings WHERE status = 'confirmed'").await;
    Fight { app, house, anna: (anna, of_anna), ben: (ben, of_ben), chitra: (chitra, of_chitra) }
}

/// One text from the database, such as the time of a ledger row where the cinema is.
fn text(app: &TestApp, query: &str) -> String {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Text)]
        text: String,
    }
    let query = format!("SELECT ({query})::text AS text");
    let answer: Answer = diesel::sql_query(query).get_result(&mut app.database.connect()).unwrap();
    answer.text
}

/// `19:02:11`, as the ledger has it, at the cinema.
fn time(app: &TestApp, of: &str, rows: &str) -> String {
    text(app, &format!("SELECT to_char({of} AT TIME ZONE 'Asia/Kolkata', 'HH24:MI:SS') FROM ledger WHERE {rows}"))
}

/// Times and words of a timeline, in its order.
fn timeline(page: &Page) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.body);
    page.texts(".moment-time")
        .into_iter()
        .zip(page.texts(".moment-what"))
        .map(|(at, what)| format!("{at} {what}"))
        .collect()
}

#[actix_web::test]
async fn a_stranger_reads_who_had_the_seat_that_three_fought_for() {
    let fight = fight().await;
    let (app, [anna, ben, chitra]) = (&fight.app, fight.references());
    let staff = signed_in(app).await;
    let (show, seat) = (fight.house.show, fight.house.seat("C7"));
    let page = staff.get(&format!("/admin/shows/{show}/seats/C7")).await;
    let of = |reference: &str, row: &str, column: &str| {
        let own = format!("(SELECT id FROM bookings WHERE reference = '{reference}')");
        time(app, column, &format!("{row} AND coalesce(booking_id, to_owner, from_owner) = {own}"))
    };
    let seat_row = |to: &str| format!("entity = 'show_seat' AND seat_id = {seat} AND to_status = '{to}'");
    let payment_row = |cause: &str| format!("entity = 'payment' AND cause = '{cause}'");
    let locked = seat_row("locked");
    let expected = [
        format!("{} The show was published, its seats on sale", time(app, "at", "entity = 'show'")),
        format!("{} Locked by booking {anna} until {}", of(anna, &locked, "at"), of(anna, &locked, "to_end")),
        format!(
            "{} The lock of booking {anna} lapsed: nobody paid in time; free from here on",
            of(anna, &locked, "to_end")
        ),
        format!("{} Locked by booking {ben} until {}", of(ben, &locked, "at"), of(ben, &locked, "to_end")),
        format!("{} Payment of ₹335.40 started (booking {ben})", of(ben, &payment_row("payment_start"), "at")),
        format!("{} Card declined: generic decline (booking {ben})", of(ben, &payment_row("declined"), "at")),
        format!("{} Given back by booking {ben}, free from here on", of(ben, &seat_row("available"), "at")),
        format!(
            "{} The gateway’s payment page closed without money (booking {ben})",
            of(ben, &payment_row("session_closed"), "at")
        ),
        format!("{} Locked by booking {chitra} until {}", of(chitra, &locked, "at"), of(chitra, &locked, "to_end")),
        format!("{} Payment of ₹335.40 started (booking {chitra})", of(chitra, &payment_row("payment_start"), "at")),
        format!("{} Sold to booking {chitra}", of(chitra, &seat_row("booked"), "at")),
    ];
    assert_eq!(timeline(&page), expected);

    // To the microsecond for machines, with the parts of each moment, and each visitor by a tag of their own.
    let exact = text(
        app,
        &format!(
            "SELECT to_char(at AT TIME ZONE 'Asia/Kolkata', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') FROM ledger WHERE {}",
            seat_row("booked")
        ),
    );
    assert!(page.attributes(".moment-time time", "datetime").contains(&format!("{exact}+05:30")), "{exact}");
    let parts = page.texts(".moment-parts li");
    for part in
        ["Together with C8", &format!("The lock on C7 of {anna} had lapsed"), "₹335.40 paid through the gateway"]
    {
        assert!(parts.iter().any(|told| told == part), "{part}: {parts:?}");
    }
    let mut visitors: Vec<String> =
        page.texts(".moment-who").into_iter().filter(|who| who.starts_with("by visitor")).collect();
    visitors.dedup();
    assert_eq!(visitors.len(), 3, "{visitors:?}");
    assert!(page.body.contains("leaves no trace"));
    let owners = page.texts(".band-legend a");
    assert_eq!(owners, [anna, ben, chitra, chitra]);
    for reference in [anna, ben, chitra] {
        assert!(page.attributes("a", "href").contains(&format!("/admin/bookings/{reference}")));
    }
}

#[actix_web::test]
async fn each_booking_and_payment_tells_its_own_story_to_staff() {
    let fight = fight().await;
    let (app, [anna, ben, chitra]) = (&fight.app, fight.references());
    let staff = signed_in(app).await;
    let words = async |path: &str| {
        let page = staff.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        // Who ends a session hears of it twice, by the answer and by an event: which is the repetition is left open.
        page.texts(".moment-what")
            .iter()
            .filter(|what| !what.starts_with("The gateway said again"))
            .map(|what| what.split(" until ").next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        words(&format!("/admin/bookings/{anna}")).await,
        [
            "Held C7, C8".to_owned(),
            "Lapsed: nobody paid in time; C7, C8 free from here on".into(),
            format!("C7 taken by {ben}")
        ]
    );
    let of_ben = [
        "Held C7",
        "Payment of ₹335.40 started",
        "The gateway opened its payment page",
        "Card declined: generic decline",
        "Given up: C7 free again",
        "The gateway’s payment page closed without money",
    ];
    assert_eq!(words(&format!("/admin/bookings/{ben}")).await, of_ben);
    let of_chitra = [
        "Held C7",
        "Payment of ₹335.40 started",
        "The gateway opened its payment page",
        "Confirmed: C7 sold, 1 ticket issued",
    ];
    assert_eq!(words(&format!("/admin/bookings/{chitra}")).await, of_chitra);

    let payment = |reference: &str| {
        text(
            app,
            &format!(
                "SELECT id FROM payments WHERE booking_id = (SELECT id FROM bookings WHERE reference = '{reference}')"
            ),
        )
    };
    assert_eq!(words(&format!("/admin/payments/{}", payment(ben))).await, of_ben[1..]);
    let page = staff.get(&format!("/admin/payments/{}", payment(chitra))).await;
    assert_eq!(timeline(&page).len(), 3);
    assert!(page.texts(".moment-who").last().unwrap().starts_with("by the gateway (event evt_"));
    assert!(page.body.contains("Event checkout.session.completed arrived"));
    assert_eq!(page.attributes("dl a", "href"), [format!("/admin/bookings/{chitra}")]);
}

#[actix_web::test]
async fn the_customers_page_tells_what_happened_and_names_nobody_else() {
    let fight = fight().await;
    let app = &fight.app;
    let [anna, ben, chitra] = fight.references().map(str::to_owned);
    let told = async |who: &(Browser, String)| who.0.get(&who.1).await;
    let page = told(&fight.anna).await;
    assert_eq!(
        page.texts(".so-far .moment-what"),
        [
            "You held C7, C8.",
            "Nobody paid in time: your hold ended, and others could take the seats.",
            "Another booking took C7."
        ]
    );
    assert_eq!(
        told(&fight.ben).await.texts(".so-far .moment-what"),
        [
            "You held C7.",
            "You started to pay.",
            "The card was declined. Nothing was charged, and you could try again.",
            "You gave the seats back.",
            "The payment page closed. Nothing was charged.",
        ]
    );
    assert_eq!(
        told(&fight.chitra).await.texts(".so-far .moment-what"),
        ["You held C7.", "You started to pay.", "Paid, and your ticket was issued."]
    );
    let payments = text(app, "SELECT string_agg(id::text, ' ') FROM payments");
    let visitors = text(app, "SELECT string_agg(right(visitor_id::text, 4), ' ') FROM bookings");
    for (who, own) in [(&fight.anna, &anna), (&fight.ben, &ben), (&fight.chitra, &chitra)] {
        let page = told(who).await;
        let others = [&anna, &ben, &chitra].into_iter().filter(|reference| *reference != own);
        for secret in
            others.map(String::as_str).chain(["evt_", "cs_test", "/admin", "Meera"]).chain(payments.split(' '))
        {
            assert!(!page.body.contains(secret), "{own} reads of {secret}");
        }
        let story = page.texts(".so-far").join(" ").to_lowercase();
        assert!(visitors.split(' ').all(|tag| !story.contains(tag)), "{story}");
    }
    // Nothing has happened yet that the page does not say.
    let (fresh, show) = (app.browser(), fight.house.show.0);
    let booking = held(&fresh, show, &[fight.house.seat("A1").0]).await;
    assert!(fresh.get(&booking).await.texts(".so-far").is_empty());
}

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
    refused(settle::process(conn, "evt_late", &crate::support::fixture::author())).unwrap();
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
        refused(settle::process(conn, event, &crate::support::fixture::author())).unwrap();
    }
    let page = signed_in(&app).await.get(&format!("/admin/payments/{}", started.payment)).await;
    assert_eq!(timeline(&page).last().unwrap()[9..], *"The gateway said again what was known; nothing changed");
    assert_eq!(page.texts(".moment-who").last().unwrap(), "by the gateway (event evt_second)");
}
