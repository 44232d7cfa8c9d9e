use super::*;
use uuid::Uuid;

fn at(second: i64) -> Instant {
    Instant::UNIX_EPOCH + chrono::Duration::seconds(second)
}

fn requested() -> Life {
    let (payment, sum) = (PaymentId(Uuid::from_u128(1)), Money::new(500, "INR"));
    Life::requested(payment, BookingId(1), RefundCause::SeatsLost, &sum, at(0))
}

fn accept(id: &str) -> Step {
    Step::Accept { gateway_id: id.to_owned() }
}

fn succeed(id: &str) -> Step {
    Step::Succeed { gateway_id: id.to_owned() }
}

fn fail(id: Option<&str>) -> Step {
    Step::Fail { gateway_id: id.map(str::to_owned), reason: "expired_or_canceled_card".to_owned() }
}

/// The states that steps lead to, or where the first one was refused.
fn walk(steps: &[Step]) -> Result<Life, usize> {
    steps.iter().enumerate().try_fold(requested(), |life, (place, step)| life.after(step, at(1)).map_err(|_| place))
}

#[test]
fn the_gateways_word_ends_it_and_may_be_taken_back_later() {
    let done = walk(&[accept("re_1"), succeed("re_1")]).unwrap();
    assert_eq!((done.status, done.ended_at, done.version), (RefundStatus::Succeeded, Some(at(1)), 3));
    let back = walk(&[succeed("re_1"), fail(Some("re_1"))]).unwrap();
    assert_eq!((back.status, back.ended_at), (RefundStatus::Failed, None));
}

#[test]
fn another_attempt_forgets_the_gateways_name_of_the_first() {
    let again = walk(&[accept("re_1"), fail(Some("re_1")), Step::Retry]).unwrap();
    assert_eq!(
        (again.status, again.attempt, again.gateway_id, again.failure),
        (RefundStatus::Requested, 2, None, None)
    );
}

#[test]
fn only_what_needs_attention_is_settled_by_staff() {
    let settled = walk(&[fail(None), Step::Escalate, Step::Settle]).unwrap();
    assert_eq!((settled.status, settled.ended_at), (RefundStatus::SettledByStaff, Some(at(1))));
    assert_eq!(walk(&[Step::Settle]), Err(0));
    assert_eq!(walk(&[fail(None), Step::Settle]), Err(1));
}

#[test]
fn what_may_not_follow_is_refused() {
    assert_eq!(walk(&[accept("re_1"), accept("re_1")]), Err(1), "it has its name");
    assert_eq!(walk(&[accept("re_1"), succeed("re_2")]), Err(1), "another refund's word");
    assert_eq!(walk(&[succeed("re_1"), succeed("re_1")]), Err(1), "it is done");
    assert_eq!(walk(&[succeed("re_1"), Step::Retry]), Err(1), "money goes back once");
    assert_eq!(walk(&[Step::Retry]), Err(0), "it has not failed");
    assert_eq!(walk(&[Step::Escalate]), Err(0));
    assert_eq!(walk(&[fail(None), fail(None)]), Err(1));
    assert_eq!(walk(&[accept("re_1"), fail(Some("re_2"))]), Err(1), "another refund's word");
    assert_eq!(walk(&[accept("re_1"), fail(None)]), Err(1), "what has begun is not refused");
    assert_eq!(walk(&[succeed("re_1"), fail(None)]), Err(1));
    assert_eq!(walk(&[fail(None), Step::Escalate, Step::Settle, Step::Retry]), Err(3), "it was given back");
}
