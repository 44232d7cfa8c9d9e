//! Passwords, by argon2id with the parameters OWASP recommends (19 MiB, two passes), which are the crate's defaults.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use rand::RngExt;
use rand::distr::Alphanumeric;
use std::sync::LazyLock;

/// Least characters of a password.
pub const MIN_LENGTH: usize = 12;

/// Hashes a password for storage as a PHC string.
///
/// # Errors
/// When it is too short, in words for the person who chose it; or when the system has no randomness.
pub fn hash(password: &str) -> Result<String, String> {
    if password.chars().count() < MIN_LENGTH {
        return Err(format!("a password needs at least {MIN_LENGTH} characters"));
    }
    hashed(password)
}

fn hashed(password: &str) -> Result<String, String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

/// A password that nobody has to think up: 20 letters and digits, about 119 bits.
pub fn generate() -> String {
    rand::rng().sample_iter(Alphanumeric).take(20).map(char::from).collect()
}

/// Whether the password is the one that was hashed. Without a hash (nobody has that address) it takes as long and says
/// no, so that the time tells nothing.
pub fn verify(password: &str, stored: Option<&str>) -> bool {
    static NOBODY: LazyLock<String> = LazyLock::new(|| hashed("nobody's password").unwrap_or_default());
    let matches = PasswordHash::new(stored.unwrap_or(&NOBODY))
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
    matches && stored.is_some()
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_password_itself_verifies() {
        let hash = super::hash("a long enough one").unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(super::verify("a long enough one", Some(&hash)));
        assert!(!super::verify("a long enough two", Some(&hash)));
        assert!(!super::verify("nobody's password", None));
        assert!(super::hash("short").is_err());
    }
}
