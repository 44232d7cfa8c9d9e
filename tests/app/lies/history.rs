//! Lies about what happened.

use super::{TOLD, World};

#[test]
fn a_row_taken_out_of_the_ledger() {
    let mut world = World::new();
    world.lie(
        "DROP TRIGGER ledger_only_grows ON ledger;
         DELETE FROM ledger WHERE entity = 'booking' AND booking_id = $paid AND version = 2",
    );
    world.is_caught(&[("ledger_in_order", &["show $show, booking @paid: booking version 3 begins "])]);
}

#[test]
fn a_row_of_the_ledger_told_twice() {
    let mut world = World::new();
    world.lie(
        "DROP INDEX ledger_booking_version;
         INSERT INTO ledger (entity, show_id, booking_id, version, to_status, to_end, at, actor, request_id, cause)
         SELECT entity, show_id, booking_id, version, to_status, to_end, at, actor, request_id, cause
         FROM ledger WHERE entity = 'booking' AND booking_id = $held",
    );
    world.is_caught(&[("ledger_in_order", &["show $show, booking @held: booking version 1 begins "])]);
}

#[test]
fn another_owner_written_into_the_past() {
    let mut world = World::new();
    world.lie(
        "DROP TRIGGER ledger_only_grows ON ledger;
         UPDATE ledger SET to_owner = $other
         WHERE entity = 'show_seat' AND show_id = $show AND seat_id = $A1 AND version = 1",
    );
    world.is_caught(&[("ledger_in_order", &["show $show, seat A1: show_seat version 2 begins locked $paid"])]);
}

#[test]
fn a_void_ticket_that_came_back() {
    let mut world = World::new();
    world.lie(&format!(
        "INSERT INTO ledger (entity, show_id, seat_id, booking_id, ticket_id, version, from_status, to_status,
                             at, actor, request_id, cause)
         SELECT 'ticket', show_id, seat_id, booking_id, id, step.version, step.was, step.became, {TOLD}
         FROM tickets, (VALUES (2, 'valid', 'void'), (3, 'void', 'valid')) AS step (version, was, became)
         WHERE booking_id = $paid AND seat_id = $A2;
         UPDATE tickets SET version = 3 WHERE booking_id = $paid AND seat_id = $A2"
    ));
    world.is_caught(&[(
        "legal_transitions",
        &["show $show, seat A2, booking @paid: ticket version 3: void to valid"],
    )]);
}

#[test]
fn a_change_that_the_ledger_was_not_told() {
    let mut world = World::new();
    world.lie("UPDATE bookings SET version = version + 1 WHERE id = $held");
    world.is_caught(&[(
        "ledger_ends_at_the_row",
        &["show $show, booking @held: the booking is created at version 2; the ledger ends created at version 1"],
    )]);
}

#[test]
fn a_payment_that_is_gone() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE cases DROP CONSTRAINT cases_payment_fkey;
         ALTER TABLE gateway_events DROP CONSTRAINT gateway_events_payment_fkey;
         ALTER TABLE refunds DROP CONSTRAINT refunds_payment_fkey;
         DELETE FROM payments WHERE id = '$lost_payment'",
    );
    world.is_caught(&[
        ("ledger_has_the_money", &["show $show, booking @lost, payment $lost_payment: captured"]),
        ("ledger_ends_at_the_row", &["booking @lost, payment $lost_payment: the payment is missing"]),
        ("refunds_within_capture", &["booking @lost, payment $lost_payment: refunds of INR "]),
        ("refunds_fit_their_cause", &["show $show, booking @lost, payment $lost_payment: refund of "]),
    ]);
}

#[test]
fn an_override_without_its_entry_in_the_staff_log() {
    let mut world = World::new();
    world.lie("DELETE FROM staff_log WHERE action = 'unblock_seats'");
    world.is_caught(&[(
        "overrides_are_explained",
        &["show $show, seat D2: show_seat version 2: unblock_seats by staff:"],
    )]);
}

#[test]
fn an_override_without_a_reason() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE staff_log DROP CONSTRAINT staff_log_reason_given;
         UPDATE staff_log SET reason = ' ' WHERE action = 'unblock_seats'",
    );
    world.is_caught(&[("overrides_are_explained", &["show $show: staff log "])]);
}

#[test]
fn another_buyer_written_into_the_past() {
    let mut world = World::new();
    world.lie(
        "DROP TRIGGER ledger_only_grows ON ledger;
         UPDATE ledger SET to_owner = $other
         WHERE entity = 'show_seat' AND show_id = $show AND seat_id = $A3 AND to_status = 'booked'",
    );
    world.is_caught(&[
        ("legal_transitions", &["show $show, seat A3: show_seat version 2: locked to booked"]),
        ("ledger_ends_at_the_row", &["show $show, seat A3, booking @sold: the seat is booked at version 2"]),
        ("locks_last", &["show $show, seat A3, booking @sold: locked until "]),
    ]);
}

#[test]
fn an_override_by_nobody() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE staff_log DROP CONSTRAINT staff_log_person_fkey;
         UPDATE staff_log SET person_id = 999 WHERE action = 'unblock_seats'",
    );
    world.is_caught(&[(
        "overrides_are_explained",
        &["show $show, seat D2: show_seat version 2: unblock_seats by staff:", "show $show: staff log "],
    )]);
}

#[test]
fn a_decision_of_staff_that_closed_no_case() {
    let mut world = World::new();
    world.lie("UPDATE cases SET closed_by = 'system:liar' WHERE booking_id = $cash");
    world.is_caught(&[("overrides_are_explained", &["booking @cash, payment "])]);
}
