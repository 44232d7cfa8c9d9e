//! Cases in words: what happened, what to do about it, and who closed it.

use crate::ids::PersonId;
use crate::ledger::Actor;
use crate::money::Money;
use crate::payment::case::Kind;
use crate::sale::cases::Action;
use serde_json::Value;
use std::collections::HashMap;

/// What happened, as a heading.
pub fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::WrongAmount => "Another sum came than was asked for",
        Kind::RefundFailed => "The gateway did not give the money back",
        Kind::RefundStuck => "A refund does not come to an end",
        Kind::OwedAtCounter => "Money is owed at the counter",
        Kind::MissingAtGateway => "Paid here, unknown at the gateway",
        Kind::DiffersAtGateway => "The gateway has another sum than we have",
        Kind::StrayMoney => "Paid at the gateway, asked for by nobody here",
        Kind::StrayRefund => "Given back at the gateway, asked for by nobody here",
        Kind::PaidWithoutSeat => "Paid and confirmed, and a ticket is missing",
    }
}

/// What a person does next.
pub fn advice(kind: Kind) -> &'static str {
    match kind {
        Kind::WrongAmount => {
            "Whatever came goes back by itself. Find out why another sum came, since our page asks for one sum only; then note \
             what it was."
        }
        Kind::RefundFailed => {
            "Read the gateway’s reason. When the same card may work now, ask again. Otherwise give the money back by other \
             means, and note how."
        }
        Kind::RefundStuck => {
            "Look the refund up in the gateway’s dashboard, and ask its support when that says nothing either. Note what \
             they answer."
        }
        Kind::OwedAtCounter => "Give the customer the money at the counter, and note who took it.",
        Kind::MissingAtGateway => {
            "Look for the payment in the gateway’s dashboard. The tickets are valid meanwhile. Note what you found."
        }
        Kind::DiffersAtGateway => {
            "Compare the sum with the gateway’s dashboard. Whatever is too much goes back there. Note what you did."
        }
        Kind::StrayMoney => {
            "Find out in the gateway’s dashboard who paid, and for what. Money that is nobody’s goes back there. Note what \
             you did."
        }
        Kind::StrayRefund => {
            "Ask who gave this money back in the gateway’s dashboard, and why: neither the booking nor what it is still \
             owed changes by it. Note the answer."
        }
        Kind::PaidWithoutSeat => {
            "The customer has paid and cannot enter. Call whoever runs the application, and the customer. Note what was \
             done."
        }
    }
}

/// The words of a button.
pub fn action(kind: Kind, action: Action) -> &'static str {
    match (action, kind) {
        (Action::Retry, _) => "Ask the gateway again",
        (Action::GivenBack, Kind::OwedAtCounter) => "Given back at the counter",
        (Action::GivenBack, _) => "Given back by other means",
        (Action::Close, Kind::WrongAmount) => "Noted",
        (Action::Close, _) => "Settled",
    }
}

/// Facts that are words of ours; every other text stays as it came, since the gateway's dashboard is searched for it.
const OUR_WORDS: [&str; 4] = ["booking", "cause", "here", "there"];

/// What was noted when the case was opened: names and values. Whole numbers are sums where a currency stands beside them,
/// in their own where they have one.
pub fn facts(detail: &Value) -> Vec<(String, String)> {
    let Some(detail) = detail.as_object() else { return Vec::new() };
    let text = |name: &str| detail.get(name).and_then(Value::as_str);
    let currency_of = |name: &str| text(&format!("{name}_currency")).or_else(|| text("currency"));
    detail
        .iter()
        .filter(|(name, value)| !name.ends_with("currency") && !value.is_null())
        .map(|(name, value)| {
            let value = match (value, value.as_i64(), currency_of(name)) {
                (_, Some(minor), Some(currency)) => Money::new(minor, currency).to_string(),
                (Value::String(text), ..) if OUR_WORDS.contains(&name.as_str()) => text.replace('_', " "),
                (Value::String(text), ..) => text.clone(),
                (other, ..) => other.to_string(),
            };
            (sentence(&name.replace('_', " ")), value)
        })
        .collect()
}

/// Who acted, from the actor as the ledger writes it.
pub fn who(actor: &str, names: &HashMap<PersonId, String>) -> String {
    match Actor::parse(actor) {
        Some(Actor::Staff(id)) => names.get(&id).cloned().unwrap_or_else(|| format!("staff, number {id}")),
        Some(Actor::Gateway(_)) => "the gateway’s word".to_owned(),
        Some(Actor::System(name)) => format!("the application ({name})"),
        Some(Actor::Visitor(_)) | None => "somebody".to_owned(),
    }
}

/// With its first letter in upper case.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
#[path = "case_words_tests.rs"]
mod tests;
