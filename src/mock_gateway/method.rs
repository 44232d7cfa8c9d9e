//! A way to pay: a test card or a test UPI ID.

use super::bank::Answer;
use super::cards::Card;
use super::upi::UpiId;

text_enum! {
    /// Stripe's name of a payment method's type.
    pub enum Kind { Card = "card", Upi = "upi" }
}

#[derive(Debug, Clone, Copy)]
pub enum Method {
    Card(&'static Card),
    Upi(&'static UpiId),
}

impl Method {
    pub fn by_slug(slug: &str) -> Option<Method> {
        Card::by_slug(slug).map(Method::Card).or_else(|| UpiId::by_slug(slug).map(Method::Upi))
    }

    pub fn slug(self) -> &'static str {
        match self {
            Method::Card(card) => card.slug,
            Method::Upi(id) => id.slug,
        }
    }

    pub fn kind(self) -> Kind {
        match self {
            Method::Card(_) => Kind::Card,
            Method::Upi(_) => Kind::Upi,
        }
    }

    pub fn answer(self) -> Answer {
        match self {
            Method::Card(card) => card.answer,
            Method::Upi(id) => id.answer,
        }
    }
}

impl Kind {
    /// What can be paid with in a currency: UPI moves rupees only.
    pub fn of_currency(code: &str) -> &'static [Kind] {
        if code == "inr" { &[Kind::Card, Kind::Upi] } else { &[Kind::Card] }
    }
}
