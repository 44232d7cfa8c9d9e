//! What somebody wants a switch to do, and whether a switch can do it. Both fronts ask here.

use super::Fault;
use super::catalogue::{self, Measure};
use serde::Deserialize;

const MOST_TIMES: i64 = 1000;
/// An hour, in milliseconds: longer than any shop waits, and a test that wants more moves the clock.
const LONGEST_DELAY: i64 = 3_600_000;
/// As much as a charge may be, in minor units.
const LARGEST_AMOUNT: i64 = 99_999_999;
/// Given when none is: even a switch set without a thought is repeatable.
const USUAL_SEED: i64 = 1;

/// As it was asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    pub probability: Option<f64>,
    /// The next so many times.
    pub next: Option<i64>,
    pub seed: Option<i64>,
    pub delay_ms: Option<i64>,
    /// Minor units, added to what is captured.
    pub amount: Option<i64>,
}

/// As it can be done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    pub often: Often,
    pub seed: i64,
    pub delay_ms: Option<i64>,
    pub amount: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Often {
    Chance(f64),
    Next(i32),
}

/// What cannot be done, and why, with the name of the field at fault.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    pub field: &'static str,
    pub message: String,
}

fn refuse<T>(field: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { field, message: message.into() })
}

impl Wish {
    pub fn check(&self, fault: Fault) -> Result<Setting, Refusal> {
        let (delay_ms, amount) = self.measure(fault)?;
        Ok(Setting { often: self.often()?, seed: self.seed.unwrap_or(USUAL_SEED), delay_ms, amount })
    }

    fn often(&self) -> Result<Often, Refusal> {
        match (self.probability, self.next) {
            (Some(chance), None) if (0.0..=1.0).contains(&chance) => Ok(Often::Chance(chance)),
            (Some(_), None) => refuse("probability", "A probability is a number from 0 (never) to 1 (every time)."),
            (None, Some(times)) => match i32::try_from(times) {
                Ok(next) if (1..=MOST_TIMES).contains(&times) => Ok(Often::Next(next)),
                _ => refuse("next", format!("The next so many times: a whole number from 1 to {MOST_TIMES}.")),
            },
            (Some(_), Some(_)) => refuse("next", "Say how often with a probability or with next, not with both."),
            (None, None) => {
                refuse("probability", "Say how often: a probability from 0 to 1, or the next so many times.")
            }
        }
    }

    /// Delay and amount, the usual one where none was given.
    fn measure(&self, fault: Fault) -> Result<(Option<i64>, Option<i64>), Refusal> {
        let measure = catalogue::find(fault).map_or(Measure::None, |entry| entry.measure);
        if self.delay_ms.is_some() && !matches!(measure, Measure::Delay { .. }) {
            return refuse("delay_ms", format!("{fault} takes no delay."));
        }
        if self.amount.is_some() && !matches!(measure, Measure::Amount { .. }) {
            return refuse("amount", format!("{fault} takes no amount."));
        }
        match measure {
            Measure::None => Ok((None, None)),
            Measure::Delay { usual_ms, .. } => {
                let delay = self.delay_ms.or(usual_ms);
                if delay.is_some_and(|delay| !(0..=LONGEST_DELAY).contains(&delay)) {
                    return refuse("delay_ms", "A delay is from 0 to 3600 seconds.");
                }
                Ok((delay, None))
            }
            Measure::Amount { usual, .. } => {
                let amount = self.amount.unwrap_or(usual);
                if amount == 0 || !(-LARGEST_AMOUNT..=LARGEST_AMOUNT).contains(&amount) {
                    return refuse(
                        "amount",
                        "The difference is a whole number of minor units, such as -1, but not 0.",
                    );
                }
                Ok((None, Some(amount)))
            }
        }
    }
}
