//! Refunds and void tickets are rebuilt like everything else, and what is wrong with them is named.

use super::{command, replayed, rewrite};
use crate::support;
use crate::support::busy::busy;
use diesel::connection::SimpleConnection;
use serde_json::Value;

/// Columns of refunds and of void tickets, and how many rows have them wrong then.
#[test]
fn a_refund_or_a_void_ticket_changed_behind_the_ledgers_back_is_named() {
    let database = support::database();
    let show = busy(&database).house.show;
    assert!(replayed(&database, show).agrees());
    let spoiled = [
        ("refunds", "SET amount = amount - 1 WHERE cause = 'customer_cancelled'", 1),
        ("refunds", "SET cause = 'cancelled' WHERE cause = 'seats_lost'", 1),
        ("refunds", "SET gateway_id = 're_other', attempt = 7 WHERE cause = 'wrong_amount'", 2),
        ("refunds", "SET failure = 'other' WHERE status = 'needs_attention'", 1),
        ("refunds", "SET ended_at = ended_at + interval '1 second' WHERE cause = 'wrong_amount'", 1),
        ("refunds", "SET requested_at = requested_at - interval '1 second' WHERE cause = 'already_paid'", 1),
        ("tickets", "SET voided_at = voided_at + interval '1 second' WHERE status = 'void'", 2),
        (
            "bookings",
            "SET refund_policy = jsonb_set(refund_policy, '{0, percent}', '74') WHERE status = 'cancelled'",
            2,
        ),
    ];
    let mut differing = 0;
    for (table, change, more) in spoiled {
        let of_show = match table {
            "refunds" => format!("booking_id IN (SELECT id FROM bookings WHERE show_id = {show})"),
            _ => format!("show_id = {show}"),
        };
        let sql = format!("ALTER TABLE {table} DISABLE TRIGGER USER; UPDATE {table} {change} AND {of_show}");
        database.connect().batch_execute(&sql).unwrap();
        differing += more;
        let replay = replayed(&database, show);
        let differences = replay.differences.unwrap();
        assert_eq!(differences.len(), differing, "{change}: {differences:#?}");
        assert_eq!(replay.faults, []);
    }
    // Where a worker stands with it is no history.
    database.connect().batch_execute("UPDATE refunds SET next_try_at = next_try_at + interval '1 day'").unwrap();
    assert_eq!(replayed(&database, show).differences.unwrap().len(), differing);
}

#[test]
fn steps_that_a_refund_or_a_ticket_may_not_take_are_named_and_not_folded() {
    let more = "INSERT INTO ledger (entity, booking_id, payment_id, refund_id, version, from_status, to_status, detail, actor,
                                    request_id, cause, at)
                SELECT 'refund', booking_id, payment_id, id, version + 1, status";
    let told = "'x', gen_random_uuid(), 'x', marquee_now() FROM refunds";
    let cases = [
        ("UPDATE ledger SET to_status = 'succeeded' WHERE entity = 'refund' AND from_status IS NULL".to_owned(), "no refund begins succeeded"),
        ("UPDATE ledger SET detail = detail - 'cause' WHERE entity = 'refund' AND from_status IS NULL".to_owned(), "detail is unclear"),
        ("UPDATE ledger SET detail = '{}' WHERE entity = 'refund' AND to_status = 'succeeded'".to_owned(), "detail is unclear"),
        ("DELETE FROM ledger WHERE entity = 'refund' AND to_status = 'failed'".to_owned(), "is missing before it"),
        (
            format!("{more}, 'succeeded', '{{\"gateway_id\": \"re_new\"}}', {told} WHERE status = 'succeeded'"),
            "a refund that is succeeded may not succeed",
        ),
        (
            format!("{more}, 'requested', '{{}}', {told} WHERE status = 'succeeded'"),
            "a refund that is succeeded may not be asked for again",
        ),
        (
            // A word about another attempt than the one that the gateway took.
            format!("{more}, 'failed', '{{\"gateway_id\": \"re_new\", \"reason\": \"lost\"}}', {told} WHERE status = 'succeeded'"),
            "a refund that is succeeded may not fail",
        ),
        (
            format!("{more}, 'settled_by_staff', '{{}}', {told} WHERE status = 'requested' AND cause = 'seats_lost'"),
            "a refund that is requested may not be settled by staff",
        ),
        (
            "INSERT INTO ledger (entity, show_id, seat_id, booking_id, ticket_id, version, from_status, to_status, actor,
                                 request_id, cause, at)
             SELECT 'ticket', show_id, seat_id, booking_id, id, version + 1, 'void', 'void', 'x', gen_random_uuid(), 'x',
                    marquee_now() FROM tickets WHERE status = 'void'".to_owned(),
            "a void ticket stays void",
        ),
    ];
    for (sql, why) in cases {
        let database = support::database();
        let show = busy(&database).house.show;
        rewrite(&database, &sql);
        let told: Vec<String> = replayed(&database, show).faults.iter().map(|fault| fault.why.to_string()).collect();
        assert!(!told.is_empty() && told.iter().all(|told| told.contains(why)), "{sql}: {told:?}");
    }
}

#[test]
fn the_command_tells_of_refunds_and_void_tickets() {
    let database = support::database();
    let show = busy(&database).house.show.to_string();
    let (status, shown, error) = command(&database, &[&show]);
    assert_eq!(status, 0, "{shown}{error}");
    for part in [
        "5 refunds\n",
        "₹300.00 owed ",
        "(customer_cancelled), attempt 1, requested\n",
        "(wrong_amount), attempt 2, given back ",
        "(cancelled), attempt 3, needs_attention: lost_or_stolen_card\n",
        "2 of them void\n",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let (_, shown, _) = command(&database, &[&show, "--json"]);
    let json: Value = serde_json::from_str(&shown).unwrap();
    let refunds: Vec<&Value> =
        json["rows"].as_array().unwrap().iter().filter(|row| row["kind"] == "refund").collect();
    assert_eq!(refunds.len(), 5);
    assert!(
        refunds.iter().all(|row| row["refund_id"].is_string() && row["columns"]["amount"].is_i64()),
        "{refunds:?}"
    );
}
