//! What the house does: it keeps seats back, sells at the counter, cancels the show.

use super::{Booking, CHOOSE, GRACE, Model, Payment, Seat, State, price, total};
use marquee::booking::PriceType;
use std::collections::BTreeMap;

impl Model {
    pub(super) fn block(&mut self, seats: &[usize], reason: usize) -> String {
        if seats.is_empty() {
            return "NoSeats".to_owned();
        }
        if seats.iter().all(|seat| self.seats[*seat] == (Seat::Blocked { reason })) {
            self.meet("block: the same again");
            return "done".to_owned();
        }
        let lost = self.not_free(seats);
        if !lost.is_empty() {
            self.meet("block: not free");
            return format!("NotFree {lost:?}");
        }
        if seats.iter().any(|seat| self.has_lapsed(*seat)) {
            self.meet("block: a lapsed seat");
        }
        for seat in seats {
            self.seats[*seat] = Seat::Blocked { reason };
        }
        "done".to_owned()
    }

    /// Seats that are all free, by a lapsed lock too, are what was wanted.
    pub(super) fn unblock(&mut self, seats: &[usize]) -> String {
        if seats.is_empty() {
            return "NoSeats".to_owned();
        }
        if seats.iter().all(|seat| self.is_free(*seat)) {
            return "done".to_owned();
        }
        let is_blocked = |seat: &usize| matches!(self.seats[*seat], Seat::Blocked { .. });
        let others: Vec<usize> = seats.iter().copied().filter(|seat| !is_blocked(seat)).collect();
        if !others.is_empty() {
            self.meet("unblock: not blocked");
            return format!("NotBlocked {others:?}");
        }
        for seat in seats {
            self.seats[*seat] = Seat::Free;
        }
        self.meet("unblock: done");
        "done".to_owned()
    }

    pub(super) fn sell(&mut self, form: usize, seats: &[usize], price_type: PriceType) -> String {
        if let Some(answer) = self.already(true, form, seats) {
            return answer;
        }
        let unsold: Vec<usize> = seats.iter().copied().filter(|seat| price(*seat, price_type).is_none()).collect();
        if !unsold.is_empty() {
            self.meet("counter: not for sale");
            return format!("NotForSale {unsold:?}");
        }
        if seats.iter().any(|seat| self.has_lapsed(*seat)) {
            self.meet("counter: takes over a lapsed lock");
        }
        let (index, payment) = (self.bookings.len(), self.payments.len());
        let wants: BTreeMap<usize, PriceType> = seats.iter().map(|seat| (*seat, price_type)).collect();
        let amount = total(&wants);
        self.bookings.push(Booking {
            at_counter: true,
            form,
            wants,
            written: State::Created,
            held_at: self.now,
            pay_by: self.now + CHOOSE,
            ends: self.now + CHOOSE + GRACE,
            amount: Some(amount),
            contact: false,
            paid_by: None,
        });
        self.payments.push(Payment {
            booking: index,
            status: "succeeded",
            asked: amount,
            session: false,
            captured: Some((amount, "INR")),
            outcome: Some("confirm"),
        });
        self.confirm(index, payment);
        self.meet("counter: sold");
        format!("held {index}")
    }

    pub(super) fn cancel_show(&mut self) -> String {
        let (mut unpaid, mut paid) = (0, 0);
        if self.cancelled {
            self.meet("show: cancelled again");
            return format!("{unpaid} unpaid, {paid} paid");
        }
        self.cancelled = true;
        for index in 0..self.bookings.len() {
            match (self.bookings[index].written, self.bookings[index].paid_by) {
                (State::Created, _) => {
                    unpaid += 1;
                    self.end_unpaid(index);
                }
                (State::Confirmed, Some(payment)) => {
                    paid += 1;
                    let captured = self.payments[payment].captured.expect("it has confirmed");
                    self.end_paid(index);
                    self.owe(payment, "show_cancelled", captured);
                }
                _ => {}
            }
        }
        self.meet("show: cancelled");
        if paid > 0 {
            self.meet("show: cancelled with paid bookings");
        }
        format!("{unpaid} unpaid, {paid} paid")
    }
}
