DROP TRIGGER show_seats_legal_transition ON show_seats;
CREATE OR REPLACE FUNCTION show_seats_refuse_transition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'seat % of show %: % (booking %) may not become % (booking %)',
        OLD.seat_id, OLD.show_id, OLD.status, OLD.booking_id, NEW.status, NEW.booking_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'show_seats_legal_transition', TABLE = 'show_seats';
END
$$;
CREATE TRIGGER show_seats_legal_transition BEFORE UPDATE ON show_seats
    FOR EACH ROW
    WHEN (NOT coalesce(
        NEW.show_id = OLD.show_id AND NEW.seat_id = OLD.seat_id AND NEW.version = OLD.version + 1
        AND CASE OLD.status || ' to ' || NEW.status
            WHEN 'available to locked' THEN true
            WHEN 'available to blocked' THEN true
            WHEN 'blocked to available' THEN true
            -- A new payment deadline keeps the start; another owner only after the end.
            WHEN 'locked to locked' THEN CASE
                WHEN NEW.booking_id = OLD.booking_id THEN NEW.locked_at = OLD.locked_at OR NEW.locked_at >= OLD.lock_expires_at
                ELSE NEW.locked_at >= OLD.lock_expires_at
            END
            WHEN 'locked to booked' THEN NEW.booking_id = OLD.booking_id AND NEW.locked_at = OLD.locked_at
            WHEN 'locked to available' THEN true
            -- A booked seat reaches its next owner only through available.
            WHEN 'booked to available' THEN true
            ELSE false
        END, false))
    EXECUTE FUNCTION show_seats_refuse_transition();

ALTER TABLE ledger
    DROP CONSTRAINT ledger_names_its_entity,
    ADD CONSTRAINT ledger_names_its_entity CHECK (
        CASE entity
            WHEN 'show' THEN show_id IS NOT NULL AND num_nonnulls(seat_id, booking_id, payment_id, ticket_id, refund_id) = 0
            WHEN 'show_seat' THEN num_nulls(show_id, seat_id) = 0
                AND num_nonnulls(booking_id, payment_id, ticket_id, refund_id) = 0
            WHEN 'booking' THEN num_nulls(show_id, booking_id) = 0
                AND num_nonnulls(seat_id, payment_id, ticket_id, refund_id) = 0
            WHEN 'payment' THEN num_nulls(booking_id, payment_id) = 0 AND num_nonnulls(seat_id, ticket_id, refund_id) = 0
            WHEN 'refund' THEN num_nulls(booking_id, payment_id, refund_id) = 0 AND num_nonnulls(seat_id, ticket_id) = 0
            WHEN 'ticket' THEN num_nulls(show_id, seat_id, booking_id, ticket_id) = 0
                AND num_nonnulls(payment_id, refund_id) = 0
            ELSE false
        END
    );

ALTER TABLE show_seats
    DROP CONSTRAINT show_seats_state,
    ADD CONSTRAINT show_seats_state CHECK (
        CASE status
            WHEN 'available' THEN num_nonnulls(booking_id, locked_at, lock_expires_at, block_reason) = 0
            WHEN 'blocked' THEN num_nonnulls(booking_id, locked_at, lock_expires_at) = 0
                AND block_reason IS NOT NULL AND block_reason <> ''
            WHEN 'locked' THEN num_nulls(booking_id, locked_at, lock_expires_at) = 0 AND block_reason IS NULL
                AND lock_expires_at > locked_at AND lock_expires_at <= locked_at + interval '1 hour'
            WHEN 'booked' THEN num_nulls(booking_id, locked_at) = 0 AND num_nonnulls(lock_expires_at, block_reason) = 0
            ELSE false
        END
    );

ALTER TABLE bookings
    DROP CONSTRAINT bookings_state,
    DROP CONSTRAINT bookings_money_not_negative,
    ADD CONSTRAINT bookings_status_known CHECK (status IN ('created', 'confirmed', 'expired', 'cancelled')),
    ADD CONSTRAINT bookings_money_not_negative
        CHECK (fee_per_ticket >= 0 AND fee_tax_per_ticket >= 0 AND coalesce(amount, 1) > 0),
    ADD CONSTRAINT bookings_state CHECK (
        CASE status
            WHEN 'created' THEN num_nonnulls(confirmed_at, cancelled_at, paid_by) = 0
            WHEN 'expired' THEN num_nonnulls(confirmed_at, cancelled_at, paid_by) = 0
            WHEN 'confirmed' THEN num_nulls(confirmed_at, paid_by, amount) = 0 AND cancelled_at IS NULL
            WHEN 'cancelled' THEN cancelled_at IS NOT NULL AND num_nulls(confirmed_at, paid_by) IN (0, 2)
            ELSE false
        END
    );
