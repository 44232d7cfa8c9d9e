//! The `Stripe-Signature` header: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<raw body>">`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs a body as sent at `time` (unix seconds). The key is the whole secret, its `whsec_` included, as bytes.
pub fn header(secret: &str, time: i64, body: &str) -> String {
    // HMAC takes a key of any length; were it otherwise, the receiver would refuse the empty signature.
    let signature = match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mut mac) => {
            mac.update(format!("{time}.{body}").as_bytes());
            hex::encode(mac.finalize().into_bytes())
        }
        Err(_) => String::new(),
    };
    format!("t={time},v1={signature}")
}
