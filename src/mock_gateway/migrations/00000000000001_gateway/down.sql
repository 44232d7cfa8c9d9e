DROP TABLE idempotency_keys, deliveries, webhook_endpoints, events, charges, payment_intents, line_items,
    checkout_sessions;
DROP FUNCTION gateway_now();
