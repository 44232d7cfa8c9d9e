//! Start a payment: the payment row commits before the gateway hears of it.

use super::SalePolicy;
use super::checkout::{self, CheckoutRefusal};
use crate::booking::BookingStatus;
use crate::booking::booking::{self, Booking, Contact, Payable};
use crate::booking::booking_seat::{self, PriceType};
use crate::booking::quote::{self, Quote};
use crate::catalogue::price_list;
use crate::catalogue::show::Sale;
use crate::clock::Instant;
use crate::db::{Stop, transact};
use crate::ids::{BookingId, PaymentId, SeatId};
use crate::ledger::{Author, Stamp};
use crate::money::Money;
use crate::payment::PaymentStatus;
use crate::payment::gateway::{Session, SessionRequest};
use crate::payment::payment::{self, Payment};
use crate::seating::show_seat::{self, ShowSeat, Target};
use diesel::prelude::*;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartRefusal {
    /// What was chosen at the checkout cannot be.
    Checkout(CheckoutRefusal),
    /// Confirmed, cancelled or expired.
    Closed(BookingStatus),
    /// Past the deadline shown: no attempt starts any more.
    TooLate,
    ContactMissing,
    /// The show was cancelled.
    ShowClosed,
    /// A lock of the booking is gone.
    SeatsLost,
    /// Money has arrived that a person must decide on: no more is taken.
    MoneyHere,
}

/// What a session is asked for, given the new payment, the booking and its price lines.
pub trait SessionTerms: Fn(PaymentId, &Booking, &Quote, Instant) -> SessionRequest {}
impl<F: Fn(PaymentId, &Booking, &Quote, Instant) -> SessionRequest> SessionTerms for F {}

/// Notes contact and price types and starts a payment, both or neither.
pub fn pay(
    conn: &mut PgConnection,
    id: BookingId,
    contact: &Contact,
    types: &[(SeatId, PriceType)],
    policy: &SalePolicy,
    session_terms: impl SessionTerms,
    author: &Author,
) -> Result<Payment, Stop<StartRefusal>> {
    transact(conn, |conn| {
        checkout::note(conn, id, contact, types).map_err(|stop| match stop {
            Stop::Refused(refusal) => Stop::Refused(StartRefusal::Checkout(refusal)),
            Stop::Failed(failure) => Stop::Failed(failure),
        })?;
        start(conn, id, policy, &session_terms, author)
    })
}

/// Writes a payment, or returns the booking's open one. The first freezes the sum and moves the deadline, once.
pub fn start_payment(
    conn: &mut PgConnection,
    id: BookingId,
    policy: &SalePolicy,
    session_terms: impl SessionTerms,
    author: &Author,
) -> Result<Payment, Stop<StartRefusal>> {
    transact(conn, |conn| start(conn, id, policy, &session_terms, author))
}

fn start(
    conn: &mut PgConnection,
    id: BookingId,
    policy: &SalePolicy,
    session_terms: &impl SessionTerms,
    author: &Author,
) -> Result<Payment, Stop<StartRefusal>> {
    let booking = booking::lock(conn, id)?;
    // Every seat it ever wanted, as for money that arrives: also when they are lost, what is told is why.
    let promised = booking_seat::of_booking(conn, id)?;
    let seat_ids: Vec<SeatId> = promised.iter().map(|seat| seat.seat_id).collect();
    let seats = show_seat::lock(conn, booking.show_id, &seat_ids)?;
    let open = payment::lock_open(conn, id)?;
    let terms = price_list::terms(conn, booking.show_id, &seat_ids)?.ok_or(Stop::Refused(StartRefusal::SeatsLost))?;
    judge(&booking, &seats, terms.sale, terms.now).map_err(Stop::Refused)?;
    if payment::has_succeeded(conn, id)? {
        return Err(Stop::Refused(StartRefusal::MoneyHere));
    }
    if let Some(open) = open {
        return Ok(open);
    }
    let stamp = author.stamp(terms.now, "payment_start");
    let quote = quote::quote(&promised, booking.fee_per_ticket, booking.fee_tax_per_ticket, booking.created_at);
    if booking.amount.is_none() {
        freeze(conn, &booking, &seats, quote.total, policy, &stamp)?;
    }
    let payment = PaymentId(Uuid::now_v7());
    let amount = Money::new(booking.amount.unwrap_or(quote.total), booking.currency.clone());
    let request = session_terms(payment, &booking, &quote, terms.now);
    if request.total() != amount.minor {
        tracing::error!(asked = request.total(), frozen = amount.minor, "a session must ask for the frozen sum");
        return Err(diesel::result::Error::RollbackTransaction.into());
    }
    Ok(payment::start(conn, payment, id, &amount, &request, &stamp)?)
}

