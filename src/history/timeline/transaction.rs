//! What one transaction comes to, asked of its ledger rows. What they tell is read by the nouns that write them.

use super::Subject;
use super::happening::{Closing, Owed, RefundStep, What};
use crate::booking::life::{self as booking, HoldDetail};
use crate::ids::{BookingId, RefundId, SeatId};
use crate::ledger::Recorded;
use crate::money::Money;
use crate::payment::life as payment;
use crate::payment::refund::life as refund;
use crate::payment::{Outcome, PaymentMethod, PaymentStatus, RefundStatus};
use std::collections::HashMap;

/// Sums that are told once, and spoken of again later in a story.
#[derive(Debug, Default)]
pub struct Sums {
    /// What a booking was bought with.
    paid: HashMap<BookingId, Money>,
    refunds: HashMap<RefundId, Money>,
}

impl Sums {
    pub fn of(rows: &[&Recorded]) -> Self {
        let paid = rows.iter().filter(|row| row.entity == "payment").filter_map(|row| {
            let arrival =
                arrival(row).filter(|told| matches!(told.outcome, Outcome::Confirm | Outcome::TakeAgain))?;
            Some((row.booking_id?, arrival.money))
        });
        let refunds = rows.iter().filter_map(|row| Some((row.refund_id?, owed(row)?.money)));
        Self { paid: paid.collect(), refunds: refunds.collect() }
    }
}

/// The rows of one transaction, asked for what they come to. What weighs most is asked for first.
pub struct Transaction<'a> {
    pub rows: &'a [&'a Recorded],
    pub sums: &'a Sums,
}

