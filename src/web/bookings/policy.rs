//! The refund policy in words, as it is promised before the customer pays.

use crate::booking::refund_policy::{RefundPolicy, RefundStep};
use crate::web::page::running_time;

/// `Cancel until 2 h before the show for 75 % of the ticket price, until 20 min before for 50 %; the fee is kept.`
pub fn words(policy: &RefundPolicy) -> String {
    let [early, late] = policy.0;
    match (early.percent, late.percent) {
        (0, _) => "Tickets cannot be cancelled once they are paid.".to_owned(),
        (percent, 0) => format!("Cancel {} for {percent}\u{a0}% of the ticket price; the fee is kept.", until(early)),
        (percent, same) if percent == same => {
            format!("Cancel {} for {percent}\u{a0}% of the ticket price; the fee is kept.", until(late))
        }
        (percent, less) => format!(
            "Cancel {} for {percent}\u{a0}% of the ticket price, {} for {less}\u{a0}%; the fee is kept.",
            until(early),
            until(late)
        ),
    }
}

fn until(step: RefundStep) -> String {
    match i32::try_from(step.minutes_before) {
        Ok(0) => "until the show begins".to_owned(),
        Ok(minutes) => format!("until {} before the show", running_time(minutes)),
        Err(_) => format!("until {} minutes before the show", step.minutes_before),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_that_can_be_set_reads_as_one_sentence() {
        let said = |early: (i64, i64), late: (i64, i64)| {
            let step = |(minutes_before, percent)| RefundStep { minutes_before, percent };
            words(&RefundPolicy([step(early), step(late)]))
        };
        for (early, late, expected) in [
            (
                (120, 75),
                (20, 50),
                "Cancel until 2 h before the show for 75 % of the ticket price, until 20 min before the show for 50 %; the fee is kept.",
            ),
            ((120, 75), (20, 0), "Cancel until 2 h before the show for 75 % of the ticket price; the fee is kept."),
            ((120, 100), (0, 100), "Cancel until the show begins for 100 % of the ticket price; the fee is kept."),
            ((120, 0), (20, 0), "Tickets cannot be cancelled once they are paid."),
        ] {
            assert_eq!(said(early, late).replace('\u{a0}', " "), expected);
        }
    }
}
