//! One show's history as one file: replayed on another database it gives the same answers, it names nobody, and it is
//! refused when it is not what was written. What went wrong at home, and is found again elsewhere, is in `same_faults`.

use crate::buying::bought;
use crate::posting::held;
use crate::staff_desk::{hire, signed_in};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, refused, seats_of, staff, try_sell};
use crate::support::paying::{booking_of, pay_by};
use crate::support::{Browser, TestApp, count, eventually, travel};
use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use elsewhere::{Elsewhere, Translation, export, marquee};
use marquee::ids::{RequestId, ShowId};
use marquee::programme::Staff;
use marquee::programme::block_seats::{block_seats, unblock_seats};
use marquee::programme::schedule::schedule;
use marquee::sale::cancel_paid::cancel_paid;
use marquee::workers::Worker;
use serde_json::Value;
use uuid::Uuid;

mod elsewhere;
mod files;
mod names;
mod same_faults;

/// A show with a history, made over HTTP where there is a page for it, and another show beside it.
struct Played {
    app: TestApp,
    house: House,
    other: ShowId,
    /// Every booking of the show, by reference.
    bookings: Vec<String>,
}

/// Names nobody else has, so that they can be looked for.
const CUSTOMERS: [(&str, &str, &str); 4] = [
    ("Dipika Xavierkar", "dipika.x@mail.example", "+91 98200 11111"),
    ("Evander Quintal", "evander.q@mail.example", "+91 98200 22222"),
    ("Farzana Wadiawala", "Farzana.W@Mail.example", "+91 98200 33333"),
    ("Someone Elsewhere", "someone.e@mail.example", "+91 98200 44444"),
];

async fn pay_as(browser: &Browser, booking: &str, customer: usize) -> String {
    let (name, email, phone) = CUSTOMERS[customer];
    let token = browser.get(booking).await.value("token");
    let form = [("token", token.as_str()), ("name", name), ("email", email), ("phone", phone)];
    browser.post(&format!("{booking}/payments"), &form).await.leads_to().to_owned()
}

async fn until_told(app: &TestApp, query: &str) {
    let conn = &mut app.database.connect();
    eventually(query, async || (count(conn, query) == 1).then_some(())).await;
}

/// A lock lapses and is taken over; a card is declined; late money finds its seats sold, and goes back; a paid booking is
/// given back; one is given up; seats are sold at the counter and kept back; one is held at the end.
async fn played() -> Played {
    let app = TestApp::start();
    hire(&app);
    let conn = &mut app.database.connect();
    let house = house(conn);
    let show = house.show.0;
    let seats = |labels: &str| house.seats(labels).iter().map(|seat| seat.0).collect::<Vec<_>>();
    let [dipika, evander, farzana, else_where] = [app.browser(), app.browser(), app.browser(), app.browser()];
    let late = held(&dipika, show, &seats("C7 C8")).await;
    let session = pay_as(&dipika, &late, 0).await;
    let abandoned = held(&app.browser(), show, &seats("D9")).await;
    travel(&app.database, "16 minutes");

    let winner = held(&evander, show, &seats("C7")).await;
    let other_session = pay_as(&evander, &winner, 1).await;
    evander.post(&other_session, &[("card", "declined")]).await;
    until_told(&app, "SELECT count(*) FROM ledger WHERE cause = 'declined'").await;
    evander.post(&other_session, &[("card", "visa")]).await.leads_to();
    until_told(&app, "SELECT count(*) FROM bookings WHERE status = 'confirmed'").await;
    pay_by(&dipika, &session, "4242424242424242").await;
    until_told(&app, "SELECT count(*) FROM payments WHERE outcome = 'seats_lost'").await;
    assert_eq!(app.turn(Worker::Refunds).await, 1);

    let returned = held(&farzana, show, &seats("A1 A2")).await;
    let session = pay_as(&farzana, &returned, 2).await;
    farzana.post(&session, &[("card", "visa")]).await.leads_to();
    until_told(&app, "SELECT count(*) FROM bookings WHERE status = 'confirmed' AND amount = 47080").await;
    let paid = booking_of(conn, &returned);
    refused(cancel_paid(conn, paid, 300_00, &author())).unwrap();
    let given_up = held(&farzana, show, &seats("B5")).await;
    let token = farzana.get(&given_up).await.value("token");
    farzana.post(&format!("{given_up}/cancellation"), &[("token", &token)]).await.leads_to();

    let manager = staff(conn);
    let counter = try_sell(conn, house.show, &house.seats("B1 B2")).unwrap().reference;
    block_seats(conn, house.show, &house.seats("D1 D2"), "For Mr Mistrywala of the board", &manager).unwrap();
    unblock_seats(conn, house.show, &house.seats("D2"), "Mistrywala comes alone", &manager).unwrap();
    let holding = held(&farzana, show, &seats("B9 B10")).await;

    let other = schedule(conn, &house.request(house.starts_at + Duration::days(1)), &author()).unwrap();
    let seats_of_other = seats_of(conn, other);
    let seat = seats_of_other[0];
    let elsewhere = held(&else_where, other.0, &[seat.0]).await;
    pay_as(&else_where, &elsewhere, 3).await;
    let later = Staff { request: RequestId(Uuid::now_v7()), ..manager };
    block_seats(conn, other, &seats_of_other[5..6], "Ghostlight is off there", &later).unwrap();
    assert_consistent(conn);
    let bookings = [late, abandoned, winner, returned, given_up, format!("/{counter}"), holding];
    let bookings = bookings.iter().map(|path| path.rsplit('/').next().unwrap().to_owned()).collect();
    Played { app, house, other, bookings }
}

