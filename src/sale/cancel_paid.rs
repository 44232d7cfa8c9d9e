//! Cancel a paid booking: its seats are free again, its tickets void, and what the promised policy says goes back.

use super::cancel::release;
use super::refund;
use crate::booking::booking::{self, Booking};
use crate::booking::booking_seat;
use crate::booking::quote::quote;
use crate::booking::refund_policy::RefundQuote;
use crate::booking::{BookingSeat, BookingStatus};
use crate::catalogue::show::{self, ShowStatus};
use crate::clock::{self, Instant};
use crate::db::{Stop, transact};
use crate::ids::{BookingId, SeatId};
use crate::ledger::{Author, Stamp};
use crate::money::Money;
use crate::payment::{Payment, PaymentMethod, RefundCause, payment};
use crate::seating::show_seat::{self, ShowSeat};
use crate::ticketing::ticket;
use diesel::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelPaidRefusal {
    /// Not paid for, or cancelled before.
    NotConfirmed(BookingStatus),
    /// Too near the start, or nothing was promised to come back.
    TooLate,
    /// The clock passed a step of the policy since the customer was quoted.
    QuoteChanged(RefundQuote),
    /// Bought at the counter: the money is there.
    AtCounter,
}

/// Cancels a paid booking for the sum that its customer agreed to, in minor units. Sent again it finds the booking
/// cancelled and refuses with that, which changes nothing.
pub fn cancel_paid(
    conn: &mut PgConnection,
    id: BookingId,
    agreed: i64,
    author: &Author,
) -> Result<RefundQuote, Stop<CancelPaidRefusal>> {
    transact(conn, |conn| {
        let booking = booking::lock(conn, id)?;
        let Some(paid_by) = booking.paid_by.filter(|_| booking.status == BookingStatus::Confirmed) else {
            return Err(Stop::Refused(CancelPaidRefusal::NotConfirmed(booking.status)));
        };
        let promised = booking_seat::of_booking(conn, id)?;
        let seat_ids: Vec<SeatId> = promised.iter().map(|seat| seat.seat_id).collect();
        let seats = show_seat::lock(conn, booking.show_id, &seat_ids)?;
        let payment = payment::lock(conn, paid_by)?;
        if payment.method == PaymentMethod::Counter {
            return Err(Stop::Refused(CancelPaidRefusal::AtCounter));
        }
        let show = show::find(conn, booking.show_id)?.ok_or(diesel::result::Error::NotFound)?;
        let now = clock::now(conn)?;
        let quoted = refund_quote(&booking, &promised, show.starts_at, now)
            .filter(|_| show.status != ShowStatus::Cancelled)
            .ok_or(Stop::Refused(CancelPaidRefusal::TooLate))?;
        if quoted.amount != agreed {
            return Err(Stop::Refused(CancelPaidRefusal::QuoteChanged(quoted)));
        }
        let stamp = author.stamp(now, "customer_cancels");
        let back = Money::new(quoted.amount, booking.currency.clone());
        give_back(conn, &booking, seats, &payment, RefundCause::CustomerCancelled, &back, &stamp)?;
        Ok(quoted)
    })
}

/// What cancelling a paid booking at `now` would give back, by the policy it was promised.
pub fn refund_quote(
    booking: &Booking,
    promised: &[BookingSeat],
    starts_at: Instant,
    now: Instant,
) -> Option<RefundQuote> {
    let paid = quote(promised, booking.fee_per_ticket, booking.fee_tax_per_ticket, booking.created_at);
    booking.refund_policy?.quote(&paid, starts_at, now)
}

/// Ends a confirmed booking whose rows the caller has locked and judged: seats, booking, money, tickets, in this order.
pub fn give_back(
    conn: &mut PgConnection,
    booking: &Booking,
    seats: Vec<ShowSeat>,
    payment: &Payment,
    cause: RefundCause,
    back: &Money,
    stamp: &Stamp,
) -> QueryResult<()> {
    release(conn, booking.id, seats, stamp)?;
    booking::cancel(conn, booking, stamp)?;
    refund::owe(conn, payment, cause, back, stamp)?;
    ticket::void(conn, booking.id, stamp).map(drop)
}
