DROP INDEX gateway_events_newest;
