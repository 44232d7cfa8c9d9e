-- The customer's intent. Money lives in payments, seats in show_seats.
CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY,
    reference text NOT NULL,
    show_id bigint NOT NULL,
    visitor_id uuid NOT NULL,
    form_key uuid NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    -- Shown to the customer; the first payment start moves it, once.
    pay_by timestamptz NOT NULL,
    -- Repeats the end of the booking's locks: a booking is expired if it says so, or is created and past this.
    lock_expires_at timestamptz NOT NULL,
    currency text NOT NULL,
    -- Convenience fee and its GST for one ticket, as promised when the seats were held.
    fee_per_ticket bigint NOT NULL,
    fee_tax_per_ticket bigint NOT NULL,
    -- The sum asked for, frozen by the first payment start; null before.
    amount bigint,
    contact_name text,
    contact_email text,
    contact_phone text,
    confirmed_at timestamptz,
    cancelled_at timestamptz,
    -- The one payment that bought this booking.
    paid_by uuid,
    version integer NOT NULL,
    CONSTRAINT bookings_pkey PRIMARY KEY (id),
    CONSTRAINT bookings_reference_key UNIQUE (reference),
    -- One form, one booking: a form sent twice finds the booking of the first time.
    CONSTRAINT bookings_form_key UNIQUE (visitor_id, form_key),
    -- Target of the keys that keep a seat's owner in the seat's own show.
    CONSTRAINT bookings_of_show_key UNIQUE (show_id, id),
    CONSTRAINT bookings_show_fkey FOREIGN KEY (show_id) REFERENCES shows (id),
    CONSTRAINT bookings_status_known CHECK (status IN ('created', 'confirmed', 'expired', 'cancelled')),
    CONSTRAINT bookings_deadlines_in_order CHECK (created_at < pay_by AND pay_by <= lock_expires_at),
    CONSTRAINT bookings_money_not_negative
        CHECK (fee_per_ticket >= 0 AND fee_tax_per_ticket >= 0 AND coalesce(amount, 1) > 0),
    -- State and timestamps agree: confirmed means paid for; a cancellation keeps the payment it must give back. A contact
    -- is the online checkout's demand: who buys at the counter need not say who they are.
    CONSTRAINT bookings_state CHECK (
        CASE status
            WHEN 'created' THEN num_nonnulls(confirmed_at, cancelled_at, paid_by) = 0
            WHEN 'expired' THEN num_nonnulls(confirmed_at, cancelled_at, paid_by) = 0
            WHEN 'confirmed' THEN num_nulls(confirmed_at, paid_by, amount) = 0 AND cancelled_at IS NULL
            WHEN 'cancelled' THEN cancelled_at IS NOT NULL AND num_nulls(confirmed_at, paid_by) IN (0, 2)
            ELSE false
        END
    )
);

-- Staff look bookings up by what a customer tells them. Only bookings whose customer has said it are in there, so a hold
-- pays for neither. The name is searched from its beginning, which takes the order of bytes.
CREATE INDEX bookings_by_mail ON bookings (lower(contact_email)) WHERE contact_email IS NOT NULL;
CREATE INDEX bookings_by_name ON bookings (lower(contact_name) text_pattern_ops) WHERE contact_name IS NOT NULL;

-- Inventory truth: one row for each seat of each show, created with the show, because a lock cannot cover a row that
-- does not exist. Room is left in each page, and there is no index but the key, so that updates stay heap-only.
CREATE TABLE show_seats (
    show_id bigint NOT NULL,
    seat_id bigint NOT NULL,
    layout_id bigint NOT NULL,
    status text NOT NULL,
    booking_id bigint,
    locked_at timestamptz,
    lock_expires_at timestamptz,
    block_reason text,
    version integer NOT NULL,
    CONSTRAINT show_seats_pkey PRIMARY KEY (show_id, seat_id),
    CONSTRAINT show_seats_in_shows_layout FOREIGN KEY (show_id, layout_id) REFERENCES shows (id, layout_id),
    CONSTRAINT show_seats_seat_of_layout FOREIGN KEY (seat_id, layout_id) REFERENCES seats (id, layout_id),
    CONSTRAINT show_seats_owner_of_show FOREIGN KEY (show_id, booking_id) REFERENCES bookings (show_id, id),
    -- Status, owner and times agree. With num_nulls: a chain of OR would let a NULL through. One hour is the hard
    -- ceiling of any lock, whatever the settings say.
    CONSTRAINT show_seats_state CHECK (
        CASE status
            WHEN 'available' THEN num_nonnulls(booking_id, locked_at, lock_expires_at, block_reason) = 0
            WHEN 'blocked' THEN num_nonnulls(booking_id, locked_at, lock_expires_at) = 0
                AND block_reason IS NOT NULL AND block_reason <> ''
            WHEN 'locked' THEN num_nulls(booking_id, locked_at, lock_expires_at) = 0 AND block_reason IS NULL
                AND lock_expires_at > locked_at AND lock_expires_at <= locked_at + interval '1 hour'
            WHEN 'booked' THEN num_nulls(booking_id, locked_at) = 0 AND num_nonnulls(lock_expires_at, block_reason) = 0
            ELSE false
        END
    )
) WITH (fillfactor = 70);

-- The transitions of a seat. The WHEN is judged without a call, so only a wrong statement pays for the trigger.
CREATE FUNCTION show_seats_refuse_transition() RETURNS trigger
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

-- The price promised for each seat, by price type; the generated price is the promise itself, so no statement can
-- charge another. A row is kept when its seat is released: it tells what was wanted.
CREATE TABLE booking_seats (
    booking_id bigint NOT NULL,
    show_id bigint NOT NULL,
    seat_id bigint NOT NULL,
    price_type text NOT NULL,
    adult_price bigint NOT NULL,
    child_price bigint,
    senior_price bigint,
    price bigint NOT NULL GENERATED ALWAYS AS (
        CASE price_type WHEN 'adult' THEN adult_price WHEN 'child' THEN child_price WHEN 'senior' THEN senior_price END
    ) STORED,
    released_at timestamptz,
    CONSTRAINT booking_seats_pkey PRIMARY KEY (booking_id, seat_id),
    CONSTRAINT booking_seats_booking_fkey FOREIGN KEY (show_id, booking_id) REFERENCES bookings (show_id, id),
    CONSTRAINT booking_seats_show_seat_fkey FOREIGN KEY (show_id, seat_id) REFERENCES show_seats (show_id, seat_id),
    CONSTRAINT booking_seats_price_type_known CHECK (price_type IN ('adult', 'child', 'senior'))
);
-- The backstop under the locks: two live claims on one seat cannot both be written.
CREATE UNIQUE INDEX booking_seats_one_live_claim ON booking_seats (show_id, seat_id) WHERE released_at IS NULL;
