//! What money came to: invariants 11 and 12.
//!
//! An open case is known and waits for a person; a closed one was settled by a person. Neither is a lie.

use super::Check;

pub const CHECKS: &[Check] = &[
    Check {
        invariant: 11,
        name: "money_ends_somewhere",
        claim: "Captured money ended in a ticket for each seat, in a full refund, or in the refund that its policy says.",
        ownership: false,
        // Whether that refund is the one the policy says is counted to the paisa by `money_accounted_for`.
        sql: "SELECT b.show_id, NULL, p.booking_id, p.id,
                     CASE WHEN b.paid_by = p.id AND b.status = 'confirmed'
                          THEN format('paid for %s seats, has %s valid tickets and refunds of %s', coalesce(wanted, 0),
                                      coalesce(valid, 0), coalesce(owed, 0))
                          ELSE format('captured %s %s, decided %s: bought nothing, has refunds of %s', p.captured_currency,
                                      p.captured_amount, p.outcome, coalesce(owed, 0)) END
              FROM payments AS p LEFT JOIN bookings AS b ON b.id = p.booking_id
              LEFT JOIN (SELECT booking_id, count(*) AS wanted FROM booking_seats GROUP BY booking_id) AS seats
                  ON seats.booking_id = p.booking_id
              LEFT JOIN (
                  SELECT booking_id, count(*) AS valid FROM tickets WHERE status = 'valid' GROUP BY booking_id
              ) AS tickets ON tickets.booking_id = p.booking_id
              LEFT JOIN (
                  SELECT payment_id, sum(amount) AS owed, bool_or(cause = 'customer_cancelled') AS by_policy
                  FROM refunds GROUP BY payment_id
              ) AS refunds ON refunds.payment_id = p.id
              WHERE p.status = 'succeeded' AND NOT coalesce(
                  CASE WHEN b.paid_by = p.id AND b.status = 'confirmed' THEN wanted = valid AND owed IS NULL
                       WHEN b.paid_by = p.id AND b.status = 'cancelled' AND by_policy THEN valid IS NULL
                       ELSE coalesce(owed, 0) = p.captured_amount END, false)",
    },
    Check {
        invariant: 11,
        name: "refunds_fit_their_cause",
        claim: "A refund's cause is what was decided on its payment or ended its booking; by policy alone it is not all.",
        ownership: false,
        sql: "SELECT b.show_id, NULL, r.booking_id, r.payment_id,
                     format('refund of %s %s for %s; the payment brought %s, decided %s, the booking is %s', r.currency, r.amount,
                            r.cause, coalesce(p.captured_amount, 0), coalesce(p.outcome, 'not yet'),
                            coalesce(b.status, 'missing'))
              FROM refunds AS r LEFT JOIN payments AS p ON p.id = r.payment_id
              LEFT JOIN bookings AS b ON b.id = r.booking_id LEFT JOIN shows ON shows.id = b.show_id
              WHERE NOT coalesce(CASE WHEN r.cause IN ('customer_cancelled', 'show_cancelled')
                      THEN b.status = 'cancelled' AND b.paid_by = p.id
                          AND (r.cause = 'customer_cancelled' OR shows.status = 'cancelled')
                      ELSE r.cause = p.outcome END, false)
                  OR r.cause <> 'customer_cancelled' AND r.amount IS DISTINCT FROM p.captured_amount",
    },
    Check {
        invariant: 11,
        name: "refunds_wait_for_somebody",
        claim: "A refund that failed was asked for again, or has an open case until a person settles it.",
        ownership: false,
        sql: "SELECT NULL, NULL, booking_id, payment_id, format('refund of %s %s is %s and nobody sees to it', currency, amount, status)
              FROM refunds AS r
              WHERE status = 'failed' OR status = 'needs_attention' AND NOT EXISTS (
                  SELECT FROM cases WHERE subject = r.id::text AND closed_at IS NULL
                      AND kind IN ('refund_failed', 'refund_stuck', 'owed_at_counter'))",
    },
    Check {
        invariant: 11,
        name: "cancelled_show_has_no_guests",
        claim: "Every booking of a cancelled show ended with it.",
        ownership: false,
        sql: "SELECT b.show_id, NULL, b.id, b.paid_by, format('is %s, and the show was cancelled', b.status)
              FROM shows JOIN bookings AS b ON b.show_id = shows.id
              WHERE shows.status = 'cancelled' AND b.status IN ('created', 'confirmed')",
    },
    Check {
        invariant: 11,
        name: "applied_events_have_money",
        claim: "An applied event that told of money has a payment that succeeded, and no two payments share one charge.",
        ownership: false,
        sql: "SELECT NULL, NULL, p.booking_id, p.id, format('event %s said that money came; it is %s', e.id, p.status)
              FROM gateway_events AS e JOIN payments AS p ON p.id = e.payment_id
              WHERE e.effect = 'applied' AND p.status <> 'succeeded'
                  AND e.kind IN ('checkout.session.completed', 'checkout.session.async_payment_succeeded')
              UNION ALL
              SELECT NULL, NULL, p.booking_id, p.id, format('shares the charge %s with another payment', p.payment_intent_id)
              FROM payments AS p JOIN payments AS other
                  ON other.payment_intent_id = p.payment_intent_id AND other.id <> p.id",
    },
    Check {
        invariant: 11,
        name: "cases_fit_their_money",
        claim: "A case of a wrong sum is of money that was decided so; an open case of a refund is of one that needs attention.",
        ownership: false,
        // A refund of which the gateway said nothing for long may have ended since: the next comparison closes that case.
        sql: "SELECT NULL, NULL, c.booking_id, c.payment_id,
                     format('case %s of %s, and the payment is %s, decided %s, the refund %s', c.kind, c.subject,
                            coalesce(p.status, 'missing'), coalesce(p.outcome, 'not yet'), coalesce(r.status, 'missing'))
              FROM cases AS c LEFT JOIN payments AS p ON p.id = c.payment_id LEFT JOIN refunds AS r ON r.id::text = c.subject
              WHERE NOT coalesce(CASE
                  WHEN c.kind = 'wrong_amount' THEN c.subject = p.id::text AND p.outcome = 'wrong_amount'
                  WHEN c.kind IN ('refund_failed', 'refund_stuck', 'owed_at_counter') THEN
                      r.payment_id = c.payment_id AND (c.kind <> 'owed_at_counter' OR p.method = 'counter')
                      AND (c.closed_at IS NOT NULL OR c.kind = 'refund_stuck' OR r.status = 'needs_attention')
                  ELSE true END, false)",
    },
    Check {
        invariant: 11,
        name: "inbox_drains",
        claim: "What the gateway told is done within an hour.",
        ownership: false,
        sql: "SELECT NULL, NULL, NULL, payment_id, format('event %s (%s), received %s, is not done', id, kind, received_at)
              FROM gateway_events, given
              WHERE processed_at IS NULL AND received_at < given.now - interval '1 hour'",
    },
    Check {
        invariant: 12,
        name: "counter_money_was_taken_by_staff",
        claim: "Money over the counter was taken by a member of staff.",
        ownership: false,
        sql: "SELECT NULL, NULL, p.booking_id, p.id, format('taken by %s', coalesce(l.actor, 'nobody'))
              FROM payments AS p
              LEFT JOIN ledger AS l ON l.entity = 'payment' AND l.payment_id = p.id AND l.version = 1
              WHERE p.method = 'counter' AND NOT coalesce(l.actor LIKE 'staff:%' OR l.actor LIKE 'system:%', false)",
    },
    Check {
        invariant: 12,
        name: "tickets_are_paid",
        claim: "A valid ticket is of a confirmed booking whose money arrived and does not go back.",
        ownership: false,
        sql: "SELECT t.show_id, t.seat_id, t.booking_id, b.paid_by,
                     format('ticket %s is valid, the booking is %s, its payment %s, its refunds %s', t.id,
                            coalesce(b.status, 'missing'), coalesce(p.status, 'missing'),
                            (SELECT coalesce(sum(amount), 0) FROM refunds WHERE payment_id = b.paid_by))
              FROM tickets AS t LEFT JOIN bookings AS b ON b.id = t.booking_id LEFT JOIN payments AS p ON p.id = b.paid_by
              WHERE t.status = 'valid' AND ((b.status, p.status) IS DISTINCT FROM ('confirmed', 'succeeded')
                  OR EXISTS (SELECT FROM refunds WHERE payment_id = b.paid_by))",
    },
];