impl Transaction<'_> {
    /// None where they add nothing to what else is told.
    pub fn what(&self, subject: Subject) -> Option<What> {
        let told = self
            .sold()
            .or_else(|| self.unsettled())
            .or_else(|| self.ended())
            .or_else(|| self.held(subject))
            .or_else(|| self.of_payment())
            .or_else(|| self.of_refund())
            .or_else(|| self.of_show());
        match told {
            Some(told) => Some(told),
            None if self.rows.iter().any(|row| row.entity == "show_seat") => self.of_seats(subject),
            None => self.rows.first().map(|row| other(row)),
        }
    }

    fn row(&self, entity: &str, to: &str) -> Option<&Recorded> {
        self.rows.iter().copied().find(|row| row.entity == entity && row.to_status == to)
    }

    fn seats_to(&self, to: &str) -> Vec<SeatId> {
        let moved = self.rows.iter().filter(|row| row.entity == "show_seat" && row.to_status == to);
        moved.filter_map(|row| row.seat_id).collect()
    }

    fn tickets_to(&self, to: &str) -> usize {
        self.rows.iter().filter(|row| row.entity == "ticket" && row.to_status == to).count()
    }

    fn sold(&self) -> Option<What> {
        self.row("booking", "confirmed")?;
        let arrival = self.row("payment", "succeeded").and_then(arrival);
        Some(What::Sold {
            seats: self.seats_to("booked"),
            tickets: self.tickets_to("valid"),
            at_counter: arrival.as_ref().is_some_and(|arrival| arrival.method == PaymentMethod::Counter),
            taken_again: arrival.as_ref().is_some_and(|arrival| arrival.outcome == Outcome::TakeAgain),
            money: arrival.map(|arrival| arrival.money),
        })
    }

    fn unsettled(&self) -> Option<What> {
        let row = self.row("payment", "succeeded")?;
        let (money, outcome) = arrival(row).map(|arrival| (arrival.money, arrival.outcome)).unzip();
        Some(What::Unsettled { money, outcome, owed: self.owed() })
    }

    fn owed(&self) -> Option<Owed> {
        self.rows.iter().find_map(|row| owed(row))
    }

    fn ended(&self) -> Option<What> {
        let row = self.row("booking", "cancelled")?;
        let with_show = match self.row("show", "cancelled") {
            Some(show) => Some(reason(show)),
            None => (row.cause == "show_cancelled").then(String::new),
        };
        let (owed, paid) = (self.owed(), row.booking_id.and_then(|booking| self.sums.paid.get(&booking)));
        let kept = owed.as_ref().zip(paid).map(|(owed, paid)| paid.minor - owed.money.minor).filter(|kept| *kept > 0);
        Some(What::Ended {
            seats: self.seats_to("available"),
            with_show,
            tickets: self.tickets_to("void"),
            kept: kept.zip(paid).map(|(kept, paid)| Money::new(kept, paid.currency.clone())),
            owed,
        })
    }

    fn held(&self, subject: Subject) -> Option<What> {
        let booking = self.rows.iter().find(|row| row.entity == "booking" && row.from_status.is_none());
        let seat = self.rows.iter().find(|row| row.entity == "show_seat" && row.to_status == "locked");
        let is_new = |row: &&&Recorded| row.from_owner != row.to_owner;
        let row = match subject {
            Subject::Booking(_) => booking?,
            // Without the booking's own row the seat's says it too.
            Subject::Seat(_) => booking.or(seat.filter(is_new))?,
        };
        let taken = self.rows.iter().filter(|row| row.entity == "show_seat" && row.to_status == "locked");
        let after = taken.filter_map(|row| Some((row.seat_id?, row.from_owner?))).collect();
        let pay_by = row.read_detail().ok().map(|HoldDetail { pay_by }| pay_by);
        Some(What::Held { seats: self.seats_to("locked"), until: row.to_end, pay_by, after })
    }

    fn of_payment(&self) -> Option<What> {
        use payment::Step::{Close, Decline, Session};
        let row = self.rows.iter().find(|row| row.entity == "payment")?;
        if row.from_status.is_none() {
            return Some(self.started(row));
        }
        Some(match payment::Step::recorded(row) {
            Ok(Session { id }) => What::SessionOpened { session: id },
            Ok(Decline { reason }) => What::Declined { reason },
            Ok(Close { to: PaymentStatus::Expired }) => What::Closed { why: Closing::Expired },
            Ok(Close { .. }) if row.cause == "session_refused" => What::Closed { why: Closing::Refused },
            Ok(Close { to: PaymentStatus::Failed }) => What::Closed { why: Closing::Failed },
            _ => other(row),
        })
    }

    fn started(&self, row: &Recorded) -> What {
        let amount = payment::Life::recorded(row).ok().map(|life| Money::new(life.amount, life.currency));
        let moved = self.rows.iter().find(|row| row.entity == "booking").map(|row| booking::Step::recorded(row));
        let deadline = match moved {
            Some(Ok(booking::Step::Freeze { deadline, .. })) => Some(deadline),
            _ => None,
        };
        let (pay_by, until) = deadline.map(|deadline| (deadline.pay_by, deadline.lock_expires_at)).unzip();
        What::PaymentStarted { amount, pay_by, until }
    }

    fn of_refund(&self) -> Option<What> {
        use refund::Step::{Accept, Escalate, Fail, Retry, Settle, Succeed};
        let row = self.rows.iter().find(|row| row.entity == "refund")?;
        if row.from_status.is_none() {
            return Some(What::RefundRequested { owed: owed(row) });
        }
        let step = match refund::Step::recorded(row).ok()? {
            Accept { gateway_id } => RefundStep::Accepted { gateway_id },
            Succeed { gateway_id } => RefundStep::Succeeded { gateway_id },
            Fail { reason, .. } => RefundStep::Failed { reason, again: self.row("refund", "requested").is_some() },
            Retry => RefundStep::AskedAgain,
            Settle => RefundStep::SettledByStaff,
            // Never without the failure that it follows.
            Escalate => return None,
        };
        Some(What::Refund { step, money: row.refund_id.and_then(|id| self.sums.refunds.get(&id)).cloned() })
    }

    fn of_show(&self) -> Option<What> {
        let row = self.rows.iter().find(|row| row.entity == "show")?;
        Some(match (row.from_status.as_deref(), row.to_status.as_str()) {
            (None, _) => What::Published,
            (_, "cancelled") => What::ShowCancelled { reason: reason(row) },
            _ => other(row),
        })
    }

    /// Rows of seats alone.
    fn of_seats(&self, subject: Subject) -> Option<What> {
        let row = self.rows.last()?;
        let all = |to: &str| self.seats_to(to);
        Some(match (row.from_status.as_deref(), row.to_status.as_str(), subject) {
            (_, "blocked", _) => What::KeptBack { reason: reason(row) },
            (Some("blocked"), "available", _) => What::GivenToSale,
            (_, "locked", Subject::Booking(own)) if row.to_owner != Some(own) => {
                What::TakenOver { seats: all("locked"), by: row.to_owner }
            }
            // The house clears a lapsed lock before it keeps a seat back: the seat's own story tells both already.
            (Some("locked"), "available", Subject::Seat(_)) if row.from_end <= Some(row.at) => return None,
            (Some("locked"), "available", Subject::Booking(_)) if row.from_end <= Some(row.at) => {
                What::TakenOver { seats: all("available"), by: None }
            }
            (Some("locked" | "booked"), "available", _) => What::given_up(all("available")),
            _ => other(row),
        })
    }
}

fn other(row: &Recorded) -> What {
    What::Other {
        entity: row.entity.clone(),
        from: row.from_status.clone(),
        to: row.to_status.clone(),
        cause: row.cause.clone(),
    }
}

/// Money, as the payment's row tells that it came.
struct Arrival {
    method: PaymentMethod,
    money: Money,
    outcome: Outcome,
}

fn arrival(row: &Recorded) -> Option<Arrival> {
    if row.from_status.is_none() {
        let life = payment::Life::recorded(row).ok()?;
        let money = Money::new(life.captured_amount?, life.captured_currency?);
        return Some(Arrival { method: life.method, money, outcome: life.outcome? });
    }
    match payment::Step::recorded(row) {
        Ok(payment::Step::Succeed { captured, outcome, .. }) => {
            Some(Arrival { method: PaymentMethod::Gateway, money: captured, outcome })
        }
        _ => None,
    }
}

/// What a refund's first row says is owed.
fn owed(row: &Recorded) -> Option<Owed> {
    if row.entity != "refund" || row.from_status.is_some() {
        return None;
    }
    let life = refund::Life::recorded(row).ok()?;
    let at_counter = life.status == RefundStatus::NeedsAttention;
    Some(Owed { money: Money::new(life.amount, life.currency), cause: life.cause, at_counter })
}

/// Why staff did it.
fn reason(row: &Recorded) -> String {
    row.detail["reason"].as_str().unwrap_or_default().to_owned()
}
