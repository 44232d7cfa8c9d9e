//! What is told, and what is still to be asked for: invariants 14, 15, 17 and 18.

use super::Check;

pub const CHECKS: &[Check] = &[
    Check {
        invariant: 14,
        name: "ledger_in_order",
        claim: "Each row of the ledger is the next version, and begins where the one before it ended.",
        ownership: false,
        // Seats begin available at version 0, without a row; everything else begins with its first.
        sql: "SELECT show_id, seat_id, booking_id, payment_id,
                     format('%s version %s begins %s %s, after version %s, which ended %s %s', entity, version,
                            coalesce(from_status, 'from nothing'), concat_ws(' to ', from_owner, from_end),
                            coalesce(before, 0), coalesce(was_status, 'nowhere'), concat_ws(' to ', was_owner, was_end))
              FROM (
                  SELECT entity, show_id, seat_id, booking_id, payment_id, version, from_status, from_owner, from_end,
                         lag(version) OVER story AS before, lag(to_owner) OVER story AS was_owner,
                         lag(to_end) OVER story AS was_end,
                         lag(to_status, 1, CASE entity WHEN 'show_seat' THEN 'available' END) OVER story AS was_status
                  FROM ledger
                  WINDOW story AS (PARTITION BY entity, show_id, seat_id, booking_id, payment_id, refund_id,
                                   ticket_id ORDER BY version, id)
              ) AS told
              WHERE version <> coalesce(before, 0) + 1
                  OR (from_status, from_owner, from_end) IS DISTINCT FROM (was_status, was_owner, was_end)",
    },
    Check {
        invariant: 14,
        name: "legal_transitions",
        claim: "Only legal transitions happened.",
        ownership: false,
        // To the same status: a deadline that moved, a lapsed lock that changed hands, a session opened, a card
        // declined, a refund that the gateway has begun.
        sql: "SELECT show_id, seat_id, booking_id, payment_id,
                     format('%s version %s: %s to %s', entity, version, coalesce(from_status, 'nothing'), to_status)
              FROM ledger
              WHERE (entity, coalesce(from_status, ''), to_status) NOT IN (VALUES
                      ('show', '', 'published'), ('show', 'published', 'cancelled'),
                      ('show_seat', 'available', 'locked'), ('show_seat', 'locked', 'locked'),
                      ('show_seat', 'locked', 'booked'), ('show_seat', 'locked', 'available'),
                      ('show_seat', 'booked', 'available'), ('show_seat', 'available', 'blocked'),
                      ('show_seat', 'blocked', 'available'),
                      ('booking', '', 'created'), ('booking', 'created', 'created'), ('booking', 'created', 'confirmed'),
                      ('booking', 'created', 'expired'), ('booking', 'created', 'cancelled'),
                      ('booking', 'expired', 'confirmed'), ('booking', 'confirmed', 'cancelled'),
                      ('payment', '', 'started'), ('payment', '', 'succeeded'), ('payment', 'started', 'succeeded'),
                      ('payment', 'started', 'expired'), ('payment', 'started', 'failed'),
                      ('payment', 'expired', 'succeeded'), ('payment', 'failed', 'succeeded'),
                      ('payment', 'started', 'started'), ('payment', 'succeeded', 'succeeded'),
                      ('payment', 'expired', 'expired'), ('payment', 'failed', 'failed'),
                      ('refund', '', 'requested'), ('refund', '', 'needs_attention'), ('refund', 'requested', 'requested'),
                      ('refund', 'requested', 'succeeded'), ('refund', 'requested', 'failed'),
                      ('refund', 'succeeded', 'failed'), ('refund', 'failed', 'requested'),
                      ('refund', 'failed', 'needs_attention'), ('refund', 'needs_attention', 'requested'),
                      ('refund', 'needs_attention', 'settled_by_staff'),
                      ('ticket', '', 'valid'), ('ticket', 'valid', 'void'))
                  OR entity = 'show_seat' AND (to_status IN ('locked', 'booked')) IS DISTINCT FROM (to_owner IS NOT NULL)
                  OR entity = 'show_seat' AND to_status = 'booked' AND to_owner IS DISTINCT FROM from_owner",
    },
    Check {
        invariant: 14,
        name: "ledger_ends_at_the_row",
        claim: "The ledger's last row of each thing says what the thing's own row says.",
        ownership: false,
        sql: "WITH last AS (
                  SELECT DISTINCT ON (entity, show_id, seat_id, booking_id, payment_id, refund_id, ticket_id)
                         entity, show_id, seat_id, booking_id, payment_id, refund_id, ticket_id, version, to_status, to_owner, to_end
                  FROM ledger
                  ORDER BY entity, show_id, seat_id, booking_id, payment_id, refund_id, ticket_id, version DESC
              )
              SELECT show_id, seat_id, booking_id, payment_id,
                     format('the %s is %s at version %s; the ledger ends %s at version %s', kind,
                            coalesce(status, 'missing'), version, coalesce(told, 'nowhere'), told_version)
              FROM (
                  SELECT 'show' AS kind, coalesce(r.id, l.show_id) AS show_id, NULL::bigint AS seat_id,
                         NULL::bigint AS booking_id, NULL::uuid AS payment_id,
                         r.status, r.version, l.to_status AS told, l.version AS told_version, true AS same
                  FROM shows AS r FULL JOIN (SELECT * FROM last WHERE entity = 'show') AS l ON l.show_id = r.id
                  UNION ALL
                  SELECT 'seat', coalesce(r.show_id, l.show_id), coalesce(r.seat_id, l.seat_id),
                         coalesce(r.booking_id, l.to_owner), NULL, r.status, r.version,
                         coalesce(l.to_status, 'available'), coalesce(l.version, 0),
                         (r.booking_id, r.lock_expires_at) IS NOT DISTINCT FROM (l.to_owner, l.to_end)
                  FROM show_seats AS r FULL JOIN (SELECT * FROM last WHERE entity = 'show_seat') AS l
                      ON l.show_id = r.show_id AND l.seat_id = r.seat_id
                  UNION ALL
                  SELECT 'booking', coalesce(r.show_id, l.show_id), NULL, coalesce(r.id, l.booking_id), NULL,
                         r.status, r.version, l.to_status, l.version,
                         l.show_id = r.show_id
                         AND l.to_end IS NOT DISTINCT FROM CASE r.status WHEN 'created' THEN r.lock_expires_at END
                  FROM bookings AS r FULL JOIN (SELECT * FROM last WHERE entity = 'booking') AS l ON l.booking_id = r.id
                  UNION ALL
                  SELECT 'payment', NULL, NULL, coalesce(r.booking_id, l.booking_id), coalesce(r.id, l.payment_id),
                         r.status, r.version, l.to_status, l.version, l.booking_id = r.booking_id
                  FROM payments AS r FULL JOIN (SELECT * FROM last WHERE entity = 'payment') AS l ON l.payment_id = r.id
                  UNION ALL
                  SELECT 'refund', NULL, NULL, coalesce(r.booking_id, l.booking_id), coalesce(r.payment_id, l.payment_id),
                         r.status, r.version, l.to_status, l.version,
                         (r.booking_id, r.payment_id) = (l.booking_id, l.payment_id)
                  FROM refunds AS r FULL JOIN (SELECT * FROM last WHERE entity = 'refund') AS l ON l.refund_id = r.id
                  UNION ALL
                  SELECT 'ticket', coalesce(r.show_id, l.show_id), coalesce(r.seat_id, l.seat_id),
                         coalesce(r.booking_id, l.booking_id), NULL, r.status, r.version, l.to_status, l.version,
                         (r.show_id, r.seat_id, r.booking_id) = (l.show_id, l.seat_id, l.booking_id)
                  FROM tickets AS r FULL JOIN (SELECT * FROM last WHERE entity = 'ticket') AS l ON l.ticket_id = r.id
              ) AS pairs
              WHERE NOT coalesce(same AND (version, status) = (told_version, told), false)",
    },
    Check {
        invariant: 15,
        name: "locks_last",
        claim: "A lock is never lost before its end, unless its booking was given up or cancelled.",
        ownership: false,
        sql: "SELECT show_id, seat_id, from_owner, NULL,
                     format('locked until %s, and lost at %s (%s)', from_end, at, cause)
              FROM ledger AS l
              WHERE entity = 'show_seat' AND from_status = 'locked' AND from_end > at AND to_owner IS DISTINCT FROM from_owner
                  AND NOT EXISTS (
                      SELECT FROM ledger AS given_up
                      WHERE given_up.entity = 'booking' AND given_up.booking_id = l.from_owner
                          AND given_up.to_status = 'cancelled' AND given_up.at = l.at)
              UNION ALL
              SELECT c.show_id, c.seat_id, b.id, NULL,
                     format('is to be paid, its locks end %s, and the claim ended %s', b.lock_expires_at, c.released_at)
              FROM booking_seats AS c JOIN bookings AS b ON b.id = c.booking_id
              WHERE b.status = 'created' AND c.released_at < b.lock_expires_at",
    },
    Check {
        invariant: 17,
        name: "overrides_are_explained",
        claim: "What staff override has a person, a time and a reason: in the staff log, or in the case that it closed.",
        ownership: false,
        // The ledger first: of a union, the first two parts decide the types.
        sql: "SELECT l.show_id, l.seat_id, l.booking_id, NULL,
                     format('%s version %s: %s by %s is not in the staff log', l.entity, l.version, l.cause, l.actor)
              FROM ledger AS l
              WHERE l.cause IN ('block_seats', 'unblock_seats', 'show_cancelled') AND NOT EXISTS (
                  SELECT FROM staff_log AS s
                  WHERE s.request_id = l.request_id AND s.show_id = coalesce(l.show_id, s.show_id) AND s.at = l.at
                      AND 'staff:' || s.person_id = l.actor)
              UNION ALL
              SELECT NULL, NULL, l.booking_id, l.payment_id,
                     format('refund version %s: %s by %s closed no case', l.version, l.to_status, l.actor)
              FROM ledger AS l
              WHERE l.entity = 'refund' AND l.from_status = 'needs_attention' AND NOT EXISTS (
                  SELECT FROM cases AS c
                  WHERE c.subject = l.refund_id::text AND (c.closed_at, c.closed_by) = (l.at, l.actor)
                      AND btrim(c.resolution) <> '')
              UNION ALL
              SELECT show_id, NULL, NULL, NULL, format('staff log %s (%s) has no reason', id, action)
              FROM staff_log WHERE NOT coalesce(btrim(reason) <> '', false)
              UNION ALL
              SELECT s.show_id, NULL, NULL, NULL, format('staff log %s (%s) names nobody we know', s.id, s.action)
              FROM staff_log AS s LEFT JOIN people ON people.id = s.person_id WHERE people.id IS NULL",
    },
    Check {
        invariant: 18,
        name: "outbox_drains",
        claim: "A refund that is due is asked for within an hour.",
        ownership: false,
        sql: "SELECT NULL, NULL, booking_id, payment_id,
                     format('refund of %s %s, requested %s, is due since %s', currency, amount, requested_at, next_try_at)
              FROM refunds, given
              WHERE status = 'requested' AND next_try_at < given.now - interval '1 hour'",
    },
];
