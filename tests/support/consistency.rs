//! Whether the tables agree with each other and with the ledger: what must hold after every verb.

use diesel::prelude::*;
use diesel::sql_types::Text;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    found: String,
}

/// Each query returns what is wrong, one row for each fault; none, when all is well.
const CHECKS: [(&str, &str); 8] = [
    (
        "a locked or booked seat is claimed by its owner, and every live claim is on such a seat",
        "SELECT format('show %s seat %s: %s, row of %s, claim of %s', coalesce(s.show_id, c.show_id),
                       coalesce(s.seat_id, c.seat_id), s.status, s.booking_id, c.booking_id) AS found
         FROM (SELECT * FROM show_seats WHERE status IN ('locked', 'booked')) AS s
         FULL JOIN (SELECT * FROM booking_seats WHERE released_at IS NULL) AS c
             ON (c.show_id, c.seat_id, c.booking_id) = (s.show_id, s.seat_id, s.booking_id)
         WHERE s.show_id IS NULL OR c.show_id IS NULL",
    ),
    (
        "booked seats and valid tickets are the same",
        "SELECT format('show %s seat %s', coalesce(s.show_id, t.show_id), coalesce(s.seat_id, t.seat_id)) AS found
         FROM (SELECT * FROM show_seats WHERE status = 'booked') AS s
         FULL JOIN (SELECT * FROM tickets WHERE status = 'valid') AS t
             ON (t.show_id, t.seat_id, t.booking_id) = (s.show_id, s.seat_id, s.booking_id)
         WHERE s.show_id IS NULL OR t.show_id IS NULL",
    ),
    (
        "a confirmed booking owns every seat it wanted, a cancelled or expired one none",
        "SELECT format('booking %s is %s', b.id, b.status) AS found
         FROM bookings AS b CROSS JOIN LATERAL (
             SELECT count(*) AS wanted, count(*) FILTER (WHERE s.status = 'booked') AS booked,
                    count(*) FILTER (WHERE c.released_at IS NULL) AS live
             FROM booking_seats AS c LEFT JOIN show_seats AS s
                 ON (s.show_id, s.seat_id, s.booking_id) = (c.show_id, c.seat_id, c.booking_id)
             WHERE c.booking_id = b.id
         ) AS n
         WHERE CASE b.status WHEN 'confirmed' THEN n.wanted = 0 OR n.booked <> n.wanted
                             WHEN 'created' THEN n.booked > 0 OR n.wanted = 0 ELSE n.live > 0 END",
    ),
    (
        "a confirmed booking was paid for by one payment of exactly what was promised",
        "SELECT format('booking %s', b.id) AS found
         FROM bookings AS b LEFT JOIN payments AS p ON p.id = b.paid_by
         CROSS JOIN LATERAL (
             SELECT sum(price + b.fee_per_ticket + b.fee_tax_per_ticket) AS promised
             FROM booking_seats WHERE booking_id = b.id
         ) AS n
         WHERE b.status = 'confirmed' AND NOT coalesce(
             p.status = 'succeeded' AND p.outcome IN ('confirm', 'take_again') AND p.captured_currency = b.currency
             AND p.captured_amount = b.amount AND b.amount = n.promised, false)",
    ),
    (
        "the ledger tells every version of every row, without gaps, up to what the row says",
        "WITH rows (entity, key, version, status) AS (
             SELECT 'show', id::text, version, status FROM shows
             UNION ALL SELECT 'show_seat', show_id || '/' || seat_id, version, status FROM show_seats WHERE version > 0
             UNION ALL SELECT 'booking', id::text, version, status FROM bookings
             UNION ALL SELECT 'payment', id::text, version, status FROM payments
             UNION ALL SELECT 'ticket', id::text, version, status FROM tickets
         ), told (entity, key, versions, last, status) AS (
             SELECT entity, key, count(*), max(version), (array_agg(to_status ORDER BY version DESC))[1]
             FROM (SELECT *, CASE entity
                       WHEN 'show' THEN show_id::text WHEN 'show_seat' THEN show_id || '/' || seat_id
                       WHEN 'booking' THEN booking_id::text WHEN 'payment' THEN payment_id::text
                       ELSE ticket_id::text END AS key FROM ledger) AS keyed
             GROUP BY entity, key
         )
         SELECT format('%s %s: row at %s %s, ledger at %s %s with %s rows', entity, key, rows.version, rows.status,
                       told.last, told.status, told.versions) AS found
         FROM rows FULL JOIN told USING (entity, key)
         WHERE NOT coalesce(told.versions = rows.version AND told.last = rows.version
                            AND told.status = rows.status, false)",
    ),
    (
        "each ledger row begins where the one before it ended",
        "SELECT format('%s at version %s: from %s after %s', entity, version, from_status, before) AS found
         FROM (SELECT *, lag(to_status) OVER (
                   PARTITION BY entity, CASE WHEN entity IN ('show', 'show_seat') THEN show_id END,
                                CASE WHEN entity = 'show_seat' THEN seat_id END,
                                CASE WHEN entity = 'booking' THEN booking_id END,
                                CASE WHEN entity = 'payment' THEN payment_id END,
                                CASE WHEN entity = 'ticket' THEN ticket_id END
                   ORDER BY version) AS before FROM ledger) AS told
         WHERE version > 1 AND from_status IS DISTINCT FROM before",
    ),
    (
        "a show has one seat for each seat of its layout",
        "SELECT format('show %s', shows.id) AS found FROM shows
         WHERE (SELECT count(*) FROM show_seats WHERE show_id = shows.id)
            <> (SELECT count(*) FROM seats WHERE layout_id = shows.layout_id)",
    ),
    (
        "every override in the staff log has its reason",
        "SELECT format('staff log %s', id) AS found FROM staff_log WHERE btrim(reason) = ''",
    ),
];

/// Fails with every fault found.
pub fn assert_consistent(conn: &mut PgConnection) {
    let mut faults = Vec::new();
    for (claim, query) in CHECKS {
        let found: Vec<Found> =
            diesel::sql_query(query).load(conn).unwrap_or_else(|error| panic!("{claim}: {error}"));
        faults.extend(found.into_iter().map(|row| format!("not so: {claim}: {}", row.found)));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
