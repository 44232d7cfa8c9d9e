//! Lies about money that goes back.

use super::{TOLD, World};

/// The walls around refunds, but for what each lie is about.
const NO_SUM: &str = "DROP TRIGGER refunds_within_capture ON refunds;";

#[test]
fn a_paisa_more_given_back_than_came() {
    let mut world = World::new();
    world.lie(&format!("{NO_SUM} UPDATE refunds SET amount = amount + 1 WHERE payment_id = '$lost_payment'"));
    let (payment, of_show) =
        ("booking @lost, payment $lost_payment: ", "show $show, booking @lost, payment $lost_payment: ");
    world.is_caught(&[
        ("refunds_within_capture", &[&format!("{payment}refunds of INR ")]),
        ("money_accounted_for", &[&format!("{of_show}captured ")]),
        ("ledger_has_the_refunds", &[&format!("{payment}refund of INR ")]),
        ("money_ends_somewhere", &[&format!("{of_show}captured INR ")]),
        ("refunds_fit_their_cause", &[&format!("{of_show}refund of INR ")]),
    ]);
}

#[test]
fn one_cause_that_gave_back_twice() {
    let mut world = World::new();
    world.lie(&format!(
        "{NO_SUM} ALTER TABLE refunds DROP CONSTRAINT refunds_once_per_cause;
         INSERT INTO refunds (id, payment_id, booking_id, cause, status, amount, currency, attempt, requested_at,
                              next_try_at, version)
         SELECT gen_random_uuid(), payment_id, booking_id, cause, status, amount, currency, attempt, requested_at,
                next_try_at, version FROM refunds WHERE payment_id = '$lost_payment'"
    ));
    let (payment, of_show) =
        ("booking @lost, payment $lost_payment: ", "show $show, booking @lost, payment $lost_payment: ");
    world.is_caught(&[
        ("one_refund_per_cause", &[&format!("{payment}has 2 refunds for seats_lost")]),
        ("refunds_within_capture", &[&format!("{payment}refunds of INR ")]),
        ("money_accounted_for", &[&format!("{of_show}captured ")]),
        ("ledger_has_the_refunds", &[&format!("{payment}refund of INR ")]),
        ("money_ends_somewhere", &[&format!("{of_show}captured INR ")]),
        (
            "ledger_ends_at_the_row",
            &[&format!("{payment}the refund is requested at version 1; the ledger ends nowhere")],
        ),
    ]);
}

#[test]
fn a_paisa_kept_that_the_policy_gives_back() {
    let mut world = World::new();
    world.lie("UPDATE refunds SET amount = amount - 1 WHERE payment_id = '$back_payment'");
    world.is_caught(&[
        (
            "money_accounted_for",
            &["show $show, booking @back, payment $back_payment: captured 47080, accounted for 47079: "],
        ),
        (
            "ledger_has_the_refunds",
            &["booking @back, payment $back_payment: refund of INR 29999 for customer_cancelled"],
        ),
    ]);
}

#[test]
fn another_policy_than_was_promised_and_another_time_of_the_cancellation() {
    for lie in [
        r#"refund_policy = '[{"minutes_before": 120, "percent": 74}, {"minutes_before": 20, "percent": 50}]'"#,
        r#"refund_policy = '[{"minutes_before": 12000, "percent": 75}, {"minutes_before": 20, "percent": 50}]'"#,
        "cancelled_at = (SELECT starts_at - interval '119 minutes' FROM shows WHERE id = show_id)",
        "cancelled_at = (SELECT starts_at FROM shows WHERE id = show_id)",
    ] {
        let mut world = World::new();
        world.lie(&format!("UPDATE bookings SET {lie} WHERE id = $back"));
        let found = "show $show, booking @back, payment $back_payment: captured 47080, accounted for ";
        world.is_caught(&[("money_accounted_for", &[found])]);
    }
}

#[test]
fn a_cancellation_at_the_last_moment_of_its_step_is_no_lie() {
    let mut world = World::new();
    world.lie(
        "UPDATE bookings SET cancelled_at = (SELECT starts_at - interval '120 minutes' FROM shows WHERE id = show_id)
         WHERE id = $back",
    );
    world.is_caught(&[]);
}

