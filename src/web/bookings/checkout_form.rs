//! The checkout form: who the customer is, and a price type for each seat.

use crate::booking::PriceType;
use crate::booking::booking::Contact;
use crate::ids::SeatId;
use crate::sale::checkout::CheckoutRefusal;
use std::collections::BTreeMap;

/// As it was sent, kept for showing it again.
#[derive(Clone, Debug, Default)]
pub struct CheckoutForm {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub types: Vec<(SeatId, PriceType)>,
    /// A type that there is not, of something that is no seat, or two for one seat: no form of ours sends these.
    pub types_unclear: bool,
}

/// What is wrong with a field, beside the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors {
    pub name: Option<&'static str>,
    pub email: Option<&'static str>,
    pub phone: Option<&'static str>,
}

impl CheckoutForm {
    /// Reads `name`, `email`, `phone` and `type_<seat>`; whatever else is there is not ours to judge.
    pub fn read(fields: &[(String, String)]) -> Self {
        let text = |wanted: &str| {
            fields
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.trim().to_owned())
                .unwrap_or_default()
        };
        let chosen = || fields.iter().filter_map(|(name, value)| Some((name.strip_prefix("type_")?, value)));
        let types: BTreeMap<SeatId, PriceType> = chosen()
            .filter_map(|(seat, value)| Some((SeatId(seat.parse().ok()?), PriceType::parse(value)?)))
            .collect();
        Self {
            name: text("name"),
            email: text("email"),
            phone: text("phone"),
            types_unclear: types.len() < chosen().count(),
            types: types.into_iter().collect(),
        }
    }

    /// The types chosen.
    ///
    /// # Errors
    /// When one cannot be sold because it cannot be told what it is.
    pub fn types(&self) -> Result<Vec<(SeatId, PriceType)>, CheckoutRefusal> {
        if self.types_unclear { Err(CheckoutRefusal::NotForSale) } else { Ok(self.types.clone()) }
    }

    /// The contact, or what is wrong with it.
    pub fn contact(&self) -> Result<Contact, FieldErrors> {
        let errors = FieldErrors {
            name: (!is_name(&self.name)).then_some("Please give your name, up to 100 letters."),
            email: (!is_mail_address(&self.email)).then_some("Please give a mail address such as asha@example.com."),
            phone: (!is_phone(&self.phone))
                .then_some("A phone number has 7 to 15 digits; you may also leave it out."),
        };
        if errors == FieldErrors::default() { Ok(self.draft_contact()) } else { Err(errors) }
    }

    /// The contact as far as it is right, for a form that is still being filled in.
    pub fn draft_contact(&self) -> Contact {
        Contact {
            name: Some(self.name.clone()).filter(|name| is_name(name)),
            email: Some(self.email.clone()).filter(|email| is_mail_address(email)),
            phone: Some(self.phone.clone()).filter(|phone| !phone.is_empty() && is_phone(phone)),
        }
    }
}

fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.chars().count())
        && text.chars().any(char::is_alphanumeric)
        && !text.chars().any(char::is_control)
}

/// One `@` with something sensible on both sides; whether it works only a mail can tell.
fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"@,;:<>()[]\\\"".contains(c))
    };
    text.len() <= 254
        && plain(local)
        && plain(domain)
        && domain.contains('.')
        && [local, domain].iter().all(|part| !part.starts_with('.') && !part.ends_with('.') && !part.contains(".."))
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let known = text.chars().all(|c| c.is_ascii_digit() || " +-()".contains(c));
    text.is_empty() || (known && text.len() <= 30 && (7..=15).contains(&digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_are_judged_kindly_but_not_blindly() {
        for good in ["a@b.co", "first.last+tag@mail.example.in"] {
            assert!(is_mail_address(good), "{good}");
        }
        for bad in ["", "a", "a@", "@b.co", "a@b", "a@b.", "a b@c.de", "a@b@c.de", "a@b.c\u{7}o"] {
            assert!(!is_mail_address(bad), "{bad:?}");
        }
        assert!(is_phone("") && is_phone("+91 98450 12345"));
        assert!(!is_phone("12345") && !is_phone("call me"));
    }
}
