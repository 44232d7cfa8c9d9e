//! How a race ended, in words without ids and instants, so that two endings can be compared.

use crate::scene::Scene;
use crate::support::money::Started;
use diesel::prelude::*;
use diesel::sql_types::Text;

/// Equal for two scenes in which the same happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What each actor was told.
    pub said: Vec<String>,
    /// Show, seats, claims, bookings, payments, tickets, refunds and cases.
    pub tables: Vec<String>,
    /// What ledger, inbox and staff log tell of them.
    pub told: Vec<String>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Ended {
    pub fn read(conn: &mut PgConnection, scene: &Scene, said: Vec<String>) -> Self {
        let names = names(scene);
        let mut lines = |query: &str| -> Vec<String> {
            let lines: Vec<Line> = diesel::sql_query(format!("{names} {query} ORDER BY line")).load(conn).unwrap();
            lines.into_iter().map(|row| row.line).collect()
        };
        Self { said, tables: lines(TABLES), told: lines(TOLD) }
    }
}

/// The scene's rows, each with its role in place of its id: the old booking or a new one, the first seat or the second.
fn names(scene: &Scene) -> String {
    let id = |payment: &Option<Started>| payment.as_ref().map(|known| known.payment.to_string()).unwrap_or_default();
    let [first, second] = scene.seats;
    format!(
        "WITH the (show, old, closed, open) AS (VALUES ({}, {}, '{}', '{}')),
         seat AS (
             SELECT *, CASE seat_id WHEN {first} THEN 'first' ELSE 'second' END AS name
             FROM show_seats, the WHERE show_id = the.show AND seat_id IN ({first}, {second})
         ), claim AS (
             SELECT c.*, seat.name FROM booking_seats AS c JOIN seat USING (show_id, seat_id)
         ), booking AS (
             SELECT b.*, CASE id WHEN the.old THEN 'old' ELSE 'new' END AS name
             FROM bookings AS b, the WHERE id IN (SELECT booking_id FROM claim)
         ), payment AS (
             SELECT p.*, CASE p.id::text WHEN the.closed THEN 'closed' WHEN the.open THEN 'open' ELSE 'new' END AS name,
                    booking.name AS buys
             FROM payments AS p JOIN booking ON booking.id = p.booking_id, the
         ), began AS (SELECT created_at FROM booking WHERE name = 'old')",
        scene.show,
        scene.booking,
        id(&scene.early),
        id(&scene.open)
    )
}

/// Ends of locks in whole minutes since the old booking began.
const TABLES: &str = "
    SELECT format('%s seat: %s for %s until minute %s, kept for %s', seat.name, seat.status, booking.name,
                  round(extract(epoch FROM seat.lock_expires_at - began.created_at) / 60), block_reason) AS line
    FROM seat LEFT JOIN booking ON booking.id = seat.booking_id, began
    UNION ALL
    SELECT format('claim of %s on %s: %s', booking.name, claim.name,
                  CASE WHEN released_at IS NULL THEN 'live' ELSE 'released' END)
    FROM claim JOIN booking ON booking.id = claim.booking_id
    UNION ALL
    SELECT format('%s booking: %s until minute %s, sum fixed: %s, paid by %s', booking.name, booking.status,
                  round(extract(epoch FROM lock_expires_at - began.created_at) / 60), booking.amount IS NOT NULL,
                  payment.name)
    FROM booking LEFT JOIN payment ON payment.id = booking.paid_by, began
    UNION ALL
    SELECT format('%s payment for %s: %s, %s', payment.name, buys, payment.status, outcome) FROM payment
    UNION ALL
    SELECT format('ticket of %s for %s: %s', booking.name, seat.name, tickets.status)
    FROM tickets JOIN seat USING (show_id, seat_id) JOIN booking ON booking.id = tickets.booking_id
    UNION ALL
    SELECT format('refund of %s payment: %s, %s for %s', payment.name, r.status, CASE r.amount
               WHEN captured_amount THEN 'all'
               WHEN (SELECT sum(price) FROM claim WHERE claim.booking_id = r.booking_id) * 3 / 4 THEN 'three quarters'
               ELSE r.amount::text END, cause)
    FROM refunds AS r JOIN payment ON payment.id = payment_id
    UNION ALL
    SELECT format('case %s of %s payment', kind, payment.name) FROM cases JOIN payment ON payment.id = payment_id
    UNION ALL
    SELECT format('show: %s', shows.status) FROM shows JOIN the ON the.show = shows.id";

const TOLD: &str = "
    SELECT format('%s %s %s at version %s: %s to %s, from %s to %s, %s', entity, seat.name,
                  coalesce(payment.name, booking.name), l.version, l.from_status, l.to_status, giver.name, taker.name, cause)
           AS line
    FROM ledger AS l LEFT JOIN seat USING (show_id, seat_id) LEFT JOIN booking ON booking.id = l.booking_id
         LEFT JOIN payment ON payment.id = l.payment_id
         LEFT JOIN booking AS giver ON giver.id = l.from_owner LEFT JOIN booking AS taker ON taker.id = l.to_owner
    WHERE num_nonnulls(seat.name, booking.name, payment.name) > 0
    UNION ALL
    SELECT format('event %s: %s', right(e.id, 1), effect) FROM gateway_events AS e, the
    WHERE e.id LIKE 'evt\\_' || the.old || '\\_%'
    UNION ALL
    SELECT format('staff log: %s for %s', action, reason) FROM staff_log AS s, the
    WHERE s.show_id = the.show
        AND (action = 'cancel_show' OR s.detail->'seats' @> (SELECT to_jsonb(min(seat_id)) FROM seat))
    UNION ALL
    SELECT format('show at version %s: %s to %s, %s', l.version, from_status, to_status, cause)
    FROM ledger AS l JOIN the ON the.show = l.show_id WHERE entity = 'show'";
