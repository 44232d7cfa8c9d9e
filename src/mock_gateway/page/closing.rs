//! When a payment page closes, in words.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;

/// The end of a session as its customer reads it.
#[derive(Debug, PartialEq, Eq)]
pub struct Closing {
    /// `29 minutes`
    pub left: String,
    /// `7:42 pm IST`
    pub at: String,
    /// For machines: RFC 3339, UTC.
    pub machine: String,
}

impl Closing {
    /// Rupees are paid by India's clock; for other currencies nobody knows the customer's.
    pub fn new(expires_at: DateTime<Utc>, now: DateTime<Utc>, currency: &str) -> Self {
        let zone = if currency == "inr" { Tz::Asia__Kolkata } else { Tz::UTC };
        Self {
            left: in_words(expires_at - now),
            at: expires_at.with_timezone(&zone).format("%-I:%M %P %Z").to_string(),
            machine: expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        }
    }
}

/// Rounded down, so that nobody is promised time that is not there.
fn in_words(left: TimeDelta) -> String {
    match left.num_minutes() {
        ..1 => "less than a minute".to_owned(),
        1 => "1 minute".to_owned(),
        minutes @ 2..120 => format!("{minutes} minutes"),
        minutes => format!("{} hours", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_rounded_down_and_the_end_is_told_by_indias_clock() {
        let now: DateTime<Utc> = "2026-09-30T14:00:00Z".parse().unwrap();
        let closing = Closing::new(now + TimeDelta::seconds(30 * 60 - 1), now, "inr");
        assert_eq!((closing.left.as_str(), closing.at.as_str()), ("29 minutes", "7:59 pm IST"));
        assert_eq!(closing.machine, "2026-09-30T14:29:59Z");
        assert_eq!(Closing::new(now, now, "usd").at, "2:00 pm UTC");
        for (seconds, words) in [
            (-5, "less than a minute"),
            (59, "less than a minute"),
            (60, "1 minute"),
            (7199, "119 minutes"),
            (7200, "2 hours"),
        ] {
            assert_eq!(in_words(TimeDelta::seconds(seconds)), words);
        }
    }
}
