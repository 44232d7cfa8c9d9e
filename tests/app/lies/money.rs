//! Lies about money.

use super::{TOLD, World};

#[test]
fn a_promised_price_changed_after_the_sale() {
    let mut world = World::new();
    world.lie("UPDATE booking_seats SET adult_price = adult_price - 1 WHERE booking_id = $paid AND seat_id = $A1");
    world.is_caught(&[("asked_as_promised", &["show $show, booking @paid: promised "])]);
}

#[test]
fn a_paisa_less_captured_than_asked() {
    let mut world = World::new();
    world.lie("UPDATE payments SET captured_amount = captured_amount - 1 WHERE id = '$paid_payment'");
    let payment = "show $show, booking @paid, payment $paid_payment: ";
    world.is_caught(&[
        ("captured_as_asked", &[&format!("{payment}asked INR ")]),
        ("money_accounted_for", &[&format!("{payment}captured ")]),
        ("ledger_has_the_money", &[&format!("{payment}captured INR ")]),
    ]);
}

#[test]
fn money_that_the_ledger_was_told_and_the_payment_denies() {
    let mut world = World::new();
    world.lie(
        "UPDATE payments SET status = 'expired', succeeded_at = NULL, captured_amount = NULL, captured_currency = NULL,
                             outcome = NULL WHERE id = '$paid_payment'",
    );
    let payment = "show $show, booking @paid, payment $paid_payment: ";
    world.is_caught(&[
        (
            "one_settled_payment",
            &[&format!("{payment}is confirmed, bought by a payment of booking number $paid that is expired")],
        ),
        ("money_accounted_for", &[&format!("{payment}captured 0, accounted for ")]),
        ("ledger_has_the_money", &[&format!("{payment}captured")]),
        (
            "tickets_are_paid",
            &[
                "show $show, seat A1, booking @paid, payment $paid_payment: ticket ",
                "show $show, seat A2, booking @paid, payment $paid_payment: ticket ",
            ],
        ),
        (
            "applied_events_have_money",
            &["booking @paid, payment $paid_payment: event evt_$paid_payment said that money came; it is expired"],
        ),
        ("ledger_ends_at_the_row", &["booking @paid, payment $paid_payment: the payment is expired at version "]),
    ]);
}

#[test]
fn a_booking_bought_with_somebody_elses_money() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE bookings DROP CONSTRAINT bookings_paid_by_own_payment;
         UPDATE bookings SET paid_by = '$owed_payment' WHERE id = $paid",
    );
    world.is_caught(&[
        (
            "one_settled_payment",
            &[
                "show $show, booking @paid, payment $owed_payment: is confirmed, bought by a payment of booking number $owed",
                "show $show, booking @paid, payment $paid_payment: was decided to confirm the booking",
            ],
        ),
        ("money_accounted_for", &["show $show, booking @paid, payment $paid_payment: captured "]),
        ("money_ends_somewhere", &["show $show, booking @paid, payment $paid_payment: captured INR "]),
        // The other's money goes back.
        (
            "tickets_are_paid",
            &[
                "show $show, seat A1, booking @paid, payment $owed_payment: ticket ",
                "show $show, seat A2, booking @paid, payment $owed_payment: ticket ",
            ],
        ),
    ]);
}

#[test]
fn money_that_bought_nothing_and_is_forgotten() {
    let mut world = World::new();
    world.lie("DELETE FROM refunds WHERE payment_id = '$lost_payment'");
    let payment = "show $show, booking @lost, payment $lost_payment: captured ";
    world.is_caught(&[
        ("money_accounted_for", &[payment]),
        ("money_ends_somewhere", &[payment]),
        ("ledger_has_the_refunds", &["booking @lost, payment $lost_payment: refund of "]),
        ("ledger_ends_at_the_row", &["booking @lost, payment $lost_payment: the refund is missing at version "]),
    ]);
}

#[test]
fn a_case_that_a_person_closed_is_no_lie() {
    let mut world = World::new();
    world.lie(
        "UPDATE cases SET closed_at = marquee_now(), closed_by = 'staff:1', resolution = 'The bank had rounded'
         WHERE kind = 'wrong_amount'",
    );
    world.is_caught(&[]);
}

#[test]
fn late_money_that_is_said_to_have_taken_its_seats_again() {
    let mut world = World::new();
    world.lie("UPDATE payments SET outcome = 'take_again' WHERE id = '$lost_payment'");
    let payment = "show $show, booking @lost, payment $lost_payment: ";
    world.is_caught(&[
        ("one_settled_payment", &[&format!("{payment}was decided to confirm the booking, which is created")]),
        ("ledger_has_the_money", &[&format!("{payment}captured")]),
        ("refunds_fit_their_cause", &[&format!("{payment}refund of ")]),
    ]);
}

