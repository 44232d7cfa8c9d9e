//! The audit: true databases have nothing to hide, and a false one cannot hide it, neither behind a busy night nor behind an
//! index. What it finds in wrong databases is in `lies`.

use crate::posting::assert_answer;
use crate::processes::Folder;
use crate::staff_desk::{hire, signed_in};
use crate::support::busy::{Busy, busy};
use crate::support::fixture::{House, author, house, refused, seats_of, try_hold, try_sell};
use crate::support::money::{settle, start_paying};
use crate::support::{self, TestApp, contents, count, database_from, eventually, travel};
use chrono::Days;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use marquee::booking::booking;
use marquee::db::{Database, Failure};
use marquee::history::audit::{NAMED, Report, audit};
use marquee::ids::{SeatId, ShowId};
use marquee::local_postgres::LocalPostgres;
use marquee::programme::schedule::schedule;
use marquee::sale::cancel::cancel;
use std::process::{Command, Output};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);

/// A lie that no wall refuses: the promised price of every seat.
const LIE: &str = "UPDATE booking_seats SET adult_price = adult_price + 1";

fn clean(report: &Report) {
    assert_eq!(report.broken(), 0, "\n{report}\n");
    assert!(report.findings.len() > 20 && report.findings.is_sorted_by_key(|finding| finding.invariant));
}

#[test]
fn a_database_in_which_everything_has_happened_is_clean_and_stays_as_it_was() {
    let database = support::database();
    clean(&audit(&mut database.connect(), LONG).unwrap());
    busy(&database);
    let before = contents(&database);
    clean(&audit(&mut database.connect(), LONG).unwrap());
    assert_eq!(contents(&database), before);
}

/// Holds and gives up seats that others want too, sells some of its own, until told to stop; how many it got.
fn trade(conn: &mut PgConnection, house: &House, own: &[SeatId], show: ShowId, stop: &AtomicBool) -> usize {
    let mut won = 0;
    for round in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        if let Ok(held) = try_hold(conn, house.show, &house.seats[round % 39..][..2]) {
            won += 1;
            let id = booking::find(conn, &held.reference).unwrap().unwrap().id;
            refused(cancel(conn, id, &author())).unwrap();
        }
        if let Some(seat) = own.get(round) {
            let started = start_paying(conn, show, &[*seat]);
            settle(conn, &started);
        }
    }
    won
}

#[test]
fn an_audit_among_sales_under_way_finds_nothing() {
    const TRADERS: i32 = 4;
    const AUDITS: usize = 12;
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let (stop, barrier) = (AtomicBool::new(false), Barrier::new(TRADERS as usize + 1));
    let (database, house, stop, barrier) = (&database, &house, &stop, &barrier);
    std::thread::scope(|scope| {
        let traders: Vec<_> = (1..=TRADERS)
            .map(|day| {
                let show =
                    schedule(conn, &house.request(house.starts_at + Days::new(day as u64)), &author()).unwrap();
                let own = seats_of(conn, show);
                scope.spawn(move || {
                    let conn = &mut database.connect();
                    barrier.wait();
                    trade(conn, house, &own, show, stop)
                })
            })
            .collect();
        barrier.wait();
        let mut moved = 0;
        let mut reports = Vec::new();
        for _ in 0..AUDITS {
            let before = count(conn, "SELECT count(*) FROM ledger");
            reports.push(audit(conn, LONG));
            moved += usize::from(count(conn, "SELECT count(*) FROM ledger") > before);
        }
        stop.store(true, Ordering::Relaxed);
        let won: usize = traders.into_iter().map(|trader| trader.join().unwrap()).sum();
        reports.into_iter().for_each(|report| clean(&report.unwrap()));
        assert!(won > 0 && moved == AUDITS, "{won} holds, {moved} of {AUDITS} audits among sales");
    });
}

