//! The payment form: a test card or a test UPI ID, chosen with one tap or typed in. What was typed is neither stored nor
//! logged, and only what turned out to be a test card's is shown again.

use crate::mock_gateway::cards::Card;
use crate::mock_gateway::method::{Kind, Method};
use crate::mock_gateway::upi::UpiId;
use chrono::{DateTime, Datelike, Utc};
use serde::Deserialize;

/// The value of the choice "type another".
pub const TYPED: &str = "typed";

#[derive(Deserialize)]
pub struct PaymentForm {
    /// A [`Kind`]; without it, a card.
    method: Option<String>,
    /// A card's slug, or [`TYPED`].
    card: Option<String>,
    number: Option<String>,
    expiry: Option<String>,
    cvc: Option<String>,
    /// A UPI ID's slug, or [`TYPED`].
    upi: Option<String>,
    upi_id: Option<String>,
}

/// What is wrong with one field, or with the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    NothingChosen,
    NotATestCard,
    Expiry,
    Cvc,
    NotATestUpiId,
}

/// A form that charges nothing: where the customer was, all that is wrong there, and what is good enough to be shown
/// again.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Refused {
    pub kind: Option<Kind>,
    pub faults: Vec<Fault>,
    pub number: Option<String>,
    pub expiry: Option<String>,
}

impl PaymentForm {
    /// What to charge, judged at `now` (the expiry date of a typed card).
    pub fn method(&self, now: DateTime<Utc>) -> Result<Method, Refused> {
        match Kind::parse(self.method.as_deref().unwrap_or("card")) {
            Some(Kind::Card) if self.card.as_deref() == Some(TYPED) => self.typed_card(now).map(Method::Card),
            Some(Kind::Card) => chosen(self.card.as_deref().and_then(Card::by_slug).map(Method::Card), Kind::Card),
            Some(Kind::Upi) if self.upi.as_deref() == Some(TYPED) => self.typed_upi_id().map(Method::Upi),
            Some(Kind::Upi) => chosen(self.upi.as_deref().and_then(UpiId::by_slug).map(Method::Upi), Kind::Upi),
            None => Err(Refused::nothing_chosen(Kind::Card)),
        }
    }

    fn typed_card(&self, now: DateTime<Utc>) -> Result<&'static Card, Refused> {
        let card = self.number.as_deref().and_then(Card::by_number);
        let expiry = self.expiry.as_deref().and_then(month_and_year);
        let expiry = expiry.filter(|(month, year)| (*year, *month) >= (now.year(), now.month()));
        let cvc = self.cvc.as_deref().unwrap_or_default().trim();
        let cvc_is_good = cvc.len() == 3 && cvc.bytes().all(|byte| byte.is_ascii_digit());
        match card {
            Some(card) if expiry.is_some() && cvc_is_good => return Ok(card),
            _ => {}
        }
        let wrong =
            [(card.is_none(), Fault::NotATestCard), (expiry.is_none(), Fault::Expiry), (!cvc_is_good, Fault::Cvc)];
        Err(Refused {
            kind: Some(Kind::Card),
            faults: wrong.into_iter().filter(|(wrong, _)| *wrong).map(|(_, fault)| fault).collect(),
            number: card.map(Card::grouped_number),
            // With a number that is not a test card's, the date may be a real card's.
            expiry: card.and(expiry).map(|(month, year)| format!("{month:02} / {:02}", year % 100)),
        })
    }

    fn typed_upi_id(&self) -> Result<&'static UpiId, Refused> {
        self.upi_id.as_deref().and_then(UpiId::by_address).ok_or_else(|| Refused {
            kind: Some(Kind::Upi),
            faults: vec![Fault::NotATestUpiId],
            ..Refused::default()
        })
    }
}

fn chosen(method: Option<Method>, kind: Kind) -> Result<Method, Refused> {
    method.ok_or_else(|| Refused::nothing_chosen(kind))
}

/// `12/34`, `12 / 34`, `1234` or `12/2034`.
fn month_and_year(text: &str) -> Option<(u32, i32)> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '/' | '-')).collect();
    if !digits.is_ascii() || !matches!(digits.len(), 4 | 6) {
        return None;
    }
    let (month, year) = digits.split_at(2);
    let month: u32 = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    let year: i32 = year.parse().ok()?;
    Some((month, if year < 100 { 2000 + year } else { year }))
}

impl Refused {
    pub fn nothing_chosen(kind: Kind) -> Self {
        Self { kind: Some(kind), faults: vec![Fault::NothingChosen], ..Self::default() }
    }

    pub fn message(&self, fault: Fault) -> Option<&'static str> {
        self.faults.contains(&fault).then(|| fault.message())
    }
}

impl Fault {
    /// What is wrong and what to do next.
    fn message(self) -> &'static str {
        match self {
            Fault::NothingChosen => "Choose one of these.",
            Fault::NotATestCard => {
                "This is not a test card. Type one of the numbers above, or 4242 4242 4242 4242. Never type a real card \
                 number here; what you typed was not kept."
            }
            Fault::Expiry => "Type a month and year that are not past, such as 12 / 34.",
            Fault::Cvc => "Type three digits, such as 123.",
            Fault::NotATestUpiId => {
                "This is not a test UPI ID. Type one of those above, such as success@upi. Never type a real one here; \
                 what you typed was not kept."
            }
        }
    }
}

#[cfg(test)]
#[path = "payment_form_tests.rs"]
mod tests;
