-- The books of the mock payment gateway. It has a database of its own: a merchant never reads these tables, it asks
-- over HTTP. Amounts are integers in the currency's minor unit (paise for INR).

-- The one clock of the gateway. A test that needs another time replaces this function in its own database.
CREATE FUNCTION gateway_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';

CREATE TABLE checkout_sessions (
    id text PRIMARY KEY,
    -- Newest first is the order of every list, and times can tie.
    sequence bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT checkout_sessions_sequence_unique UNIQUE,
    status text NOT NULL,
    payment_status text NOT NULL,
    currency text NOT NULL,
    amount_total bigint NOT NULL,
    success_url text NOT NULL,
    cancel_url text,
    client_reference_id text,
    customer_email text,
    metadata jsonb NOT NULL,
    -- Copied to the payment intent when the first payment is tried; until then there is none.
    payment_intent_metadata jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- When the session left 'open', by payment or by expiry.
    closed_at timestamptz,
    CONSTRAINT checkout_sessions_status_known CHECK (status IN ('open', 'complete', 'expired')),
    CONSTRAINT checkout_sessions_payment_status_known CHECK (payment_status IN ('unpaid', 'paid')),
    CONSTRAINT checkout_sessions_closed_at_agrees CHECK ((status = 'open') = (closed_at IS NULL)),
    -- A complete session may still be unpaid (the bank is processing); an open or expired one is never paid.
    CONSTRAINT checkout_sessions_paid_is_complete CHECK (payment_status = 'unpaid' OR status = 'complete'),
    CONSTRAINT checkout_sessions_amount_positive CHECK (amount_total > 0),
    CONSTRAINT checkout_sessions_expires_later CHECK (expires_at > created_at)
);
-- The expiry worker looks for open sessions only; there are few of them.
CREATE INDEX checkout_sessions_open_by_expiry ON checkout_sessions (expires_at) WHERE status = 'open';

CREATE TABLE line_items (
    checkout_session_id text NOT NULL REFERENCES checkout_sessions (id),
    position integer NOT NULL,
    id text NOT NULL CONSTRAINT line_items_id_unique UNIQUE,
    name text NOT NULL,
    description text,
    unit_amount bigint NOT NULL,
    quantity bigint NOT NULL,
    PRIMARY KEY (checkout_session_id, position),
    CONSTRAINT line_items_amount_not_negative CHECK (unit_amount >= 0),
    CONSTRAINT line_items_quantity_positive CHECK (quantity > 0)
);

CREATE TABLE payment_intents (
    id text PRIMARY KEY,
    -- One session asks for one payment: many attempts, one intent.
    checkout_session_id text NOT NULL CONSTRAINT payment_intents_session_unique UNIQUE REFERENCES checkout_sessions (id),
    status text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    amount_received bigint NOT NULL,
    metadata jsonb NOT NULL,
    -- The test card whose bank is asking for confirmation, by its slug; never a card number.
    confirming_card text,
    created_at timestamptz NOT NULL,
    CONSTRAINT payment_intents_status_known CHECK (
        status IN ('requires_payment_method', 'requires_action', 'processing', 'succeeded', 'canceled')),
    CONSTRAINT payment_intents_confirming_agrees CHECK ((status = 'requires_action') = (confirming_card IS NOT NULL)),
    CONSTRAINT payment_intents_received_when_succeeded CHECK ((status = 'succeeded') = (amount_received > 0))
);

CREATE TABLE charges (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT charges_sequence_unique UNIQUE,
    payment_intent_id text NOT NULL REFERENCES payment_intents (id),
    status text NOT NULL,
    amount bigint NOT NULL,
    -- The slug of a test card: brand and last four digits follow from it.
    card text NOT NULL,
    failure_code text,
    decline_code text,
    failure_message text,
    created_at timestamptz NOT NULL,
    CONSTRAINT charges_status_known CHECK (status IN ('succeeded', 'pending', 'failed')),
    CONSTRAINT charges_failure_agrees CHECK ((status = 'failed') = (failure_code IS NOT NULL AND failure_message IS NOT NULL))
);
CREATE INDEX charges_by_intent ON charges (payment_intent_id, sequence);
-- The wall behind the row lock: one intent is never captured twice, whatever the code does.
CREATE UNIQUE INDEX charges_captured_once ON charges (payment_intent_id) WHERE status IN ('succeeded', 'pending');

CREATE TABLE events (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT events_sequence_unique UNIQUE,
    kind text NOT NULL,
    api_version text NOT NULL,
    -- The object as it was when the event happened; a later change is a later event.
    object jsonb NOT NULL,
    request_id text,
    idempotency_key text,
    created_at timestamptz NOT NULL
);

CREATE TABLE webhook_endpoints (
    id text PRIMARY KEY,
    url text NOT NULL,
    secret text NOT NULL,
    enabled_events text[] NOT NULL,
    status text NOT NULL,
    -- True for the one endpoint that the gateway's own settings name.
    from_settings boolean NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT webhook_endpoints_status_known CHECK (status IN ('enabled', 'disabled'))
);
CREATE UNIQUE INDEX webhook_endpoints_one_from_settings ON webhook_endpoints (from_settings) WHERE from_settings;

-- One row per event and endpoint, written in the transaction that wrote the event: the row is the outbox.
CREATE TABLE deliveries (
    event_id text NOT NULL REFERENCES events (id),
    webhook_endpoint_id text NOT NULL REFERENCES webhook_endpoints (id),
    attempts integer NOT NULL,
    -- Null once delivered or given up. While an attempt is under way this is the end of its lease.
    next_attempt_at timestamptz,
    delivered_at timestamptz,
    last_status integer,
    last_error text,
    PRIMARY KEY (event_id, webhook_endpoint_id),
    CONSTRAINT deliveries_done_is_done CHECK (delivered_at IS NULL OR next_attempt_at IS NULL)
);
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- A key without a fingerprint was claimed but its request never began to execute: anyone may claim it again.
CREATE TABLE idempotency_keys (
    key text PRIMARY KEY,
    fingerprint bytea,
    request_id text,
    response_status integer,
    response_body text,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_answered_whole CHECK (
        num_nulls(fingerprint, request_id, response_status, response_body) IN (0, 4))
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