fn texts(conn: &mut PgConnection, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        text: String,
    }
    let rows: Vec<Row> = diesel::sql_query(query).load(conn).unwrap_or_else(|error| panic!("{query}: {error}"));
    rows.into_iter().map(|row| row.text).collect()
}

#[actix_web::test]
async fn another_database_gives_the_same_answers() {
    let Played { app, house, bookings, .. } = played().await;
    let show = house.show.to_string();
    let file = export(&app.database, house.show);
    let elsewhere = Elsewhere::restore(&file);
    assert_eq!((elsewhere.status, &elsewhere.report["as_exported"]), (0, &Value::Bool(true)), "{}", elsewhere.text);
    assert_eq!(elsewhere.report["walls"], Value::Array(vec![]));
    assert_eq!(elsewhere.report["audit"]["broken"], 0);
    let translation = Translation::new(&app.database, &elsewhere.database);
    assert!(translation.len() > 12, "little was withheld: {translation:?}");

    // The house at every instant at which something happened, and now.
    let conn = &mut app.database.connect();
    let instants = texts(
        conn,
        &format!(
            "SELECT DISTINCT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS text FROM ledger
             WHERE show_id = {show} ORDER BY 1"
        ),
    );
    assert!(instants.len() > 10, "{instants:?}");
    for at in &instants {
        let words = ["replay", &show, "--json", "--at", at];
        let (home, there) = (marquee(&app.database.url(), &words), marquee(&elsewhere.database.url(), &words));
        assert_eq!((home.status, there.status), (0, 0), "{at}: {} {}", home.error, there.error);
        assert_eq!(translation.of(&home.shown), there.shown, "{at}");
    }
    let home: Value =
        serde_json::from_str(&marquee(&app.database.url(), &["replay", &show, "--json"]).shown).unwrap();
    for part in ["rows", "faults", "differences", "ledger_rows"] {
        assert_eq!(translation.of(&home[part].to_string()), elsewhere.report["replay"][part].to_string(), "{part}");
    }

    // The why pages of every booking and of seats with a past, as staff read them.
    let there = TestApp::start_with(elsewhere.database, &[]);
    hire(&there);
    let (staff_here, staff_there) = (signed_in(&app).await, signed_in(&there).await);
    let seats =
        ["C7", "C8", "A1", "B1", "D1", "D2", "D9", "D5"].map(|seat| format!("/admin/shows/{show}/seats/{seat}"));
    let pages = bookings.iter().map(|reference| format!("/admin/bookings/{reference}")).chain(seats);
    let mut moments = 0;
    for path in pages {
        let [here, there] = [&staff_here, &staff_there].map(|staff| staff.get(&path));
        let (here, there) = (here.await, there.await);
        assert_eq!((here.status.as_u16(), there.status.as_u16()), (200, 200), "{path}: {}", there.body);
        for css in [".moment-time", ".moment-what", ".moment-parts li", ".moment-who", ".band-legend a"] {
            let here: Vec<String> = here.texts(css).iter().map(|text| translation.of(text)).collect();
            assert_eq!(here, there.texts(css), "{path} {css}");
            moments += here.len();
        }
    }
    assert!(moments > 150, "{moments} words prove little");
}

