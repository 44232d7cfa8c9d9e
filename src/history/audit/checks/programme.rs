//! What is sold: invariants 5 and 6.

use super::Check;

pub const CHECKS: &[Check] = &[
    Check {
        invariant: 5,
        name: "seats_of_their_layout",
        claim: "A show has each seat of its layout, and no other.",
        ownership: false,
        sql: "SELECT coalesce(s.show_id, sold.show_id), coalesce(s.seat_id, sold.seat_id), s.booking_id, NULL,
                     CASE WHEN s.show_id IS NULL THEN 'is in the layout and not in the show'
                          ELSE format('is not in the layout of the show (the row says layout %s)', s.layout_id) END
              FROM show_seats AS s
              FULL JOIN (
                  SELECT shows.id AS show_id, seats.id AS seat_id, layout_id FROM shows JOIN seats USING (layout_id)
              ) AS sold
                  ON sold.show_id = s.show_id AND sold.seat_id = s.seat_id AND sold.layout_id = s.layout_id
              WHERE s.show_id IS NULL OR sold.show_id IS NULL",
    },
    Check {
        invariant: 5,
        name: "owners_of_the_show",
        claim: "Whoever owns, claims or has a ticket for a seat is a booking of that very show.",
        ownership: false,
        sql: "SELECT named.show_id, named.seat_id, named.booking_id, NULL,
                     format('%s of a booking of %s', named.kind, coalesce('show ' || b.show_id, 'no show: it does not exist'))
              FROM (
                  SELECT 'owned' AS kind, show_id, seat_id, booking_id FROM show_seats WHERE booking_id IS NOT NULL
                  UNION ALL SELECT 'claim', show_id, seat_id, booking_id FROM booking_seats
                  UNION ALL SELECT 'ticket', show_id, seat_id, booking_id FROM tickets
              ) AS named LEFT JOIN bookings AS b ON b.id = named.booking_id
              WHERE b.show_id IS DISTINCT FROM named.show_id",
    },
    Check {
        invariant: 6,
        name: "no_overlap",
        claim: "No two live shows overlap on a screen; each has a beginning, an end and a length.",
        ownership: false,
        // One pass in order of time: a show overlaps one before it if any of those ends after it begins.
        sql: "SELECT id, NULL, NULL, NULL,
                     format('on screen %s from %s to %s, where an earlier show keeps the screen until %s', screen_id,
                            starts_at, free_at, busy_until)
              FROM (
                  SELECT *, max(free_at) OVER (
                      PARTITION BY screen_id ORDER BY starts_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                  ) AS busy_until
                  FROM shows WHERE status <> 'cancelled'
              ) AS live WHERE busy_until > starts_at
              UNION ALL
              SELECT id, NULL, NULL, NULL, format('from %s to %s, the screen free at %s', starts_at, ends_at, free_at)
              FROM shows WHERE NOT coalesce(starts_at < ends_at AND ends_at <= free_at, false)",
    },
];
