-- One row for each gateway session, committed before the gateway is called, and for each sale at the counter; never
-- deleted.
CREATE TABLE payments (
    -- Random across installations: it is the gateway's idempotency key and client reference too.
    id uuid NOT NULL,
    booking_id bigint NOT NULL,
    method text NOT NULL,
    status text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    -- Everything the session was asked for, so that a retry sends the same bytes.
    create_params jsonb NOT NULL,
    session_id text,
    session_url text,
    payment_intent_id text,
    started_at timestamptz NOT NULL,
    succeeded_at timestamptz,
    captured_amount bigint,
    captured_currency text,
    -- The row of the late-money table that applied, decided once, on the one transition to succeeded.
    outcome text,
    version integer NOT NULL,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_booking_fkey FOREIGN KEY (booking_id) REFERENCES bookings (id),
    -- Target of the key that keeps "paid by" inside the booking.
    CONSTRAINT payments_of_booking_key UNIQUE (id, booking_id),
    CONSTRAINT payments_session_key UNIQUE (session_id),
    CONSTRAINT payments_amount_positive CHECK (amount > 0),
    CONSTRAINT payments_method_known CHECK (method IN ('gateway', 'counter')),
    -- Money over the counter never saw the gateway, and is there or is not: it has no session and no open state.
    CONSTRAINT payments_counter_has_no_session CHECK (
        method <> 'counter'
        OR num_nonnulls(session_id, session_url, payment_intent_id) = 0 AND create_params = '{}' AND status = 'succeeded'
    ),
    CONSTRAINT payments_status_known CHECK (status IN ('started', 'succeeded', 'expired', 'failed')),
    CONSTRAINT payments_outcome_known CHECK (
        outcome IN ('confirm', 'wrong_amount', 'already_paid', 'cancelled', 'take_again', 'seats_lost')
    ),
    -- Money and its decision arrive together and only then.
    CONSTRAINT payments_state CHECK (
        CASE status
            WHEN 'succeeded' THEN num_nulls(succeeded_at, captured_amount, captured_currency, outcome) = 0
            ELSE num_nonnulls(succeeded_at, captured_amount, captured_currency, outcome) = 0
        END
    )
);
-- One open payment per booking: a second start finds the first. It never refuses to record money that arrived, since a
-- payment leaves 'started' when it succeeds.
CREATE UNIQUE INDEX payments_one_open ON payments (booking_id) WHERE status = 'started';
CREATE INDEX payments_by_booking ON payments (booking_id);

ALTER TABLE bookings ADD CONSTRAINT bookings_paid_by_own_payment
    FOREIGN KEY (paid_by, id) REFERENCES payments (id, booking_id);

-- The inbox. Stored is not done: processed_at is set in the transaction that applies the effect.
CREATE TABLE gateway_events (
    id text NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    received_at timestamptz NOT NULL,
    processed_at timestamptz,
    effect text,
    payment_id uuid,
    CONSTRAINT gateway_events_pkey PRIMARY KEY (id),
    CONSTRAINT gateway_events_payment_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT gateway_events_effect_known CHECK (effect IN ('applied', 'repeated', 'ignored', 'unreadable')),
    CONSTRAINT gateway_events_processed_says_effect CHECK (num_nulls(processed_at, effect) IN (0, 2))
);
CREATE INDEX gateway_events_waiting ON gateway_events (received_at) WHERE processed_at IS NULL;
-- What the gateway said of a payment: for its timeline.
CREATE INDEX gateway_events_by_payment ON gateway_events (payment_id) WHERE payment_id IS NOT NULL;

-- Money that needs a person: opened in the transaction that records it, closed by a staff decision.
CREATE TABLE cases (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    booking_id bigint NOT NULL,
    payment_id uuid NOT NULL,
    opened_at timestamptz NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    closed_at timestamptz,
    CONSTRAINT cases_pkey PRIMARY KEY (id),
    CONSTRAINT cases_payment_fkey FOREIGN KEY (payment_id, booking_id) REFERENCES payments (id, booking_id),
    CONSTRAINT cases_kind_known CHECK (
        kind IN ('wrong_amount', 'already_paid', 'cancelled', 'take_again', 'seats_lost', 'show_cancelled')
    ),
    -- One case per payment and kind, however often the fact arrives.
    CONSTRAINT cases_once UNIQUE (payment_id, kind)
);
CREATE INDEX cases_open ON cases (opened_at) WHERE closed_at IS NULL;
