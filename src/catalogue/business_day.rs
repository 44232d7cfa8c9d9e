//! The business day of a cinema: 06:00 to 05:59 on the cinema's own clock, so that a late show belongs to its evening.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

/// Hours after midnight at which a business day begins.
const BEGINS_AT: i64 = 6;

/// The business day that a local time belongs to.
pub fn of(local: NaiveDateTime) -> NaiveDate {
    (local - TimeDelta::hours(BEGINS_AT)).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_belongs_to_the_evening_before() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).expect("a date");
        let at = |date: NaiveDate, hour, minute| of(date.and_hms_opt(hour, minute, 0).expect("a time"));
        assert_eq!(at(day(28), 23, 59), day(28));
        assert_eq!(at(day(29), 0, 30), day(28));
        assert_eq!(at(day(29), 5, 59), day(28));
        assert_eq!(at(day(29), 6, 0), day(29));
    }
}
