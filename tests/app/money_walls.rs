//! The walls around money that goes back: refunds, cases and what was promised. As in [`walls`](crate::walls), each
//! statement that is refused stands beside one that is let through.

use crate::support::count;
use crate::walls::Walls;
use diesel::connection::SimpleConnection;
use marquee::db::violates;
use marquee::payment::case::Kind;
use marquee::payment::{RefundCause, RefundStatus};
use std::thread;

/// A refund of the sold booking's payment, which brought 400 rupees; `more` are further columns and their values.
fn refund(cause: &str, amount: &str, status: &str, more: (&str, &str)) -> String {
    let (columns, values) = more;
    format!(
        "INSERT INTO refunds (id, payment_id, booking_id, cause, status, amount, currency, attempt, requested_at,
                              next_try_at, version{columns})
         SELECT gen_random_uuid(), paid_by, id, '{cause}', '{status}', {amount}, 'INR', 1, now(), now(), 1{values}
         FROM bookings WHERE id = $sold"
    )
}

fn requested(cause: &str, amount: &str) -> String {
    refund(cause, amount, "requested", ("", ""))
}

#[test]
fn never_more_goes_back_than_came() {
    let mut walls = Walls::new();
    let wall = "refunds_within_capture";
    walls.accepts(&requested("cancelled", "40000"));
    walls.refuses(wall, &requested("cancelled", "40001"));
    let two = |second: &str| format!("{}; {}", requested("cancelled", "30000"), requested("seats_lost", second));
    walls.accepts(&two("10000"));
    walls.refuses(wall, &two("10001"));
    walls.refuses(wall, &requested("cancelled", "9223372036854775807"));
    // Whatever came of the first: money may be on its way.
    let failed = refund("cancelled", "30000", "failed", (", failure", ", 'x'"));
    walls.refuses(wall, &format!("{failed}; {}", requested("seats_lost", "10001")));
    let more = "UPDATE refunds SET amount = amount + 10001";
    walls.refuses(wall, &format!("{}; {more}", requested("cancelled", "30000")));
    // In other money, and of a payment that has brought none.
    walls.refuses(wall, &requested("cancelled", "100").replace("'INR'", "'USD'"));
    let unpaid = "INSERT INTO payments (id, booking_id, amount, currency, started_at, version, method, create_params, status)
                  VALUES ('01900000-0000-7000-8000-000000000000', $held, 100, 'INR', now(), 1, 'gateway', '{}', 'started')";
    let its = requested("cancelled", "1").replace("paid_by", "'01900000-0000-7000-8000-000000000000'::uuid");
    walls.refuses(wall, &format!("{unpaid}; {}", its.replace("$sold", "$held")));
}

/// Each alone may go back, and both have seen no other.
#[test]
fn of_two_refunds_at_once_that_are_too_much_together_one_is_refused() {
    let walls = Walls::new();
    let statements = ["cancelled", "seats_lost"].map(|cause| walls.sql(&requested(cause, "30000")));
    let mut conn = walls.database.connect();
    conn.batch_execute(&format!("BEGIN; {}", statements[0])).unwrap();
    let mut watching = walls.database.connect();
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let second = thread::scope(|scope| {
        let second = scope.spawn(|| walls.database.connect().batch_execute(&statements[1]));
        while count(&mut watching, waiting) == 0 {}
        conn.batch_execute("COMMIT").unwrap();
        second.join().unwrap()
    });
    assert!(violates(&second.unwrap_err(), "refunds_within_capture"));
    conn.batch_execute("DELETE FROM refunds").unwrap();
}

#[test]
fn a_cause_gives_back_once() {
    let mut walls = Walls::new();
    let wall = "refunds_once_per_cause";
    for cause in RefundCause::ALL {
        let once = requested(cause.as_str(), "100");
        walls.accepts(&once);
        walls.refuses(wall, &format!("{once}; {once}"));
    }
    walls.refuses("refunds_cause_known", &requested("kindness", "100"));
    walls.refuses("refunds_amount_positive", &requested("cancelled", "0"));
    walls.refuses("refunds_amount_positive", &requested("cancelled", "-1"));
    let none = requested("cancelled", "100").replace(" 1, now()", " 0, now()");
    walls.refuses("refunds_attempt_counts", &none);
    let other = requested("cancelled", "100").replace("paid_by, id,", "paid_by, $held,");
    walls.refuses("refunds_payment_fkey", &other);
}

#[test]
fn a_refund_at_the_gateway_is_of_one_row() {
    let mut walls = Walls::new();
    let named = |cause: &str, name: &str| refund(cause, "100", "requested", (", gateway_id", &format!(", '{name}'")));
    walls.accepts(&format!("{}; {}", named("cancelled", "re_1"), named("seats_lost", "re_2")));
    walls.refuses("refunds_gateway_key", &format!("{}; {}", named("cancelled", "re_1"), named("seats_lost", "re_1")));
}

