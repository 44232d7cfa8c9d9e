//! Lies about who has which seat, and about what is sold.

use super::{TOLD, World};

#[test]
fn a_seat_claimed_twice() {
    let mut world = World::new();
    world.lie(
        "DROP INDEX booking_seats_one_live_claim;
         INSERT INTO booking_seats (booking_id, show_id, seat_id, price_type, adult_price)
         VALUES ($held, $show, $A3, 'adult', 1)",
    );
    world.is_caught(&[
        ("one_live_claim", &["show $show, seat A3: claimed by bookings @sold, @held"]),
        ("seats_and_claims_agree", &["show $show, seat A3, booking @held: claims the seat and does not have it"]),
    ]);
}

#[test]
fn a_seat_that_is_two_rows() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE show_seats DROP CONSTRAINT show_seats_pkey CASCADE;
         INSERT INTO show_seats SELECT * FROM show_seats WHERE show_id = $show AND seat_id = $A5",
    );
    world.is_caught(&[("one_row_per_seat", &["show $show, seat A5: is 2 rows: available, available"])]);
}

#[test]
fn two_bookings_with_one_reference() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE bookings DROP CONSTRAINT bookings_reference_key;
         UPDATE bookings SET reference = 'TWICE' WHERE id IN ($held, $other)",
    );
    world.is_caught(&[("one_booking_per_reference", &["show $show, booking TWICE: bookings number "])]);
}

#[test]
fn a_forged_second_ticket() {
    let mut world = World::new();
    world.lie(
        "DROP INDEX tickets_one_valid_per_seat;
         ALTER TABLE tickets DROP CONSTRAINT tickets_booked_seat_fkey;
         INSERT INTO tickets VALUES (gen_random_uuid(), $held, $show, $A3, 'valid', marquee_now(), NULL, 1)",
    );
    world.is_caught(&[
        ("one_valid_ticket", &["show $show, seat A3: has valid tickets of bookings @sold, @held"]),
        ("seats_and_tickets_agree", &["show $show, seat A3, booking @held: has the valid ticket "]),
        ("tickets_are_paid", &["show $show, seat A3, booking @held: ticket "]),
        (
            "ledger_ends_at_the_row",
            &["show $show, seat A3, booking @held: the ticket is valid at version 1; the ledger ends nowhere"],
        ),
    ]);
}

#[test]
fn a_sold_seat_given_to_another_booking_behind_the_ledgers_back() {
    let mut world = World::new();
    world.lie(
        "DROP TRIGGER show_seats_legal_transition ON show_seats;
         UPDATE show_seats SET booking_id = $sold WHERE show_id = $show AND seat_id = $A1",
    );
    world.is_caught(&[
        ("confirmed_owns_its_seats", &["show $show, seat A1, booking @paid: sold, but the seat is booked by booking @sold"]),
        (
            "seats_and_claims_agree",
            &[
                "show $show, seat A1, booking @paid: claims the seat and does not have it",
                "show $show, seat A1, booking @sold: has the seat booked without a claim",
            ],
        ),
        (
            "seats_and_tickets_agree",
            &[
                "show $show, seat A1, booking @paid: has the valid ticket ",
                "show $show, seat A1, booking @sold: has the seat booked without a valid ticket",
            ],
        ),
        ("locks_follow_bookings", &["show $show, seat A1, booking @sold: booked from "]),
        ("ledger_ends_at_the_row", &["show $show, seat A1, booking @sold: the seat is booked at version 2; the ledger ends booked at version 2"]),
    ]);
}

#[test]
fn a_cancelled_booking_that_keeps_its_seats() {
    let mut world = World::new();
    world.lie(&format!(
        "INSERT INTO ledger (entity, show_id, booking_id, version, from_status, to_status, from_end, at, actor, request_id, cause)
         SELECT 'booking', show_id, id, version + 1, status, 'cancelled', lock_expires_at, {TOLD} FROM bookings WHERE id = $held;
         UPDATE bookings SET status = 'cancelled', cancelled_at = marquee_now(), version = version + 1 WHERE id = $held"
    ));
    let both = |what: &str| ["B1", "B2"].map(|seat| format!("show $show, seat {seat}, booking @held: {what}"));
    let (locks, seats, claims) =
        (both("locked from "), both("is cancelled and has"), both("is cancelled and claims"));
    let locks: Vec<&str> = locks.iter().map(String::as_str).collect();
    let owned: Vec<&str> = seats.iter().chain(&claims).map(String::as_str).collect();
    world.is_caught(&[("ended_owns_nothing", &owned), ("locks_follow_bookings", &locks)]);
}

