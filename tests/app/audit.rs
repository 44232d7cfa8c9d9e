//! The audit: true databases have nothing to hide, and a false one cannot hide it, neither behind a busy night nor behind an
//! index. What it finds in wrong databases is in `lies`, what staff see of it in `audit_page`.

use crate::support::busy::{Busy, busy};
use crate::support::fixture::{House, author, house, refused, seats_of, try_hold, try_sell};
use crate::support::money::{settle, start_paying};
use crate::support::processes::wait_until;
use crate::support::{self, contents, count, database_from, travel};
use chrono::Days;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use marquee::booking::booking;
use marquee::db::Failure;
use marquee::history::audit::{NAMED, Report, audit};
use marquee::ids::{SeatId, ShowId};
use marquee::programme::schedule::schedule;
use marquee::sale::cancel::cancel;
use std::process::{Command, Output};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub const LONG: Duration = Duration::from_secs(60);

/// A lie that no wall refuses: the promised price of every seat.
pub const LIE: &str = "UPDATE booking_seats SET adult_price = adult_price + 1";

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

/// A clock that shows readers nothing while somebody has the advisory lock 7, without waiting for it.
pub const CLOCK_WITH_A_GATE: &str = "
    CREATE OR REPLACE FUNCTION marquee_now() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
    BEGIN
        WHILE current_setting('transaction_read_only') = 'on' AND NOT pg_try_advisory_xact_lock_shared(7) LOOP
            PERFORM pg_sleep(0.02);
        END LOOP;
        RETURN clock_timestamp();
    END $$";

pub const AT_THE_GATE: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";

#[test]
fn an_audit_sees_one_instant_and_nothing_that_came_after() {
    let database = support::database();
    busy(&database);
    let conn = &mut database.connect();
    conn.batch_execute(&format!("{CLOCK_WITH_A_GATE}; SELECT pg_advisory_lock(7)")).unwrap();
    let report = std::thread::scope(|scope| {
        let running = scope.spawn(|| audit(&mut database.connect(), LONG).unwrap());
        assert!(wait_until(LONG, || count(conn, AT_THE_GATE) == 1), "the audit never began");
        conn.batch_execute(LIE).unwrap();
        conn.batch_execute("SELECT pg_advisory_unlock(7)").unwrap();
        running.join().unwrap()
    });
    clean(&report);
    assert!(audit(conn, LONG).unwrap().broken() > 0);
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
