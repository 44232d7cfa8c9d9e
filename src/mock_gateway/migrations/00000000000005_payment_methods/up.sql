-- Payments by UPI, and payments whose answer comes later.

ALTER TABLE checkout_sessions
    -- What the merchant lets its customer choose from on the hosted page. Sessions from before took cards.
    ADD COLUMN payment_method_types text[] NOT NULL DEFAULT '{card}',
    ADD CONSTRAINT checkout_sessions_methods_known CHECK (
        payment_method_types <@ '{card,upi}' AND cardinality(payment_method_types) > 0);
ALTER TABLE checkout_sessions ALTER COLUMN payment_method_types DROP DEFAULT;

-- The slug of a test card or of a test UPI ID: all else about it follows.
ALTER TABLE charges RENAME COLUMN card TO method;

ALTER TABLE charges
    -- When the bank answers a charge that it is still processing. The row is the timer, so a restart forgets nothing.
    ADD COLUMN settles_at timestamptz,
    ADD CONSTRAINT charges_settles_while_pending CHECK ((status = 'pending') = (settles_at IS NOT NULL));
CREATE INDEX charges_settling ON charges (settles_at) WHERE status = 'pending';
