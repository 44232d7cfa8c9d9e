//! Where money came from and what it is: invariants 7 to 10.

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
        claim: "A booking that was bought names the one payment of its own that settled it.",
        ownership: false,
        sql: "SELECT b.show_id, NULL, b.id, b.paid_by,
                     format('is %s, bought by a payment of booking number %s that is %s, decided %s', b.status,
                            coalesce(p.booking_id::text, 'none'), coalesce(p.status, 'missing'), coalesce(p.outcome, 'never'))
              FROM bookings AS b LEFT JOIN payments AS p ON p.id = b.paid_by
              WHERE (b.status = 'confirmed' OR b.paid_by IS NOT NULL) AND NOT coalesce(
                  p.booking_id = b.id AND p.status = 'succeeded' AND p.outcome IN ('confirm', 'take_again'), false)
              UNION ALL
              SELECT b.show_id, NULL, p.booking_id, p.id,
                     format('was decided to confirm the booking, which is %s and paid by %s', coalesce(b.status, 'missing'),
                            coalesce(b.paid_by::text, 'none'))
              FROM payments AS p LEFT JOIN bookings AS b ON b.id = p.booking_id
              WHERE p.outcome IN ('confirm', 'take_again') AND b.paid_by IS DISTINCT FROM p.id",
    },
    Check {
        invariant: 9,
        name: "one_refund_per_cause",
        claim: "A cause gives a payment's money back once.",
        ownership: true,
        sql: "SELECT NULL, NULL, booking_id, payment_id, format('has %s refunds for %s', count(*), cause)
              FROM refunds GROUP BY booking_id, payment_id, cause HAVING count(*) > 1",
    },
    Check {
        invariant: 9,
        name: "refunds_within_capture",
        claim: "Of a payment no more goes back than came, in the currency in which it came, and to its own booking.",
        ownership: false,
        sql: "SELECT NULL, NULL, coalesce(p.booking_id, r.booking_id), r.payment_id,
                     format('refunds of %s %s, captured %s %s', r.currency, r.owed, coalesce(p.captured_currency, 'nothing'),
                            p.captured_amount)
              FROM (
                  SELECT payment_id, booking_id, currency, sum(amount) AS owed FROM refunds
                  GROUP BY payment_id, booking_id, currency
              ) AS r LEFT JOIN payments AS p ON p.id = r.payment_id
              WHERE NOT coalesce(owed <= p.captured_amount, false)
                  OR (r.currency, r.booking_id) IS DISTINCT FROM (p.captured_currency, p.booking_id)",
    },
    Check {
        invariant: 10,
        name: "money_accounted_for",
        claim: "Captured money is that of confirmed bookings, of refunds, and what a quoted policy kept, to the paisa.",
        ownership: false,
        // A refund counts once, whatever became of it. What the policy gives is worked out afresh from what was frozen.
        sql: "WITH promised AS (
                  SELECT b.id AS booking_id, (
                      SELECT (priced.seats * (step ->> 'percent')::bigint + 50) / 100
                      FROM jsonb_array_elements(b.refund_policy) WITH ORDINALITY AS steps (step, place)
                      WHERE b.cancelled_at <= shows.starts_at - (step ->> 'minutes_before')::bigint * interval '1 minute'
                      ORDER BY place LIMIT 1
                  ) AS back
                  FROM bookings AS b JOIN shows ON shows.id = b.show_id
                  JOIN (SELECT booking_id, sum(price)::bigint AS seats FROM booking_seats GROUP BY booking_id) AS priced
                      ON priced.booking_id = b.id
                  WHERE b.status = 'cancelled' AND b.paid_by IS NOT NULL
              ), owed AS (
                  SELECT payment_id, sum(amount) AS refunds, bool_or(cause = 'customer_cancelled') AS customer_cancelled
                  FROM refunds GROUP BY payment_id
              ), sums AS (
                  SELECT b.show_id, p.booking_id, p.id, p.currency, coalesce(p.captured_amount, 0) AS captured,
                         CASE WHEN b.status = 'confirmed' AND b.paid_by = p.id THEN coalesce(b.amount, 0) ELSE 0 END AS sold,
                         coalesce(owed.refunds, 0) AS refunds,
                         CASE WHEN b.paid_by = p.id AND owed.customer_cancelled AND b.status = 'cancelled'
                              THEN coalesce(b.amount, 0) - coalesce(promised.back, 0) ELSE 0 END AS kept
                  FROM payments AS p LEFT JOIN bookings AS b ON b.id = p.booking_id
                  LEFT JOIN owed ON owed.payment_id = p.id LEFT JOIN promised ON promised.booking_id = b.id
              )
              SELECT show_id, NULL, booking_id, id,
                     format('captured %s, accounted for %s: sold %s, refunds %s, kept by the policy %s (minor units of %s)',
                            captured, sold + refunds + kept, sold, refunds, kept, currency)
              FROM sums WHERE captured <> sold + refunds + kept",
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
        invariant: 10,
        name: "ledger_has_the_refunds",
        claim: "The ledger was told of the same refunds, as often asked for, as the table says.",
        ownership: false,
        sql: "SELECT NULL, NULL, coalesce(r.booking_id, told.booking_id), coalesce(r.payment_id, told.payment_id),
                     format('refund of %s %s for %s, attempt %s (%s); in the ledger %s, attempt %s (%s)', r.currency, r.amount,
                            r.cause, r.attempt, coalesce(r.gateway_id, 'no name'), coalesce(told.first::text, 'nothing'),
                            told.attempt, coalesce(told.gateway_id, 'no name'))
              FROM refunds AS r
              FULL JOIN (
                  SELECT refund_id, min(booking_id) AS booking_id, (array_agg(payment_id))[1] AS payment_id,
                         (array_agg(detail ORDER BY version))[1] AS first,
                         1 + count(*) FILTER (WHERE version > 1 AND to_status = 'requested' AND NOT detail ? 'gateway_id')
                             AS attempt,
                         (array_agg(detail ->> 'gateway_id' ORDER BY version DESC)
                             FILTER (WHERE detail ->> 'gateway_id' IS NOT NULL))[1] AS gateway_id
                  FROM ledger WHERE entity = 'refund' GROUP BY refund_id
              ) AS told ON told.refund_id = r.id
              WHERE (r.cause, r.amount::text, r.currency, r.attempt)
                  IS DISTINCT FROM (told.first ->> 'cause', told.first ->> 'amount', told.first ->> 'currency', told.attempt)
                  OR r.gateway_id <> coalesce(told.gateway_id, '')",
    },
];
