//! The counter's sale: hold, pay and confirm in one transaction, for the person in front.

use super::SalePolicy;
use super::confirm::confirm;
use super::hold::{self, Held, HoldRefusal, HoldRequest};
use crate::booking::booking::{self, Booking};
use crate::booking::booking_seat::{self, BookingSeat, PriceType};
use crate::booking::deadline::Deadline;
use crate::booking::quote;
use crate::db::{Stop, transact};
use crate::fault;
use crate::ids::{BookingId, FormKey, SeatId, ShowId, VisitorId};
use crate::ledger::Author;
use crate::money::Money;
use crate::payment::payment;
use crate::seating::show_seat;
use diesel::prelude::*;

/// What the seller has keyed in.
#[derive(Clone, Debug)]
pub struct CounterSale {
    pub show: ShowId,
    /// In any order.
    pub seats: Vec<(SeatId, PriceType)>,
    /// The seller's session: one visitor for all its sales.
    pub seller: VisitorId,
    /// A form sent twice sells once.
    pub form: FormKey,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CounterRefusal {
    /// The seats cannot be had, as for any hold.
    Hold(HoldRefusal),
    /// A price type that is not sold for these seats.
    NotForSale(Vec<SeatId>),
}

/// Sells seats for money in the drawer: the booking is confirmed and its tickets are issued when this returns.
///
/// Safe to repeat with the same form key. The policy is the counter's own ([`SalePolicy::at_counter`]).
pub fn sell_at_counter(
    conn: &mut PgConnection,
    sale: &CounterSale,
    policy: &SalePolicy,
    author: &Author,
) -> Result<Held, Stop<CounterRefusal>> {
    let wanted: Vec<SeatId> = sale.seats.iter().map(|(seat, _)| *seat).collect();
    let request = HoldRequest { show: sale.show, seats: wanted, visitor: sale.seller, form: sale.form };
    let seats = hold::distinct_in_order(&request.seats, policy.max_seats).map_err(refused)?;
    transact(conn, |conn| {
        let (id, held) =
            hold::place(conn, &request, &seats, policy, author, "counter_sale").map_err(|stop| match stop {
                Stop::Refused(why) => refused(why),
                Stop::Failed(failure) => Stop::Failed(failure),
            })?;
        fault::point("counter_sale_held");
        if !held.repeated {
            choose_types(conn, id, &sale.seats)?;
            take_money(conn, id, &seats, policy, author)?;
        }
        Ok(held)
    })
}

fn refused(why: HoldRefusal) -> Stop<CounterRefusal> {
    Stop::Refused(CounterRefusal::Hold(why))
}

/// The hold promised every seat at the adult rate; the others are chosen here.
fn choose_types(
    conn: &mut PgConnection,
    id: BookingId,
    types: &[(SeatId, PriceType)],
) -> Result<(), Stop<CounterRefusal>> {
    if types.iter().all(|(_, chosen)| *chosen == PriceType::Adult) {
        return Ok(());
    }
    let promised = booking_seat::of_booking(conn, id)?;
    let price = |seat: SeatId, chosen| {
        promised.iter().find(|known: &&BookingSeat| known.seat_id == seat).and_then(|known| known.price_for(chosen))
    };
    let unsold: Vec<SeatId> =
        types.iter().filter(|(seat, chosen)| price(*seat, *chosen).is_none()).map(|(seat, _)| *seat).collect();
    if !unsold.is_empty() {
        return Err(Stop::Refused(CounterRefusal::NotForSale(unsold)));
    }
    let booking = booking::lock(conn, id)?;
    Ok(booking_seat::choose_types(conn, &booking, types)?)
}

/// Freezes the sum, records it as taken, and confirms. At the instant of the hold, since nothing was waited for.
fn take_money(
    conn: &mut PgConnection,
    id: BookingId,
    seats: &[SeatId],
    policy: &SalePolicy,
    author: &Author,
) -> QueryResult<()> {
    let held = booking::lock(conn, id)?;
    let stamp = author.stamp(held.created_at, "counter_sale");
    let amount = total(conn, &held)?;
    let deadline = Deadline { pay_by: held.pay_by, lock_expires_at: held.lock_expires_at };
    booking::freeze(conn, &held, amount.minor, policy.refunds, deadline, &stamp)?;
    // As they are now, a version later than the hold found them.
    let frozen = booking::lock(conn, id)?;
    let locked = show_seat::lock(conn, held.show_id, seats)?;
    let payment = payment::take_at_counter(conn, id, &amount, &stamp)?;
    confirm(conn, &frozen, payment, &locked, &stamp)
}

fn total(conn: &mut PgConnection, held: &Booking) -> QueryResult<Money> {
    let promised = booking_seat::of_booking(conn, held.id)?;
    let quote = quote::quote(&promised, held.fee_per_ticket, held.fee_tax_per_ticket, held.created_at);
    Ok(Money::new(quote.total, held.currency.clone()))
}
