//! The card form: a test card chosen with one tap, or typed in. Nothing typed is stored, logged or shown again.

use crate::mock_gateway::cards::Card;
use chrono::{DateTime, Datelike, Utc};
use serde::Deserialize;

/// The value of the choice "type another test card".
pub const TYPED: &str = "typed";

#[derive(Deserialize)]
pub struct CardForm {
    /// A card's slug, or [`TYPED`].
    card: Option<String>,
    number: Option<String>,
    expiry: Option<String>,
    cvc: Option<String>,
}

/// What is wrong with the form, each with its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    NothingChosen,
    NotATestCard,
    Expiry,
    Cvc,
}

impl CardForm {
    /// The card to charge, judged at `now` (the expiry date of a typed card).
    pub fn card(&self, now: DateTime<Utc>) -> Result<&'static Card, Fault> {
        match self.card.as_deref() {
            Some(TYPED) => self.typed_card(now),
            Some(slug) => Card::by_slug(slug).ok_or(Fault::NothingChosen),
            None => Err(Fault::NothingChosen),
        }
    }

    fn typed_card(&self, now: DateTime<Utc>) -> Result<&'static Card, Fault> {
        let card = self.number.as_deref().and_then(Card::by_number).ok_or(Fault::NotATestCard)?;
        let (month, year) = self.expiry.as_deref().and_then(month_and_year).ok_or(Fault::Expiry)?;
        if (year, month) < (now.year(), now.month()) {
            return Err(Fault::Expiry);
        }
        let cvc = self.cvc.as_deref().unwrap_or_default().trim();
        if cvc.len() != 3 || !cvc.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Fault::Cvc);
        }
        Ok(card)
    }
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

impl Fault {
    pub fn message(self) -> &'static str {
        match self {
            Fault::NothingChosen => "Please choose a test card.",
            Fault::NotATestCard => {
                "This is a test page and takes only the published test cards, such as 4242 4242 4242 4242. Never type a \
                 real card number here. What you typed was not kept."
            }
            Fault::Expiry => "Please give an expiry date that is not past, such as 12 / 34.",
            Fault::Cvc => "Please give a security code of three digits, such as 123.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(number: &str, expiry: &str, cvc: &str) -> Result<&'static str, Fault> {
        let text = |text: &str| Some(text.to_owned());
        let form = CardForm { card: text(TYPED), number: text(number), expiry: text(expiry), cvc: text(cvc) };
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap(); // September 2026
        form.card(now).map(|card| card.slug)
    }

    #[test]
    fn a_typed_test_card_is_taken() {
        assert_eq!(typed("4242 4242 4242 4242", "09 / 26", "123"), Ok("visa"));
        assert_eq!(typed("5555555555554444", "12/2034", "000"), Ok("mastercard"));
    }

    #[test]
    fn anything_else_is_refused_by_field() {
        assert_eq!(typed("4111 1111 1111 1111", "12/34", "123"), Err(Fault::NotATestCard));
        for expiry in ["08/26", "13/34", "", "12", "१२/३४", "00/30"] {
            assert_eq!(typed("4242424242424242", expiry, "123"), Err(Fault::Expiry), "{expiry}");
        }
        for cvc in ["", "12", "1234", "abc"] {
            assert_eq!(typed("4242424242424242", "12/34", cvc), Err(Fault::Cvc), "{cvc}");
        }
    }
}
