//! Personal data reduced: pseudonyms, and the facts that are left of what is told in free form.
//!
//! A pseudonym is a keyed hash under a key that is drawn for one file and kept nowhere. The same person, text or thing
//! has the same one throughout the file, so that what was equal stays equal, and nobody can go back, not even by guessing.

use super::{Row, tables::Table};
use crate::booking::reference;
use crate::payment::refund::{Attempt, life::TAKEN_AT_COUNTER};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What becomes of a column, or of a value in a column of JSON. Null stays null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is not in the file.
    Never,
    Kept,
    Name,
    Mail,
    Phone,
    Visitor,
    FormKey,
    /// Words that somebody wrote, who may have written anything. Empty ones stay empty: a reason that was not given.
    Words,
    /// A word of the gateway for machines, `insufficient_funds`, is kept, and so is our own; all else there is words.
    Code,
    /// Whoever acted, as the ledger writes it.
    Actor,
    /// The number of a member of staff.
    Person,
    PersonsName,
    PersonsMail,
    Password,
    /// The gateway's name for something, `cs_test_a1`. A session's opens its page while it is open, and without a
    /// charge's nobody gives money back by serving a restored database. Numbers of ours are kept.
    AtGateway,
    /// An object of facts: see [`of_key`].
    Detail,
    /// The text of an event of the gateway: what it says of money.
    Event,
}

/// The hash's key, and the numbers of staff under their pseudonyms.
pub struct Pseudonyms {
    key: [u8; 32],
    people: BTreeMap<i64, usize>,
}

impl Pseudonyms {
    /// With a key of their own. `people` are all whom the rows name.
    pub fn draw(people: impl IntoIterator<Item = i64>) -> Self {
        let mut drawn = Self { key: rand::random(), people: BTreeMap::new() };
        let mut shuffled: Vec<(String, i64)> =
            people.into_iter().map(|id| (drawn.code("person", &id.to_string()), id)).collect();
        shuffled.sort();
        shuffled.dedup();
        drawn.people = shuffled.into_iter().zip(1..).map(|((_, id), number)| (id, number)).collect();
        drawn
    }

    /// Reduces a row of a table in place.
    pub fn reduce(&self, table: &Table, row: &mut Row) {
        let before = row.clone();
        for (column, fate) in table.reduced {
            if let Some(value) = row.get_mut(*column) {
                *value = self.reduced(*fate, value, &before);
            }
        }
    }

    /// `row` is what the value stands in.
    fn reduced(&self, fate: Fate, value: &Value, row: &Row) -> Value {
        match (fate, value) {
            (_, Value::Null) | (Fate::Kept, _) => value.clone(),
            (Fate::Never, _) => Value::Null,
            (Fate::Person, _) => json!(value.as_i64().map(|id| self.person(id))),
            (Fate::PersonsName, _) => {
                json!(format!("{} {}", row["role"].as_str().unwrap_or("person"), self.person_in(row)))
            }
            (Fate::PersonsMail, _) => json!(format!("staff-{}@withheld.invalid", self.person_in(row))),
            (Fate::Password, _) => json!("withheld"),
            (Fate::Detail, Value::Object(detail)) => Value::Object(self.detail(detail, row)),
            (_, Value::String(text)) => json!(self.text(fate, text)),
            _ => json!(self.words(&value.to_string())),
        }
    }

    fn text(&self, fate: Fate, text: &str) -> String {
        match fate {
            Fate::Name => format!("guest {}", self.code("name", &text.trim().to_lowercase())),
            Fate::Mail => format!("{}@withheld.invalid", self.code("mail", &text.trim().to_lowercase())),
            Fate::Phone => format!("phone {}", self.code("phone", text)),
            Fate::Visitor => self.uuid("visitor", text),
            Fate::FormKey => self.uuid("form", text),
            Fate::Code if is_code(text) || text == TAKEN_AT_COUNTER => text.to_owned(),
            Fate::Actor => self.actor(text),
            Fate::AtGateway => self.at_gateway(text),
            Fate::Event => self.event(text),
            _ => self.words(text),
        }
    }

    fn words(&self, text: &str) -> String {
        if text.trim().is_empty() { text.to_owned() } else { format!("withheld {}", self.code("words", text)) }
    }

    fn actor(&self, text: &str) -> String {
        match text.split_once(':') {
            Some(("visitor", id)) => format!("visitor:{}", self.uuid("visitor", id)),
            Some(("staff", id)) => match id.parse() {
                Ok(id) => format!("staff:{}", self.person(id)),
                Err(_) => self.words(text),
            },
            Some(("gateway" | "system", name)) if !name.contains(['@', ' ']) => text.to_owned(),
            _ => self.words(text),
        }
    }

