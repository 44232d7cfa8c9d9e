-- The clock. Business time lives in the database, so that every process shares it and a test can shift it by replacing
-- this function in its own database. clock_timestamp(), because now() and statement_timestamp() still show the time
-- before a wait, and would call a lock that lapsed during the wait alive.
CREATE FUNCTION marquee_now() RETURNS timestamptz
    LANGUAGE sql VOLATILE
    AS $$ SELECT clock_timestamp() $$;

-- The ledger: one row for every transition of every entity, kept for ever. No foreign keys: history outlives what it
-- tells of, and a foreign key would add locks outside the canonical order.
CREATE TABLE ledger (
    id bigint GENERATED ALWAYS AS IDENTITY,
    -- An incremental reader goes by the snapshot's xmin: max(id) loses slow transactions.
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL,
    entity text NOT NULL,
    show_id bigint,
    seat_id bigint,
    booking_id bigint,
    payment_id uuid,
    ticket_id uuid,
    version integer NOT NULL,
    from_status text,
    to_status text NOT NULL,
    from_owner bigint,
    to_owner bigint,
    from_end timestamptz,
    to_end timestamptz,
    actor text NOT NULL,
    request_id uuid NOT NULL,
    cause text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT ledger_pkey PRIMARY KEY (id),
    CONSTRAINT ledger_version_counts_up CHECK (version > 0),
    CONSTRAINT ledger_names_its_entity CHECK (
        CASE entity
            WHEN 'show' THEN show_id IS NOT NULL AND num_nonnulls(seat_id, booking_id, payment_id, ticket_id) = 0
            WHEN 'show_seat' THEN num_nulls(show_id, seat_id) = 0 AND num_nonnulls(booking_id, payment_id, ticket_id) = 0
            WHEN 'booking' THEN num_nulls(show_id, booking_id) = 0 AND num_nonnulls(seat_id, payment_id, ticket_id) = 0
            WHEN 'payment' THEN num_nulls(booking_id, payment_id) = 0 AND num_nonnulls(seat_id, ticket_id) = 0
            WHEN 'ticket' THEN num_nulls(show_id, seat_id, booking_id, ticket_id) = 0 AND payment_id IS NULL
            ELSE false
        END
    )
);

-- Gap-free and single-voiced history per entity, without any counter that entities share. Partial, so that a row pays
-- for its own entity's index only; each is also the way to read that entity's history in order.
CREATE UNIQUE INDEX ledger_show_version ON ledger (show_id, version) WHERE entity = 'show';
CREATE UNIQUE INDEX ledger_show_seat_version ON ledger (show_id, seat_id, version) WHERE entity = 'show_seat';
CREATE UNIQUE INDEX ledger_booking_version ON ledger (booking_id, version) WHERE entity = 'booking';
CREATE UNIQUE INDEX ledger_payment_version ON ledger (payment_id, version) WHERE entity = 'payment';
CREATE UNIQUE INDEX ledger_ticket_version ON ledger (ticket_id, version) WHERE entity = 'ticket';
-- The way from a booking to the rows that name it without being its own.
CREATE INDEX ledger_by_booking ON ledger (booking_id) WHERE entity IN ('payment', 'ticket');

CREATE FUNCTION ledger_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the ledger only grows: % refused', TG_OP
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_only_grows', TABLE = 'ledger';
END
$$;
CREATE TRIGGER ledger_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
