//! All that a booking's pages are drawn from, read as it was at one instant.

use crate::booking::quote::{Quote, quote};
use crate::booking::{Booking, BookingSeat, booking, booking_seat};
use crate::catalogue::show::{self, ShowDetails};
use crate::clock::{self, Instant};
use crate::db::{Failure, snapshot};
use crate::ids::{PaymentId, SeatId};
use crate::payment::payment::{self, Payment};
use crate::payment::{Refund, refund};
use crate::seating::hall::{Hall, Halls};
use crate::ticketing::ticket::{self, Ticket};
use diesel::PgConnection;
use std::sync::Arc;

pub struct Rows {
    pub now: Instant,
    pub booking: Booking,
    pub details: ShowDetails,
    pub seats: Vec<BookingSeat>,
    pub hall: Arc<Hall>,
    pub payments: Vec<Payment>,
    pub refunds: Vec<Refund>,
    pub tickets: Vec<Ticket>,
}

impl Rows {
    /// What is there by a reference, and whatever `more` reads at the same instant.
    pub fn read<T>(
        conn: &mut PgConnection,
        halls: &Halls,
        reference: &str,
        more: impl FnOnce(&mut PgConnection, &Self) -> Result<T, Failure>,
    ) -> Result<Option<(Self, T)>, Failure> {
        snapshot(conn, |conn| {
            let now = clock::now(conn)?;
            let Some(booking) = booking::find(conn, reference)? else { return Ok(None) };
            let Some(details) = show::details(conn, booking.show_id)? else { return Ok(None) };
            let seats = booking_seat::of_booking(conn, booking.id)?;
            let hall = halls.get(conn, details.show.layout_id)?;
            let payments = payment::of_booking(conn, booking.id)?;
            let refunds = refund::of_booking(conn, booking.id)?;
            let tickets = ticket::of_booking(conn, booking.id)?;
            let rows = Self { now, booking, details, seats, hall, payments, refunds, tickets };
            let more = more(conn, &rows)?;
            Ok(Some((rows, more)))
        })
    }

    /// The prices promised, added up.
    pub fn quote(&self) -> Quote {
        let booking = &self.booking;
        quote(&self.seats, booking.fee_per_ticket, booking.fee_tax_per_ticket, booking.created_at)
    }

    pub fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.id == id)
    }

    /// A seat's label and its zone's name.
    pub fn place_of(&self, id: SeatId) -> (String, String) {
        let place = self.hall.place(id);
        place.map(|place| (place.label(), place.zone_name.clone())).unwrap_or_default()
    }
}