    fn at_gateway(&self, text: &str) -> String {
        if Uuid::parse_str(text).is_ok() || reference::parse(text).as_deref() == Some(text) {
            return text.to_owned();
        }
        match text.split_once('_') {
            Some((kind @ ("cs" | "pi" | "re" | "ch" | "py" | "pyr"), _)) => {
                format!("{kind}_{}", self.code("gateway", text))
            }
            _ => self.words(text),
        }
    }

    fn detail(&self, detail: &Map<String, Value>, row: &Row) -> Map<String, Value> {
        let reduced = |(key, value): (&String, &Value)| (key.clone(), self.reduced(of_key(key, row), value, row));
        detail.iter().map(reduced).collect()
    }

    /// What an event says of money and of what it is about. Empty when it is none that we can read.
    fn event(&self, body: &str) -> String {
        let Ok(Value::Object(event)) = serde_json::from_str(body) else { return String::new() };
        let mut told = self.outline(&event, &["type", "created"]);
        let object = event.get("data").and_then(|data| data.get("object")).and_then(Value::as_object);
        if let Some(object) = object {
            let facts = ["object", "created", "amount", "amount_total", "currency", "status", "payment_status"];
            let mut facts = self.outline(object, &facts);
            for name in ["id", "payment_intent"] {
                let named = object.get(name).and_then(Value::as_str);
                facts.extend(named.map(|named| (name.to_owned(), json!(self.at_gateway(named)))));
            }
            let marks = object.get("metadata").and_then(Value::as_object);
            let ours = marks.into_iter().flatten().filter(|(_, mark)| mark.as_str().is_some_and(is_ours));
            facts.insert("metadata".to_owned(), ours.map(|(name, mark)| (name.clone(), mark.clone())).collect());
            told.insert("data".to_owned(), json!({ "object": facts }));
        }
        Value::Object(told).to_string()
    }

    /// Numbers and words for machines under these keys.
    fn outline(&self, object: &Map<String, Value>, keys: &[&str]) -> Map<String, Value> {
        let kept = |value: &Value| value.is_number() || value.as_str().is_some_and(is_code);
        let facts = keys.iter().filter_map(|key| Some((*key, object.get(*key).filter(|value| kept(value))?)));
        facts.map(|(key, value)| (key.to_owned(), value.clone())).collect()
    }

    fn person(&self, id: i64) -> usize {
        self.people.get(&id).copied().unwrap_or(0)
    }

    fn person_in(&self, row: &Row) -> usize {
        row.get("id").and_then(Value::as_i64).map_or(0, |id| self.person(id))
    }

    fn code(&self, kind: &str, text: &str) -> String {
        hex::encode(&self.hash(kind, text)[..8])
    }

    fn uuid(&self, kind: &str, text: &str) -> String {
        let hash = self.hash(kind, text);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    fn hash(&self, kind: &str, text: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length will do");
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// What becomes of a value in an object of facts, by its key. What is not known here is words.
fn of_key(key: &str, row: &Row) -> Fate {
    match key {
        // Of the ledger: a show, a booking, a payment, a refund.
        "movie_id" | "screen_id" | "layout_id" | "language" | "subtitles" | "format" | "starts_at" | "ends_at"
        | "free_at" | "sale_ends_at" => Fate::Kept,
        "pay_by" | "amount" | "currency" | "refund_policy" | "paid_by" => Fate::Kept,
        "method" | "captured" | "outcome" | "cause" => Fate::Kept,
        "session" | "intent" | "gateway_id" => Fate::AtGateway,
        "declined" | "failure" => Fate::Code,
        "reason" if row.get("entity").is_some_and(|entity| entity == "refund") => Fate::Code,
        // Of cases and the staff log.
        "asked"
        | "at_gateway"
        | "at_gateway_currency"
        | "asked_currency"
        | "attempt"
        | "booking"
        | "tickets"
        | "here"
        | "seats"
        | "unpaid"
        | "paid"
        | "case"
        | "kind" => Fate::Kept,
        "subject" | "refund" => Fate::AtGateway,
        // Of what a session was asked for; a payment's id also in the staff log.
        "payment" | "lines" | "expires_at" => Fate::Kept,
        "customer_email" => Fate::Mail,
        _ => Fate::Words,
    }
}

fn is_code(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.'))
}

/// A number of ours as the gateway carries it: a payment's, or a refund's with its attempt.
fn is_ours(text: &str) -> bool {
    Uuid::parse_str(text).is_ok() || Attempt::parse(text).is_some()
}

#[cfg(test)]
#[path = "reduce_tests.rs"]
mod tests;
