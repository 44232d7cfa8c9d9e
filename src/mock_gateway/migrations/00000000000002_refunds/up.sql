-- Money that goes back, at once or later, and may come back again.

ALTER TABLE charges ADD COLUMN amount_refunded bigint NOT NULL DEFAULT 0;
ALTER TABLE charges ALTER COLUMN amount_refunded DROP DEFAULT;
-- The wall behind the row lock: never does more go back than came, whatever the code does.
ALTER TABLE charges ADD CONSTRAINT charges_refunded_at_most_captured CHECK (
    amount_refunded BETWEEN 0 AND CASE status WHEN 'succeeded' THEN amount ELSE 0 END);

CREATE TABLE refunds (
    id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT refunds_sequence_unique UNIQUE,
    charge_id text NOT NULL REFERENCES charges (id),
    status text NOT NULL,
    amount bigint NOT NULL,
    reason text,
    failure_reason text,
    metadata jsonb NOT NULL,
    -- What the bank will say, and when: a pending refund is decided, or one that had succeeded fails after all.
    next_status text,
    next_status_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT refunds_status_known CHECK (status IN ('pending', 'succeeded', 'failed', 'canceled')),
    CONSTRAINT refunds_reason_known CHECK (reason IN ('duplicate', 'fraudulent', 'requested_by_customer')),
    CONSTRAINT refunds_amount_positive CHECK (amount > 0),
    CONSTRAINT refunds_failure_agrees CHECK ((status = 'failed') = (failure_reason IS NOT NULL)),
    CONSTRAINT refunds_next_step_whole CHECK ((next_status IS NULL) = (next_status_at IS NULL)),
    CONSTRAINT refunds_next_step_legal CHECK (
        next_status IS NULL
        OR (status = 'pending' AND next_status IN ('succeeded', 'failed'))
        OR (status = 'succeeded' AND next_status = 'failed'))
);
CREATE INDEX refunds_by_charge ON refunds (charge_id, sequence);
-- The worker that speaks for the bank looks for these only; there are few of them.
CREATE INDEX refunds_due ON refunds (next_status_at) WHERE next_status_at IS NOT NULL;
