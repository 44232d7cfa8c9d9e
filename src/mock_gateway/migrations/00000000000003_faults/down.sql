DROP TABLE late_captures, fault_strikes, fault_switches;
ALTER TABLE deliveries DROP COLUMN fate;
ALTER TABLE events DROP COLUMN checkout_session_id;
