//! Kill points for crash tests. Without the `faults` feature they compile to nothing.

/// Ends the process as `kill -9` would, when `MARQUEE_FAULT` names this point.
#[cfg(feature = "faults")]
pub fn point(name: &str) {
    if std::env::var("MARQUEE_FAULT").is_ok_and(|wanted| wanted == name) {
        std::process::abort();
    }
}

#[cfg(not(feature = "faults"))]
#[inline]
pub fn point(_name: &str) {}
