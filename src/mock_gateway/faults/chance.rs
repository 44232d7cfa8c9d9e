//! Chance without luck: the same question gets the same answer, in this run and in the next.

use super::Fault;
use sha2::{Digest, Sha256};

/// Whether a fault of this probability strikes. Nothing but the arguments decides, so a run with the same seed that does
/// the same things in the same order has the same faults.
pub fn strikes(probability: f64, seed: i64, fault: Fault, subject: &str, attempt: i64) -> bool {
    draw(seed, fault, subject, attempt) < probability
}

/// A number from 0 up to, but not including, 1: a probability of 1 always strikes, one of 0 never.
fn draw(seed: i64, fault: Fault, subject: &str, attempt: i64) -> f64 {
    let digest = Sha256::digest(format!("{seed}\n{fault}\n{subject}\n{attempt}"));
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    // As many bits as a double holds exactly.
    const BITS: u32 = f64::MANTISSA_DIGITS;
    (u64::from_be_bytes(first) >> (u64::BITS - BITS)) as f64 / (1u64 << BITS) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(probability: f64, seed: i64, fault: Fault) -> Vec<bool> {
        (1..=2000).map(|attempt| strikes(probability, seed, fault, "session 1", attempt)).collect()
    }

    #[test]
    fn the_same_seed_decides_the_same_and_another_seed_fault_or_subject_otherwise() {
        let once = pattern(0.5, 7, Fault::WebhookLost);
        assert_eq!(once, pattern(0.5, 7, Fault::WebhookLost));
        assert_ne!(once, pattern(0.5, 8, Fault::WebhookLost));
        assert_ne!(once, pattern(0.5, 7, Fault::WebhookStale));
        let other: Vec<bool> = (1..=2000).map(|n| strikes(0.5, 7, Fault::WebhookLost, "session 2", n)).collect();
        assert_ne!(once, other);
    }

    #[test]
    fn the_decisions_of_a_seed_never_change() {
        // A run that was written down with its seed must stay repeatable by a later version.
        let first: Vec<bool> = pattern(0.5, 1, Fault::ApiError).into_iter().take(8).collect();
        assert_eq!(first, [false, true, false, true, true, true, false, true]);
    }

    #[test]
    fn it_strikes_as_often_as_it_says() {
        for (probability, least, most) in [(0.0, 0, 0), (0.2, 340, 460), (0.5, 930, 1070), (1.0, 2000, 2000)] {
            let struck = pattern(probability, 3, Fault::ApiError).into_iter().filter(|struck| *struck).count();
            assert!((least..=most).contains(&struck), "{probability}: {struck}");
        }
    }
}
