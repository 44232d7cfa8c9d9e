DROP INDEX charges_settling;
ALTER TABLE charges DROP COLUMN settles_at;
ALTER TABLE charges RENAME COLUMN method TO card;
ALTER TABLE checkout_sessions DROP COLUMN payment_method_types;
