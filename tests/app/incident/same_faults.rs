//! What is wrong at home is found elsewhere, by the same names: by replay, by the audit, and by the walls it broke.

use super::elsewhere::{Elsewhere, Translation, export, marquee};
use super::texts;
use crate::support::busy::{Busy, busy};
use crate::support::{self, TestDatabase};
use diesel::connection::SimpleConnection;
use marquee::ids::ShowId;
use serde_json::Value;

/// A lie, what it should be found by at least, and the walls that it broke.
struct Lie {
    sql: String,
    replay: usize,
    checks: &'static [&'static str],
    walls: &'static [&'static str],
}

fn lie(sql: &str, replay: usize, checks: &'static [&'static str], walls: &'static [&'static str]) -> Lie {
    Lie { sql: sql.to_owned(), replay, checks, walls }
}

fn lies() -> Vec<Lie> {
    vec![
        lie("UPDATE bookings SET version = version + 1 WHERE id = $held", 1, &["ledger_ends_at_the_row"], &[]),
        lie(
            "ALTER TABLE show_seats DISABLE TRIGGER show_seats_legal_transition;
             UPDATE show_seats SET block_reason = 'Secret box', version = version + 1 WHERE status = 'blocked';
             UPDATE booking_seats SET adult_price = adult_price + 1 WHERE booking_id = $paid",
            4,
            &["asked_as_promised"],
            &[],
        ),
        lie(
            "DROP TRIGGER ledger_only_grows ON ledger;
             DELETE FROM ledger WHERE entity = 'booking' AND booking_id = $paid AND version = 2",
            1,
            &["ledger_in_order"],
            &[],
        ),
        lie(
            "DROP INDEX ledger_booking_version;
             INSERT INTO ledger (entity, show_id, booking_id, version, to_status, to_end, at, actor, request_id, cause, detail)
             SELECT entity, show_id, booking_id, version, to_status, to_end, at, actor, request_id, cause, detail
             FROM ledger WHERE entity = 'booking' AND booking_id = $held",
            1,
            &["ledger_in_order"],
            &["ledger: ledger_booking_version"],
        ),
        lie(
            "DROP TRIGGER refunds_within_capture ON refunds;
             UPDATE refunds SET amount = amount + 1 WHERE payment_id = '$lost'",
            1,
            &["refunds_within_capture", "money_accounted_for"],
            &["refunds: refunds_within_capture"],
        ),
        lie(
            "ALTER TABLE show_seats DROP CONSTRAINT show_seats_state;
             ALTER TABLE show_seats DISABLE TRIGGER show_seats_legal_transition;
             UPDATE show_seats SET lock_expires_at = locked_at + interval '2 hours' WHERE show_id = $show AND booking_id = $held",
            2,
            &["seats_well_formed", "locks_follow_bookings"],
            &["show_seats: show_seats_state"],
        ),
        lie(
            "ALTER TABLE cases DROP CONSTRAINT cases_payment_fkey;
             ALTER TABLE gateway_events DROP CONSTRAINT gateway_events_payment_fkey;
             ALTER TABLE refunds DROP CONSTRAINT refunds_payment_fkey;
             DELETE FROM payments WHERE id = '$lost'",
            1,
            &["ledger_ends_at_the_row", "refunds_within_capture"],
            &["refunds: refunds_payment_fkey", "refunds: refunds_within_capture"],
        ),
        lie(
            "DROP INDEX booking_seats_one_live_claim;
             INSERT INTO booking_seats (booking_id, show_id, seat_id, price_type, adult_price)
             SELECT $held, show_id, seat_id, price_type, adult_price FROM booking_seats WHERE booking_id = $paid",
            2,
            &["one_live_claim", "seats_and_claims_agree"],
            &["booking_seats: booking_seats_one_live_claim"],
        ),
        lie(
            "ALTER TABLE show_seats DROP CONSTRAINT show_seats_in_shows_layout;
             INSERT INTO layouts (screen_id, version, plan, grid_rows, grid_columns)
             SELECT screen_id, 2, '', 1, 1 FROM shows WHERE id = $show;
             INSERT INTO zones SELECT id, 'z', 'Zone', 1 FROM layouts WHERE version = 2;
             INSERT INTO seats (layout_id, zone, row_label, number, kind, grid_row, grid_column, width, segment)
             SELECT layout_id, code, 'Z', 99, 'standard', 1, 1, 1, 1 FROM zones WHERE code = 'z';
             INSERT INTO show_seats SELECT $show, id, layout_id, 'available', NULL, NULL, NULL, NULL, 0
             FROM seats WHERE row_label = 'Z'",
            1,
            &["seats_of_their_layout"],
            &["show_seats: show_seats_in_shows_layout"],
        ),
    ]
}

