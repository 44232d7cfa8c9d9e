DROP TABLE cases;
DROP TABLE gateway_events;
ALTER TABLE bookings DROP CONSTRAINT bookings_paid_by_own_payment;
DROP TABLE payments;
