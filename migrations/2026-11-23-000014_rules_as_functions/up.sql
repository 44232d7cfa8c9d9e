-- The long rules become functions, one for a table. PostgreSQL reads the stored form of each CHECK anew in every
-- statement that writes to the table, which was a quarter of a hold's work; a connection reads a function once. What it
-- makes of a function lasts a transaction, so short rules are cheap ones: a status is not asked which columns it wants;
-- the columns that are there say which status it is.

-- Status, owner and times agree. Each column is asked whether it is null before it is compared, so no null gets
-- through. One hour is the hard ceiling of any lock, whatever the settings say.
CREATE FUNCTION show_seat_is_whole(
    status text, booking_id bigint, locked_at timestamptz, lock_expires_at timestamptz, block_reason text
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE
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
    END;
END
$$;

-- State and timestamps agree: confirmed means paid for; a cancellation keeps the payment it must give back, or had
-- none. A contact is the online checkout's demand: who buys at the counter need not say who they are. The deadline
-- shown is not after the end of the locks. A sum that is not yet frozen is null, and null passes; the policy for giving
-- back is frozen with it.
CREATE FUNCTION booking_is_whole(
    status text, created_at timestamptz, pay_by timestamptz, lock_expires_at timestamptz,
    fee bigint, fee_tax bigint, amount bigint, refund_policy jsonb,
    paid_by uuid, confirmed_at timestamptz, cancelled_at timestamptz
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN created_at < pay_by AND pay_by <= lock_expires_at
        AND fee >= 0 AND fee_tax >= 0 AND (amount IS NULL OR amount > 0)
        AND (amount IS NULL) = (refund_policy IS NULL)
        AND (confirmed_at IS NULL) = (paid_by IS NULL)
        AND CASE
            WHEN cancelled_at IS NOT NULL THEN status = 'cancelled'
            WHEN confirmed_at IS NOT NULL THEN status = 'confirmed' AND amount IS NOT NULL
            ELSE status IN ('created', 'expired')
        END;
END
$$;

-- The id that only one kind of thing has says which it is, and what else is named. Rows of money may name the show.
CREATE FUNCTION ledger_row_names_its_entity(
    entity text, show_id bigint, seat_id bigint, booking_id bigint, payment_id uuid, ticket_id uuid, refund_id uuid
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE
        WHEN ticket_id IS NOT NULL
            THEN entity = 'ticket' AND (show_id, seat_id, booking_id) IS NOT NULL AND (payment_id, refund_id) IS NULL
        WHEN refund_id IS NOT NULL
            THEN entity = 'refund' AND (booking_id, payment_id) IS NOT NULL AND seat_id IS NULL
        WHEN payment_id IS NOT NULL THEN entity = 'payment' AND booking_id IS NOT NULL AND seat_id IS NULL
        WHEN booking_id IS NOT NULL THEN entity = 'booking' AND show_id IS NOT NULL AND seat_id IS NULL
        WHEN seat_id IS NOT NULL THEN entity = 'show_seat' AND show_id IS NOT NULL
        ELSE entity = 'show' AND show_id IS NOT NULL
    END;
END
$$;

ALTER TABLE show_seats
    DROP CONSTRAINT show_seats_state,
    ADD CONSTRAINT show_seats_state
        CHECK (show_seat_is_whole(status, booking_id, locked_at, lock_expires_at, block_reason));

ALTER TABLE bookings
    DROP CONSTRAINT bookings_state,
    DROP CONSTRAINT bookings_deadlines_in_order,
    DROP CONSTRAINT bookings_money_not_negative,
    DROP CONSTRAINT bookings_policy_with_amount,
    ADD CONSTRAINT bookings_state CHECK (booking_is_whole(
        status, created_at, pay_by, lock_expires_at, fee_per_ticket, fee_tax_per_ticket, amount, refund_policy,
        paid_by, confirmed_at, cancelled_at
    ));

ALTER TABLE ledger
    DROP CONSTRAINT ledger_names_its_entity,
    ADD CONSTRAINT ledger_names_its_entity CHECK (
        ledger_row_names_its_entity(entity, show_id, seat_id, booking_id, payment_id, ticket_id, refund_id)
    );

-- A price of a type that is not known is null, and no price may be.
ALTER TABLE booking_seats DROP CONSTRAINT booking_seats_price_type_known;