#[actix_web::test]
async fn the_command_tells_the_house_at_an_instant_and_stories_in_the_staffs_words() {
    let Played { app, house, bookings, .. } = played().await;
    let file = export(&app.database, house.show);
    let folder = crate::support::processes::Folder::new();
    let path = folder.path().join("incident.json");
    std::fs::write(&path, &file).unwrap();
    let path = path.to_str().unwrap();
    let winner = &bookings[2];
    let conn = &mut app.database.connect();
    let sold = texts(
        conn,
        "SELECT to_char(min(at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS text FROM ledger
         WHERE entity = 'show_seat' AND to_status = 'booked'",
    );
    let words = ["incident", "replay", path, "--at", &sold[0], "--booking", winner, "--seat", "c7"];
    let told = marquee(&app.database.url(), &words);
    assert_eq!(told.status, 0, "{}{}", told.shown, told.error);
    for line in [
        "Sairat, Regal, Screen 1",
        "C .....  .B...",
        "At the export:",
        "The tables say the same, in every column.",
        "Where the file is from, the answer was the same.",
        "checks hold.",
        &format!("The story of booking {winner}"),
        "Card declined: generic decline",
        "Confirmed: C7 sold, 1 ticket issued",
        "The story of seat C7",
        &format!("Sold to booking {winner}"),
        &format!("The lock of booking {} lapsed", bookings[0]),
    ] {
        assert!(told.shown.contains(line), "{line}: {}", told.shown);
    }
    let asked = marquee(&app.database.url(), &["incident", "replay", path, "--json", "--seat", "C7"]);
    let json: Value = serde_json::from_str(&asked.shown).unwrap();
    let moments = json["stories"][0]["moments"].as_array().unwrap();
    assert!(moments.iter().any(|moment| moment["what"] == format!("Sold to booking {winner}")), "{json:#}");
    for (words, why) in [
        (["--booking", "ZZZZ2345"], "there is no booking ZZZZ2345"),
        (["--seat", "Q77"], "the hall has no seat Q77"),
        (["--at", "2999-01-01T00:00:00Z"], "--at is after the export"),
    ] {
        let told = marquee(&app.database.url(), &[&["incident", "replay", path], &words[..]].concat());
        assert!(told.status == 2 && told.error.contains(why) && told.shown.is_empty(), "{why}: {}", told.error);
    }
}

#[actix_web::test]
async fn an_export_writes_nothing_and_overwrites_nothing() {
    let app = TestApp::start();
    let house = house(&mut app.database.connect());
    bought(&app.browser(), house.show.0, &[house.seat("A1").0]).await;
    let before = crate::support::contents(&app.database);
    let url = format!("{}?options=-c%20default_transaction_read_only%3Don", app.database.url());
    let folder = crate::support::processes::Folder::new();
    let path = folder.path().join("incident.json");
    let path = path.to_str().unwrap();
    let show = house.show.to_string();
    let written = marquee(&app.database.url(), &["incident", "export", &show, "--output", path]);
    assert_eq!((written.status, written.shown.as_str()), (0, ""), "{}", written.error);
    let again = marquee(&app.database.url(), &["incident", "export", &show, "--output", path]);
    assert!(again.status == 2 && again.error.contains("exists"), "{}", again.error);
    let pool = marquee::db::Database::new(&url, 1);
    pool.run_here(|conn| marquee::history::incident::export(conn, house.show)).unwrap().unwrap();
    assert_eq!(crate::support::contents(&app.database), before);

    let unknown = marquee(&app.database.url(), &["incident", "export", "999"]);
    assert!(unknown.status == 2 && unknown.shown.is_empty() && unknown.error.contains("there is no show 999"));
    app.database.connect().batch_execute("DELETE FROM __diesel_schema_migrations WHERE version LIKE '%13'").unwrap();
    let older = marquee(&app.database.url(), &["incident", "export", &show]);
    assert!(
        older.status == 2 && older.shown.is_empty() && older.error.contains("marquee migrate"),
        "{}",
        older.error
    );
}
