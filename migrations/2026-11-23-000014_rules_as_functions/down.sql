ALTER TABLE booking_seats ADD CONSTRAINT booking_seats_price_type_known CHECK (price_type IN ('adult', 'child', 'senior'));

ALTER TABLE ledger
    DROP CONSTRAINT ledger_names_its_entity,
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

ALTER TABLE bookings
    DROP CONSTRAINT bookings_state,
    ADD CONSTRAINT bookings_deadlines_in_order CHECK (created_at < pay_by AND pay_by <= lock_expires_at),
    ADD CONSTRAINT bookings_money_not_negative CHECK (fee_per_ticket >= 0 AND fee_tax_per_ticket >= 0 AND amount > 0),
    ADD CONSTRAINT bookings_policy_with_amount CHECK ((amount IS NULL) = (refund_policy IS NULL)),
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

DROP FUNCTION ledger_row_names_its_entity, booking_is_whole, show_seat_is_whole;