/// What the audit finds about the show and its bookings: each check with the row it names.
fn findings(database: &TestDatabase, audit: &Value, show: ShowId) -> Vec<(String, Value)> {
    let conn = &mut database.connect();
    let bookings = texts(conn, &format!("SELECT reference AS text FROM bookings WHERE show_id = {show}"));
    let of_show = |row: &&Value| match (&row["show"], &row["booking"]) {
        (Value::Number(number), _) => number.as_i64() == Some(show.0),
        (_, Value::String(reference)) => bookings.contains(reference),
        _ => true,
    };
    let checks = audit["checks"].as_array().unwrap().iter();
    let rows = |check: &Value| check["rows"].as_array().unwrap().iter().filter(of_show).cloned().collect::<Vec<_>>();
    checks
        .flat_map(|check| rows(check).into_iter().map(|row| (check["name"].as_str().unwrap().to_owned(), row)))
        .collect()
}

fn json(database: &TestDatabase, words: &[&str]) -> Value {
    serde_json::from_str(&marquee(&database.url(), words).shown).unwrap()
}

#[test]
fn a_busy_show_and_a_cancelled_one_are_as_well_elsewhere_as_at_home() {
    let database = support::database();
    let Busy { house, cancelled, .. } = busy(&database);
    for show in [house.show, cancelled.0] {
        let elsewhere = Elsewhere::restore(&export(&database, show));
        assert_eq!(elsewhere.status, 0, "{}", elsewhere.text);
        assert_eq!(elsewhere.report["as_exported"], true);
        assert!(elsewhere.report["replay"]["ledger_rows"].as_u64().unwrap() > 10);
    }
}

#[test]
fn whatever_went_wrong_at_home_is_named_elsewhere() {
    for Lie { sql, replay, checks, walls } in lies() {
        let database = support::database();
        let Busy { house, paid, held, lost, .. } = busy(&database);
        let conn = &mut database.connect();
        let number = |conn: &mut _, reference: &str| {
            let found = marquee::booking::booking::find(conn, reference).unwrap().unwrap();
            found.id.to_string()
        };
        let sql = sql
            .replace("$show", &house.show.to_string())
            .replace("$paid", &number(conn, &paid.reference))
            .replace("$held", &number(conn, &held))
            .replace("$lost", &lost.payment.to_string());
        conn.batch_execute(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));

        let elsewhere = Elsewhere::restore(&export(&database, house.show));
        let report = &elsewhere.report;
        assert_eq!((elsewhere.status, &report["as_exported"]), (1, &Value::Bool(true)), "{sql}\n{report:#}");
        assert_eq!(report["walls"], serde_json::json!(walls), "{sql}");
        let translation = Translation::new(&database, &elsewhere.database);
        let home = json(&database, &["replay", &house.show.to_string(), "--json"]);
        for part in ["rows", "faults", "differences"] {
            assert_eq!(translation.of(&home[part].to_string()), report["replay"][part].to_string(), "{sql}: {part}");
        }
        let told = |part: &str| report["replay"][part].as_array().unwrap().len();
        assert!(told("faults") + told("differences") >= replay, "{sql}\n{report:#}");

        let at_home = findings(&database, &json(&database, &["audit", "--json"]), house.show);
        let there = findings(&elsewhere.database, &report["audit"], house.show);
        let translated = translation.of(&serde_json::to_string(&at_home).unwrap());
        assert_eq!(serde_json::from_str::<Vec<(String, Value)>>(&translated).unwrap(), there, "{sql}");
        for check in checks {
            assert!(there.iter().any(|(name, _)| name == check), "{sql}: {check} is not among {there:#?}");
        }
    }
}
