//! Payments, and what the gateway says about them.

use super::{CEILING, Event, FEE, GRACE, Model, PAY, Payment, SHOW_ENDS, Seat, State, captured, total};
use crate::program::{Says, from_latest};

impl Model {
    pub(super) fn open_payment(&self, booking: usize) -> Option<usize> {
        self.payments.iter().position(|payment| payment.booking == booking && payment.status == "started")
    }

    pub(super) fn pay(&mut self, nth: usize) -> String {
        let Some(index) = from_latest(self.bookings.len(), nth) else { return "nothing there".to_owned() };
        let (state, booking) = (self.state(index), &self.bookings[index]);
        let refusal = if state != State::Created {
            Some(format!("Closed({state:?})"))
        } else if self.now > booking.pay_by {
            Some("TooLate".to_owned())
        } else if !booking.contact {
            Some("ContactMissing".to_owned())
        } else if self.payments.iter().any(|payment| payment.booking == index && payment.status == "succeeded") {
            Some("MoneyHere".to_owned())
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.meet(format!("pay: {refusal}"));
            return refusal;
        }
        if let Some(open) = self.open_payment(index) {
            self.meet("pay: the open payment again");
            return format!("payment {open}");
        }
        let asked = self.freeze(index);
        self.payments.push(Payment {
            booking: index,
            status: "started",
            asked,
            session: false,
            captured: None,
            outcome: None,
        });
        format!("payment {}", self.payments.len() - 1)
    }

    /// The sum, which the first payment freezes; it also moves the deadline, once.
    fn freeze(&mut self, index: usize) -> i64 {
        if let Some(amount) = self.bookings[index].amount {
            self.meet("pay: another payment after one without money");
            return amount;
        }
        let booking = &mut self.bookings[index];
        let amount = total(&booking.wants) + FEE * booking.wants.len() as i64;
        booking.amount = Some(amount);
        let pay_by = booking.pay_by.max(self.now + PAY).min(booking.held_at + CEILING - GRACE);
        let moved = pay_by > booking.pay_by;
        booking.pay_by = pay_by;
        booking.ends = pay_by + GRACE;
        for seat in booking.wants.keys() {
            self.seats[*seat] = Seat::Locked { by: index, until: pay_by + GRACE };
        }
        self.meet(if moved { "pay: the deadline moves" } else { "pay: the deadline stays" });
        amount
    }

    pub(super) fn open_session(&mut self, nth: usize) -> String {
        let Some(payment) = self.at_gateway(nth) else { return "nothing there".to_owned() };
        self.payments[payment].session = true;
        "done".to_owned()
    }

    pub(super) fn give_up_payment(&mut self, nth: usize) -> String {
        let Some(index) = self.at_gateway(nth) else { return "nothing there".to_owned() };
        let payment = &mut self.payments[index];
        if payment.status == "started" && !payment.session {
            payment.status = "failed";
            self.meet("payment given up");
        }
        "done".to_owned()
    }

    pub(super) fn is_counter(&self, payment: usize) -> bool {
        self.bookings[self.payments[payment].booking].at_counter
    }

    /// The payment that the gateway means, which knows nothing of the counter's; none: one that is not ours.
    fn at_gateway(&self, nth: usize) -> Option<usize> {
        let gateways: Vec<usize> = (0..self.payments.len()).filter(|payment| !self.is_counter(*payment)).collect();
        from_latest(gateways.len(), nth).map(|index| gateways[index])
    }

    pub(super) fn event(&mut self, nth: usize, says: Says, waits: bool) -> String {
        self.events.push(Event { payment: self.at_gateway(nth), says, effect: None });
        if waits { "stored".to_owned() } else { self.process(self.events.len() - 1) }
    }