/// Why the audit ended without a report.
fn busy_because(ended: Result<Report, Failure>) -> String {
    match ended {
        Err(Failure::Busy(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_audit_ends_when_its_time_is_up_and_does_not_wait_behind_a_change_of_the_schema() {
    let database = support::database();
    let conn = &mut database.connect();
    // A clock that stands still for a while is a statement that takes long.
    conn.batch_execute(
        "CREATE OR REPLACE FUNCTION marquee_now() RETURNS timestamptz LANGUAGE sql VOLATILE
         AS $$ SELECT clock_timestamp() FROM pg_sleep(20) $$",
    )
    .unwrap();
    let asked = Instant::now();
    let why = busy_because(audit(conn, Duration::from_millis(300)));
    assert!(why.contains("statement timeout") && asked.elapsed() < Duration::from_secs(10), "{why}");
    travel(&database, "0");

    let other = &mut database.connect();
    AnsiTransactionManager::begin_transaction(other).unwrap();
    other.batch_execute("ALTER TABLE payments ADD COLUMN tip bigint").unwrap();
    assert!(busy_because(audit(conn, LONG)).contains("lock timeout"));
    AnsiTransactionManager::rollback_transaction(other).unwrap();
    // What it set was for its own transaction only.
    for (setting, value) in [("statement_timeout", "0"), ("lock_timeout", "0"), ("enable_indexscan", "on")] {
        let still = format!("SELECT (current_setting('{setting}') = '{value}')::int::bigint AS count");
        assert_eq!(count(conn, &still), 1, "{setting}");
    }
    clean(&audit(conn, LONG).unwrap());
}

#[test]
fn an_audit_cannot_write() {
    let database = support::database();
    let conn = &mut database.connect();
    conn.batch_execute(
        "CREATE TABLE looks (at timestamptz);
         CREATE OR REPLACE FUNCTION marquee_now() RETURNS timestamptz LANGUAGE sql VOLATILE
         AS $$ INSERT INTO looks VALUES (clock_timestamp()) RETURNING at $$",
    )
    .unwrap();
    let failure = audit(conn, LONG).unwrap_err();
    assert!(failure.to_string().contains("read-only transaction"), "{failure}");
}

fn command(url: &str, words: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
    let Output { status, stdout, stderr } =
        command.arg("audit").args(words).env("DATABASE_URL", url).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn the_command_says_by_its_status_whether_every_count_is_zero() {
    let database = support::database();
    let Busy { paid, house, .. } = busy(&database);
    let (status, told, error) = command(&database.url(), &[]);
    assert_eq!((status, error.as_str()), (Some(0), ""), "{told}");
    assert!(told.contains("Each count must be zero") && told.ends_with("checks hold.\n"), "{told}");

    database.connect().batch_execute(&format!("{LIE} WHERE booking_id = {}", paid.booking)).unwrap();
    let (status, told, _) = command(&database.url(), &[]);
    let named = format!("show {}, booking {}: promised ", house.show, paid.reference);
    assert!(status == Some(1) && told.contains(&named) && told.contains("BROKEN: 1 of "), "{told}");

    let (status, told, error) = command("postgres://nobody@127.0.0.1:1/none", &["--json"]);
    assert_eq!((status, told.as_str()), (Some(2), ""));
    assert!(error.starts_with("marquee: the database is away"), "{error}");
    let (status, _, error) = command(&database_from("nothing", |_| {}).url(), &[]);
    assert!(status == Some(2) && error.contains("does not exist"), "{error}");
    assert_eq!(command(&database.url(), &["--within", "0"]).0, Some(2));
}

#[test]
fn a_machine_reads_counts_and_rows_and_no_more_rows_than_people_can() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let references: Vec<String> =
        house.seats[..25].iter().map(|seat| try_sell(conn, house.show, &[*seat]).unwrap().reference).collect();
    conn.batch_execute(LIE).unwrap();
    let (status, told, error) = command(&database.url(), &["--json"]);
    assert_eq!((status, error.as_str()), (Some(1), ""));
    let report: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(report["broken"], 25);
    assert!(report["as_of"].as_str().unwrap().parse::<marquee::clock::Instant>().is_ok());
    assert!(report["milliseconds"].is_u64());
    let checks = report["checks"].as_array().unwrap();
    let wrong: Vec<_> = checks.iter().filter(|check| check["count"] != 0).collect();
    let [wrong] = wrong.as_slice() else { panic!("{wrong:?}") };
    assert_eq!(
        (&wrong["name"], &wrong["invariant"], &wrong["count"]),
        (&"asked_as_promised".into(), &7.into(), &25.into())
    );
    let rows = wrong["rows"].as_array().unwrap();
    assert_eq!(rows.len() as i64, NAMED);
    for (row, reference) in rows.iter().zip(&references) {
        assert_eq!((&row["show"], &row["booking"]), (&house.show.0.into(), &reference.as_str().into()));
        assert!(
            row["seat"].is_null()
                && row["payment"].is_null()
                && row["what"].as_str().unwrap().starts_with("promised ")
        );
    }
    let (_, told, _) = command(&database.url(), &[]);
    assert!(told.contains("and 5 more"), "{told}");
}

/// Puts the file of an index back as it was before the second of two claims on a seat was written.
fn claimed_twice_behind_an_old_index(folder: &Folder) -> LocalPostgres {
    const CLAIMS: &str = "booking_seats_one_live_claim";
    let server = LocalPostgres::start(folder.path()).unwrap();
    server.ensure_database("old_index").unwrap();
    let url = server.url("old_index");
    Database::new(&url, 1).migrate().unwrap();
    let conn = &mut PgConnection::establish(&url).unwrap();
    let house = house(conn);
    try_sell(conn, house.show, &house.seats("A1")).unwrap();
    try_hold(conn, house.show, &house.seats("B1")).unwrap();
    // A unique index would refuse the claim as long as it is whole.
    conn.batch_execute(&format!(
        "DROP INDEX {CLAIMS}; CREATE INDEX {CLAIMS} ON booking_seats (show_id, seat_id) WHERE released_at IS NULL"
    ))
    .unwrap();
    let path: String =
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(&format!("pg_relation_filepath('{CLAIMS}')")))
            .get_result(conn)
            .unwrap();
    server.stop().unwrap();
    let file = folder.path().join("postgres/data").join(path);
    let before = std::fs::read(&file).unwrap();

    let server = LocalPostgres::start(folder.path()).unwrap();
    let conn = &mut PgConnection::establish(&url).unwrap();
    conn.batch_execute(&format!(
        "INSERT INTO booking_seats (booking_id, show_id, seat_id, price_type, adult_price)
         SELECT max(id), {}, {}, 'adult', 1 FROM bookings;
         -- Tables this small are read without indexes; large ones are not.
         ALTER DATABASE old_index SET enable_seqscan = off; ALTER DATABASE old_index SET enable_hashagg = off",
        house.show,
        house.seat("A1")
    ))
    .unwrap();
    server.stop().unwrap();
    std::fs::write(&file, before).unwrap();
    LocalPostgres::start(folder.path()).unwrap()
}

#[test]
fn an_index_that_lacks_a_row_hides_no_double_sale() {
    let folder = Folder::new();
    let server = claimed_twice_behind_an_old_index(&folder);
    let conn = &mut PgConnection::establish(&server.url("old_index")).unwrap();
    let twice = "SELECT count(*) FROM (SELECT FROM booking_seats WHERE released_at IS NULL
                 GROUP BY show_id, seat_id HAVING count(*) > 1) AS twice";
    assert_eq!(count(conn, twice), 0, "the index hides it from whoever reads through it");
    let report = audit(conn, LONG).unwrap();
    let found = report.findings.iter().find(|finding| finding.name == "one_live_claim").unwrap();
    assert_eq!(found.count, 2, "{report}");
    assert!(found.rows[0].what.starts_with("an index is corrupt: 0 rows"), "{report}");
    assert!(found.rows[1].to_string().contains("seat A1: claimed by bookings "), "{report}");
    drop(report);
    server.stop().unwrap();
}

#[actix_web::test]
async fn staff_see_the_same_counts_quietly_at_zero_and_loudly_with_the_rows() {
    let app = TestApp::start();
    hire(&app);
    let Busy { paid, house, .. } = busy(&app.database);
    assert_answer(&app.browser().get("/admin/audit").await, 401, "Please sign in", "a customer");
    let browser = signed_in(&app).await;
    let page = browser.get("/admin/audit").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.texts(".notice"), ["Every count is zero, as it must be."]);
    let report = audit(&mut app.database.connect(), LONG).unwrap();
    assert_eq!(page.texts("tbody td.number"), vec!["0"; report.findings.len()]);
    assert_eq!(page.texts("caption"), ["Must be zero"]);
    assert_eq!(page.headers["cache-control"], "no-store");

    app.database.connect().batch_execute(&format!("{LIE} WHERE booking_id = {}", paid.booking)).unwrap();
    let page = browser.get("/admin/audit").await;
    assert!(page.texts(".notice.bad")[0].starts_with("1 row is not as must be"), "{}", page.body);
    assert_eq!(page.texts("tr.broken .badge"), ["1"]);
    let named = format!("show {}, booking {}: promised ", house.show, paid.reference);
    assert!(page.texts("tr.broken li")[0].starts_with(&named), "{}", page.body);
}

#[actix_web::test]
async fn an_audit_that_is_not_finished_says_so_and_nothing_about_the_counts() {
    let app = TestApp::start();
    hire(&app);
    let browser = signed_in(&app).await;
    let mut other = app.database.connect();
    AnsiTransactionManager::begin_transaction(&mut other).unwrap();
    other.batch_execute("LOCK TABLE staff_log").unwrap();
    let page = browser.get("/admin/audit").await;
    assert_eq!((page.status.as_u16(), page.texts("table").len()), (503, 0), "{}", page.body);
    assert!(page.texts(".notice.warn")[0].starts_with("The audit was not finished"), "{}", page.body);
    AnsiTransactionManager::rollback_transaction(&mut other).unwrap();
    assert_eq!(browser.get("/admin/audit").await.status, 200);
}

/// A clock that shows readers nothing while somebody has the advisory lock 7, without waiting for it.
const CLOCK_WITH_A_GATE: &str = "
    CREATE OR REPLACE FUNCTION marquee_now() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
    BEGIN
        WHILE current_setting('transaction_read_only') = 'on' AND NOT pg_try_advisory_xact_lock_shared(7) LOOP
            PERFORM pg_sleep(0.02);
        END LOOP;
        RETURN clock_timestamp();
    END $$";

#[actix_web::test]
async fn the_page_runs_one_audit_at_a_time_and_the_sale_goes_on() {
    let app = TestApp::start();
    hire(&app);
    let mut conn = app.database.connect();
    let house = house(&mut conn);
    let browser = signed_in(&app).await;
    conn.batch_execute(&format!("{CLOCK_WITH_A_GATE}; SELECT pg_advisory_lock(7)")).unwrap();

    // Whoever asked first closes the page, which does not end the audit.
    let asked = actix_web::rt::spawn({
        let browser = browser.clone();
        async move { browser.get("/admin/audit").await.status }
    });
    let running =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    eventually("the first audit runs", async || (count(&mut conn, running) == 1).then_some(())).await;
    asked.abort();
    let page = browser.get("/admin/audit").await;
    assert_eq!(page.status, 503);
    assert!(page.texts(".notice")[0].starts_with("An audit is running already"), "{}", page.body);
    app.browser().hold(house.show.0, &[house.seats[0].0]).await.leads_to();

    conn.batch_execute("SELECT pg_advisory_unlock(7)").unwrap();
    eventually("the turn is free again", async || (browser.get("/admin/audit").await.status == 200).then_some(()))
        .await;
}
