//! Money that goes back: owed for a cause, asked of the gateway, told by it, decided by staff.

use super::lines::dash;
use super::{Model, POLICY, STARTS, State, price};
use crate::program::{Word, from_latest};

/// Attempts that are made without asking a person.
const ATTEMPTS: i32 = 3;
/// Between two questions about one refund.
const PATIENCE: (i64, i64) = (15, 10 * 60);

#[derive(Clone, Debug)]
pub struct Refund {
    status: &'static str,
    sum: (i64, &'static str),
    attempt: i32,
    /// Which refund at the gateway the attempt is known as.
    name: Option<&'static str>,
    requested_at: i64,
    pub next_try_at: i64,
}

impl Refund {
    pub fn line(&self, payment: usize, cause: &str) -> String {
        let ((sum, currency), attempt) = (self.sum, self.attempt);
        let name = self.name.map(|_| attempt);
        format!(
            "refund of payment {payment} {cause} {} {sum} {currency} attempt {attempt} named {}",
            self.status,
            dash(name)
        )
    }
}

impl Model {
    /// Gives a booking that is paid for back, for so many percent of the price of its seats.
    pub(super) fn give_back(&mut self, nth: usize, percent: i64) -> String {
        let Some(index) = from_latest(self.bookings.len(), nth) else { return "nothing there".to_owned() };
        let booking = &self.bookings[index];
        let of_seats: i64 = booking.wants.iter().filter_map(|(seat, price_type)| price(*seat, *price_type)).sum();
        let early = i64::from(self.mistakes.quotes_end_early);
        let in_time = POLICY.iter().find(|(minutes, _)| self.now + early <= STARTS - minutes * 60);
        let refusal = match (booking.written, booking.paid_by, in_time) {
            (State::Confirmed, Some(_), _) if booking.at_counter => Some("AtCounter".to_owned()),
            (State::Confirmed, Some(_), None) => Some("TooLate".to_owned()),
            (State::Confirmed, Some(_), Some((_, quoted))) if *quoted != percent => {
                Some(format!("QuoteChanged {}", of_seats * quoted / 100))
            }
            (State::Confirmed, Some(payment), Some(_)) => {
                self.end_paid(index);
                self.owe(payment, "customer_cancelled", (of_seats * percent / 100, "INR"));
                self.meet(format!("given back for {percent} %"));
                return format!("back {}", of_seats * percent / 100);
            }
            (written, ..) => Some(format!("NotConfirmed({written:?})")),
        };
        let refusal = refusal.unwrap_or_default();
        self.meet(format!("give back: {}", refusal.split(' ').next().unwrap_or_default()));
        refusal
    }

    /// A confirmed booking is cancelled: its seats are free, its tickets void.
    pub(super) fn end_paid(&mut self, index: usize) {
        self.bookings[index].written = State::Cancelled;
        self.free(index);
        let seats: Vec<usize> = self.bookings[index].wants.keys().copied().collect();
        self.void_tickets.extend(seats.into_iter().map(|seat| (index, seat)));
    }

    /// Money from the counter was never at the gateway: a person gives it back.
    pub(super) fn owe(&mut self, payment: usize, cause: &'static str, sum: (i64, &'static str)) {
        let counter = self.is_counter(payment);
        if counter {
            self.cases.insert(("owed_at_counter", payment));
        }
        let status = if counter { "needs_attention" } else { "requested" };
        let (requested_at, next_try_at) = (self.now, self.now);
        self.refunds
            .insert((payment, cause), Refund { status, sum, attempt: 1, name: None, requested_at, next_try_at });
        self.meet(format!("owed: {cause}{}", if counter { " at the counter" } else { "" }));
    }

    pub(super) fn lease(&mut self) -> String {
        let now = self.now;
        let mut leased = Vec::new();
        for ((payment, cause), refund) in &mut self.refunds {
            if refund.status == "requested" && refund.next_try_at <= now {
                refund.next_try_at = now + (now - refund.requested_at).clamp(PATIENCE.0, PATIENCE.1);
                leased.push(format!("{payment} {cause} {}", refund.attempt));
            }
        }
        let again = self.refunds.values().any(|refund| refund.next_try_at > refund.requested_at + PATIENCE.0);
        self.meet(if leased.is_empty() { "lease: nothing" } else { "lease: due" });
        if again && !leased.is_empty() {
            self.meet("lease: once more");
        }
        format!("leased {leased:?}")
    }

    fn the_refund(&self, nth: usize) -> Option<(usize, &'static str)> {
        from_latest(self.refunds.len(), nth).and_then(|at| self.refunds.keys().nth(at).copied())
    }

    /// What the gateway says of an attempt. Known, or about another attempt or another refund of the gateway's: nothing.
    pub(super) fn hear(&mut self, nth: usize, says: Word, former: bool) -> String {
        let Some(key) = self.the_refund(nth) else { return "nothing there".to_owned() };
        let Some(refund) = self.refunds.get_mut(&key) else { return "nothing there".to_owned() };
        let before = refund.status;
        let name = match says {
            Word::Pending | Word::Succeeded | Word::Failed => Some("its own"),
            Word::OtherSucceeded => Some("another"),
            Word::Refused => None,
        };
        let about_it = !former && (refund.name.is_none() || refund.name == name);
        let effect = match (says, before) {
            _ if !about_it => "repeated",
            (Word::Pending, "requested") if refund.name.is_none() => "applied",
            (Word::Succeeded | Word::OtherSucceeded | Word::Refused, "requested") => "applied",
            (Word::Failed, "requested" | "succeeded") => "applied",
            _ => "repeated",
        };
        if effect == "applied" {
            refund.name = name;
            match says {
                Word::Pending => {}
                Word::Succeeded | Word::OtherSucceeded => refund.status = "succeeded",
                _ if before == "requested" && refund.attempt < ATTEMPTS && !self.mistakes.failed_refunds_are_left => {
                    (refund.attempt, refund.name) = (refund.attempt + 1, None);
                }
                _ => {
                    refund.status = "needs_attention";
                    self.cases.insert(("refund_failed", key.0));
                }
            }
        }
        let after = self.refunds[&key].status;
        self.meet(if former { "refund: a former attempt".to_owned() } else { format!("refund: {says:?} {effect}") });
        if before == "succeeded" && after == "needs_attention" {
            self.meet("refund: came back");
        }
        if before == "requested" && after == "needs_attention" {
            self.meet("refund: given up after three attempts");
        }
        effect.to_owned()
    }

    pub(super) fn decide(&mut self, nth: usize, retry: bool) -> String {
        let Some(key) = self.the_refund(nth) else { return "nothing there".to_owned() };
        let counter = self.is_counter(key.0);
        let now = self.now;
        let Some(refund) = self.refunds.get_mut(&key) else { return "nothing there".to_owned() };
        let answer = match (refund.status, retry) {
            ("needs_attention", true) if counter => "OwedAtCounter",
            ("needs_attention", true) => {
                (refund.status, refund.attempt, refund.name) = ("requested", refund.attempt + 1, None);
                refund.next_try_at = now;
                "again"
            }
            ("needs_attention", false) => {
                refund.status = "settled_by_staff";
                "settled"
            }
            _ => "Underway",
        };
        if matches!(answer, "again" | "settled") {
            self.cases.remove(&("refund_failed", key.0));
            self.cases.remove(&("owed_at_counter", key.0));
        }
        self.meet(format!("decide: {answer}"));
        if matches!(answer, "again" | "settled") { "done".to_owned() } else { answer.to_owned() }
    }
}
