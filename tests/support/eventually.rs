//! Waiting for what another process does in its own time.

use std::time::Duration;

/// Asks again until the answer is there; fails after a generous while.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..150 {
        if let Some(found) = look().await {
            return found;
        }
        actix_web::rt::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never happened: {what}");
}
