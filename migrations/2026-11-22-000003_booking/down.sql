DROP TABLE booking_seats;
DROP TABLE show_seats;
DROP FUNCTION show_seats_refuse_transition();
DROP TABLE bookings;
