//! Waiting for what another process does in its own time.

use std::time::{Duration, Instant};

/// Asks again until the answer is there; fails after a generous while.
pub async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(Duration::from_secs(15), what, look).await
}

/// As [`eventually`], for what may take longer.
pub async fn eventually_within<T>(limit: Duration, what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    found_within(limit, look).await.unwrap_or_else(|| panic!("never happened: {what}"))
}

/// As [`eventually_within`], for whoever goes on without it.
pub async fn found_within<T>(limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    while began.elapsed() < limit {
        if let Some(found) = look().await {
            return Some(found);
        }
        actix_web::rt::time::sleep(Duration::from_millis(100)).await;
    }
    None
}
