//! The words for staff: every fact that the ledger has, with references to go on from.

use super::{case, outcome, words};
use crate::history::timeline::happening::{Closing, Happening, Owed, RefundStep, What};
use crate::history::timeline::{Names, Subject, Word, seat_list};
use crate::ids::{BookingId, SeatId};
use crate::ledger::Actor;
use crate::money::Money;

type Sentence = Vec<Word>;

/// What happened, and its parts. None where the subject's story has no use for it.
pub fn words(happening: &Happening, names: &Names, subject: Subject) -> Option<(Sentence, Vec<Sentence>)> {
    let what = match subject {
        Subject::Booking(_) => of_booking(happening, names),
        Subject::Seat(_) => of_seat(happening, names)?,
    };
    Some((what, details(happening, names, subject)))
}

/// In the story of a booking, which needs not be named.
fn of_booking(happening: &Happening, names: &Names) -> Sentence {
    let list = |seats: &[SeatId]| seat_list(seats, names);
    match &happening.what {
        What::Held { seats, until: Some(end), .. } => {
            words![format!("Held {} until ", list(seats)), Word::Time(*end)]
        }
        What::Held { seats, until: None, .. } => words![format!("Held {}", list(seats))],
        What::Sold { seats, tickets, .. } => {
            words![format!("Confirmed: {} sold, {} issued", list(seats), counted(*tickets, "ticket"))]
        }
        What::Ended { seats, with_show: None, owed: Some(_), .. } => {
            words![format!("Given back by its customer: {}", free_again(&list(seats)))]
        }
        What::Ended { seats, with_show: None, .. } => words![format!("Given up: {}", free_again(&list(seats)))],
        What::Ended { seats, with_show: Some(_), .. } => {
            words![format!("Ended with its show: {}", free_again(&list(seats)))]
        }
        What::Lapsed { .. } => {
            let wanted = happening.booking.and_then(|id| names.bookings.get(&id)).map(|name| list(&name.seats));
            words![format!("Lapsed: nobody paid in time; {} free from here on", wanted.unwrap_or_default())]
        }
        What::TakenOver { seats, by: Some(by) } => words![format!("{} taken by ", list(seats)), booking(*by, names)],
        What::TakenOver { seats, by: None } => words![format!("{} kept back by the house", list(seats))],
        _ => of_either(happening, None),
    }
}

/// In the story of a seat, where each owner must be named.
fn of_seat(happening: &Happening, names: &Names) -> Option<Sentence> {
    let owner = happening.booking.map(|id| booking(id, names));
    let named = |before: &str, after: &str| match owner.clone() {
        Some(owner) => words![before, owner, after],
        None => words![before, "nobody", after],
    };
    Some(match &happening.what {
        What::Held { until, .. } => {
            let mut said = named("Locked by booking ", "");
            said.extend(until.iter().flat_map(|end| words![" until ", Word::Time(*end)]));
            said
        }
        What::Sold { .. } => named("Sold to booking ", ""),
        What::Ended { with_show: None, seats, .. } if seats.is_empty() => {
            named("Booking ", " was given up, and had lost the seat before")
        }
        What::Ended { with_show: None, .. } => named("Given back by booking ", ", free from here on"),
        What::Ended { with_show: Some(_), owed: Some(_), .. } => {
            named("Sold to booking ", ", which ended with its show")
        }
        What::Ended { with_show: Some(_), .. } => named("Booking ", " ended with its show"),
        What::Lapsed { .. } => named("The lock of booking ", " lapsed: nobody paid in time; free from here on"),
        // Of no consequence to the seat.
        What::SessionOpened { .. } | What::Repeated | What::TakenOver { .. } => return None,
        What::Refund { step: RefundStep::Accepted { .. } | RefundStep::Failed { again: true, .. }, .. } => {
            return None;
        }
        _ => of_either(happening, owner),
    })
}

/// What is said alike of a booking and of a seat; there with the booking that it is about.
fn of_either(happening: &Happening, owner: Option<Word>) -> Sentence {
    let mut said = match &happening.what {
        What::Published => words!["The show was published, its seats on sale"],
        What::PaymentStarted { amount, .. } => words![format!("Payment{} started", of_sum(amount))],
        What::SessionOpened { .. } => words!["The gateway opened its payment page"],
        What::Declined { reason } => words![format!("Card declined{}", why(reason.as_deref()))],
        What::Closed { why: Closing::Expired } => words!["The gateway’s payment page closed without money"],
        What::Closed { why: Closing::Refused } => words!["The gateway refused to open a payment page"],
        What::Closed { why: Closing::Failed } => words!["The payment failed"],
        What::Unsettled { money, outcome: Some(row), .. } => {
            words![format!("{} arrived and bought nothing: {}", sum(money), outcome(*row))]
        }
        What::Unsettled { money, outcome: None, .. } => words![format!("{} arrived", sum(money))],
        What::ShowCancelled { reason } => words![format!("The show was cancelled: {reason}")],
        What::KeptBack { reason } => words![format!("Kept back from the sale: {reason}")],
        What::GivenToSale => words!["Given back to the sale"],
        What::Repeated => words!["The gateway said again what was known; nothing changed"],
        What::CaseOpened { kind } => words![format!("A case was opened for staff: {}", case(*kind))],
        What::CaseClosed { kind, resolution } => {
            words![format!("The case was closed ({}): {resolution}", case(*kind))]
        }
        What::RefundRequested { owed: Some(owed) } => words![owed_words(owed)],
        What::RefundRequested { owed: None } => words!["A refund was requested"],
        What::Refund { step, money } => words![refund(step, &sum(money))],
        What::Other { entity, from, to, cause } => {
            let from = from.as_deref().unwrap_or("new");
            words![format!("{}: {from} → {to} ({})", entity.replace('_', " "), cause.replace('_', " "))]
        }
        // Said by each story in its own way.
        What::Held { .. } | What::Sold { .. } | What::Ended { .. } | What::Lapsed { .. } | What::TakenOver { .. } => {
            Vec::new()
        }
    };
    if let Some(owner) = owner {
        said.extend(words![" (booking ", owner, ")"]);
    }
    said
}

