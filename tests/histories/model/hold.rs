//! Holding seats, choosing price types, giving up.

use super::{Booking, CEILING, CHOOSE, GRACE, Model, SALE_ENDS, Seat, State, nth_seat, price};
use crate::program::{MOST, from_latest};
use marquee::booking::PriceType;

impl Model {
    /// The booking of a form that was sent before, or why none can be made of these seats; none: they can be had.
    pub(super) fn already(&mut self, at_counter: bool, form: usize, seats: &[usize]) -> Option<String> {
        let before = self.bookings.iter().position(|known| known.at_counter == at_counter && known.form == form);
        let answer = if seats.is_empty() {
            "NoSeats".to_owned()
        } else if seats.len() > MOST && !at_counter {
            "TooManySeats".to_owned()
        } else if let Some(booking) = before {
            let same = self.bookings[booking].wants.keys().copied().eq(seats.iter().copied());
            self.meet(if same { "repeated form" } else { "form used for other seats" });
            if same { format!("held {booking} before") } else { format!("FormUsed {booking}") }
        } else if self.cancelled {
            "ShowCancelled".to_owned()
        } else if self.now >= SALE_ENDS {
            "SaleEnded".to_owned()
        } else {
            let lost = self.not_free(seats);
            if lost.is_empty() {
                return None;
            }
            format!("Lost {lost:?}")
        };
        self.meet(format!("hold: {}", answer.split(' ').next().unwrap_or_default()));
        Some(answer)
    }

    pub(super) fn hold(&mut self, form: usize, seats: &[usize]) -> String {
        if let Some(answer) = self.already(false, form, seats) {
            return answer;
        }
        let booking = self.bookings.len();
        if seats.iter().any(|seat| self.has_lapsed(*seat)) {
            self.meet("hold: takes over a lapsed lock");
        }
        if seats.iter().any(|seat| matches!(self.seats[*seat], Seat::Locked { until, .. } if until == self.now)) {
            self.meet("hold: at the very end of a lock");
        }
        let pay_by = self.now + CHOOSE.min(CEILING - GRACE);
        self.bookings.push(Booking {
            at_counter: false,
            form,
            wants: seats.iter().map(|seat| (*seat, PriceType::Adult)).collect(),
            written: State::Created,
            held_at: self.now,
            pay_by,
            ends: pay_by + GRACE,
            amount: None,
            contact: false,
            paid_by: None,
        });
        for seat in seats {
            self.seats[*seat] = Seat::Locked { by: booking, until: pay_by + GRACE };
        }
        self.meet("hold: held");
        format!("held {booking}")
    }

    pub(super) fn checkout(&mut self, nth: usize, contact: bool, choose: Option<(usize, PriceType)>) -> String {
        let Some(index) = from_latest(self.bookings.len(), nth) else { return "nothing there".to_owned() };
        let state = self.state(index);
        let booking = &mut self.bookings[index];
        let chosen = choose.map(|(nth, price_type)| (nth_seat(&booking.wants, nth), price_type));
        let changes = chosen.is_some_and(|(seat, price_type)| booking.wants[&seat] != price_type);
        let answer = if state != State::Created {
            format!("Closed({state:?})")
        } else if self.now > booking.pay_by {
            "TooLate".to_owned()
        } else if changes && booking.amount.is_some() {
            "Frozen".to_owned()
        } else if chosen.is_some_and(|(seat, price_type)| price(seat, price_type).is_none()) {
            "NotForSale".to_owned()
        } else {
            booking.contact |= contact;
            booking.wants.extend(chosen);
            if changes { "changed" } else { "done" }.to_owned()
        };
        self.meet(format!("checkout: {answer}"));
        if answer == "changed" { "done".to_owned() } else { answer }
    }

    pub(super) fn cancel(&mut self, nth: usize) -> String {
        let Some(index) = from_latest(self.bookings.len(), nth) else { return "nothing there".to_owned() };
        self.meet(format!("cancel: {:?}", self.state(index)));
        match self.state(index) {
            State::Confirmed => return "Confirmed".to_owned(),
            State::Cancelled | State::Expired => {}
            State::Created => self.end_unpaid(index),
        }
        // Whoever repeats it is told of the session that is still to be ended.
        self.open_payment(index).map_or_else(|| "done".to_owned(), |payment| format!("payment {payment} open"))
    }

    /// Ends an unpaid booking and frees what is still its own.
    pub(super) fn end_unpaid(&mut self, booking: usize) {
        self.bookings[booking].written = State::Cancelled;
        self.free(booking);
    }

    /// Frees what is still a booking's own, locked or booked.
    pub(super) fn free(&mut self, booking: usize) {
        for seat in &mut self.seats {
            if matches!(*seat, Seat::Locked { by, .. } | Seat::Booked { by } if by == booking) {
                *seat = Seat::Free;
            }
        }
    }
}
