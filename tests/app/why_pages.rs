//! The why pages: what happened to a booking, a payment and a seat, for staff, and the short one for the customer.

use crate::posting::held;
use crate::staff_desk::{hire, signed_in};
use crate::support::fixture::{House, house};
use crate::support::{Browser, Page, TestApp, count, eventually, travel};
use diesel::prelude::*;
use diesel::sql_types::Text;

mod search;
mod stories;

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
