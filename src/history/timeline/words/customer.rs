//! The words for the customer of a booking: nobody else's reference, no name, no id.

use super::words;
use crate::history::timeline::happening::{Closing, Happening, What};
use crate::history::timeline::{Names, Word, seat_list};
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
        What::Sold { tickets: 1, .. } => "Paid, and your ticket was issued.".to_owned(),
        What::Sold { .. } => "Paid, and your tickets were issued.".to_owned(),
        What::Unsettled { outcome: Some(Outcome::AlreadyPaid), .. } => {
            "A second payment arrived. A person at the cinema settles it with you.".to_owned()
        }
        What::Unsettled { .. } => {
            "Your payment arrived, but could not buy the seats. A person at the cinema settles it with you."
                .to_owned()
        }
        What::Ended { with_show: None, .. } => "You gave the seats back.".to_owned(),
        What::Ended { with_show: Some(_), .. } | What::ShowCancelled { .. } => {
            "The cinema cancelled the show.".to_owned()
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
        | What::Other { .. } => return None,
    };
    Some(words![said])
}
