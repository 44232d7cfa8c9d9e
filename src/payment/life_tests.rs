use super::*;
use crate::payment::Outcome::{Confirm, TakeAgain};
use chrono::{DateTime, Duration};

fn minute(minute: i64) -> Instant {
    DateTime::UNIX_EPOCH + Duration::minutes(minute)
}

fn started() -> Life {
    Life::started(BookingId(1), &Money::new(500, "INR"), minute(0))
}

fn succeed(outcome: Outcome) -> Step {
    Step::Succeed { captured: Money::new(499, "USD"), intent: Some("pi_1".to_owned()), outcome }
}

const EXPIRED: Step = Step::Close { to: PaymentStatus::Expired };
const FAILED: Step = Step::Close { to: PaymentStatus::Failed };

#[test]
fn what_may_follow_what_is_this_table() {
    let after = |step: &Step| started().after(step, minute(1)).unwrap();
    let counter = Life::taken_at_counter(BookingId(1), &Money::new(500, "INR"), minute(0));
    let lives = [started(), after(&EXPIRED), after(&FAILED), after(&succeed(Confirm)), counter];
    let session = Step::Session { id: "cs_1".to_owned() };
    let steps = [
        // From started, expired, failed, succeeded, taken at the counter.
        (session.clone(), [true, true, true, true, false]),
        (Step::Decline { reason: None }, [true, true, true, true, false]),
        (EXPIRED, [true, false, false, false, false]),
        (FAILED, [true, false, false, false, false]),
        (Step::Close { to: PaymentStatus::Succeeded }, [false; 5]),
        (Step::Close { to: PaymentStatus::Started }, [false; 5]),
        // Facts only move forward: money counts once, even after the session had ended.
        (succeed(TakeAgain), [true, true, true, false, false]),
    ];
    for (step, legal) in steps {
        let judged = lives.each_ref().map(|life| life.after(&step, minute(2)).is_ok());
        assert_eq!(judged, legal, "{step:?}");
    }
    assert!(after(&session).after(&session, minute(2)).is_err(), "a payment has one session");
}

#[test]
fn money_is_recorded_as_it_came_with_its_decision() {
    let paid = started().after(&succeed(TakeAgain), minute(3)).unwrap();
    let expected = Life {
        status: PaymentStatus::Succeeded,
        succeeded_at: Some(minute(3)),
        captured_amount: Some(499),
        captured_currency: Some("USD".to_owned()),
        payment_intent_id: Some("pi_1".to_owned()),
        outcome: Some(TakeAgain),
        version: 2,
        ..started()
    };
    assert_eq!(paid, expected);
}
