//! When a delivery that failed is tried again.

use chrono::{DateTime, Duration, Utc};

/// Stripe keeps trying for up to three days after the event.
const KEEP_TRYING: Duration = Duration::days(3);

/// Waits double from one second, so six tries fall in the first minute and a merchant that restarts is soon served;
/// they stop growing here.
const LONGEST_WAIT: Duration = Duration::hours(3);

/// The time of the next attempt after `attempts` of them failed, the last one at `now`; none when it is given up.
pub fn next_attempt(event_at: DateTime<Utc>, now: DateTime<Utc>, attempts: i32) -> Option<DateTime<Utc>> {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
    let next = now + Duration::seconds(1 << doublings).min(LONGEST_WAIT);
    (next <= event_at + KEEP_TRYING).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_tries_fall_in_the_first_minute_and_the_last_in_the_third_day() {
        let event_at = DateTime::UNIX_EPOCH;
        let mut tries = vec![event_at];
        while let Some(next) = next_attempt(event_at, tries[tries.len() - 1], tries.len() as i32) {
            tries.push(next);
        }
        assert_eq!(tries.iter().filter(|at| **at < event_at + Duration::minutes(1)).count(), 6);
        let last = tries[tries.len() - 1];
        assert!(last > event_at + Duration::days(2) && last <= event_at + KEEP_TRYING);
    }
}
