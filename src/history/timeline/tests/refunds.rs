//! Money that goes back, and seats that late money bought again, in the words of both audiences.

use super::*;
use crate::ids::RefundId;

const PAYMENT: PaymentId = PaymentId(Uuid::from_u128(9));
const REFUND: RefundId = RefundId(Uuid::from_u128(10));

fn of_refund(at: Instant, from: Option<&str>, to: &str, detail: serde_json::Value) -> Recorded {
    let (payment_id, refund_id) = (Some(PAYMENT), Some(REFUND));
    of_booking(BEN, Recorded { payment_id, refund_id, detail, ..row("refund", at, from, to) })
}

fn owed(at: Instant, to: &str, cause: &str, amount: i64) -> Recorded {
    of_refund(at, None, to, json!({ "cause": cause, "amount": amount, "currency": "INR" }))
}

fn of_ben(rows: &[Recorded], audience: Audience) -> Vec<String> {
    story(rows, Subject::Booking(BEN), audience)
}

/// Each moment with its parts.
fn parts(rows: &[Recorded], subject: Subject) -> Vec<String> {
    let told = tell(rows, subject, at(60, 0));
    let told = moments(&told, &names(), subject, Audience::Staff);
    let text = |moment: &Moment| {
        let details = moment.details.iter().filter_map(|part| match part.as_slice() {
            [Word::Text(text)] => Some(text.clone()),
            _ => None,
        });
        details.collect::<Vec<_>>().join("; ")
    };
    told.iter().map(text).collect()
}

/// Ben bought the seat, and gives it back at a quarter past.
fn given_back() -> Vec<Recorded> {
    let mut rows = rows_of(BEN);
    let gone = Recorded { seat_id: Some(SEAT), ..row("show_seat", at(15, 0), Some("booked"), "available") };
    rows.push(Recorded { from_owner: Some(BEN), ..gone });
    rows.push(of_booking(BEN, row("booking", at(15, 0), Some("confirmed"), "cancelled")));
    rows.push(owed(at(15, 0), "requested", "customer_cancelled", 22_500));
    let ticket = row("ticket", at(15, 0), Some("valid"), "void");
    rows.push(of_booking(BEN, Recorded { seat_id: Some(SEAT), ..ticket }));
    rows
}

fn said_of_refund() -> Vec<Recorded> {
    let named = |attempt: i32| json!({ "gateway_id": format!("re_{attempt}") });
    let failed = |attempt: i32| json!({ "gateway_id": format!("re_{attempt}"), "reason": "lost_or_stolen_card" });
    let (from, nothing) = (Some("requested"), json!({}));
    vec![
        of_refund(at(16, 0), from, "requested", named(1)),
        of_refund(at(17, 0), from, "failed", failed(1)),
        of_refund(at(17, 0), Some("failed"), "requested", nothing.clone()),
        of_refund(at(18, 0), from, "succeeded", named(2)),
        of_refund(at(19, 0), Some("succeeded"), "failed", failed(2)),
        of_refund(at(19, 0), Some("failed"), "needs_attention", nothing.clone()),
        of_refund(at(20, 0), Some("needs_attention"), "requested", nothing.clone()),
        of_refund(at(21, 0), from, "failed", failed(3)),
        of_refund(at(21, 0), Some("failed"), "needs_attention", nothing.clone()),
        of_refund(at(22, 0), Some("needs_attention"), "settled_by_staff", nothing),
    ]
}

#[test]
fn a_booking_given_back_tells_what_comes_back_and_what_is_kept() {
    let rows = given_back();
    assert_eq!(of_ben(&rows, Audience::Staff)[2], "19:15:00 Given back by its customer: G12 free again");
    assert_eq!(
        parts(&rows, Subject::Booking(BEN))[2],
        "1 ticket void; A refund of ₹225.00 was requested; ₹75.00 kept, by the policy that was promised"
    );
    assert_eq!(
        of_ben(&rows, Audience::Customer)[2],
        "19:15:00 You gave the tickets back. ₹225.00 goes back to you: the refund is on its way. \
         The cinema keeps ₹75.00, as agreed."
    );
    let seat = story(&rows, Subject::Seat(SEAT), Audience::Staff);
    assert_eq!(seat.last().unwrap(), "19:15:00 Given back by booking BEN33333, free from here on");
    let cut = stretches(&rows, at(60, 0));
    assert_eq!(cut.last().unwrap(), &Stretch { from: at(15, 0), until: at(60, 0), standing: Standing::Free });
}

