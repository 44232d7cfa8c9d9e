-- The same walls in fewer words. PostgreSQL reads the stored form of a CHECK, and of a trigger's WHEN, anew in every
-- statement that writes to the table, which was a quarter of a hold's work. A status is not asked which columns it
-- wants; the columns that are there say which status it is, so that each is named about once.

ALTER TABLE bookings
    -- bookings_state knows every status.
    DROP CONSTRAINT bookings_status_known,
    DROP CONSTRAINT bookings_money_not_negative,
    DROP CONSTRAINT bookings_state,
    -- A sum that is not yet frozen is null, and null passes.
    ADD CONSTRAINT bookings_money_not_negative CHECK (fee_per_ticket >= 0 AND fee_tax_per_ticket >= 0 AND amount > 0),
    -- State and timestamps agree: confirmed means paid for; a cancellation keeps the payment it must give back, or had
    -- none. Status is never null, so neither is the answer. A contact is the online checkout's demand: who buys at the
    -- counter need not say who they are.
    ADD CONSTRAINT bookings_state CHECK (
        (confirmed_at IS NULL) = (paid_by IS NULL)
        AND CASE
            WHEN cancelled_at IS NOT NULL THEN status = 'cancelled'
            WHEN confirmed_at IS NOT NULL THEN status = 'confirmed' AND amount IS NOT NULL
            ELSE status IN ('created', 'expired')
        END
    );

ALTER TABLE show_seats
    DROP CONSTRAINT show_seats_state,
    -- Status, owner and times agree. Each column is asked whether it is null before it is compared, so no null gets
    -- through. One hour is the hard ceiling of any lock, whatever the settings say.
    ADD CONSTRAINT show_seats_state CHECK (
        CASE
            WHEN booking_id IS NULL THEN locked_at IS NULL AND lock_expires_at IS NULL
                AND CASE
                    WHEN block_reason IS NULL THEN status = 'available'
                    ELSE status = 'blocked' AND block_reason <> ''
                END
            ELSE locked_at IS NOT NULL AND block_reason IS NULL
                AND CASE
                    WHEN lock_expires_at IS NULL THEN status = 'booked'
                    ELSE status = 'locked' AND lock_expires_at > locked_at
                        AND lock_expires_at <= locked_at + interval '1 hour'
                END
        END
    );

ALTER TABLE ledger
    DROP CONSTRAINT ledger_names_its_entity,
    -- The id that only one kind of thing has says which it is, and what else is named. Rows of money may name the show.
    ADD CONSTRAINT ledger_names_its_entity CHECK (
        CASE
            WHEN ticket_id IS NOT NULL
                THEN entity = 'ticket' AND (show_id, seat_id, booking_id) IS NOT NULL AND (payment_id, refund_id) IS NULL
            WHEN refund_id IS NOT NULL
                THEN entity = 'refund' AND (booking_id, payment_id) IS NOT NULL AND seat_id IS NULL
            WHEN payment_id IS NOT NULL THEN entity = 'payment' AND booking_id IS NOT NULL AND seat_id IS NULL
            WHEN booking_id IS NOT NULL THEN entity = 'booking' AND show_id IS NOT NULL AND seat_id IS NULL
            WHEN seat_id IS NOT NULL THEN entity = 'show_seat' AND show_id IS NOT NULL
            ELSE entity = 'show' AND show_id IS NOT NULL
        END
    );

-- The transitions of a seat, judged in the function, which each connection reads once: a call for each seat of a hold
-- costs less than reading a WHEN does.
DROP TRIGGER show_seats_legal_transition ON show_seats;
CREATE OR REPLACE FUNCTION show_seats_refuse_transition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- A null anywhere is no permission.
    IF (NEW.show_id = OLD.show_id AND NEW.seat_id = OLD.seat_id AND NEW.version = OLD.version + 1
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
        END) IS TRUE
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'seat % of show %: % (booking %) may not become % (booking %)',
        OLD.seat_id, OLD.show_id, OLD.status, OLD.booking_id, NEW.status, NEW.booking_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'show_seats_legal_transition', TABLE = 'show_seats';
END
$$;
CREATE TRIGGER show_seats_legal_transition BEFORE UPDATE ON show_seats
    FOR EACH ROW EXECUTE FUNCTION show_seats_refuse_transition();
