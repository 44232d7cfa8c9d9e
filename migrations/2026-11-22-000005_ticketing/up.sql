-- The right to enter, once, for one seat.
CREATE TABLE tickets (
    id uuid NOT NULL,
    booking_id bigint NOT NULL,
    show_id bigint NOT NULL,
    seat_id bigint NOT NULL,
    status text NOT NULL,
    issued_at timestamptz NOT NULL,
    voided_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT tickets_pkey PRIMARY KEY (id),
    CONSTRAINT tickets_booked_seat_fkey FOREIGN KEY (booking_id, seat_id) REFERENCES booking_seats (booking_id, seat_id),
    -- The show is the booking's own, so that the rule of one valid ticket per seat counts every ticket of the seat.
    CONSTRAINT tickets_show_of_booking FOREIGN KEY (show_id, booking_id) REFERENCES bookings (show_id, id),
    CONSTRAINT tickets_booking_seat_key UNIQUE (booking_id, seat_id),
    CONSTRAINT tickets_state CHECK (
        CASE status WHEN 'valid' THEN voided_at IS NULL WHEN 'void' THEN voided_at IS NOT NULL ELSE false END
    )
);
-- One valid ticket for each seat of a show, whatever the bookings say.
CREATE UNIQUE INDEX tickets_one_valid_per_seat ON tickets (show_id, seat_id) WHERE status = 'valid';