#[test]
fn what_becomes_of_a_refund_is_told_step_by_step() {
    let mut rows = given_back();
    rows.extend(said_of_refund());
    assert_eq!(
        of_ben(&rows, Audience::Staff)[3..],
        [
            "19:16:00 The gateway has the refund of ₹225.00 and is working on it",
            "19:17:00 The refund of ₹225.00 failed: lost or stolen card; it was asked for again",
            "19:18:00 The gateway gave ₹225.00 back",
            "19:19:00 The refund of ₹225.00 failed: lost or stolen card; a person is needed",
            "19:20:00 The refund of ₹225.00 was asked for again",
            "19:21:00 The refund of ₹225.00 failed: lost or stolen card; a person is needed",
            "19:22:00 The refund of ₹225.00 was settled by other means",
        ]
    );
    let parts = parts(&rows, Subject::Booking(BEN));
    assert_eq!((parts[3].as_str(), parts[5].as_str()), ("Refund re_1", "Refund re_2"));
    assert_eq!(
        of_ben(&rows, Audience::Customer)[3..],
        [
            "19:18:00 ₹225.00 was refunded.",
            "19:19:00 The refund of ₹225.00 did not go through. A person at the cinema sees to it.",
            "19:20:00 The refund of ₹225.00 was asked for again and is on its way.",
            "19:21:00 The refund of ₹225.00 did not go through. A person at the cinema sees to it.",
            "19:22:00 The cinema gave you ₹225.00 by another way.",
        ]
    );
    // The seat's story has what concerns money's end, and not each of the gateway's words.
    let seat = story(&rows, Subject::Seat(SEAT), Audience::Staff);
    assert_eq!(seat[seat.len() - 5], "19:18:00 The gateway gave ₹225.00 back (booking BEN33333)", "{seat:#?}");
}

#[test]
fn the_customer_is_never_told_refunded_before_the_gateway_says_so() {
    let rows: Vec<Recorded> = given_back().into_iter().chain(said_of_refund()).collect();
    let until = |end: Instant| rows.iter().filter(|row| row.at < end).cloned().collect::<Vec<_>>();
    let before = of_ben(&until(at(18, 0)), Audience::Customer);
    assert!(before.iter().any(|told| told.contains("the refund is on its way")), "{before:?}");
    assert!(before.iter().all(|told| !told.contains("refunded")), "{before:?}");
    let after = of_ben(&until(at(18, 1)), Audience::Customer);
    assert_eq!(after.last().unwrap(), "19:18:00 ₹225.00 was refunded.");
    for told in of_ben(&rows, Audience::Customer) {
        assert!(!told.contains("re_") && !told.contains("stolen"), "{told}");
    }
}

fn arrived(outcome: &str) -> Recorded {
    let detail = json!({ "captured": 30_000, "currency": "INR", "outcome": outcome });
    let paid = row("payment", at(30, 0), Some("expired"), "succeeded");
    of_booking(BEN, Recorded { payment_id: Some(PAYMENT), detail, ..paid })
}

#[test]
fn money_that_buys_nothing_goes_back_and_says_why() {
    for (outcome, staff, customer) in [
        (
            "seats_lost",
            "it came late, and a seat was no longer free",
            "Your payment arrived late, and the seats were no longer free.",
        ),
        ("already_paid", "the booking had been paid already", "A second payment arrived."),
        (
            "cancelled",
            "the booking or its show had been cancelled, or was over",
            "Your payment arrived after the booking had ended.",
        ),
        (
            "wrong_amount",
            "it is not the sum that was asked for",
            "A payment arrived, but not the sum that was asked for.",
        ),
    ] {
        let rows = [arrived(outcome), owed(at(30, 0), "requested", outcome, 30_000)];
        assert_eq!(of_ben(&rows, Audience::Staff), [format!("19:30:00 ₹300.00 arrived and bought nothing: {staff}")]);
        assert_eq!(parts(&rows, Subject::Booking(BEN)), ["A refund of ₹300.00 was requested"]);
        assert_eq!(
            of_ben(&rows, Audience::Customer),
            [format!("19:30:00 {customer} ₹300.00 goes back to you: the refund is on its way.")]
        );
    }
    // Where nothing was requested, nothing is promised.
    let told = of_ben(&[arrived("wrong_amount")], Audience::Customer);
    assert!(told[0].ends_with("A person at the cinema settles it with you."), "{told:?}");
}

