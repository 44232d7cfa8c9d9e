-- What goes wrong on purpose: the switches that people and tests set, and what they have made go wrong.

ALTER TABLE events
    -- Whose event it is. A switch of one session applies to that session's events, and only those are reordered.
    ADD COLUMN checkout_session_id text CONSTRAINT events_session_fkey REFERENCES checkout_sessions (id);
UPDATE events SET checkout_session_id = CASE object ->> 'object'
    WHEN 'checkout.session' THEN object ->> 'id'
    ELSE (SELECT payment_intents.checkout_session_id FROM payment_intents
          WHERE payment_intents.id = coalesce(events.object ->> 'payment_intent', events.object ->> 'id'))
    END;
CREATE INDEX events_by_session ON events (checkout_session_id, sequence);

ALTER TABLE deliveries
    -- What a switch did to it before its first attempt; decided once, so that it is not delayed for ever.
    ADD COLUMN fate text,
    ADD CONSTRAINT deliveries_fate_known CHECK (fate IN ('delayed', 'held', 'lost')),
    ADD CONSTRAINT deliveries_lost_for_ever CHECK (
        fate IS DISTINCT FROM 'lost' OR num_nonnulls(next_attempt_at, delivered_at) = 0);

CREATE TABLE fault_switches (
    -- Null: the switch of every session that has none of its own for this fault, and of calls that name no session.
    checkout_session_id text CONSTRAINT fault_switches_session_fkey REFERENCES checkout_sessions (id),
    scope text NOT NULL GENERATED ALWAYS AS (coalesce(checkout_session_id, 'all')) STORED,
    fault text NOT NULL,
    -- How often: by chance, or the next so many times.
    probability double precision,
    times_left integer,
    -- The same seed decides the same way in another run.
    seed bigint NOT NULL,
    -- Counts the calls that asked it, since a call has no other name that a second run would repeat.
    asked bigint NOT NULL,
    delay_ms bigint,
    -- Minor units, added to what is captured.
    amount bigint,
    PRIMARY KEY (scope, fault),
    CONSTRAINT fault_switches_fault_known CHECK (fault IN (
        'webhook_delayed', 'webhook_doubled', 'webhook_reordered', 'webhook_lost', 'webhook_wrong_signature',
        'webhook_stale', 'api_rate_limit', 'api_error', 'api_html', 'api_silent', 'api_slow', 'capture_after_expiry',
        'amount_mismatch', 'refund_fails', 'refund_fails_later', 'refund_pending')),
    CONSTRAINT fault_switches_one_measure CHECK (num_nonnulls(probability, times_left) = 1),
    CONSTRAINT fault_switches_probability_in_range CHECK (probability BETWEEN 0 AND 1),
    CONSTRAINT fault_switches_times_not_negative CHECK (times_left >= 0),
    CONSTRAINT fault_switches_delay_not_negative CHECK (delay_ms >= 0),
    CONSTRAINT fault_switches_amount_differs CHECK ((fault = 'amount_mismatch') = (amount IS NOT NULL) AND amount <> 0)
);

CREATE TABLE fault_strikes (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    checkout_session_id text CONSTRAINT fault_strikes_session_fkey REFERENCES checkout_sessions (id),
    fault text NOT NULL,
    -- What it struck, in words.
    about text NOT NULL,
    -- What was decided on: the same in another run that does the same.
    subject text NOT NULL,
    attempt bigint NOT NULL,
    struck_at timestamptz NOT NULL
);
CREATE INDEX fault_strikes_by_session ON fault_strikes (checkout_session_id, sequence);

-- Payments that the customer has made in time while their session was reported expired: the money comes at due_at.
CREATE TABLE late_captures (
    checkout_session_id text PRIMARY KEY CONSTRAINT late_captures_session_fkey REFERENCES checkout_sessions (id),
    card text NOT NULL,
    amount bigint NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT late_captures_amount_positive CHECK (amount > 0)
);
