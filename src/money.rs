//! Money as an integer number of minor units (paise for INR) with its currency.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in minor units of `currency` (ISO 4217, e.g. `INR`: 100 paise to the rupee).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: String,
}

impl Money {
    pub fn new(minor: i64, currency: impl Into<String>) -> Self {
        Self { minor, currency: currency.into() }
    }
}

impl Money {
    /// `₹250` where there are no minor units, else in full: for the many prices of a list.
    pub fn brief(&self) -> String {
        let full = self.to_string();
        full.strip_suffix(".00").map(str::to_owned).unwrap_or(full)
    }
}

impl fmt::Display for Money {
    /// `₹1,23,456.50` for rupees (grouped as India writes it), `USD 12.50` otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "−" } else { "" };
        let (units, cents) = (self.minor.unsigned_abs() / 100, self.minor.unsigned_abs() % 100);
        match self.currency.as_str() {
            "INR" => write!(f, "{sign}₹{}.{cents:02}", group_indian(units)),
            other => write!(f, "{sign}{other} {units}.{cents:02}"),
        }
    }
}

/// The last three digits, then pairs: 12,34,567.
fn group_indian(units: u64) -> String {
    let digits = units.to_string();
    let (head, tail) = digits.split_at(digits.len().saturating_sub(3));
    if head.is_empty() {
        return tail.to_owned();
    }
    let pairs: Vec<&str> =
        head.as_bytes().rchunks(2).rev().map(|pair| std::str::from_utf8(pair).expect("digits are ASCII")).collect();
    format!("{},{tail}", pairs.join(","))
}

/// Tax contained in a price that includes it, rounded half up, in minor units. `rate` in percent.
pub fn tax_included(price: i64, rate: i64) -> i64 {
    (2 * price * rate + 100 + rate) / (2 * (100 + rate))
}

/// A share of a sum, rounded half up, in minor units.
pub fn percent_of(minor: i64, percent: i64) -> i64 {
    (minor * percent + 50) / 100
}

/// Tax on top of a net price, rounded half up, in minor units. `rate` in percent.
pub fn tax_on_top(net: i64, rate: i64) -> i64 {
    percent_of(net, rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rupees_read_as_india_writes_them() {
        let shown = |minor| Money::new(minor, "INR").to_string();
        assert_eq!(shown(5), "₹0.05");
        assert_eq!(shown(99_900), "₹999.00");
        assert_eq!(shown(123_456_750), "₹12,34,567.50");
        assert_eq!(shown(-10_000_000), "−₹1,00,000.00");
    }

    #[test]
    fn brief_leaves_out_only_what_is_nothing() {
        assert_eq!(Money::new(25_000, "INR").brief(), "₹250");
        assert_eq!(Money::new(25_050, "INR").brief(), "₹250.50");
    }

    #[test]
    fn tax_inside_and_on_top_agree() {
        for net in [1, 999, 25_000, 61_017] {
            let gross = net + tax_on_top(net, 18);
            assert!((tax_included(gross, 18) - tax_on_top(net, 18)).abs() <= 1);
        }
        assert_eq!(tax_included(11_800, 18), 1_800);
        assert_eq!(tax_included(10_500, 5), 500);
    }
}
