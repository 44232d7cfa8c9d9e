//! Kill points for crash tests. Without the `faults` feature they compile to nothing.

/// Ends the process as `kill -9` would when it passes this point for the so-manieth time: `MARQUEE_FAULT=inbox_after_effect:3`
/// names the point and the passing. Counted, so that a process that is started again gets further before it ends again.
#[cfg(feature = "faults")]
pub fn point(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    static FATAL: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();
    let fatal = FATAL.get_or_init(|| {
        let wanted = std::env::var("MARQUEE_FAULT").ok()?;
        let (point, passing) = wanted.split_once(':')?;
        Some((point.to_owned(), AtomicU64::new(passing.parse().ok()?)))
    });
    if let Some((point, left)) = fatal
        && point == name
        && left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}

#[cfg(not(feature = "faults"))]
#[inline]
pub fn point(_name: &str) {}
