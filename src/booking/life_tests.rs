use super::*;
use chrono::{DateTime, Duration};
use uuid::Uuid;

fn minute(minute: i64) -> Instant {
    DateTime::UNIX_EPOCH + Duration::minutes(minute)
}

fn held() -> Life {
    Life {
        show_id: ShowId(1),
        status: BookingStatus::Created,
        created_at: minute(0),
        pay_by: minute(8),
        lock_expires_at: minute(10),
        currency: "INR".to_owned(),
        amount: None,
        confirmed_at: None,
        cancelled_at: None,
        paid_by: None,
        refund_policy: None,
        version: 1,
    }
}

fn freeze() -> Step {
    let deadline = Deadline { pay_by: minute(12), lock_expires_at: minute(14) };
    Step::Freeze { amount: 500, refund_policy: RefundPolicy::default(), deadline }
}

const CONFIRM: Step = Step::Confirm { paid_by: PaymentId(Uuid::nil()) };

#[test]
fn what_may_follow_what_is_this_table() {
    let frozen = held().after(&freeze(), minute(7)).unwrap();
    let confirmed = frozen.after(&CONFIRM, minute(8)).unwrap();
    let cancelled = held().after(&Step::Cancel, minute(1)).unwrap();
    let expired = Life { status: BookingStatus::Expired, ..frozen.clone() };
    let lives = [held(), frozen, expired, confirmed, cancelled];
    let steps = [
        // At which minute; then whether from held, frozen, expired, confirmed, cancelled.
        (freeze(), 9, [true, false, false, false, false]),
        (freeze(), 10, [false; 5]),
        // Money may come late, but only for a sum that was asked for.
        (CONFIRM, 20, [false, true, true, false, false]),
        (Step::Cancel, 20, [true, true, false, true, false]),
    ];
    for (step, at, legal) in steps {
        let judged = lives.each_ref().map(|life| life.after(&step, minute(at)).is_ok());
        assert_eq!(judged, legal, "{step:?} at minute {at}");
    }
}

#[test]
fn a_step_changes_what_it_says_and_counts_the_version() {
    let frozen = held().after(&freeze(), minute(7)).unwrap();
    let refund_policy = Some(RefundPolicy::default());
    let (pay_by, lock_expires_at) = (minute(12), minute(14));
    let expected = Life { amount: Some(500), refund_policy, pay_by, lock_expires_at, version: 2, ..held() };
    assert_eq!((&frozen, frozen.lock_end()), (&expected, Some(minute(14))));

    let confirmed = frozen.after(&CONFIRM, minute(8)).unwrap();
    assert_eq!((confirmed.status, confirmed.lock_end(), confirmed.version), (BookingStatus::Confirmed, None, 3));
    assert_eq!((confirmed.confirmed_at, confirmed.paid_by), (Some(minute(8)), Some(PaymentId(Uuid::nil()))));

    // What was paid stays known when it is given back.
    let cancelled = confirmed.after(&Step::Cancel, minute(9)).unwrap();
    assert_eq!((cancelled.cancelled_at, cancelled.paid_by), (Some(minute(9)), confirmed.paid_by));
}
