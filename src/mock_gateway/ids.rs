//! Object ids in Stripe's style: a prefix that says what it is, then letters and digits that cannot be guessed.

use rand::distr::{Alphanumeric, SampleString};

fn random(prefix: &str, length: usize) -> String {
    let mut id = prefix.to_owned();
    Alphanumeric.append_string(&mut rand::rng(), &mut id, length);
    id
}

/// A checkout session's id. Whoever knows it may open the hosted page, so it carries 340 random bits.
pub fn checkout_session() -> String {
    random("cs_test_a1", 57)
}

pub fn line_item() -> String {
    random("li_1", 23)
}

pub fn payment_intent() -> String {
    random("pi_3", 23)
}

pub fn charge() -> String {
    random("ch_3", 23)
}

pub fn refund() -> String {
    random("re_3", 23)
}

pub fn event() -> String {
    random("evt_1", 23)
}

pub fn webhook_endpoint() -> String {
    random("we_1", 23)
}

/// What signs an endpoint's webhooks; nobody but its merchant is told.
pub fn webhook_secret() -> String {
    random("whsec_", 32)
}

pub fn request() -> String {
    random("req_", 14)
}

/// Whether a string from outside could be an id at all. Anything else (a NUL, a novel) is "no such object" without
/// troubling the database, which refuses some of it with an error of its own.
pub fn plausible(id: &str) -> bool {
    id.len() <= 255 && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
