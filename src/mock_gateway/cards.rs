//! Stripe's published test cards and what each of them does (<https://docs.stripe.com/testing>).
//!
//! No other number is accepted, so nobody's real card is ever taken. A card is stored by its slug, never by its number.

use super::bank::{Answer, Decline};
use std::fmt;

#[derive(Debug)]
pub struct Card {
    /// Stable name in the database and in the page's form.
    pub slug: &'static str,
    pub number: &'static str,
    pub brand: Brand,
    /// What the hosted page says the card does.
    pub label: &'static str,
    pub answer: Answer,
    pub refund: RefundCourse,
    /// Offered as a one-tap choice; the others are typed in.
    pub on_page: bool,
}

/// What the bank makes of money that is to go back to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundCourse {
    Succeeds,
    /// It succeeds after a while.
    Pends,
    /// It succeeds, and after a while it has failed.
    FailsLater,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brand {
    Visa,
    Mastercard,
}

impl Brand {
    /// Stripe's name of the brand on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Brand::Visa => "visa",
            Brand::Mastercard => "mastercard",
        }
    }
}

impl fmt::Display for Brand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Brand::Visa => "Visa",
            Brand::Mastercard => "Mastercard",
        })
    }
}

const fn declined(decline_code: &'static str, message: &'static str) -> Answer {
    Answer::Declines(Decline { code: "card_declined", decline_code: Some(decline_code), message })
}

const fn failed(code: &'static str, message: &'static str) -> Answer {
    Answer::Declines(Decline { code, decline_code: None, message })
}

const DECLINED: &str = "Your card was declined. Nothing was charged. Please try another card.";

static CARDS: [Card; 13] = [
    Card {
        slug: "visa",
        number: "4242424242424242",
        brand: Brand::Visa,
        label: "Payment succeeds",
        answer: Answer::Approves,
        refund: RefundCourse::Succeeds,
        on_page: true,
    },
    Card {
        slug: "declined",
        number: "4000000000000002",
        brand: Brand::Visa,
        label: "Card is declined",
        answer: declined("generic_decline", DECLINED),
        refund: RefundCourse::Succeeds,
        on_page: true,
    },
    Card {
        slug: "insufficient_funds",
        number: "4000000000009995",
        brand: Brand::Visa,
        label: "Insufficient funds",
        answer: declined(
            "insufficient_funds",
            "Your card has insufficient funds. Nothing was charged. Please try another card.",
        ),
        refund: RefundCourse::Succeeds,
        on_page: true,
    },
    Card {
        slug: "authentication",
        number: "4000000000003220",
        brand: Brand::Visa,
        label: "Your bank asks you first",
        answer: Answer::AsksForConfirmation,
        refund: RefundCourse::Succeeds,
        on_page: true,
    },
    Card {
        slug: "always_authenticate",
        number: "4000002760003184",
        brand: Brand::Visa,
        label: "Your bank asks you first",
        answer: Answer::AsksForConfirmation,
        refund: RefundCourse::Succeeds,
        on_page: false,
    },
    Card {
        slug: "confirmation",
        number: "4000002500003155",
        brand: Brand::Visa,
        label: "Your bank asks you first",
        answer: Answer::AsksForConfirmation,
        refund: RefundCourse::Succeeds,
        on_page: false,
    },
    Card {
        slug: "mastercard",
        number: "5555555555554444",
        brand: Brand::Mastercard,
        label: "Payment succeeds",
        answer: Answer::Approves,
        refund: RefundCourse::Succeeds,
        on_page: false,
    },
    Card {
        slug: "visa_india",
        number: "4000003560000008",
        brand: Brand::Visa,
        label: "Payment succeeds",
        answer: Answer::Approves,
        refund: RefundCourse::Succeeds,
        on_page: false,
    },
    Card {
        slug: "lost",
        number: "4000000000009987",
        brand: Brand::Visa,
        label: "Card is reported lost",
        answer: declined("lost_card", DECLINED),
        refund: RefundCourse::Succeeds,
        on_page: false,
    },
    Card {
        slug: "expired",
        number: "4000000000000069",
        brand: Brand::Visa,
        label: "Card is expired",
        answer: failed("expired_card", "Your card has expired. Nothing was charged. Please try another card."),
        refund: RefundCourse::Succeeds,
        on_page: false,
    },
    Card {
        slug: "processing_error",
        number: "4000000000000119",
        brand: Brand::Visa,
        label: "Bank's systems fail",
        answer: failed(
            "processing_error",
            "Your bank could not process the card just now. Nothing was charged. Please try again in a moment.",
        ),
        refund: RefundCourse::Succeeds,
        on_page: false,
    },
    Card {
        slug: "refund_pends",
        number: "4000000000007726",
        brand: Brand::Visa,
        label: "Payment succeeds; a refund is pending first",
        answer: Answer::Approves,
        refund: RefundCourse::Pends,
        on_page: false,
    },
    Card {
        slug: "refund_fails",
        number: "4000000000005126",
        brand: Brand::Visa,
        label: "Payment succeeds; a refund fails later",
        answer: Answer::Approves,
        refund: RefundCourse::FailsLater,
        on_page: false,
    },
];

impl Card {
    pub fn by_slug(slug: &str) -> Option<&'static Card> {
        CARDS.iter().find(|card| card.slug == slug)
    }

    /// The test card with this number; blanks and dashes between the digits do not matter.
    pub fn by_number(typed: &str) -> Option<&'static Card> {
        let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        CARDS.iter().find(|card| card.number == digits)
    }

    /// The cards the page offers as one-tap choices.
    pub fn on_page() -> impl Iterator<Item = &'static Card> {
        CARDS.iter().filter(|card| card.on_page)
    }

    pub fn last4(&self) -> &'static str {
        &self.number[self.number.len() - 4..]
    }

    /// The number in groups of four, as it is printed on the card.
    pub fn grouped_number(&self) -> String {
        let groups: Vec<&str> = (0..4).map(|group| &self.number[group * 4..group * 4 + 4]).collect();
        groups.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::{CARDS, Card};

    #[test]
    fn a_number_is_found_however_it_is_spaced() {
        assert_eq!(Card::by_number(" 4000 0025-0000 3155 ").map(|card| card.slug), Some("confirmation"));
        assert!(Card::by_number("4111111111111111").is_none());
        assert!(Card::by_number("").is_none());
    }

    #[test]
    fn slugs_and_numbers_are_distinct_and_sixteen_digits_long() {
        for (at, card) in CARDS.iter().enumerate() {
            assert!(card.number.len() == 16 && card.number.bytes().all(|byte| byte.is_ascii_digit()));
            assert!(CARDS[at + 1..].iter().all(|other| other.slug != card.slug && other.number != card.number));
        }
    }
}
