//! What the tables say of one show, in the words of the model: a line for each row.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz, Uuid};
use marquee::clock::Instant;
use marquee::ids::{BookingId, PaymentId, SeatId, ShowId};
use marquee::statement;

statement! {
    /// Rows are known by their place in these lists; one that is in none has no number, and so differs. Whether a lock
    /// has lapsed is judged here once more, by the rule and not by the application's words.
    pub struct Lines<'a> {
        show: ShowId => BigInt,
        began: Instant => Timestamptz,
        now: Instant => Timestamptz,
        seats: &'a [SeatId] => Array<BigInt>,
        bookings: &'a [BookingId] => Array<BigInt>,
        payments: &'a [PaymentId] => Array<Uuid>,
        events: &'a [String] => Array<Text>,
    } -> (Text,):
    "SELECT format('show %s', s.status) AS line FROM shows AS s, given WHERE s.id = given.show
    UNION ALL
    SELECT format('seat %s %s', array_position(given.seats, s.seat_id) - 1, CASE
               WHEN s.status = 'available' OR s.lock_expires_at <= given.now THEN 'available'
               WHEN s.status = 'locked' THEN format('locked by %s until %s',
                   array_position(given.bookings, s.booking_id) - 1,
                   trim_scale(extract(epoch FROM s.lock_expires_at - given.began)))
               WHEN s.status = 'booked' THEN format('booked by %s', array_position(given.bookings, s.booking_id) - 1)
               ELSE format('blocked for %s', s.block_reason) END)
    FROM show_seats AS s, given WHERE s.show_id = given.show
    UNION ALL
    SELECT format('ticket of %s for seat %s %s', array_position(given.bookings, t.booking_id) - 1,
                  array_position(given.seats, t.seat_id) - 1, t.status)
    FROM tickets AS t, given WHERE t.show_id = given.show
    UNION ALL
    SELECT format('booking %s %s held %s pay_by %s ends %s amount %s contact %s paid_by %s wants %s',
                  array_position(given.bookings, b.id) - 1,
                  CASE WHEN b.status = 'created' AND b.lock_expires_at <= given.now THEN 'expired' ELSE b.status END,
                  trim_scale(extract(epoch FROM b.created_at - given.began)),
                  trim_scale(extract(epoch FROM b.pay_by - given.began)),
                  trim_scale(extract(epoch FROM b.lock_expires_at - given.began)),
                  coalesce(b.amount::text, '-'), CASE WHEN b.contact_email IS NULL THEN 'no' ELSE 'yes' END,
                  coalesce((array_position(given.payments, b.paid_by) - 1)::text, '-'),
                  (SELECT string_agg(format('%s:%s:%s', array_position(given.seats, c.seat_id) - 1, c.price_type,
                                            c.price), ' ' ORDER BY c.seat_id)
                   FROM booking_seats AS c WHERE c.booking_id = b.id))
    FROM bookings AS b, given WHERE b.show_id = given.show
    UNION ALL
    SELECT format('payment %s for %s %s %s asked %s session %s captured %s outcome %s',
                  array_position(given.payments, p.id) - 1, array_position(given.bookings, p.booking_id) - 1,
                  p.method, p.status, p.amount, CASE WHEN p.session_id IS NULL THEN 'no' ELSE 'yes' END,
                  coalesce(p.captured_amount || ' ' || p.captured_currency, '-'), coalesce(p.outcome, '-'))
    FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id CROSS JOIN given WHERE b.show_id = given.show
    UNION ALL
    SELECT format('event %s %s', array_position(given.events, e.id) - 1, coalesce(e.effect, '-'))
    FROM gateway_events AS e, given WHERE e.id = ANY (given.events)
    UNION ALL
    SELECT format('refund of payment %s %s %s %s %s attempt %s named %s',
                  array_position(given.payments, r.payment_id) - 1, r.cause, r.status, r.amount, r.currency, r.attempt,
                  CASE WHEN r.gateway_id IS NULL THEN '-' ELSE split_part(r.gateway_id, '/', 2) END)
    FROM refunds AS r JOIN bookings AS b ON b.id = r.booking_id CROSS JOIN given WHERE b.show_id = given.show
    UNION ALL
    SELECT format('case %s of payment %s', c.kind, array_position(given.payments, c.payment_id) - 1)
    FROM cases AS c JOIN bookings AS b ON b.id = c.booking_id CROSS JOIN given
    WHERE b.show_id = given.show AND c.closed_at IS NULL"
}

impl Lines<'_> {
    pub fn read(self, conn: &mut PgConnection) -> Vec<String> {
        self.load::<(String,)>(conn).expect("the tables can be read").into_iter().map(|(line,)| line).collect()
    }
}
