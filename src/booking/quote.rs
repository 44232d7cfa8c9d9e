//! What a booking costs, line by line, in integer minor units.

use super::booking_seat::{BookingSeat, PriceType};
use crate::clock::Instant;
use crate::money::{tax_included, tax_on_top};
use chrono::{NaiveDate, TimeZone, Utc};

/// What one ticket's convenience fee is, before its tax.
#[derive(Clone, Copy, Debug)]
pub struct FeePolicy {
    /// Minor units per ticket.
    pub per_ticket: i64,
}

/// India's GST on cinema tickets and on services, by the day it came into force. Source: 56th GST Council, rates from
/// 2025-09-22; to be checked by an accountant before real use.
struct GstRates {
    from: (i32, u32, u32),
    /// Up to and including this price of a ticket (minor units, tax included) the low rate applies.
    low_up_to: i64,
    low: i64,
    high: i64,
    services: i64,
}

const GST: &[GstRates] = &[
    GstRates { from: (2025, 9, 22), low_up_to: 100_00, low: 5, high: 18, services: 18 },
    GstRates { from: (2018, 12, 31), low_up_to: 100_00, low: 12, high: 18, services: 18 },
];

fn gst_at(now: Instant) -> &'static GstRates {
    let in_force = |rates: &&GstRates| {
        let (year, month, day) = rates.from;
        NaiveDate::from_ymd_opt(year, month, day)
            .and_then(|date| date.and_hms_opt(0, 0, 0))
            // Midnight in India, five and a half hours before midnight UTC.
            .is_some_and(|local| now >= Utc.from_utc_datetime(&local) - chrono::Duration::minutes(330))
    };
    GST.iter().find(in_force).unwrap_or(&GST[GST.len() - 1])
}

/// GST contained in a ticket's price (minor units).
pub fn ticket_tax(price: i64, now: Instant) -> i64 {
    let rates = gst_at(now);
    tax_included(price, if price <= rates.low_up_to { rates.low } else { rates.high })
}

/// GST on top of the convenience fee of one ticket (minor units).
pub fn fee_tax(fee: i64, now: Instant) -> i64 {
    tax_on_top(fee, gst_at(now).services)
}

/// The price lines of a booking. `total` is what the gateway is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub lines: Vec<TypeLine>,
    pub seats: i64,
    /// Contained in `seats`.
    pub seats_tax: i64,
    pub fee: i64,
    /// On top of `fee`.
    pub fee_tax: i64,
    pub total: i64,
}

/// Seats of one price type at one price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeLine {
    pub price_type: PriceType,
    pub price: i64,
    pub count: i64,
}

impl TypeLine {
    pub fn sum(&self) -> i64 {
        self.price * self.count
    }
}

/// Adds up the promised prices. `fee` and `fee_tax` are per ticket, as snapshotted on the booking; `held_at` decides
/// which tax rates apply.
pub fn quote(seats: &[BookingSeat], fee: i64, fee_tax: i64, held_at: Instant) -> Quote {
    let mut lines: Vec<TypeLine> = Vec::new();
    for seat in seats {
        match lines.iter_mut().find(|line| line.price_type == seat.price_type && line.price == seat.price) {
            Some(line) => line.count += 1,
            None => lines.push(TypeLine { price_type: seat.price_type, price: seat.price, count: 1 }),
        }
    }
    lines.sort_by_key(|line| (line.price_type, std::cmp::Reverse(line.price)));
    let tickets = seats.len() as i64;
    let sum: i64 = seats.iter().map(|seat| seat.price).sum();
    Quote {
        lines,
        seats: sum,
        seats_tax: seats.iter().map(|seat| ticket_tax(seat.price, held_at)).sum(),
        fee: fee * tickets,
        fee_tax: fee_tax * tickets,
        total: sum + (fee + fee_tax) * tickets,
    }
}

#[cfg(test)]
#[path = "quote_tests.rs"]
mod tests;