    pub(super) fn process(&mut self, index: usize) -> String {
        let Event { payment, says, effect } = self.events[index];
        if effect.is_some() {
            self.meet("event: delivered again");
            return "repeated".to_owned();
        }
        if payment.is_some()
            && self.events[index + 1..].iter().any(|later| later.payment == payment && later.effect.is_some())
        {
            self.meet("event: out of order");
        }
        let effect = self.learn(payment, says);
        self.events[index].effect = Some(effect);
        self.meet(format!("event: {says:?} {effect}"));
        effect.to_owned()
    }

    pub(super) fn ask(&mut self, nth: usize, says: Says) -> String {
        let known = match says {
            Says::Paid | Says::WrongSum | Says::WrongCurrency | Says::Expired => self.at_gateway(nth),
            // An open session, or money on its way.
            Says::Unpaid | Says::Failed | Says::Declined => None,
        };
        let Some(payment) = known else { return "none".to_owned() };
        let effect = self.learn(Some(payment), says);
        self.meet(format!("asked: {says:?} {effect}"));
        effect.to_owned()
    }

    fn learn(&mut self, payment: Option<usize>, says: Says) -> &'static str {
        let Some(index) = payment else { return "ignored" };
        let payment = &mut self.payments[index];
        let closed = match says {
            Says::Unpaid => return "ignored",
            Says::Declined => return "applied",
            Says::Paid | Says::WrongSum | Says::WrongCurrency => return self.money(index, says),
            Says::Expired => "expired",
            Says::Failed => "failed",
        };
        if payment.status != "started" {
            return "repeated";
        }
        payment.status = closed;
        "applied"
    }

    fn money(&mut self, index: usize, says: Says) -> &'static str {
        if self.payments[index].status == "succeeded" {
            return "repeated";
        }
        let captured = captured(self.payments[index].asked, says);
        let outcome = self.late_money(index, captured);
        let Payment { booking, status, .. } = self.payments[index];
        self.meet(format!("late money: {outcome}"));
        if status != "started" {
            self.meet("late money: of a payment that had ended");
        }
        if outcome == "confirm" && self.now > self.bookings[booking].pay_by {
            self.meet("late money: confirm in grace");
        }
        match outcome {
            "confirm" | "take_again" => self.confirm(booking, index),
            _ => self.owe(index, outcome, captured),
        }
        if outcome == "wrong_amount" {
            self.cases.insert((outcome, index));
        }
        if outcome == "seats_lost" {
            self.free(booking);
        }
        let payment = &mut self.payments[index];
        (payment.status, payment.captured, payment.outcome) = ("succeeded", Some(captured), Some(outcome));
        "applied"
    }

    /// The late-money table: the first row that matches.
    fn late_money(&self, payment: usize, captured: (i64, &str)) -> &'static str {
        let Payment { booking: index, asked, .. } = self.payments[payment];
        let booking = &self.bookings[index];
        let in_time = !self.mistakes.money_has_no_grace || self.now <= booking.pay_by;
        let ours = |seat: &usize| self.seats[*seat] == (Seat::Locked { by: index, until: booking.ends });
        let all_ours = booking.wants.keys().all(|seat| ours(seat) && !self.has_lapsed(*seat)) && in_time;
        let to_be_had = |seat: &usize| ours(seat) || self.is_free(*seat);
        let rows = [
            ("wrong_amount", captured != (asked, "INR")),
            ("already_paid", booking.written == State::Confirmed),
            ("cancelled", booking.written == State::Cancelled || self.cancelled || self.now >= SHOW_ENDS),
            ("confirm", all_ours),
            ("take_again", booking.wants.keys().all(to_be_had)),
        ];
        rows.iter().find(|(_, matches)| *matches).map_or("seats_lost", |(outcome, _)| outcome)
    }

    pub(super) fn confirm(&mut self, index: usize, payment: usize) {
        let booking = &mut self.bookings[index];
        (booking.written, booking.paid_by) = (State::Confirmed, Some(payment));
        for seat in booking.wants.keys() {
            self.seats[*seat] = Seat::Booked { by: index };
        }
    }
}
