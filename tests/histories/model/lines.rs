//! Everything that the tables must say now, in the words in which `tables.rs` says what they do say.

use super::{Model, Seat, price};
use crate::program::SEATS;

impl Model {
    /// One line for each row, and one for each seat of the map.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("show {}", if self.cancelled { "cancelled" } else { "published" })];
        let seats: Vec<String> = (0..SEATS).map(|seat| self.seat_line(seat)).collect();
        let are = |word: &str| seats.iter().filter(|line| line.starts_with(word)).count();
        lines.push(format!("map: {} of {} free", are("available"), SEATS - are("blocked")));
        for (seat, line) in seats.iter().enumerate() {
            lines.push(format!("map: seat {seat} {}", line.split(' ').next().unwrap_or_default()));
            lines.push(format!("seat {seat} {line}"));
        }
        for (seat, is) in self.seats.iter().enumerate() {
            if let Seat::Booked { by } = is {
                lines.push(format!("ticket of {by} for seat {seat} valid"));
            }
        }
        lines.extend(
            self.void_tickets.iter().map(|(booking, seat)| format!("ticket of {booking} for seat {seat} void")),
        );
        lines.extend(self.refunds.iter().map(|((payment, cause), refund)| refund.line(*payment, cause)));
        lines.extend((0..self.bookings.len()).map(|booking| self.booking_line(booking)));
        lines.extend((0..self.payments.len()).map(|payment| self.payment_line(payment)));
        lines.extend(self.events.iter().enumerate().map(|(event, is)| format!("event {event} {}", dash(is.effect))));
        lines.extend(self.cases.iter().map(|(kind, payment)| format!("case {kind} of payment {payment}")));
        lines
    }

    fn seat_line(&self, seat: usize) -> String {
        match self.seats[seat] {
            _ if self.has_lapsed(seat) => "available".to_owned(),
            Seat::Free => "available".to_owned(),
            Seat::Locked { by, until } => format!("locked by {by} until {until}"),
            Seat::Booked { by } => format!("booked by {by}"),
            Seat::Blocked { reason } => format!("blocked for reason {reason}"),
        }
    }

    fn booking_line(&self, index: usize) -> String {
        let booking = &self.bookings[index];
        let wants: Vec<String> = booking
            .wants
            .iter()
            .map(|(seat, price_type)| {
                format!("{seat}:{price_type}:{}", price(*seat, *price_type).unwrap_or_default())
            })
            .collect();
        format!(
            "booking {index} {} held {} pay_by {} ends {} amount {} contact {} paid_by {} wants {}",
            format!("{:?}", self.state(index)).to_lowercase(),
            booking.held_at,
            booking.pay_by,
            booking.ends,
            dash(booking.amount),
            if booking.contact { "yes" } else { "no" },
            dash(booking.paid_by),
            wants.join(" "),
        )
    }

    fn payment_line(&self, index: usize) -> String {
        let payment = &self.payments[index];
        format!(
            "payment {index} for {} {} {} asked {} session {} captured {} outcome {}",
            payment.booking,
            if self.is_counter(index) { "counter" } else { "gateway" },
            payment.status,
            payment.asked,
            if payment.session { "yes" } else { "no" },
            dash(payment.captured.map(|(sum, currency)| format!("{sum} {currency}"))),
            dash(payment.outcome),
        )
    }
}

pub(super) fn dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
