use super::*;
use crate::ids::{BookingId, PaymentId, RefundId};
use crate::payment::refund::life::{Life, Step};
use crate::payment::{Refund, RefundCause};
use uuid::Uuid;

fn at(minute: i64) -> Instant {
    Instant::UNIX_EPOCH + Duration::minutes(minute)
}

fn payment(status: PaymentStatus, captured: Option<i64>) -> OurPayment {
    OurPayment {
        id: PaymentId(Uuid::from_u128(1)),
        booking: BookingId(7),
        reference: "K7QM2XPD".into(),
        status,
        captured: captured.map(|minor| Money::new(minor, "INR")),
        session: Some("cs_1".into()),
        intent: captured.map(|_| "pi_1".into()),
        at: at(1),
    }
}

fn session(state: SessionState) -> Session {
    let payment = Some(PaymentId(Uuid::from_u128(1)));
    Session { id: "cs_1".into(), payment, url: None, state, opened_at: at(0) }
}

fn paid(minor: i64) -> Session {
    session(SessionState::Paid { captured: Money::new(minor, "INR"), intent: Some("pi_1".into()) })
}

const ATTEMPT: Attempt = Attempt { refund: RefundId(Uuid::from_u128(2)), number: 1 };

fn refund(steps: &[Step]) -> OurRefund {
    let (payment, sum) = (PaymentId(Uuid::from_u128(1)), Money::new(500, "INR"));
    let life = Life::requested(payment, BookingId(7), RefundCause::SeatsLost, &sum, at(1));
    let life = steps.iter().fold(life, |life, step| life.after(step, at(2)).unwrap());
    OurRefund { refund: Refund { id: ATTEMPT.refund, life }, reference: "K7QM2XPD".into(), asked_at: at(1) }
}

fn back(attempt: Option<Attempt>, minor: i64, status: &str) -> TheirRefund {
    TheirRefund {
        id: "re_1".into(),
        attempt,
        intent: Some("pi_1".into()),
        money: Money::new(minor, "INR"),
        word: Word::read("re_1".into(), Some(status), None),
        asked_at: at(2),
    }
}

fn succeeded() -> Step {
    Step::Succeed { gateway_id: "re_1".into() }
}

fn failed() -> Step {
    Step::Fail { gateway_id: Some("re_1".into()), reason: "expired".into() }
}

fn ours(payments: Vec<OurPayment>, refunds: Vec<OurRefund>) -> Ours {
    Ours { at: at(30), payments, refunds, unseated: Vec::new() }
}

fn found(ours: Ours, sessions: Vec<Session>, refunds: Vec<TheirRefund>) -> Vec<&'static str> {
    compare(&ours, &Theirs { sessions, refunds }).iter().map(|finding| finding.remedy.name()).collect()
}

#[test]
fn books_that_agree_have_no_findings() {
    let sold = payment(PaymentStatus::Succeeded, Some(500));
    assert!(found(ours(vec![sold.clone()], vec![]), vec![paid(500)], vec![]).is_empty());
    let done = refund(&[succeeded()]);
    let there = back(Some(ATTEMPT), 500, "succeeded");
    assert!(found(ours(vec![sold], vec![done]), vec![paid(500)], vec![there]).is_empty());
    let open = payment(PaymentStatus::Started, None);
    for state in [SessionState::Open, SessionState::Processing] {
        assert!(found(ours(vec![open.clone()], vec![]), vec![session(state)], vec![]).is_empty());
    }
}

#[test]
fn what_the_gateway_says_of_our_session_counts_unless_it_is_known() {
    use PaymentStatus::{Expired, Failed, Started};
    for status in [Started, Expired, Failed] {
        let ours = ours(vec![payment(status, None)], vec![]);
        assert_eq!(found(ours, vec![paid(500)], vec![]), ["session_unheard"], "{status}");
    }
    let ended = || vec![session(SessionState::Expired)];
    assert_eq!(found(ours(vec![payment(Started, None)], vec![]), ended(), vec![]), ["session_unheard"]);
    assert!(found(ours(vec![payment(Failed, None)], vec![]), ended(), vec![]).is_empty());
}

#[test]
fn money_here_must_be_there_to_the_paisa() {
    let sold = || ours(vec![payment(PaymentStatus::Succeeded, Some(500))], vec![]);
    assert_eq!(found(sold(), vec![], vec![]), ["missing_at_gateway"]);
    assert_eq!(found(sold(), vec![session(SessionState::Open)], vec![]), ["missing_at_gateway"]);
    assert_eq!(found(sold(), vec![paid(501)], vec![]), ["differs_at_gateway"]);
    let dollars = SessionState::Paid { captured: Money::new(500, "USD"), intent: Some("pi_1".into()) };
    assert_eq!(found(sold(), vec![session(dollars)], vec![]), ["differs_at_gateway"]);
}

