//! A payment gateway that speaks Stripe's wire format: a separate product that shares the binary.
