//! What a customer's bank says to a charge.

/// The bank's answer, fixed for each test card and test UPI ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Approves,
    /// The bank first asks the customer to confirm (3-D Secure); the confirmed charge is approved.
    AsksForConfirmation,
    Declines(Decline),
    /// The bank takes the charge on and answers later: with this refusal, or, without one, with the money.
    Processes(Option<Decline>),
}

/// Why a charge failed, in the words of Stripe's error object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decline {
    /// Stripe's error code, such as `card_declined`.
    pub code: &'static str,
    /// The bank's reason; only declines by the issuer have one.
    pub decline_code: Option<&'static str>,
    /// What happened and what to do next, for the customer.
    pub message: &'static str,
}

/// The customer refused at the bank's confirmation page.
pub const NOT_CONFIRMED: Decline = Decline {
    code: "payment_intent_authentication_failure",
    decline_code: None,
    message: "Your bank could not confirm that it was you. Nothing was charged. Please try again or use another card.",
};