#[test]
fn a_refund_for_what_never_happened() {
    let mut world = World::new();
    world.lie("UPDATE refunds SET cause = 'already_paid' WHERE payment_id = '$lost_payment'");
    world.is_caught(&[
        ("ledger_has_the_refunds", &["booking @lost, payment $lost_payment: refund of INR "]),
        ("refunds_fit_their_cause", &["show $show, booking @lost, payment $lost_payment: refund of INR "]),
    ]);
}

#[test]
fn a_ticket_that_still_admits_though_its_money_goes_back() {
    let mut world = World::new();
    world.lie("UPDATE tickets SET status = 'valid', voided_at = NULL WHERE booking_id = $back AND seat_id = $A7");
    let seat = "show $show, seat A7, booking @back";
    world.is_caught(&[
        ("seats_and_tickets_agree", &[&format!("{seat}: has the valid ticket ")]),
        ("money_ends_somewhere", &["show $show, booking @back, payment $back_payment: captured INR "]),
        ("tickets_are_paid", &[&format!("{seat}, payment $back_payment: ticket ")]),
        ("ledger_ends_at_the_row", &[&format!("{seat}: the ticket is valid at version 2; the ledger ends void")]),
    ]);
}

#[test]
fn a_refund_beside_a_booking_that_keeps_its_seats() {
    let mut world = World::new();
    world.lie(
        "INSERT INTO refunds (id, payment_id, booking_id, cause, status, amount, currency, attempt, requested_at,
                              next_try_at, version)
         VALUES (gen_random_uuid(), '$paid_payment', $paid, 'customer_cancelled', 'requested', 100, 'INR', 1,
                 marquee_now(), marquee_now(), 1)",
    );
    let (payment, of_show) =
        ("booking @paid, payment $paid_payment: ", "show $show, booking @paid, payment $paid_payment: ");
    let ticket = |seat: &str| format!("show $show, seat {seat}, booking @paid, payment $paid_payment: ticket ");
    world.is_caught(&[
        ("money_accounted_for", &[&format!("{of_show}captured ")]),
        ("ledger_has_the_refunds", &[&format!("{payment}refund of INR 100")]),
        ("money_ends_somewhere", &[&format!("{of_show}paid for 2 seats, has 2 valid tickets and refunds of 100")]),
        ("refunds_fit_their_cause", &[&format!("{of_show}refund of INR 100")]),
        ("tickets_are_paid", &[&ticket("A1"), &ticket("A2")]),
        (
            "ledger_ends_at_the_row",
            &[&format!("{payment}the refund is requested at version 1; the ledger ends nowhere")],
        ),
    ]);
}

#[test]
fn a_refund_that_needs_a_person_and_has_none() {
    let mut world = World::new();
    world.lie("DELETE FROM cases WHERE subject = '$stuck_refund'");
    let refund = "booking @stuck, payment $stuck_payment: refund of INR 33540 is needs_attention";
    world.is_caught(&[("refunds_wait_for_somebody", &[refund])]);
}

#[test]
fn a_refund_that_failed_and_was_left_at_that() {
    let mut world = World::new();
    world.lie("UPDATE refunds SET status = 'failed' WHERE id = '$stuck_refund'");
    let payment = "booking @stuck, payment $stuck_payment: ";
    world.is_caught(&[
        ("refunds_wait_for_somebody", &[&format!("{payment}refund of INR 33540 is failed")]),
        ("cases_fit_their_money", &[&format!("{payment}case refund_failed of $stuck_refund")]),
        ("ledger_ends_at_the_row", &[&format!("{payment}the refund is failed at version ")]),
    ]);
}

#[test]
fn an_open_case_of_a_refund_that_needs_nobody() {
    let mut world = World::new();
    world.lie(
        "INSERT INTO cases (kind, subject, booking_id, payment_id, opened_at, detail)
         SELECT 'refund_failed', id::text, booking_id, payment_id, marquee_now(), '{}' FROM refunds
         WHERE payment_id = '$wrong_payment'",
    );
    world
        .is_caught(&[("cases_fit_their_money", &["booking @wrong, payment $wrong_payment: case refund_failed of "])]);
}

#[test]
fn a_refund_that_nobody_asks_the_gateway_for() {
    let mut world = World::new();
    world.lie(
        "UPDATE refunds SET next_try_at = marquee_now() - CASE payment_id WHEN '$lost_payment' THEN interval '61 minutes'
             ELSE interval '59 minutes' END",
    );
    world.is_caught(&[("outbox_drains", &["booking @lost, payment $lost_payment: refund of INR "])]);
}