#[test]
fn a_refunds_status_its_end_and_its_failure_agree() {
    let mut walls = Walls::new();
    let state = |status: &str, ended: &str, failure: &str, gateway: &str| {
        let values = format!(", {ended}, {failure}, {gateway}");
        refund("cancelled", "100", status, (", ended_at, failure, gateway_id", &values))
    };
    let (now, why, id) = ("now()", "'x'", "'re_1'");
    let legal = [
        ("requested", "NULL", "NULL"),
        ("succeeded", now, "NULL"),
        ("failed", "NULL", why),
        ("needs_attention", "NULL", why),
        ("settled_by_staff", now, why),
    ];
    let known = RefundStatus::ALL.iter().map(|status| status.as_str()).collect::<Vec<_>>();
    assert_eq!(known, legal.map(|(status, ..)| status));
    for (status, ended, failure) in legal {
        walls.accepts(&state(status, ended, failure, id));
        let other_end = if ended == now { "NULL" } else { now };
        walls.refuses("refunds_state", &state(status, other_end, failure, id));
        if status != "settled_by_staff" {
            let other_failure = if failure == why { "NULL" } else { why };
            walls.refuses("refunds_state", &state(status, ended, other_failure, id));
        }
    }
    // Only the gateway's own word makes one succeed.
    walls.refuses("refunds_state", &state("succeeded", now, "NULL", "NULL"));
    walls.refuses("refunds_state", &state("paid", now, "NULL", id));
}

#[test]
fn what_comes_back_is_promised_with_the_sum() {
    let mut walls = Walls::new();
    let wall = "bookings_state";
    walls.refuses(wall, "UPDATE bookings SET refund_policy = NULL WHERE id = $sold");
    walls.refuses(wall, "UPDATE bookings SET refund_policy = '[]' WHERE id = $held");
    walls.refuses(wall, "UPDATE bookings SET amount = 100 WHERE id = $held");
    walls.accepts("UPDATE bookings SET amount = 100, refund_policy = '[]' WHERE id = $held");
}

fn case(kind: &str, more: &str) -> String {
    format!(
        "INSERT INTO cases (kind, subject, opened_at, booking_id, payment_id, closed_at, closed_by, resolution)
         SELECT '{kind}', {more} FROM bookings WHERE id = $sold"
    )
}

#[test]
fn a_case_is_of_a_known_kind_about_one_thing_and_closed_by_somebody_with_a_reason() {
    let mut walls = Walls::new();
    let open = "'re_1', now(), NULL::bigint, NULL::uuid, NULL::timestamptz, NULL, NULL";
    for kind in Kind::ALL {
        let opened = case(kind.as_str(), open);
        walls.accepts(&opened);
        walls.refuses("cases_one_open", &format!("{opened}; {opened}"));
        // A fact that comes back opens another, once the first is closed.
        let close = "UPDATE cases SET closed_at = now(), closed_by = 'staff:1', resolution = 'x'";
        walls.accepts(&format!("{opened}; {close}; {opened}"));
    }
    walls.refuses("cases_kind_known", &case("confirm", open));
    let about = |booking: &str, payment: &str| {
        case("refund_failed", &format!("'re_1', now(), {booking}, {payment}, NULL::timestamptz, NULL, NULL"))
    };
    walls.accepts(&about("id", "paid_by"));
    walls.refuses("cases_names_payment_with_booking", &about("id", "NULL::uuid"));
    walls.refuses("cases_names_payment_with_booking", &about("NULL::bigint", "paid_by"));
    walls.refuses("cases_payment_fkey", &about("$held", "paid_by"));
    let closed = |closed: &str| case("refund_failed", &format!("'re_1', now(), NULL::bigint, NULL::uuid, {closed}"));
    walls.accepts(&closed("now(), 'staff:1', 'by cheque'"));
    for half in ["now(), NULL, NULL", "now(), 'staff:1', NULL", "now(), NULL, 'x'", "NULL, 'staff:1', 'x'"] {
        walls.refuses("cases_closed_by_somebody", &closed(half));
    }
}

#[test]
fn the_ledger_tells_of_a_refund_by_its_id_and_version() {
    let mut walls = Walls::new();
    let row = |refund: &str, version: &str, more: (&str, &str)| {
        let (columns, values) = more;
        format!(
            "INSERT INTO ledger (at, entity, booking_id, payment_id, refund_id, version, to_status, actor, request_id,
                                 cause{columns})
             SELECT now(), 'refund', id, paid_by, {refund}, {version}, 'requested', 'test', gen_random_uuid(), 'test'{values}
             FROM bookings WHERE id = $sold"
        )
    };
    let id = "'01900000-0000-7000-8000-000000000001'::uuid";
    walls.accepts(&format!("{}; {}", row(id, "1", ("", "")), row(id, "2", ("", ""))));
    walls.refuses("ledger_refund_version", &format!("{}; {}", row(id, "1", ("", "")), row(id, "1", ("", ""))));
    walls.refuses("ledger_names_its_entity", &row("NULL::uuid", "1", ("", "")));
    walls.refuses("ledger_names_its_entity", &row(id, "1", (", ticket_id", ", gen_random_uuid()")));
    walls.refuses("ledger_names_its_entity", &row(id, "1", ("", "")).replace("'refund'", "'payment'"));
    walls.refuses("ledger_only_grows", "UPDATE ledger SET refund_id = NULL");
}