#[test]
fn a_confirmed_booking_whose_seat_was_freed() {
    let mut world = World::new();
    world.lie(&format!(
        "INSERT INTO ledger (entity, show_id, seat_id, version, from_status, to_status, from_owner, at, actor, request_id, cause)
         SELECT 'show_seat', show_id, seat_id, version + 1, status, 'available', booking_id, {TOLD}
         FROM show_seats WHERE show_id = $show AND seat_id = $A1;
         UPDATE show_seats SET status = 'available', booking_id = NULL, locked_at = NULL, version = version + 1
         WHERE show_id = $show AND seat_id = $A1;
         UPDATE booking_seats SET released_at = marquee_now() WHERE booking_id = $paid AND seat_id = $A1"
    ));
    world.is_caught(&[
        ("confirmed_owns_its_seats", &["show $show, seat A1, booking @paid: sold, but the seat is available"]),
        ("seats_and_tickets_agree", &["show $show, seat A1, booking @paid: has the valid ticket "]),
    ]);
}

#[test]
fn a_lock_of_two_hours() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE show_seats DROP CONSTRAINT show_seats_state;
         ALTER TABLE show_seats DISABLE TRIGGER show_seats_legal_transition;
         UPDATE show_seats SET lock_expires_at = locked_at + interval '2 hours' WHERE show_id = $show AND seat_id = $B1",
    );
    world.is_caught(&[
        ("seats_well_formed", &["show $show, seat B1, booking @held: locked, locked from "]),
        ("locks_follow_bookings", &["show $show, seat B1, booking @held: locked from "]),
        (
            "ledger_ends_at_the_row",
            &["show $show, seat B1, booking @held: the seat is locked at version 1; the ledger ends locked"],
        ),
    ]);
}

#[test]
fn a_lock_taken_over_before_its_end() {
    let mut world = World::new();
    world.lie(&format!(
        "ALTER TABLE show_seats DISABLE TRIGGER show_seats_legal_transition;
         INSERT INTO ledger (entity, show_id, seat_id, version, from_status, to_status, from_owner, to_owner, from_end, to_end,
                             at, actor, request_id, cause)
         SELECT 'show_seat', s.show_id, seat_id, s.version + 1, 'locked', 'locked', $held, b.id, s.lock_expires_at,
                b.lock_expires_at, {TOLD}
         FROM show_seats AS s, bookings AS b WHERE s.show_id = $show AND seat_id = $B1 AND b.id = $other;
         UPDATE show_seats AS s SET booking_id = b.id, locked_at = b.created_at, lock_expires_at = b.lock_expires_at,
                                    version = s.version + 1
         FROM bookings AS b WHERE s.show_id = $show AND seat_id = $B1 AND b.id = $other;
         UPDATE booking_seats SET released_at = marquee_now() WHERE booking_id = $held AND seat_id = $B1;
         INSERT INTO booking_seats (booking_id, show_id, seat_id, price_type, adult_price)
         VALUES ($other, $show, $B1, 'adult', 1)"
    ));
    world.is_caught(&[(
        "locks_last",
        &["show $show, seat B1, booking @held: is to be paid", "show $show, seat B1, booking @held: locked until "],
    )]);
}

#[test]
fn a_seat_of_another_hall_in_the_show() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE show_seats DROP CONSTRAINT show_seats_in_shows_layout;
         INSERT INTO layouts (screen_id, version, plan, grid_rows, grid_columns)
         SELECT screen_id, 2, '', 1, 1 FROM shows WHERE id = $show;
         INSERT INTO zones SELECT id, 'z', 'Zone', 1 FROM layouts WHERE version = 2;
         INSERT INTO seats (layout_id, zone, row_label, number, kind, grid_row, grid_column, width, segment)
         SELECT layout_id, code, 'Z', 99, 'standard', 1, 1, 1, 1 FROM zones WHERE code = 'z';
         INSERT INTO show_seats SELECT $show, id, layout_id, 'available', NULL, NULL, NULL, NULL, 0
         FROM seats WHERE row_label = 'Z'",
    );
    world.is_caught(&[("seats_of_their_layout", &["show $show, seat Z99: is not in the layout of the show"])]);
}

#[test]
fn a_seat_that_the_show_lost() {
    let mut world = World::new();
    world.lie("DELETE FROM show_seats WHERE show_id = $show AND seat_id = $A5");
    world.is_caught(&[("seats_of_their_layout", &["show $show, seat A5: is in the layout and not in the show"])]);
}

