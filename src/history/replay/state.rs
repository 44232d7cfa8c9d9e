//! What the ledger tells of a show: rebuilt by the fold, or read from the tables to compare.

use crate::booking::life::Life as Booking;
use crate::catalogue::show::Show;
use crate::clock::Instant;
use crate::ids::{BookingId, PaymentId, RefundId, SeatId, ShowId, TicketId};
use crate::payment::life::Life as Payment;
use crate::payment::refund::life::Life as Refund;
use crate::schema::{booking_seats, bookings, payments, refunds, show_seats, shows, tickets};
use crate::seating::show_seat::ShowSeat;
use crate::ticketing::ticket::Ticket;
use diesel::prelude::*;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Every row of a show, with the columns that the ledger tells.
///
/// Not told, and so never rebuilt: who a booking is for (visitor, form, contact), its reference, its fee and the prices
/// promised for its seats; what a payment's session was asked for, and the address of its page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// None before the show was published.
    pub show: Option<Show>,
    pub seats: BTreeMap<SeatId, ShowSeat>,
    pub claims: BTreeMap<(BookingId, SeatId), Claim>,
    pub bookings: BTreeMap<BookingId, Booking>,
    pub payments: BTreeMap<PaymentId, Payment>,
    pub refunds: BTreeMap<RefundId, Refund>,
    pub tickets: BTreeMap<TicketId, Ticket>,
}

/// A booking's claim on a seat (`booking_seats`). It has no history of its own: it is live while the seat is the booking's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claim {
    pub released_at: Option<Instant>,
}

/// One row of a show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Show,
    Seat(SeatId),
    Claim(BookingId, SeatId),
    Booking(BookingId),
    Payment(PaymentId),
    Refund(RefundId),
    Ticket(TicketId),
}

impl State {
    /// What the tables say now.
    pub fn of_tables(conn: &mut PgConnection, show: ShowId) -> QueryResult<Self> {
        let seats: Vec<ShowSeat> =
            show_seats::table.filter(show_seats::show_id.eq(show)).select(ShowSeat::as_select()).load(conn)?;
        let claims: Vec<(BookingId, SeatId, Option<Instant>)> = booking_seats::table
            .filter(booking_seats::show_id.eq(show))
            .select((booking_seats::booking_id, booking_seats::seat_id, booking_seats::released_at))
            .load(conn)?;
        let bookings: Vec<(BookingId, Booking)> = bookings::table
            .filter(bookings::show_id.eq(show))
            .select((bookings::id, Booking::as_select()))
            .load(conn)?;
        let payments: Vec<(PaymentId, Payment)> = payments::table
            .inner_join(bookings::table.on(bookings::id.eq(payments::booking_id)))
            .filter(bookings::show_id.eq(show))
            .select((payments::id, Payment::as_select()))
            .load(conn)?;
        let refunds: Vec<(RefundId, Refund)> = refunds::table
            .inner_join(bookings::table.on(bookings::id.eq(refunds::booking_id)))
            .filter(bookings::show_id.eq(show))
            .select((refunds::id, Refund::as_select()))
            .load(conn)?;
        let tickets: Vec<Ticket> =
            tickets::table.filter(tickets::show_id.eq(show)).select(Ticket::as_select()).load(conn)?;
        Ok(Self {
            show: shows::table.find(show).select(Show::as_select()).first(conn).optional()?,
            seats: seats.into_iter().map(|seat| (seat.seat_id, seat)).collect(),
            claims: claims.into_iter().map(|(by, seat, released_at)| ((by, seat), Claim { released_at })).collect(),
            bookings: bookings.into_iter().collect(),
            payments: payments.into_iter().collect(),
            refunds: refunds.into_iter().collect(),
            tickets: tickets.into_iter().map(|ticket| (ticket.id, ticket)).collect(),
        })
    }

    /// Every row as an object of its columns.
    pub fn rows(&self) -> BTreeMap<Subject, Value> {
        let show = self.show.iter().map(|row| (Subject::Show, columns(row)));
        let seats = self.seats.iter().map(|(id, row)| (Subject::Seat(*id), columns(row)));
        let claims = self.claims.iter().map(|((by, seat), row)| (Subject::Claim(*by, *seat), columns(row)));
        let bookings = self.bookings.iter().map(|(id, row)| (Subject::Booking(*id), columns(row)));
        let payments = self.payments.iter().map(|(id, row)| (Subject::Payment(*id), columns(row)));
        let refunds = self.refunds.iter().map(|(id, row)| (Subject::Refund(*id), columns(row)));
        let tickets = self.tickets.iter().map(|(id, row)| (Subject::Ticket(*id), columns(row)));
        show.chain(seats).chain(claims).chain(bookings).chain(payments).chain(refunds).chain(tickets).collect()
    }

    /// The seats that a booking has or had, in seat order.
    pub fn seats_of(&self, booking: BookingId) -> impl Iterator<Item = SeatId> {
        self.claims.range((booking, SeatId(i64::MIN))..=(booking, SeatId(i64::MAX))).map(|((_, seat), _)| *seat)
    }
}

fn columns(row: &impl Serialize) -> Value {
    serde_json::to_value(row).expect("a row of plain columns is JSON")
}