#[test]
fn a_refund_under_another_name_of_the_gateway_or_as_another_attempt() {
    for lie in ["gateway_id = 're_other'", "attempt = 3"] {
        let mut world = World::new();
        world.lie(&format!("UPDATE refunds SET {lie} WHERE payment_id = '$wrong_payment'"));
        let refund = "booking @wrong, payment $wrong_payment: refund of INR 33539 for wrong_amount, attempt ";
        world.is_caught(&[("ledger_has_the_refunds", &[refund])]);
    }
}

/// Everywhere, as if the seats given back had cost 399.99 and half of that were promised: 199.995.
fn half_a_paisa(back: u32) -> String {
    format!(
        "{NO_SUM} DROP TRIGGER ledger_only_grows ON ledger;
         UPDATE booking_seats SET adult_price = adult_price - 1 WHERE booking_id = $back AND seat_id = $A7;
         UPDATE bookings SET amount = amount - 1, refund_policy = jsonb_set(refund_policy, '{{0, percent}}', '50')
         WHERE id = $back;
         UPDATE payments SET amount = amount - 1, captured_amount = captured_amount - 1 WHERE id = '$back_payment';
         UPDATE ledger SET detail = jsonb_set(detail, '{{captured}}', to_jsonb((detail ->> 'captured')::bigint - 1))
         WHERE payment_id = '$back_payment' AND detail ? 'captured';
         UPDATE refunds SET amount = {back} WHERE payment_id = '$back_payment';
         UPDATE ledger SET detail = jsonb_set(detail, '{{amount}}', '{back}')
         WHERE entity = 'refund' AND payment_id = '$back_payment'"
    )
}

#[test]
fn half_a_paisa_is_the_customers() {
    let mut world = World::new();
    world.lie(&half_a_paisa(200_00));
    world.is_caught(&[]);
    world.lie(
        "UPDATE refunds SET amount = 19999 WHERE payment_id = '$back_payment';
         UPDATE ledger SET detail = jsonb_set(detail, '{amount}', '19999')
         WHERE entity = 'refund' AND payment_id = '$back_payment'",
    );
    let found = "show $show, booking @back, payment $back_payment: captured 47079, accounted for 47078: ";
    world.is_caught(&[("money_accounted_for", &[found])]);
}

#[test]
fn a_refund_that_had_succeeded_and_is_asked_for_again() {
    let mut world = World::new();
    world.lie(&format!(
        "INSERT INTO ledger (entity, booking_id, payment_id, refund_id, version, from_status, to_status,
                             at, actor, request_id, cause)
         SELECT 'refund', booking_id, payment_id, id, version + 1, 'succeeded', 'requested', {TOLD}
         FROM refunds WHERE payment_id = '$wrong_payment';
         UPDATE refunds SET status = 'requested', attempt = attempt + 1, gateway_id = NULL, ended_at = NULL,
                            version = version + 1, next_try_at = marquee_now()
         WHERE payment_id = '$wrong_payment'"
    ));
    world.is_caught(&[(
        "legal_transitions",
        &["booking @wrong, payment $wrong_payment: refund version 6: succeeded to requested"],
    )]);
}

#[test]
fn a_refusal_of_the_gateway_taken_out_of_the_ledger() {
    let mut world = World::new();
    world.lie(
        "DROP TRIGGER ledger_only_grows ON ledger;
         DELETE FROM ledger WHERE entity = 'refund' AND payment_id = '$wrong_payment' AND to_status = 'failed'",
    );
    world.is_caught(&[(
        "ledger_in_order",
        &["booking @wrong, payment $wrong_payment: refund version 3 begins failed "],
    )]);
}

#[test]
fn a_seat_taken_again_before_its_money_came() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE show_seats DISABLE TRIGGER USER;
         UPDATE show_seats SET locked_at = locked_at - interval '1 second' WHERE booking_id = $again",
    );
    world.is_caught(&[("locks_follow_bookings", &["show $show, seat A9, booking @again: booked from "])]);
}

#[test]
fn a_stuck_refund_that_ended_before_its_case_was_closed_is_no_lie() {
    let mut world = World::new();
    world.lie(
        "INSERT INTO cases (kind, subject, booking_id, payment_id, opened_at, detail)
         SELECT 'refund_stuck', id::text, booking_id, payment_id, marquee_now(), '{}' FROM refunds
         WHERE payment_id IN ('$wrong_payment', '$lost_payment')",
    );
    world.is_caught(&[]);
}
