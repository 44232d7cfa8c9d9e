-- Merchants make endpoints of their own through the API, list them in order and note things on them.
ALTER TABLE webhook_endpoints
    ADD COLUMN sequence bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT webhook_endpoints_sequence_unique UNIQUE,
    ADD COLUMN description text,
    ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}';
ALTER TABLE webhook_endpoints ALTER COLUMN metadata DROP DEFAULT;