#[test]
fn a_claim_of_a_booking_of_another_show() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE booking_seats DROP CONSTRAINT booking_seats_booking_fkey;
         INSERT INTO booking_seats (booking_id, show_id, seat_id, price_type, adult_price, released_at)
         VALUES ($held, $cancelled_show, $A5, 'adult', 1, marquee_now() + interval '1 hour')",
    );
    world.is_caught(&[(
        "owners_of_the_show",
        &["show $cancelled_show, seat A5, booking @held: claim of a booking of show $show"],
    )]);
}

#[test]
fn two_shows_at_once_on_one_screen() {
    let mut world = World::new();
    world.lie(&format!(
        "ALTER TABLE shows DROP CONSTRAINT shows_do_not_overlap;
         INSERT INTO ledger (entity, show_id, version, to_status, at, actor, request_id, cause)
         SELECT 'show', id + 1000, 1, 'published', {TOLD} FROM shows WHERE id = $show;
         INSERT INTO shows (id, movie_id, screen_id, layout_id, language, format, starts_at, ends_at, free_at, sale_ends_at,
                            currency, status, version)
         OVERRIDING SYSTEM VALUE
         SELECT id + 1000, movie_id, screen_id, layout_id, language, format, free_at - interval '1 minute',
                free_at + interval '1 hour', free_at + interval '1 hour', free_at, currency, status, 1
         FROM shows WHERE id = $show;
         INSERT INTO show_seats SELECT show_id + 1000, seat_id, layout_id, 'available', NULL, NULL, NULL, NULL, 0
         FROM show_seats WHERE show_id = $show"
    ));
    let later = format!("show {}: on screen ", world.id("$show") + 1000);
    world.is_caught(&[("no_overlap", &[&later])]);
}

#[test]
fn two_bookings_of_one_form() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE bookings DROP CONSTRAINT bookings_form_key;
         UPDATE bookings SET (visitor_id, form_key) = (SELECT visitor_id, form_key FROM bookings WHERE id = $held)
         WHERE id = $lost",
    );
    world.is_caught(&[(
        "one_booking_per_reference",
        &["show $show, booking @lost: bookings @lost, @held were made by one form"],
    )]);
}

#[test]
fn a_booking_of_nothing() {
    let mut world = World::new();
    world.lie(&format!(
        "WITH made AS (
             INSERT INTO bookings (reference, show_id, visitor_id, form_key, status, created_at, pay_by, lock_expires_at,
                                   currency, fee_per_ticket, fee_tax_per_ticket, version)
             SELECT 'NOTHING', show_id, visitor_id, gen_random_uuid(), 'created', created_at, pay_by, lock_expires_at,
                    currency, 0, 0, 1 FROM bookings WHERE id = $held RETURNING *
         ) INSERT INTO ledger (entity, show_id, booking_id, version, to_status, to_end, at, actor, request_id, cause)
         SELECT 'booking', show_id, id, 1, 'created', lock_expires_at, {TOLD} FROM made"
    ));
    world.is_caught(&[("confirmed_owns_its_seats", &["show $show, booking NOTHING: is created and wants no seat"])]);
}

#[test]
fn a_seat_booked_for_a_booking_that_was_never_confirmed() {
    let mut world = World::new();
    world.lie(&format!(
        "INSERT INTO ledger (entity, show_id, seat_id, version, from_status, to_status, from_owner, to_owner, from_end,
                             at, actor, request_id, cause)
         SELECT 'show_seat', show_id, seat_id, version + 1, 'locked', 'booked', booking_id, booking_id, lock_expires_at, {TOLD}
         FROM show_seats WHERE show_id = $show AND seat_id = $B1;
         UPDATE show_seats SET status = 'booked', lock_expires_at = NULL, version = version + 1
         WHERE show_id = $show AND seat_id = $B1"
    ));
    world.is_caught(&[
        ("confirmed_owns_its_seats", &["show $show, seat B1, booking @held: has the seat booked and is created"]),
        (
            "seats_and_tickets_agree",
            &["show $show, seat B1, booking @held: has the seat booked without a valid ticket"],
        ),
    ]);
}

#[test]
fn a_deadline_shown_after_the_end_of_the_lock() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE bookings DROP CONSTRAINT bookings_state;
         UPDATE bookings SET pay_by = lock_expires_at + interval '1 second' WHERE id = $held",
    );
    world.is_caught(&[("locks_follow_bookings", &["show $show, booking @held: made "])]);
}

#[test]
fn a_show_that_is_over_before_it_ends() {
    let mut world = World::new();
    world.lie(
        "ALTER TABLE shows DROP CONSTRAINT shows_times_in_order;
         UPDATE shows SET free_at = ends_at - interval '1 minute' WHERE id = $show",
    );
    world.is_caught(&[("no_overlap", &["show $show: from "])]);
}
