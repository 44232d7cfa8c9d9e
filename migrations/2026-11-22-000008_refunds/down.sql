-- Cases that name no payment, and the refunds themselves, have no place in the older schema.
DROP INDEX cases_one_open;
DELETE FROM cases WHERE payment_id IS NULL OR kind <> 'wrong_amount';
DELETE FROM cases AS c USING cases AS later WHERE later.payment_id = c.payment_id AND later.id > c.id;
ALTER TABLE cases ADD CONSTRAINT cases_once UNIQUE (payment_id, kind);
ALTER TABLE cases DROP CONSTRAINT cases_kind_known;
ALTER TABLE cases ADD CONSTRAINT cases_kind_known CHECK (
    kind IN ('wrong_amount', 'already_paid', 'cancelled', 'take_again', 'seats_lost', 'show_cancelled')
);
ALTER TABLE cases DROP CONSTRAINT cases_closed_by_somebody;
ALTER TABLE cases DROP CONSTRAINT cases_names_payment_with_booking;
ALTER TABLE cases DROP COLUMN resolution;
ALTER TABLE cases DROP COLUMN closed_by;
ALTER TABLE cases DROP COLUMN subject;
ALTER TABLE cases ALTER COLUMN payment_id SET NOT NULL;
ALTER TABLE cases ALTER COLUMN booking_id SET NOT NULL;
DROP INDEX ledger_by_booking;
CREATE INDEX ledger_by_booking ON ledger (booking_id) WHERE entity IN ('payment', 'ticket');
DROP INDEX ledger_refund_version;
ALTER TABLE ledger DROP CONSTRAINT ledger_names_its_entity;
ALTER TABLE ledger DISABLE TRIGGER ledger_only_grows;
DELETE FROM ledger WHERE entity = 'refund';
ALTER TABLE ledger ENABLE TRIGGER ledger_only_grows;
ALTER TABLE ledger DROP COLUMN refund_id;
ALTER TABLE ledger ADD CONSTRAINT ledger_names_its_entity CHECK (
    CASE entity
        WHEN 'show' THEN show_id IS NOT NULL AND num_nonnulls(seat_id, booking_id, payment_id, ticket_id) = 0
        WHEN 'show_seat' THEN num_nulls(show_id, seat_id) = 0 AND num_nonnulls(booking_id, payment_id, ticket_id) = 0
        WHEN 'booking' THEN num_nulls(show_id, booking_id) = 0 AND num_nonnulls(seat_id, payment_id, ticket_id) = 0
        WHEN 'payment' THEN num_nulls(booking_id, payment_id) = 0 AND num_nonnulls(seat_id, ticket_id) = 0
        WHEN 'ticket' THEN num_nulls(show_id, seat_id, booking_id, ticket_id) = 0 AND payment_id IS NULL
        ELSE false
    END
);
DROP TABLE refunds;
DROP FUNCTION refunds_within_capture();
ALTER TABLE bookings DROP CONSTRAINT bookings_policy_with_amount;
ALTER TABLE bookings DROP COLUMN refund_policy;
