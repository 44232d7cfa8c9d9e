//! A happening in plain words, for staff or for the customer.

mod customer;
mod staff;

use super::happening::{Happening, RefundStep, What};
use super::{Audience, Kind, Moment, Names, Subject, Word};
use crate::ids::PaymentId;
use crate::ledger::Actor;
use crate::payment::Outcome;
use crate::payment::case::Kind as Case;
use uuid::Uuid;

/// The story in words, in order; what an audience has no use for is left out.
pub fn moments(story: &[Happening], names: &Names, subject: Subject, audience: Audience) -> Vec<Moment> {
    let mut told: Vec<Moment> = story
        .iter()
        .filter_map(|happening| {
            let (what, details) = match audience {
                Audience::Staff => staff::words(happening, names, subject)?,
                Audience::Customer => (customer::words(happening, names)?, Vec::new()),
            };
            let who = match audience {
                Audience::Staff => who(happening, names),
                Audience::Customer => String::new(),
            };
            Some(Moment { at: happening.at, kind: kind(happening), what, details, who })
        })
        .collect();
    mention_once(&mut told);
    told
}

/// A story's only payment is named where it is first spoken of; of several, each time which one.
fn mention_once(told: &mut [Moment]) {
    let mut seen = None;
    let payments = || told.iter().flat_map(|moment| moment.details.iter().flatten()).filter_map(payment);
    if payments().any(|id| Some(id) != payments().next()) {
        return;
    }
    for moment in told {
        moment.details.retain(|part| match part.iter().find_map(payment) {
            Some(id) => seen.replace(id).is_none(),
            None => true,
        });
    }
}

fn payment(word: &Word) -> Option<PaymentId> {
    match word {
        Word::Payment(id) => Some(*id),
        _ => None,
    }
}

fn kind(happening: &Happening) -> Kind {
    match &happening.what {
        What::Held { .. } => Kind::Lock,
        What::PaymentStarted { .. } | What::SessionOpened { .. } => Kind::Money,
        What::Sold { .. } => Kind::Sale,
        What::Lapsed { .. } => Kind::Lapse,
        What::RefundRequested { .. } => Kind::Money,
        What::Refund { step: RefundStep::Failed { .. }, .. } => Kind::Trouble,
        What::Refund { step: RefundStep::AskedAgain | RefundStep::SettledByStaff, .. } => Kind::Staff,
        What::Refund { .. } => Kind::Money,
        What::Ended { with_show: None, .. } | What::GivenToSale => Kind::Release,
        What::TakenOver { by: Some(_), .. } => Kind::Lock,
        What::TakenOver { by: None, .. } | What::KeptBack { .. } => Kind::Staff,
        What::ShowCancelled { .. } | What::Ended { .. } | What::CaseClosed { .. } => Kind::Staff,
        What::Declined { .. } | What::Unsettled { .. } | What::CaseOpened { .. } => Kind::Trouble,
        What::Published | What::Closed { .. } | What::Repeated | What::Other { .. } => Kind::Note,
    }
}

fn who(happening: &Happening, names: &Names) -> String {
    match &happening.actor {
        Some(Actor::Visitor(id)) => visitor(id.0),
        Some(Actor::Staff(id)) => match names.people.get(id) {
            Some(name) => format!("{name} (staff)"),
            None => format!("staff, number {id}"),
        },
        Some(Actor::Gateway(event)) => format!("the gateway (event {event})"),
        Some(Actor::System(name)) => format!("the system ({name})"),
        None if matches!(happening.what, What::Lapsed { .. }) => "the clock; nothing was written".to_owned(),
        None => String::new(),
    }
}

/// A browser as a person can tell it from another: the id's end, since ids may share their beginning.
pub fn visitor(id: Uuid) -> String {
    let digits = id.simple().to_string().to_uppercase();
    format!("visitor {}", &digits[digits.len() - 4..])
}

/// What a payment came to.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Confirm => "it paid for the booking",
        Outcome::TakeAgain => "it came late, and bought the seats again, which were still free",
        Outcome::WrongAmount => "it is not the sum that was asked for",
        Outcome::AlreadyPaid => "the booking had been paid already",
        Outcome::Cancelled => "the booking or its show had been cancelled, or was over",
        Outcome::SeatsLost => "it came late, and a seat was no longer free",
    }
}

/// Why money needs a person.
pub fn case(kind: Case) -> &'static str {
    match kind {
        Case::WrongAmount => "it is not the sum that was asked for",
        Case::RefundFailed => "the gateway did not give the money back",
        Case::RefundStuck => "the gateway has not said for long how the refund ended",
        Case::OwedAtCounter => "it was taken over the counter and is to be given back there",
        Case::MissingAtGateway => "it is paid here, and the gateway knows nothing of it",
        Case::DiffersAtGateway => "the gateway has another sum than we have",
        Case::StrayMoney => "it is paid at the gateway, and nothing here asked for it",
        Case::StrayRefund => "it was given back at the gateway, and nothing here asked for it",
        Case::PaidWithoutSeat => "it is paid and confirmed, and a ticket is missing",
    }
}

/// A sentence of pieces: `words!["until ", Word::Time(end)]`.
macro_rules! words {
    ($($word:expr),* $(,)?) => { vec![$(Word::from($word)),*] };
}
use words;