fn judge(booking: &Booking, seats: &[ShowSeat], sale: Sale, now: Instant) -> Result<(), StartRefusal> {
    match booking.payable(now) {
        Payable::Yes => {}
        Payable::TooLate => return Err(StartRefusal::TooLate),
        Payable::Closed(status) => return Err(StartRefusal::Closed(status)),
    }
    // A draft may be incomplete.
    if booking.contact_email.is_none() || booking.contact_name.is_none() {
        return Err(StartRefusal::ContactMissing);
    }
    if sale == Sale::Cancelled {
        return Err(StartRefusal::ShowClosed);
    }
    if seats.is_empty() || !seats.iter().all(|seat| seat.is_locked_for(booking.id, now)) {
        return Err(StartRefusal::SeatsLost);
    }
    Ok(())
}

fn freeze(
    conn: &mut PgConnection,
    booking: &Booking,
    seats: &[ShowSeat],
    total: i64,
    policy: &SalePolicy,
    stamp: &Stamp,
) -> QueryResult<()> {
    let deadline = policy.deadlines.at_first_payment(booking.created_at, booking.pay_by, stamp.at);
    booking::freeze(conn, booking, total, policy.refunds, deadline, stamp)?;
    if deadline.lock_expires_at == booking.lock_expires_at {
        return Ok(());
    }
    let target =
        Target::Locked { booking: booking.id, locked_at: booking.created_at, expires_at: deadline.lock_expires_at };
    show_seat::move_to(conn, seats, target, stamp)
}

/// Closes a payment that the gateway refused to open a session for, so that the next start is a new one with what the
/// customer has corrected. A payment that has a session, or has ended, stays as it is.
pub fn give_up_payment(
    conn: &mut PgConnection,
    payment: PaymentId,
    author: &Author,
) -> Result<(), Stop<std::convert::Infallible>> {
    transact(conn, |conn| {
        let payment = lock_below_booking(conn, payment)?;
        if payment.status != PaymentStatus::Started || payment.session_id.is_some() {
            return Ok(());
        }
        let now = crate::clock::now(conn)?;
        Ok(payment::close(conn, &payment, PaymentStatus::Failed, &author.stamp(now, "session_refused"))?)
    })
}

/// Open payments that can no longer be made in time: past the deadline, or of a booking that has ended otherwise; but
/// these. The oldest first, without a lock.
pub fn overdue(
    conn: &mut PgConnection,
    but: &[PaymentId],
    most: i64,
) -> Result<Vec<Payment>, Stop<std::convert::Infallible>> {
    let now = crate::clock::now(conn)?;
    Ok(payment::overdue(conn, now, but, most)?)
}

/// Notes the session that the gateway opened for a payment.
pub fn note_session(
    conn: &mut PgConnection,
    payment: PaymentId,
    session: &Session,
    author: &Author,
) -> Result<(), Stop<std::convert::Infallible>> {
    transact(conn, |conn| {
        let payment = lock_below_booking(conn, payment)?;
        let now = crate::clock::now(conn)?;
        Ok(payment::note_session(conn, &payment, session, &author.stamp(now, "session_opened"))?)
    })
}

/// Locks a payment in its place: after its booking, which is learned without a lock and never changes.
fn lock_below_booking(conn: &mut PgConnection, payment: PaymentId) -> QueryResult<Payment> {
    let booking = payment::booking_of(conn, payment)?.ok_or(diesel::result::Error::NotFound)?;
    booking::lock(conn, booking)?;
    payment::lock(conn, payment)
}
