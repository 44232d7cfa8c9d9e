//! The deadlines of a booking (`docs/architecture.md`, "Time"): when the customer must pay, when the locks end.

use crate::clock::Instant;
use chrono::Duration;

/// The four settings of time. The customer sees the first two; grace is never shown and never promised.
#[derive(Clone, Copy, Debug)]
pub struct DeadlinePolicy {
    /// From the hold to the first payment.
    pub choose: Duration,
    /// From the first payment start, at least.
    pub pay: Duration,
    /// Between the deadline shown and the end of the lock, for money on its way.
    pub grace: Duration,
    /// No lock ever ends later than this after the hold.
    pub ceiling: Duration,
}

impl Default for DeadlinePolicy {
    fn default() -> Self {
        Self {
            choose: Duration::minutes(8),
            pay: Duration::minutes(5),
            grace: Duration::minutes(2),
            ceiling: Duration::minutes(15),
        }
    }
}

/// Pay by then; the locks last until their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    pub pay_by: Instant,
    pub lock_expires_at: Instant,
}

impl DeadlinePolicy {
    /// The deadline of a hold placed at `held_at`.
    pub fn at_hold(&self, held_at: Instant) -> Deadline {
        self.ending(held_at, held_at + self.choose)
    }

    /// The deadline after the first payment start, which moves it once and never backwards.
    pub fn at_first_payment(&self, held_at: Instant, pay_by: Instant, started_at: Instant) -> Deadline {
        self.ending(held_at, pay_by.max(started_at + self.pay))
    }

    /// The ceiling shortens the time to pay, never the grace: money on its way always has it.
    fn ending(&self, held_at: Instant, pay_by: Instant) -> Deadline {
        let pay_by = pay_by.min(held_at + self.ceiling - self.grace);
        Deadline { pay_by, lock_expires_at: pay_by + self.grace }
    }

    /// Whether the ceiling leaves room for choosing and for the grace.
    pub fn is_consistent(&self) -> bool {
        self.choose + self.grace <= self.ceiling
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(n: i64) -> Instant {
        Instant::UNIX_EPOCH + Duration::minutes(n)
    }

    #[test]
    fn a_hold_gives_eight_minutes_and_locks_two_more() {
        let deadline = DeadlinePolicy::default().at_hold(minute(0));
        assert_eq!((deadline.pay_by, deadline.lock_expires_at), (minute(8), minute(10)));
    }

    #[test]
    fn an_early_payment_start_takes_nothing_away() {
        let policy = DeadlinePolicy::default();
        assert_eq!(policy.at_first_payment(minute(0), minute(8), minute(1)), policy.at_hold(minute(0)));
    }

    #[test]
    fn a_payment_started_at_the_last_moment_gets_its_five_minutes_within_the_ceiling() {
        let policy = DeadlinePolicy::default();
        let last = policy.at_first_payment(minute(0), minute(8), minute(8));
        assert_eq!((last.pay_by, last.lock_expires_at), (minute(13), minute(15)));
        let tight = DeadlinePolicy { ceiling: Duration::minutes(12), ..policy };
        let capped = tight.at_first_payment(minute(0), minute(8), minute(8));
        assert_eq!((capped.pay_by, capped.lock_expires_at), (minute(10), minute(12)));
        assert!(tight.is_consistent());
        assert!(!DeadlinePolicy { ceiling: Duration::minutes(9), ..policy }.is_consistent());
    }
}
