//! Who owns a seat: invariants 1 to 4.

use super::Check;

pub const CHECKS: &[Check] = &[
    Check {
        invariant: 1,
        name: "one_live_claim",
        claim: "A seat of a show is claimed by one booking at most.",
        ownership: true,
        sql: "SELECT twice.show_id, twice.seat_id, NULL, NULL,
                     format('claimed by bookings %s', string_agg(b.reference, ', ' ORDER BY b.id))
              FROM (
                  SELECT show_id, seat_id FROM booking_seats WHERE released_at IS NULL
                  GROUP BY show_id, seat_id HAVING count(*) > 1
              ) AS twice JOIN booking_seats AS c USING (show_id, seat_id) LEFT JOIN bookings AS b ON b.id = c.booking_id
              WHERE c.released_at IS NULL GROUP BY twice.show_id, twice.seat_id",
    },
    Check {
        invariant: 1,
        name: "one_row_per_seat",
        claim: "A seat of a show is one row.",
        ownership: true,
        sql: "SELECT show_id, seat_id, NULL, NULL,
                     format('is %s rows: %s', count(*), string_agg(status, ', ' ORDER BY version, status))
              FROM show_seats GROUP BY show_id, seat_id HAVING count(*) > 1",
    },
    Check {
        invariant: 1,
        name: "one_valid_ticket",
        claim: "A seat of a show has one valid ticket at most.",
        ownership: true,
        sql: "SELECT twice.show_id, twice.seat_id, NULL, NULL,
                     format('has valid tickets of bookings %s', string_agg(b.reference, ', ' ORDER BY b.id))
              FROM (
                  SELECT show_id, seat_id FROM tickets WHERE status = 'valid'
                  GROUP BY show_id, seat_id HAVING count(*) > 1
              ) AS twice JOIN tickets AS t USING (show_id, seat_id) LEFT JOIN bookings AS b ON b.id = t.booking_id
              WHERE t.status = 'valid' GROUP BY twice.show_id, twice.seat_id",
    },
    Check {
        invariant: 1,
        name: "one_booking_per_reference",
        claim: "A number, a reference and a form each name one booking.",
        ownership: true,
        sql: "SELECT min(show_id), NULL, id, NULL, format('%s bookings have the number %s', count(*), id)
              FROM bookings GROUP BY id HAVING count(*) > 1
              UNION ALL
              SELECT min(show_id), NULL, min(id), NULL,
                     format('bookings number %s have the same reference', string_agg(id::text, ', ' ORDER BY id))
              FROM bookings GROUP BY reference HAVING count(*) > 1
              UNION ALL
              SELECT min(show_id), NULL, min(id), NULL,
                     format('bookings %s were made by one form', string_agg(reference, ', ' ORDER BY id))
              FROM bookings GROUP BY visitor_id, form_key HAVING count(*) > 1",
    },
    Check {
        invariant: 2,
        name: "confirmed_owns_its_seats",
        claim: "A confirmed booking owns exactly the seats it was sold.",
        ownership: true,
        sql: "SELECT c.show_id, c.seat_id, b.id, NULL,
                     CASE WHEN s.booking_id = b.id THEN format('sold, but the seat is %s', s.status)
                          WHEN s.booking_id IS NULL THEN format('sold, but the seat is %s', coalesce(s.status, 'missing'))
                          ELSE format('sold, but the seat is %s by booking %s', s.status,
                                      (SELECT reference FROM bookings WHERE id = s.booking_id LIMIT 1)) END
              FROM bookings AS b JOIN booking_seats AS c ON c.booking_id = b.id
              LEFT JOIN show_seats AS s ON (s.show_id, s.seat_id) = (c.show_id, c.seat_id)
              WHERE b.status = 'confirmed' AND (s.status, s.booking_id) IS DISTINCT FROM ('booked', b.id)
              UNION ALL
              SELECT b.show_id, NULL, b.id, NULL, format('is %s and wants no seat', b.status)
              FROM bookings AS b LEFT JOIN booking_seats AS c ON c.booking_id = b.id
              WHERE c.booking_id IS NULL
              UNION ALL
              SELECT s.show_id, s.seat_id, b.id, NULL, format('has the seat booked and is %s', b.status)
              FROM show_seats AS s JOIN bookings AS b ON b.id = s.booking_id
              WHERE s.status = 'booked' AND b.status = 'created'",
    },
    Check {
        invariant: 2,
        name: "ended_owns_nothing",
        claim: "An expired or cancelled booking owns no seat.",
        ownership: true,
        sql: "SELECT s.show_id, s.seat_id, b.id, NULL, format('is %s and has the seat %s', b.status, s.status)
              FROM show_seats AS s JOIN bookings AS b ON b.id = s.booking_id
              WHERE b.status IN ('expired', 'cancelled')
              UNION ALL
              SELECT c.show_id, c.seat_id, b.id, NULL, format('is %s and claims the seat', b.status)
              FROM booking_seats AS c JOIN bookings AS b ON b.id = c.booking_id
              WHERE c.released_at IS NULL AND b.status IN ('expired', 'cancelled')",
    },
    Check {
        invariant: 3,
        name: "seats_and_claims_agree",
        claim: "A seat's owner claims it, and every live claim is its seat's owner's.",
        ownership: true,
        sql: "SELECT coalesce(s.show_id, c.show_id), coalesce(s.seat_id, c.seat_id), coalesce(s.booking_id, c.booking_id), NULL,
                     CASE WHEN c.booking_id IS NULL THEN format('has the seat %s without a claim', s.status)
                          ELSE 'claims the seat and does not have it' END
              FROM (SELECT * FROM show_seats WHERE booking_id IS NOT NULL) AS s
              FULL JOIN (SELECT * FROM booking_seats WHERE released_at IS NULL) AS c
                  ON c.show_id = s.show_id AND c.seat_id = s.seat_id AND c.booking_id = s.booking_id
              WHERE s.show_id IS NULL OR c.show_id IS NULL",
    },
    Check {
        invariant: 3,
        name: "seats_and_tickets_agree",
        claim: "A booked seat has a valid ticket of its owner, and every valid ticket is for such a seat.",
        ownership: true,
        sql: "SELECT coalesce(s.show_id, t.show_id), coalesce(s.seat_id, t.seat_id), coalesce(s.booking_id, t.booking_id), NULL,
                     CASE WHEN t.id IS NULL THEN 'has the seat booked without a valid ticket'
                          ELSE format('has the valid ticket %s for a seat that it has not booked', t.id) END
              FROM (SELECT * FROM show_seats WHERE status = 'booked') AS s
              FULL JOIN (SELECT * FROM tickets WHERE status = 'valid') AS t
                  ON t.show_id = s.show_id AND t.seat_id = s.seat_id AND t.booking_id = s.booking_id
              WHERE s.show_id IS NULL OR t.show_id IS NULL",
    },
    Check {
        invariant: 4,
        name: "seats_well_formed",
        claim: "A seat's status, owner, times and reason fit together; no lock is longer than an hour.",
        ownership: false,
        sql: "SELECT show_id, seat_id, booking_id, NULL,
                     format('%s, locked from %s to %s, reason %L', status, coalesce(locked_at::text, 'never'),
                            coalesce(lock_expires_at::text, 'never'), block_reason)
              FROM show_seats
              WHERE NOT coalesce(CASE status
                  WHEN 'available' THEN num_nonnulls(booking_id, locked_at, lock_expires_at, block_reason) = 0
                  WHEN 'blocked' THEN num_nonnulls(booking_id, locked_at, lock_expires_at) = 0 AND btrim(block_reason) <> ''
                  WHEN 'locked' THEN booking_id IS NOT NULL AND block_reason IS NULL AND lock_expires_at > locked_at
                      AND lock_expires_at <= locked_at + interval '1 hour'
                  WHEN 'booked' THEN num_nulls(booking_id, locked_at) = 0 AND num_nonnulls(lock_expires_at, block_reason) = 0
                  END, false)",
    },
    Check {
        invariant: 4,
        name: "locks_follow_bookings",
        claim: "A lock begins and ends with its unpaid booking; the deadline shown is never after its end.",
        ownership: false,
        // Seats that late money took again were locked when it came.
        sql: "SELECT s.show_id, s.seat_id, b.id, NULL,
                     format('%s from %s to %s, but the booking is %s, made %s, its locks end %s', s.status, s.locked_at,
                            coalesce(s.lock_expires_at::text, 'never'), b.status, b.created_at, b.lock_expires_at)
              FROM show_seats AS s JOIN bookings AS b ON b.id = s.booking_id
              WHERE s.locked_at IS DISTINCT FROM b.created_at AND NOT coalesce(
                      s.status = 'booked' AND s.locked_at = b.confirmed_at
                      AND EXISTS (SELECT FROM payments WHERE id = b.paid_by AND outcome = 'take_again'), false)
                  OR s.status = 'locked' AND (b.status <> 'created' OR s.lock_expires_at IS DISTINCT FROM b.lock_expires_at)
              UNION ALL
              SELECT show_id, NULL, id, NULL,
                     format('made %s, must be paid by %s, its locks end %s', created_at, pay_by, lock_expires_at)
              FROM bookings WHERE NOT coalesce(created_at < pay_by AND pay_by <= lock_expires_at, false)",
    },
];
