-- What of the price of the seats comes back when the customer cancels, as promised when the sum was frozen: a list of
-- {minutes_before, percent}. Bookings from before there was a policy were promised nothing.
ALTER TABLE bookings ADD COLUMN refund_policy jsonb;
UPDATE bookings SET refund_policy = '[{"minutes_before": 120, "percent": 0}, {"minutes_before": 20, "percent": 0}]'
WHERE amount IS NOT NULL;
ALTER TABLE bookings ADD CONSTRAINT bookings_policy_with_amount CHECK ((amount IS NULL) = (refund_policy IS NULL));

-- Money on its way back. The row is the outbox: while it says requested, a worker asks the gateway for it.
CREATE TABLE refunds (
    -- With the attempt, the gateway's idempotency key.
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    booking_id bigint NOT NULL,
    cause text NOT NULL,
    status text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    -- A refund that failed is asked for again under another key: the gateway would repeat its refusal under the same.
    attempt integer NOT NULL,
    -- The gateway's own name for this attempt, once it has told.
    gateway_id text,
    -- Why the latest attempt failed.
    failure text,
    requested_at timestamptz NOT NULL,
    ended_at timestamptz,
    -- Not before then does a worker ask the gateway (again): a lease, and its patience.
    next_try_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT refunds_pkey PRIMARY KEY (id),
    CONSTRAINT refunds_payment_fkey FOREIGN KEY (payment_id, booking_id) REFERENCES payments (id, booking_id),
    -- However often a cause comes up, it gives money back once.
    CONSTRAINT refunds_once_per_cause UNIQUE (payment_id, cause),
    CONSTRAINT refunds_gateway_key UNIQUE (gateway_id),
    CONSTRAINT refunds_amount_positive CHECK (amount > 0),
    CONSTRAINT refunds_attempt_counts CHECK (attempt > 0),
    CONSTRAINT refunds_cause_known CHECK (
        cause IN ('wrong_amount', 'already_paid', 'cancelled', 'seats_lost', 'customer_cancelled', 'show_cancelled')
    ),
    -- Status, end and failure agree; only the gateway's own word makes a refund succeed.
    CONSTRAINT refunds_state CHECK (
        CASE status
            WHEN 'requested' THEN num_nonnulls(ended_at, failure) = 0
            WHEN 'succeeded' THEN num_nulls(ended_at, gateway_id) = 0 AND failure IS NULL
            WHEN 'failed' THEN ended_at IS NULL AND failure IS NOT NULL
            WHEN 'needs_attention' THEN ended_at IS NULL AND failure IS NOT NULL
            WHEN 'settled_by_staff' THEN ended_at IS NOT NULL
            ELSE false
        END
    )
);
CREATE INDEX refunds_due ON refunds (next_try_at) WHERE status = 'requested';
CREATE INDEX refunds_by_booking ON refunds (booking_id);

-- Never more back than came. The payment's lock makes the sum true under concurrency; writers hold it already.
CREATE FUNCTION refunds_within_capture() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    captured bigint;
BEGIN
    SELECT captured_amount INTO captured FROM payments
    WHERE id = NEW.payment_id AND captured_currency = NEW.currency FOR NO KEY UPDATE;
    IF NEW.amount + (SELECT coalesce(sum(amount), 0) FROM refunds WHERE payment_id = NEW.payment_id AND id <> NEW.id)
        > coalesce(captured, 0)
    THEN
        RAISE EXCEPTION 'refunds of payment % would be more than was captured', NEW.payment_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_within_capture', TABLE = 'refunds';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refunds_within_capture BEFORE INSERT OR UPDATE OF payment_id, amount, currency ON refunds
    FOR EACH ROW EXECUTE FUNCTION refunds_within_capture();

-- The ledger tells of refunds too.
ALTER TABLE ledger ADD COLUMN refund_id uuid;
ALTER TABLE ledger DROP CONSTRAINT ledger_names_its_entity;
ALTER TABLE ledger ADD CONSTRAINT ledger_names_its_entity CHECK (
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
CREATE UNIQUE INDEX ledger_refund_version ON ledger (refund_id, version) WHERE entity = 'refund';
DROP INDEX ledger_by_booking;
CREATE INDEX ledger_by_booking ON ledger (booking_id) WHERE entity IN ('payment', 'refund', 'ticket');

-- Money that had waited for a person, because there were no refunds yet, goes back.
INSERT INTO refunds (id, payment_id, booking_id, cause, status, amount, currency, attempt, requested_at, next_try_at, version)
SELECT gen_random_uuid(), p.id, p.booking_id, CASE c.kind WHEN 'take_again' THEN 'seats_lost' ELSE c.kind END,
       'requested', p.captured_amount, p.captured_currency, 1, t.now, t.now, 1
FROM cases AS c JOIN payments AS p ON p.id = c.payment_id, (SELECT marquee_now() AS now) AS t
WHERE c.kind IN ('wrong_amount', 'already_paid', 'cancelled', 'take_again', 'seats_lost') AND c.closed_at IS NULL
    AND p.captured_amount > 0;
INSERT INTO ledger (at, entity, booking_id, payment_id, refund_id, version, to_status, actor, request_id, cause, detail)
SELECT requested_at, 'refund', booking_id, payment_id, id, 1, status, 'system:migration', gen_random_uuid(), 'refund_owed',
       jsonb_build_object('cause', cause, 'amount', amount, 'currency', currency)
FROM refunds;
DELETE FROM cases WHERE kind IN ('already_paid', 'cancelled', 'take_again', 'seats_lost') AND closed_at IS NULL;

-- A case may be of money that no payment of ours asked for; what it is about then has a name at the gateway only.
ALTER TABLE cases ALTER COLUMN booking_id DROP NOT NULL;
ALTER TABLE cases ALTER COLUMN payment_id DROP NOT NULL;
ALTER TABLE cases ADD COLUMN subject text;
UPDATE cases SET subject = payment_id::text;
ALTER TABLE cases ALTER COLUMN subject SET NOT NULL;
-- Who closed it and what was done: a member of staff, or the application when the facts came right by themselves.
ALTER TABLE cases ADD COLUMN closed_by text;
ALTER TABLE cases ADD COLUMN resolution text;
UPDATE cases SET closed_by = 'system:migration', resolution = 'closed before resolutions were noted'
WHERE closed_at IS NOT NULL;
ALTER TABLE cases ADD CONSTRAINT cases_names_payment_with_booking CHECK (num_nulls(booking_id, payment_id) IN (0, 2));
ALTER TABLE cases ADD CONSTRAINT cases_closed_by_somebody CHECK (num_nulls(closed_at, closed_by, resolution) IN (0, 3));
ALTER TABLE cases DROP CONSTRAINT cases_kind_known;
UPDATE cases SET kind = 'owed_at_counter' WHERE kind = 'show_cancelled';
DELETE FROM cases WHERE kind NOT IN ('wrong_amount', 'owed_at_counter');
ALTER TABLE cases ADD CONSTRAINT cases_kind_known CHECK (
    kind IN ('wrong_amount', 'refund_failed', 'refund_stuck', 'owed_at_counter', 'missing_at_gateway',
             'differs_at_gateway', 'stray_money', 'stray_refund', 'paid_without_seat')
);
-- One open case per kind and subject, however often the fact arrives; a fact that comes back opens another.
ALTER TABLE cases DROP CONSTRAINT cases_once;
CREATE UNIQUE INDEX cases_one_open ON cases (kind, subject) WHERE closed_at IS NULL;
