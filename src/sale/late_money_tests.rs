use super::SeatFact::{Free, Gone, Ours};
use super::*;

fn decided(captured: i64, booking: BookingStatus, show_gone: bool, seats: &[SeatFact]) -> Outcome {
    let (asked, captured) = (Money::new(500, "INR"), Money::new(captured, "INR"));
    decide(&Facts { asked: &asked, captured: &captured, booking, show_gone, seats })
}

#[test]
fn row_1_a_wrong_amount_or_currency_never_confirms() {
    assert_eq!(decided(499, BookingStatus::Created, false, &[Ours]), Outcome::WrongAmount);
    assert_eq!(decided(501, BookingStatus::Confirmed, false, &[Ours]), Outcome::WrongAmount);
    let (asked, captured) = (Money::new(500, "INR"), Money::new(500, "USD"));
    let facts = Facts {
        asked: &asked,
        captured: &captured,
        booking: BookingStatus::Created,
        show_gone: false,
        seats: &[Ours],
    };
    assert_eq!(decide(&facts), Outcome::WrongAmount);
}

#[test]
fn row_2_a_second_payment_is_excess() {
    assert_eq!(decided(500, BookingStatus::Confirmed, true, &[Gone]), Outcome::AlreadyPaid);
}

#[test]
fn row_3_a_cancelled_booking_or_show_takes_no_money() {
    assert_eq!(decided(500, BookingStatus::Cancelled, false, &[Free]), Outcome::Cancelled);
    assert_eq!(decided(500, BookingStatus::Created, true, &[Ours]), Outcome::Cancelled);
}

#[test]
fn row_4_seats_still_ours_confirm() {
    assert_eq!(decided(500, BookingStatus::Created, false, &[Ours, Ours]), Outcome::Confirm);
}

#[test]
fn row_5_seats_all_free_or_ours_are_taken_again() {
    assert_eq!(decided(500, BookingStatus::Created, false, &[Ours, Free]), Outcome::TakeAgain);
    assert_eq!(decided(500, BookingStatus::Expired, false, &[Free, Free]), Outcome::TakeAgain);
}

#[test]
fn row_6_one_seat_gone_loses_all() {
    assert_eq!(decided(500, BookingStatus::Created, false, &[Ours, Free, Gone]), Outcome::SeatsLost);
    assert_eq!(decided(500, BookingStatus::Expired, false, &[]), Outcome::SeatsLost);
}