#[test]
fn a_paid_booking_that_outlives_its_show() {
    let mut world = World::new();
    world.lie("UPDATE bookings SET status = 'confirmed', cancelled_at = NULL WHERE id = $owed");
    let payment = "show $cancelled_show, booking @owed, payment $owed_payment: ";
    let sold =
        |seat: &str| format!("show $cancelled_show, seat {seat}, booking @owed: sold, but the seat is available");
    world.is_caught(&[
        ("confirmed_owns_its_seats", &[&sold("A1"), &sold("A2")]),
        ("money_accounted_for", &[&format!("{payment}captured ")]),
        ("money_ends_somewhere", &[&format!("{payment}paid for 2 seats, has 0 valid tickets and refunds of ")]),
        ("refunds_fit_their_cause", &[&format!("{payment}refund of ")]),
        ("cancelled_show_has_no_guests", &[&format!("{payment}is confirmed, and the show was cancelled")]),
        (
            "ledger_ends_at_the_row",
            &["show $cancelled_show, booking @owed: the booking is confirmed at version 4; the ledger ends cancelled"],
        ),
    ]);
}

#[test]
fn a_ticket_that_was_taken_away() {
    let mut world = World::new();
    world.lie(&format!(
        "INSERT INTO ledger (entity, show_id, seat_id, booking_id, ticket_id, version, from_status, to_status,
                             at, actor, request_id, cause)
         SELECT 'ticket', show_id, seat_id, booking_id, id, 2, 'valid', 'void', {TOLD}
         FROM tickets WHERE booking_id = $paid AND seat_id = $A2;
         UPDATE tickets SET status = 'void', voided_at = marquee_now(), version = 2
         WHERE booking_id = $paid AND seat_id = $A2"
    ));
    world.is_caught(&[
        (
            "seats_and_tickets_agree",
            &["show $show, seat A2, booking @paid: has the seat booked without a valid ticket"],
        ),
        (
            "money_ends_somewhere",
            &["show $show, booking @paid, payment $paid_payment: paid for 2 seats, has 1 valid tickets"],
        ),
    ]);
}

#[test]
fn an_event_of_the_gateway_that_was_stored_and_never_done() {
    let mut world = World::new();
    world.lie(
        "INSERT INTO gateway_events (id, kind, body, received_at) VALUES
         ('evt_stuck', 'checkout.session.completed', '{}', marquee_now() - interval '61 minutes'),
         ('evt_fresh', 'checkout.session.completed', '{}', marquee_now() - interval '59 minutes')",
    );
    world.is_caught(&[("inbox_drains", &["event evt_stuck (checkout.session.completed), received "])]);
}

#[test]
fn a_payment_that_asked_for_another_sum_than_its_booking() {
    let mut world = World::new();
    world.lie("UPDATE payments SET amount = amount + 1 WHERE id = '$lost_payment'");
    let payment = "show $show, booking @lost, payment $lost_payment: ";
    world.is_caught(&[
        ("asked_as_promised", &[&format!("{payment}the booking asks INR ")]),
        ("captured_as_asked", &[&format!("{payment}asked INR ")]),
    ]);
}

#[test]
fn a_charge_that_paid_twice() {
    let mut world = World::new();
    world.lie("UPDATE payments SET payment_intent_id = 'pi_shared' WHERE id IN ('$paid_payment', '$owed_payment')");
    let shared = "shares the charge pi_shared with another payment";
    world.is_caught(&[(
        "applied_events_have_money",
        &[
            &format!("booking @paid, payment $paid_payment: {shared}"),
            &format!("booking @owed, payment $owed_payment: {shared}"),
        ],
    )]);
}

#[test]
fn a_case_that_says_another_thing_than_was_decided() {
    let mut world = World::new();
    world.lie(
        "UPDATE cases SET subject = '$paid_payment', booking_id = $paid, payment_id = '$paid_payment'
         WHERE kind = 'wrong_amount'",
    );
    world.is_caught(&[(
        "cases_fit_their_money",
        &["booking @paid, payment $paid_payment: case wrong_amount of $paid_payment, and the payment is succeeded"],
    )]);
}

#[test]
fn money_over_the_counter_that_no_member_of_staff_took() {
    let mut world = World::new();
    world.lie(
        "DROP TRIGGER ledger_only_grows ON ledger;
         UPDATE ledger SET actor = 'visitor:nobody' WHERE entity = 'payment' AND booking_id = $sold",
    );
    world.is_caught(&[("counter_money_was_taken_by_staff", &["booking @sold, payment "])]);
}
