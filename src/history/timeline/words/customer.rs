//! The words for the customer of a booking: nobody else's reference, no name, no id.

use super::words;
use crate::history::timeline::happening::{Closing, Happening, Owed, RefundStep, What};
use crate::history::timeline::{Names, Word, seat_list};
use crate::money::Money;
use crate::payment::Outcome;

/// None for what only the house needs.
pub fn words(happening: &Happening, names: &Names) -> Option<Vec<Word>> {
    let said = match &happening.what {
        What::Held { seats, .. } => format!("You held {}.", seat_list(seats, names)),
        What::PaymentStarted { .. } => "You started to pay.".to_owned(),
        What::Declined { .. } => "The card was declined. Nothing was charged, and you could try again.".to_owned(),
        What::Closed { why: Closing::Expired } => "The payment page closed. Nothing was charged.".to_owned(),
        What::Closed { why: Closing::Refused | Closing::Failed } => {
            "The payment did not go through. Nothing was charged.".to_owned()
        }
        What::Sold { taken_again, tickets, .. } => format!(
            "Paid, and your {} issued.{}",
            if *tickets == 1 { "ticket was" } else { "tickets were" },
            if *taken_again { " The payment came late, and the seats were still free." } else { "" },
        ),
        What::Unsettled { outcome, owed: Some(owed), .. } => format!("{} {}", arrived(*outcome), on_its_way(owed)),
        What::Unsettled { outcome, owed: None, .. } => {
            format!("{} A person at the cinema settles it with you.", arrived(*outcome))
        }
        What::Ended { with_show: None, owed: Some(owed), kept, .. } => {
            let kept = kept.as_ref().map(|kept| format!(" The cinema keeps {kept}, as agreed.")).unwrap_or_default();
            format!("You gave the tickets back. {}{kept}", on_its_way(owed))
        }
        What::Ended { with_show: None, .. } => "You gave the seats back.".to_owned(),
        What::Ended { with_show: Some(_), owed: Some(owed), .. } => {
            format!("The cinema cancelled the show. {}", on_its_way(owed))
        }
        What::Ended { with_show: Some(_), .. } | What::ShowCancelled { .. } => {
            "The cinema cancelled the show.".to_owned()
        }
        What::RefundRequested { owed: Some(owed) } => on_its_way(owed),
        What::Refund { step: RefundStep::Succeeded { .. }, money } => format!("{} was refunded.", sum(money)),
        What::Refund { step: RefundStep::Failed { again: false, .. }, money } => {
            format!("The refund of {} did not go through. A person at the cinema sees to it.", sum(money))
        }
        What::Refund { step: RefundStep::AskedAgain, money } => {
            format!("The refund of {} was asked for again and is on its way.", sum(money))
        }
        What::Refund { step: RefundStep::SettledByStaff, money } => {
            format!("The cinema gave you {} by another way.", sum(money))
        }
        // At the end of grace, which is not promised: the page names the deadline itself.
        What::Lapsed { .. } => "Nobody paid in time: your hold ended, and others could take the seats.".to_owned(),
        What::TakenOver { seats, by: Some(_) } => format!("Another booking took {}.", seat_list(seats, names)),
        What::Published
        | What::SessionOpened { .. }
        | What::TakenOver { by: None, .. }
        | What::KeptBack { .. }
        | What::GivenToSale
        | What::Repeated
        | What::CaseOpened { .. }
        | What::CaseClosed { .. }
        | What::RefundRequested { owed: None }
        | What::Refund { step: RefundStep::Accepted { .. } | RefundStep::Failed { again: true, .. }, .. }
        | What::Other { .. } => return None,
    };
    Some(words![said])
}

/// Money that came and bought nothing.
fn arrived(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::AlreadyPaid) => "A second payment arrived.",
        Some(Outcome::WrongAmount) => "A payment arrived, but not the sum that was asked for.",
        Some(Outcome::Cancelled) => "Your payment arrived after the booking had ended.",
        Some(Outcome::SeatsLost) => "Your payment arrived late, and the seats were no longer free.",
        Some(Outcome::Confirm | Outcome::TakeAgain) | None => "Your payment arrived, but could not buy the seats.",
    }
}

/// Never that it was refunded: only the gateway knows when it is.
fn on_its_way(owed: &Owed) -> String {
    let Owed { money, at_counter, .. } = owed;
    match at_counter {
        true => format!("{money} is given back to you at the counter."),
        false => format!("{money} goes back to you: the refund is on its way."),
    }
}

fn sum(money: &Option<Money>) -> String {
    money.as_ref().map_or("Your money".to_owned(), Money::to_string)
}
