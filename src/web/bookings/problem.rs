//! What stands in the way of a booking, in words, and what to do about it.

use crate::sale::checkout::CheckoutRefusal;
use crate::sale::start_payment::StartRefusal;

/// What stands in the way, and what to do.
pub struct Problem {
    pub title: &'static str,
    pub text: &'static str,
}

impl Problem {
    fn new(title: &'static str, text: &'static str) -> Self {
        Self { title, text }
    }

    pub fn checkout(refusal: &CheckoutRefusal) -> Self {
        match refusal {
            CheckoutRefusal::Closed(_) => {
                Self::new("This booking is closed", "Nothing about it can be changed any more.")
            }
            CheckoutRefusal::TooLate => Self::too_late(),
            CheckoutRefusal::Frozen => Self::new(
                "The price is fixed",
                "A payment has been started, so ticket types can no longer change. Pay, or cancel and choose again.",
            ),
            CheckoutRefusal::NotForSale => {
                Self::new("That ticket type is not sold here", "Please choose another type for that seat.")
            }
        }
    }

    pub fn start(refusal: &StartRefusal) -> Self {
        match refusal {
            StartRefusal::Checkout(refusal) => Self::checkout(refusal),
            StartRefusal::Closed(_) => Self::new("This booking is closed", "It can no longer be paid."),
            StartRefusal::TooLate => Self::too_late(),
            StartRefusal::ContactMissing => {
                Self::new("Who are the tickets for?", "Please fill in your name and mail address.")
            }
            StartRefusal::ShowClosed => {
                Self::new("This show was cancelled", "No payment was started. Please choose another show.")
            }
            StartRefusal::MoneyHere => Self::new(
                "We have a payment of yours",
                "It does not fit what was asked for and goes back to you, so no other payment was started.",
            ),
            StartRefusal::SeatsLost => {
                Self::new("The seats are no longer held", "No payment was started. Please choose seats again.")
            }
        }
    }

    pub fn too_late() -> Self {
        Self::new(
            "That came too late",
            "Nothing was changed and no payment was started. If you have paid before, we confirm within two minutes.",
        )
    }

    pub fn gateway_away() -> Self {
        Self::new(
            "The payment provider is not answering",
            "You have not been charged, and your seats stay held until the time shown. Please try again in a moment.",
        )
    }

    pub fn gateway_refused() -> Self {
        Self::new(
            "The payment provider did not accept that",
            "You have not been charged, and your seats stay held until the time shown. Please check your mail address, \
             then try again.",
        )
    }

    pub fn quote_changed() -> Self {
        Self::new(
            "What comes back has changed",
            "Nothing was cancelled yet. Please look at the sum as it is now, and decide again.",
        )
    }

    pub fn paid_meanwhile() -> Self {
        Self::new(
            "This booking is paid",
            "Nothing was cancelled yet. Please look at what would come back, and decide again.",
        )
    }
}
