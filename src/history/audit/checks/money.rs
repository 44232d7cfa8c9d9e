//! Where money came from and what it bought: invariants 7 to 12.
//!
//! Money that could not buy its seats has a case. An open one is known and waits for a person; a closed one was settled by a
//! person. Neither is a lie.

use super::Check;

pub const CHECKS: &[Check] = &[
    Check {
        invariant: 7,
        name: "asked_as_promised",
        claim: "What was asked for is what was promised, seat by seat and fee by fee.",
        ownership: false,
        sql: "SELECT b.show_id, NULL, b.id, NULL,
                     format('promised %s, asked %s (minor units of %s)', promised, b.amount, b.currency)
              FROM bookings AS b LEFT JOIN (
                  SELECT c.booking_id, sum(c.price + b.fee_per_ticket + b.fee_tax_per_ticket) AS promised
                  FROM booking_seats AS c JOIN bookings AS b ON b.id = c.booking_id GROUP BY c.booking_id
              ) AS sums ON sums.booking_id = b.id
              WHERE b.amount IS DISTINCT FROM promised AND (b.amount IS NOT NULL OR b.status = 'confirmed')
              UNION ALL
              SELECT b.show_id, NULL, b.id, p.id,
                     format('the booking asks %s %s, the payment %s %s', b.currency, b.amount, p.currency, p.amount)
              FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id
              WHERE (p.amount, p.currency) IS DISTINCT FROM (b.amount, b.currency)",
    },
    Check {
        invariant: 7,
        name: "captured_as_asked",
        claim: "What was captured is what was asked for, or was decided on as a wrong sum.",
        ownership: false,
        sql: "SELECT b.show_id, NULL, p.booking_id, p.id,
                     format('asked %s %s, captured %s %s, decided %s', p.currency, p.amount, p.captured_currency,
                            p.captured_amount, p.outcome)
              FROM payments AS p LEFT JOIN bookings AS b ON b.id = p.booking_id
              WHERE p.status = 'succeeded' AND (p.outcome = 'wrong_amount')
                  IS DISTINCT FROM ((p.captured_amount, p.captured_currency) IS DISTINCT FROM (p.amount, p.currency))",
    },
    Check {
        invariant: 8,
        name: "one_settled_payment",
        claim: "A confirmed booking names the one payment of its own that settled it.",
        ownership: false,
        sql: "SELECT b.show_id, NULL, b.id, b.paid_by,
                     format('is confirmed by a payment of booking number %s that is %s, decided %s',
                            coalesce(p.booking_id::text, 'none'), coalesce(p.status, 'missing'), coalesce(p.outcome, 'never'))
              FROM bookings AS b LEFT JOIN payments AS p ON p.id = b.paid_by
              WHERE b.status = 'confirmed' AND NOT coalesce(
                  p.booking_id = b.id AND p.status = 'succeeded' AND p.outcome IN ('confirm', 'take_again'), false)
              UNION ALL
              SELECT b.show_id, NULL, p.booking_id, p.id,
                     format('was decided to confirm the booking, which is %s and paid by %s', coalesce(b.status, 'missing'),
                            coalesce(b.paid_by::text, 'none'))
              FROM payments AS p LEFT JOIN bookings AS b ON b.id = p.booking_id
              WHERE p.outcome = 'confirm' AND b.paid_by IS DISTINCT FROM p.id",
    },
    Check {
        invariant: 10,
        name: "money_accounted_for",
        claim: "Captured money is that of confirmed bookings and of cases, to the paisa.",
        ownership: false,
        // Each payment counts once: the one that a booking was bought with by the booking's sum, any other by its case.
        sql: "SELECT b.show_id, NULL, b.id, NULL,
                     format('captured %s, accounted for %s (minor units of %s)', captured, accounted, b.currency)
              FROM bookings AS b JOIN (
                  SELECT p.booking_id, sum(coalesce(p.captured_amount, 0)) AS captured,
                         sum(CASE WHEN b.status = 'confirmed' AND b.paid_by = p.id THEN coalesce(b.amount, 0)
                                  WHEN cases.payment_id IS NOT NULL THEN coalesce(p.captured_amount, 0)
                                  ELSE 0 END) AS accounted
                  FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id
                  LEFT JOIN (SELECT DISTINCT payment_id FROM cases) AS cases ON cases.payment_id = p.id
                  GROUP BY p.booking_id
              ) AS sums ON sums.booking_id = b.id
              WHERE captured <> accounted",
    },
    Check {
        invariant: 10,
        name: "ledger_has_the_money",
        claim: "The ledger was told of the same captured money, with the same decision, as the payments say.",
        ownership: false,
        sql: "SELECT b.show_id, NULL, coalesce(p.booking_id, told.booking_id), coalesce(p.id, told.payment_id),
                     format('captured %s %s, decided %s; in the ledger %s', p.captured_currency, p.captured_amount, p.outcome,
                            coalesce(told.detail::text, 'nothing'))
              FROM (SELECT * FROM payments WHERE captured_amount IS NOT NULL) AS p
              FULL JOIN (
                  SELECT payment_id, booking_id, detail FROM ledger WHERE entity = 'payment' AND detail ? 'captured'
              ) AS told ON told.payment_id = p.id
              LEFT JOIN bookings AS b ON b.id = coalesce(p.booking_id, told.booking_id)
              WHERE (p.captured_amount::text, p.captured_currency, p.outcome)
                  IS DISTINCT FROM (told.detail ->> 'captured', told.detail ->> 'currency', told.detail ->> 'outcome')",
    },
    Check {
        invariant: 11,
        name: "money_ends_somewhere",
        claim: "Captured money ended in a ticket for each seat, or has a case.",
        ownership: false,
        sql: "SELECT b.show_id, NULL, p.booking_id, p.id,
                     CASE WHEN b.paid_by = p.id AND b.status = 'confirmed'
                          THEN format('paid for %s seats, has %s valid tickets', coalesce(wanted, 0), coalesce(valid, 0))
                          ELSE format('captured %s %s, decided %s: bought nothing and has no case', p.captured_currency,
                                      p.captured_amount, p.outcome) END
              FROM payments AS p LEFT JOIN bookings AS b ON b.id = p.booking_id
              LEFT JOIN (SELECT booking_id, count(*) AS wanted FROM booking_seats GROUP BY booking_id) AS seats
                  ON seats.booking_id = p.booking_id
              LEFT JOIN (
                  SELECT booking_id, count(*) AS valid FROM tickets WHERE status = 'valid' GROUP BY booking_id
              ) AS tickets ON tickets.booking_id = p.booking_id
              WHERE p.status = 'succeeded'
                  AND NOT coalesce(b.paid_by = p.id AND b.status = 'confirmed' AND wanted = valid, false)
                  AND NOT EXISTS (SELECT FROM cases WHERE cases.payment_id = p.id)",
    },
    Check {
        invariant: 11,
        name: "cancelled_show_owes",
        claim: "A paid booking of a cancelled show has a case, and none of its bookings waits for money.",
        ownership: false,
        sql: "SELECT b.show_id, NULL, b.id, b.paid_by, format('is %s, and the show was cancelled', b.status)
              FROM shows JOIN bookings AS b ON b.show_id = shows.id
              WHERE shows.status = 'cancelled' AND (b.status = 'created' OR b.status = 'confirmed' AND NOT EXISTS (
                  SELECT FROM cases WHERE cases.payment_id = b.paid_by AND cases.kind = 'show_cancelled'))",
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
        claim: "A case is of money that came, and says why that bought nothing.",
        ownership: false,
        sql: "SELECT NULL, NULL, c.booking_id, c.payment_id,
                     format('case %s, and the payment is %s, decided %s', c.kind, p.status, coalesce(p.outcome, 'not yet'))
              FROM cases AS c JOIN payments AS p ON p.id = c.payment_id
              WHERE p.status <> 'succeeded' OR c.kind NOT IN (p.outcome, 'show_cancelled') OR p.outcome IS NULL",
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
        claim: "A valid ticket is of a confirmed booking whose money arrived.",
        ownership: false,
        sql: "SELECT t.show_id, t.seat_id, t.booking_id, b.paid_by,
                     format('ticket %s is valid, the booking is %s, its payment %s', t.id, coalesce(b.status, 'missing'),
                            coalesce(p.status, 'missing'))
              FROM tickets AS t LEFT JOIN bookings AS b ON b.id = t.booking_id LEFT JOIN payments AS p ON p.id = b.paid_by
              WHERE t.status = 'valid' AND (b.status, p.status) IS DISTINCT FROM ('confirmed', 'succeeded')",
    },
];
