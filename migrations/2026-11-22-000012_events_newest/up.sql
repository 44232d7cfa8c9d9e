-- The staff's list of events, newest first and page by page, with a tie-breaker for those of one instant.
CREATE INDEX gateway_events_newest ON gateway_events (received_at, id);