fn details(happening: &Happening, names: &Names, subject: Subject) -> Vec<Sentence> {
    let mut parts = of_what(happening, names, subject);
    if let (Some(payment), Subject::Booking(_)) = (happening.payment, subject) {
        parts.push(words!["Payment ", Word::Payment(payment)]);
    }
    if let (Some(Actor::Gateway(id)), Subject::Booking(_)) = (&happening.actor, subject)
        && let Some(event) = names.events.get(id)
    {
        parts.push(words![format!("Event {} arrived ", event.kind), Word::Time(event.received_at)]);
    }
    if happening.case_opened {
        parts.push(words!["A case was opened for staff"]);
    }
    parts.extend(happening.case_closed.iter().map(|done| words![format!("The case was closed: {done}")]));
    parts
}

fn of_what(happening: &Happening, names: &Names, subject: Subject) -> Vec<Sentence> {
    let mut parts = Vec::new();
    match &happening.what {
        What::Held { pay_by, after, .. } => {
            parts.extend(beside(happening, names, subject));
            parts.extend(pay_by.iter().map(|end| words!["To be paid by ", Word::Time(*end)]));
            parts.extend(after.iter().map(|(seat, from)| {
                words![
                    format!("The lock on {} of ", seat_list(&[*seat], names)),
                    booking(*from, names),
                    " had lapsed"
                ]
            }));
        }
        What::PaymentStarted { pay_by, until, .. } => {
            parts.extend(pay_by.iter().map(|end| words!["The sum is fixed; to be paid by ", Word::Time(*end)]));
            parts.extend(until.iter().map(|end| words!["Locks end ", Word::Time(*end)]));
        }
        What::SessionOpened { session } => parts.push(words![format!("Session {session}")]),
        What::Declined { .. } => parts.push(words!["Nothing was charged; another card may be tried"]),
        What::Sold { money, at_counter, taken_again, .. } => {
            parts.extend(beside(happening, names, subject));
            if *taken_again {
                parts.push(words!["The money came late; the locks had ended, and the seats were taken again"]);
            }
            let place = if *at_counter { "at the counter" } else { "through the gateway" };
            parts.extend(money.iter().map(|money| words![format!("{money} paid {place}")]));
        }
        What::Ended { with_show, tickets, owed, kept, .. } => {
            let reason = with_show.iter().filter(|reason| !reason.is_empty());
            parts.extend(reason.map(|reason| words![format!("The show was cancelled: {reason}")]));
            parts.extend((*tickets > 0).then(|| words![format!("{} void", counted(*tickets, "ticket"))]));
            parts.extend(owed.iter().map(|owed| words![owed_words(owed)]));
            parts.extend(kept.iter().map(|kept| words![format!("{kept} kept, by the policy that was promised")]));
        }
        What::Unsettled { owed, .. } => parts.extend(owed.iter().map(|owed| words![owed_words(owed)])),
        What::Refund { step: RefundStep::Accepted { gateway_id } | RefundStep::Succeeded { gateway_id }, .. } => {
            parts.push(words![format!("Refund {gateway_id}")]);
        }
        _ => {}
    }
    parts
}

fn owed_words(owed: &Owed) -> String {
    let Owed { money, at_counter, .. } = owed;
    match at_counter {
        true => format!("{money} is to be given back at the counter"),
        false => format!("A refund of {money} was requested"),
    }
}

fn refund(step: &RefundStep, sum: &str) -> String {
    match step {
        RefundStep::Accepted { .. } => format!("The gateway has the refund of {sum} and is working on it"),
        RefundStep::Succeeded { .. } => format!("The gateway gave {sum} back"),
        RefundStep::Failed { reason, again } => {
            let next = if *again { "it was asked for again" } else { "a person is needed" };
            format!("The refund of {sum} failed{}; {next}", why(Some(reason)))
        }
        RefundStep::AskedAgain => format!("The refund of {sum} was asked for again"),
        RefundStep::SettledByStaff => format!("The refund of {sum} was settled by other means"),
    }
}

/// The other seats of the booking, in the story of one.
fn beside(happening: &Happening, names: &Names, subject: Subject) -> Option<Sentence> {
    let Subject::Seat(own) = subject else { return None };
    let wanted = &names.bookings.get(&happening.booking?)?.seats;
    let others: Vec<SeatId> = wanted.iter().copied().filter(|seat| *seat != own).collect();
    (!others.is_empty()).then(|| words![format!("Together with {}", seat_list(&others, names))])
}

fn booking(id: BookingId, names: &Names) -> Word {
    match names.bookings.get(&id) {
        Some(name) => Word::Booking(name.reference.clone()),
        None => Word::Text(format!("number {id}")),
    }
}

fn free_again(seats: &str) -> String {
    match seats {
        "" => "it had no seats any more".to_owned(),
        seats => format!("{seats} free again"),
    }
}

/// `insufficient_funds` reads as words.
fn why(reason: Option<&str>) -> String {
    reason.map(|reason| format!(": {}", reason.replace('_', " "))).unwrap_or_default()
}

fn sum(money: &Option<Money>) -> String {
    money.as_ref().map_or("Money".to_owned(), Money::to_string)
}

fn of_sum(money: &Option<Money>) -> String {
    money.as_ref().map(|money| format!(" of {money}")).unwrap_or_default()
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