#[test]
fn money_there_that_no_payment_of_ours_took_is_stray_until_it_was_given_back() {
    let sold = || ours(vec![payment(PaymentStatus::Succeeded, Some(500))], vec![]);
    let intent = Some("pi_2".to_owned());
    let second = Session {
        id: "cs_2".into(),
        state: SessionState::Paid { captured: Money::new(500, "INR"), intent: intent.clone() },
        ..paid(500)
    };
    assert_eq!(found(sold(), vec![paid(500), second.clone()], vec![]), ["stray_money"], "paid twice by two sessions");
    let nobodys = Session { payment: None, ..second };
    assert_eq!(found(sold(), vec![paid(500), nobodys.clone()], vec![]), ["stray_money"]);
    let given = |minor| vec![TheirRefund { intent: intent.clone(), ..back(None, minor, "succeeded") }];
    assert_eq!(found(sold(), vec![paid(500), nobodys.clone()], given(499)), ["stray_money"]);
    assert!(found(sold(), vec![paid(500), nobodys], given(500)).is_empty());
}

#[test]
fn the_gateways_word_about_a_refund_counts_unless_it_is_known() {
    let sold = || vec![payment(PaymentStatus::Succeeded, Some(500))];
    let cases = [
        (vec![], "pending", vec!["refund_unheard"]),
        (vec![Step::Accept { gateway_id: "re_1".into() }], "pending", vec![]),
        (vec![], "succeeded", vec!["refund_unheard"]),
        (vec![], "failed", vec!["refund_unheard"]),
        (vec![succeeded()], "failed", vec!["refund_unheard"]),
        (vec![failed(), Step::Escalate], "failed", vec![]),
        // It gives back although nothing here waits for it any more.
        (vec![failed(), Step::Escalate, Step::Settle], "succeeded", vec!["stray_refund"]),
        (vec![failed(), Step::Retry], "succeeded", vec!["stray_refund"]),
        (vec![failed(), Step::Retry], "failed", vec![]),
        // The gateway has forgotten our key, and made a second refund for the attempt.
        (vec![Step::Accept { gateway_id: "re_0".into() }], "pending", vec!["stray_refund"]),
        (vec![Step::Accept { gateway_id: "re_0".into() }], "succeeded", vec!["stray_refund"]),
        (vec![Step::Accept { gateway_id: "re_0".into() }], "failed", vec![]),
    ];
    for (steps, word, expected) in cases {
        let ours = ours(sold(), vec![refund(&steps)]);
        assert_eq!(found(ours, vec![paid(500)], vec![back(Some(ATTEMPT), 500, word)]), expected, "{steps:?} {word}");
    }
}

#[test]
fn refunds_are_there_and_here_with_the_same_sum() {
    let sold = || vec![payment(PaymentStatus::Succeeded, Some(500))];
    let done = || ours(sold(), vec![refund(&[succeeded()])]);
    assert_eq!(found(done(), vec![paid(500)], vec![]), ["missing_at_gateway"]);
    assert_eq!(found(done(), vec![paid(500)], vec![back(Some(ATTEMPT), 400, "succeeded")]), ["differs_at_gateway"]);
    let unasked = back(None, 100, "succeeded");
    assert_eq!(found(ours(sold(), vec![]), vec![paid(500)], vec![unasked.clone()]), ["stray_refund"]);
    let void = TheirRefund { word: Word::read("re_1".into(), Some("failed"), None), ..unasked };
    assert!(found(ours(sold(), vec![]), vec![paid(500)], vec![void]).is_empty());
}

#[test]
fn a_refund_that_has_waited_an_hour_is_stuck() {
    let sold = || vec![payment(PaymentStatus::Succeeded, Some(500))];
    let accepted = Step::Accept { gateway_id: "re_1".into() };
    let there = || vec![back(Some(ATTEMPT), 500, "pending")];
    for (minute, expected) in [(61, vec![]), (62, vec!["refund_stuck"])] {
        let waiting = Ours { at: at(minute), ..ours(sold(), vec![refund(std::slice::from_ref(&accepted))]) };
        assert_eq!(found(waiting, vec![paid(500)], there()), expected, "{minute}");
    }
}

#[test]
fn a_booking_without_its_tickets_is_found() {
    let unseated = Unseated {
        booking: BookingId(7),
        reference: "K7QM2XPD".into(),
        payment: Some(PaymentId(Uuid::from_u128(1))),
        status: "confirmed".into(),
        seats: 2,
        tickets: 1,
        at: at(1),
    };
    let ours = Ours { unseated: vec![unseated], ..ours(vec![], vec![]) };
    let found = compare(&ours, &Theirs::default());
    assert_eq!(found[0].remedy, Remedy::Case(Kind::PaidWithoutSeat));
    assert_eq!(found[0].detail, json!({ "booking": "confirmed", "seats": 2, "tickets": 1 }));
}
