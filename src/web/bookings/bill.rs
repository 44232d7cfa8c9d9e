//! The bill of a booking: what its seats cost, and what they may be bought as.

use super::rows::Rows;
use crate::booking::quote::Quote;
use crate::booking::{Booking, PriceType};
use crate::ids::SeatId;
use crate::money::Money;

/// A seat of the booking with the types it can be bought at.
pub struct SeatLine {
    pub id: SeatId,
    pub label: String,
    pub zone: String,
    pub chosen: PriceType,
    pub options: Vec<TypeOption>,
}

pub struct TypeOption {
    pub price_type: PriceType,
    pub name: &'static str,
    pub price: String,
}

/// What is paid, line by line.
pub struct Bill {
    pub lines: Vec<PriceLine>,
    pub total: String,
    /// Contained in the prices of the tickets.
    pub tax: String,
}

/// A name and a sum.
pub struct PriceLine {
    pub name: String,
    pub amount: String,
}

impl Bill {
    /// The total is the frozen one, once there is one.
    pub fn new(quote: &Quote, booking: &Booking) -> Self {
        let money = |minor: i64| Money::new(minor, &booking.currency).to_string();
        Self {
            lines: price_lines(quote, money),
            total: money(booking.amount.unwrap_or(quote.total)),
            tax: money(quote.seats_tax),
        }
    }
}

fn price_lines(quote: &Quote, money: impl Fn(i64) -> String) -> Vec<PriceLine> {
    let mut lines: Vec<PriceLine> = quote
        .lines
        .iter()
        .map(|line| PriceLine {
            name: format!("{} × {} at {}", line.count, type_name(line.price_type), money(line.price)),
            amount: money(line.sum()),
        })
        .collect();
    lines.push(PriceLine { name: "Convenience fee".to_owned(), amount: money(quote.fee) });
    lines.push(PriceLine { name: "GST on the fee (18 %)".to_owned(), amount: money(quote.fee_tax) });
    lines
}

pub fn seat_lines(rows: &Rows) -> Vec<SeatLine> {
    rows.seats
        .iter()
        .map(|seat| {
            let (label, zone) = rows.place_of(seat.seat_id);
            let options = PriceType::ALL
                .iter()
                .filter_map(|price_type| {
                    let price = Money::new(seat.price_for(*price_type)?, &rows.booking.currency).to_string();
                    Some(TypeOption { price_type: *price_type, name: type_name(*price_type), price })
                })
                .collect();
            SeatLine { id: seat.seat_id, label, zone, chosen: seat.price_type, options }
        })
        .collect()
}

pub fn type_name(price_type: PriceType) -> &'static str {
    match price_type {
        PriceType::Adult => "Adult",
        PriceType::Child => "Child",
        PriceType::Senior => "Senior",
    }
}
