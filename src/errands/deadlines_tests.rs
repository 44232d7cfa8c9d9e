//! When a payment that is past its time is tried again.

use super::*;
use uuid::Uuid;

fn payment(number: u128) -> PaymentId {
    PaymentId(Uuid::from_u128(number))
}

#[test]
fn what_stays_as_it_was_is_tried_after_ever_longer_pauses() {
    let (mut tried, mut now) = (Tried::default(), Instant::now());
    for seconds in [4, 8, 16, 32, 64, 128, 256, 300, 300] {
        assert_eq!(tried.not_yet(now), []);
        tried.note(&[payment(1)], now);
        now += Duration::from_secs(seconds);
        assert_eq!(tried.not_yet(now - Duration::from_millis(1)), [payment(1)], "{seconds}");
    }
}

#[test]
fn what_was_due_and_is_over_is_forgotten() {
    let (mut tried, now) = (Tried::default(), Instant::now());
    tried.note(&[payment(1), payment(2)], now);
    tried.note(&[payment(2)], now + Duration::from_secs(5));
    assert_eq!(tried.0.len(), 1);
    assert_eq!(tried.not_yet(now + Duration::from_secs(6)), [payment(2)]);
}