#[test]
fn late_money_that_buys_the_seats_again_is_one_sale() {
    let mut rows = vec![made(BEN, at(2, 0), at(12, 0)), locked(BEN, at(2, 0), at(12, 0), None)];
    rows.push(arrived("take_again"));
    rows.push(locked(BEN, at(30, 0), at(31, 0), Some((BEN, at(12, 0)))));
    let bought = Recorded {
        seat_id: Some(SEAT),
        from_owner: Some(BEN),
        to_owner: Some(BEN),
        ..row("show_seat", at(30, 0), Some("locked"), "booked")
    };
    rows.push(Recorded { id: 1, from_end: Some(at(31, 0)), ..bought });
    rows.push(of_booking(BEN, row("booking", at(30, 0), Some("created"), "confirmed")));
    let ticket = row("ticket", at(30, 0), None, "valid");
    rows.push(of_booking(BEN, Recorded { seat_id: Some(SEAT), ..ticket }));
    assert_eq!(
        of_ben(&rows, Audience::Staff),
        [
            "19:02:00 Held G12 until 19:12:00",
            "19:12:00 Lapsed: nobody paid in time; G12 free from here on",
            "19:30:00 Confirmed: G12 sold, 1 ticket issued",
        ]
    );
    assert!(parts(&rows, Subject::Booking(BEN))[2].starts_with("The money came late; the locks had ended"));
    assert_eq!(
        of_ben(&rows, Audience::Customer)[2],
        "19:30:00 Paid, and your ticket was issued. The payment came late, and the seats were still free."
    );
    let seat = story(&rows, Subject::Seat(SEAT), Audience::Staff);
    assert_eq!(seat.last().unwrap(), "19:30:00 Sold to booking BEN33333");
    let cut: Vec<_> = stretches(&rows, at(60, 0)).iter().map(|stretch| (stretch.from, stretch.standing)).collect();
    assert_eq!(cut, [(at(2, 0), Standing::Held(BEN)), (at(12, 0), Standing::Free), (at(30, 0), Standing::Sold(BEN))]);
}

#[test]
fn a_paid_booking_ends_with_its_show_and_its_money_goes_back_where_it_was_taken() {
    for (begins, staff, customer) in [
        ("requested", "A refund of ₹300.00 was requested", "₹300.00 goes back to you: the refund is on its way."),
        (
            "needs_attention",
            "₹300.00 is to be given back at the counter",
            "₹300.00 is given back to you at the counter.",
        ),
    ] {
        let mut rows = rows_of(BEN);
        let detail = json!({ "reason": "Flooded" });
        rows.push(Recorded { detail, ..row("show", at(15, 0), Some("published"), "cancelled") });
        let gone = Recorded { seat_id: Some(SEAT), ..row("show_seat", at(15, 0), Some("booked"), "available") };
        rows.push(Recorded { from_owner: Some(BEN), ..gone });
        rows.push(of_booking(BEN, row("booking", at(15, 0), Some("confirmed"), "cancelled")));
        rows.push(owed(at(15, 0), begins, "show_cancelled", 30_000));
        assert_eq!(of_ben(&rows, Audience::Staff)[2], "19:15:00 Ended with its show: G12 free again");
        assert_eq!(parts(&rows, Subject::Booking(BEN))[2], format!("The show was cancelled: Flooded; {staff}"));
        assert_eq!(
            of_ben(&rows, Audience::Customer)[2],
            format!("19:15:00 The cinema cancelled the show. {customer}")
        );
    }
}

#[test]
fn a_closed_case_tells_what_was_done() {
    let mut rows = given_back();
    rows.extend(said_of_refund());
    let mut told = tell(&rows, Subject::Booking(BEN), at(60, 0));
    let settled = told.last_mut().unwrap();
    settled.case_closed = Some("Paid back by bank transfer".to_owned());
    let told = moments(&told, &names(), Subject::Booking(BEN), Audience::Staff);
    let last = told.last().unwrap().details.last().unwrap();
    assert_eq!(last, &[Word::Text("The case was closed: Paid back by bank transfer".to_owned())]);
}
