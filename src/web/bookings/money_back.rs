//! Money that goes back, in the customer's words: why, how much, and how far it is. It is never said to be refunded
//! before the gateway has said so.

use super::rows::Rows;
use crate::booking::BookingStatus;
use crate::catalogue::show::ShowStatus;
use crate::money::Money;
use crate::payment::{Payment, PaymentMethod, Refund, RefundCause, RefundStatus};
use crate::web::page::{date, local};

/// One refund.
pub struct MoneyBack {
    /// `Refund of ₹470.80 on its way`
    pub title: String,
    pub why: String,
    /// How it goes on; empty when it has ended.
    pub how: String,
    /// Of the notice: whether somebody should look twice.
    pub tone: &'static str,
}

/// Every refund of the booking, the first first.
pub fn money_back(rows: &Rows) -> Vec<MoneyBack> {
    rows.refunds
        .iter()
        .filter_map(|refund| {
            let payment = rows.payment(refund.life.payment_id)?;
            let at_counter = payment.method == PaymentMethod::Counter;
            Some(MoneyBack {
                title: title(rows, refund, at_counter),
                why: why(rows, refund, payment),
                how: how(rows, refund.life.status, at_counter),
                tone: tone(refund.life.status),
            })
        })
        .collect()
}

/// How a refund stands, for a list.
pub fn in_short(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::Requested => "Refund on its way",
        RefundStatus::Succeeded => "Refunded",
        RefundStatus::Failed | RefundStatus::NeedsAttention => "Refund being looked into",
        RefundStatus::SettledByStaff => "Given back",
    }
}

fn tone(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::Requested => "",
        RefundStatus::Succeeded | RefundStatus::SettledByStaff => "good",
        RefundStatus::Failed | RefundStatus::NeedsAttention => "warn",
    }
}

fn title(rows: &Rows, refund: &Refund, at_counter: bool) -> String {
    let sum = refund.money();
    let zone = &rows.details.cinema.time_zone;
    let on = refund.life.ended_at.map(|at| format!(" on {}", date(&local(at, zone)))).unwrap_or_default();
    match (refund.life.status, at_counter) {
        (RefundStatus::Requested, _) => format!("Refund of {sum} on its way"),
        (RefundStatus::Succeeded, _) => format!("{sum} refunded{on}"),
        (RefundStatus::Failed | RefundStatus::NeedsAttention, true) => format!("{sum} waits for you at the counter"),
        (RefundStatus::Failed | RefundStatus::NeedsAttention, false) => {
            format!("We are looking into your refund of {sum}")
        }
        (RefundStatus::SettledByStaff, true) => format!("{sum} given back at the counter{on}"),
        (RefundStatus::SettledByStaff, false) => format!("{sum} given back by the cinema{on}"),
    }
}

fn why(rows: &Rows, refund: &Refund, payment: &Payment) -> String {
    let sum = |minor: i64| Money::new(minor, &refund.life.currency).to_string();
    let (came, back) = (payment.captured_amount.unwrap_or_default(), refund.life.amount);
    match refund.life.cause {
        RefundCause::WrongAmount => format!(
            "{} arrived, and {} was asked for, so it could not buy the seats. All of it goes back.",
            refund.money(),
            Money::new(payment.amount, &payment.currency),
        ),
        RefundCause::AlreadyPaid => {
            "This booking had been paid already, perhaps in another tab. The second payment goes back in full."
                .to_owned()
        }
        RefundCause::Cancelled => {
            let what = if rows.details.show.status == ShowStatus::Cancelled {
                "the show had been cancelled"
            } else if rows.booking.status == BookingStatus::Cancelled {
                "you had cancelled the booking"
            } else {
                "the show was over"
            };
            format!("Your payment arrived after {what}. All of it goes back, the fee included.")
        }
        RefundCause::SeatsLost => {
            "Your payment arrived after your hold had ended, and somebody else had taken a seat by \
                                   then. All of it goes back, the fee included."
                .to_owned()
        }
        RefundCause::CustomerCancelled => format!(
            "You cancelled this booking. Of the {} that you paid {} is kept, as you were shown before.",
            sum(came),
            sum(came - back)
        ),
        RefundCause::ShowCancelled => "All that you paid goes back, the fee included.".to_owned(),
    }
}

fn how(rows: &Rows, status: RefundStatus, at_counter: bool) -> String {
    let reference = &rows.booking.reference;
    match (status, at_counter) {
        (RefundStatus::Requested, _) => {
            "It goes to the card or account that you paid with, and shows on your statement 5 to 10 days \
                                         after the payment provider has taken it on."
                .to_owned()
        }
        (RefundStatus::Succeeded, _) => {
            "The payment provider has sent it to the card or account that you paid with. It can take 5 to \
                                         10 days to show on your statement."
                .to_owned()
        }
        (RefundStatus::Failed | RefundStatus::NeedsAttention, true) => {
            format!("Show your booking reference {reference} at the counter of {}.", rows.details.cinema.name)
        }
        (RefundStatus::Failed | RefundStatus::NeedsAttention, false) => format!(
            "The payment provider could not send it back to you. A person at the cinema has this on their list and \
             sees to it that you get your money. Quote your reference {reference} if you call."
        ),
        (RefundStatus::SettledByStaff, _) => String::new(),
    }
}
