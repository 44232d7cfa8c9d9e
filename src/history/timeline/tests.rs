use super::band::{Standing, Stretch, stretches};
use super::happening::tell;
use super::words::moments;
use super::*;
use crate::ids::{RequestId, ShowId};
use crate::ledger::Recorded;
use chrono::{TimeDelta, TimeZone, Utc};
use serde_json::json;
use uuid::Uuid;

mod refunds;

const SEAT: SeatId = SeatId(12);
const ANNA: BookingId = BookingId(1);
const BEN: BookingId = BookingId(2);

/// So many minutes and seconds past seven.
fn at(minutes: i64, seconds: i64) -> Instant {
    Utc.with_ymd_and_hms(2026, 11, 28, 19, 0, 0).unwrap() + TimeDelta::minutes(minutes) + TimeDelta::seconds(seconds)
}

/// A row of one transaction for each instant.
fn row(entity: &str, at: Instant, from: Option<&str>, to: &str) -> Recorded {
    Recorded {
        id: 0,
        at,
        entity: entity.to_owned(),
        show_id: Some(ShowId(5)),
        seat_id: None,
        booking_id: None,
        payment_id: None,
        refund_id: None,
        ticket_id: None,
        version: 1,
        from_status: from.map(str::to_owned),
        to_status: to.to_owned(),
        from_owner: None,
        to_owner: None,
        from_end: None,
        to_end: None,
        actor: "visitor:00000000-0000-0000-0000-00000000beef".to_owned(),
        request_id: RequestId(Uuid::from_u64_pair(1, at.timestamp_micros().unsigned_abs())),
        cause: "test".to_owned(),
        detail: json!({}),
    }
}

fn of_booking(id: BookingId, row: Recorded) -> Recorded {
    Recorded { booking_id: Some(id), ..row }
}

fn locked(by: BookingId, begin: Instant, end: Instant, from: Option<(BookingId, Instant)>) -> Recorded {
    let was = if from.is_some() { "locked" } else { "available" };
    Recorded {
        seat_id: Some(SEAT),
        to_owner: Some(by),
        to_end: Some(end),
        from_owner: from.map(|from| from.0),
        from_end: from.map(|from| from.1),
        ..row("show_seat", begin, Some(was), "locked")
    }
}

fn made(id: BookingId, begin: Instant, end: Instant) -> Recorded {
    let detail = json!({ "pay_by": end - TimeDelta::minutes(2) });
    of_booking(id, Recorded { to_end: Some(end), detail, ..row("booking", begin, None, "created") })
}

/// Anna's lock lapses, and Ben takes the seat half a minute later and buys it.
fn fought_for() -> Vec<Recorded> {
    let payment = Some(PaymentId(Uuid::from_u128(9)));
    let paid = json!({ "captured": 30_000, "currency": "INR", "outcome": "confirm" });
    let bought = Recorded {
        seat_id: Some(SEAT),
        from_owner: Some(BEN),
        to_owner: Some(BEN),
        ..row("show_seat", at(14, 0), Some("locked"), "booked")
    };
    let ticket = row("ticket", at(14, 0), None, "valid");
    vec![
        row("show", at(0, 0), None, "published"),
        made(ANNA, at(2, 11), at(12, 11)),
        locked(ANNA, at(2, 11), at(12, 11), None),
        made(BEN, at(12, 40), at(22, 40)),
        locked(BEN, at(12, 40), at(22, 40), Some((ANNA, at(12, 11)))),
        of_booking(
            BEN,
            Recorded { payment_id: payment, detail: paid, ..row("payment", at(14, 0), Some("started"), "succeeded") },
        ),
        of_booking(BEN, row("booking", at(14, 0), Some("created"), "confirmed")),
        bought,
        of_booking(BEN, Recorded { seat_id: Some(SEAT), ..ticket }),
    ]
}

fn names() -> Names {
    let name = |reference: &str| BookingName { reference: reference.to_owned(), seats: vec![SEAT] };
    Names {
        seats: HashMap::from([(SEAT, "G12".to_owned()), (SeatId(13), "G13".to_owned())]),
        bookings: HashMap::from([(ANNA, name("ANNA2222")), (BEN, name("BEN33333"))]),
        people: HashMap::from([(PersonId(3), "Meera".to_owned())]),
        events: HashMap::new(),
    }
}

fn said(moment: &Moment) -> String {
    let words = moment.what.iter().map(|word| match word {
        Word::Text(text) => text.clone(),
        Word::Time(at) => at.format("%H:%M:%S").to_string(),
        Word::Booking(reference) => reference.clone(),
        Word::Payment(id) => id.to_string(),
    });
    format!("{} {}", moment.at.format("%H:%M:%S"), words.collect::<String>())
}

fn story(rows: &[Recorded], subject: Subject, audience: Audience) -> Vec<String> {
    let told = tell(rows, subject, at(60, 0));
    moments(&told, &names(), subject, audience).iter().map(said).collect()
}

/// The rows that a booking's story is read from.
fn rows_of(id: BookingId) -> Vec<Recorded> {
    let is_own =
        |row: &Recorded| row.booking_id == Some(id) || row.from_owner == Some(id) || row.to_owner == Some(id);
    fought_for().into_iter().filter(is_own).collect()
}

#[test]
fn a_seat_says_who_had_it_and_when_it_lapsed() {
    let mut rows = fought_for();
    let expected = [
        "19:00:00 The show was published, its seats on sale",
        "19:02:11 Locked by booking ANNA2222 until 19:12:11",
        "19:12:11 The lock of booking ANNA2222 lapsed: nobody paid in time; free from here on",
        "19:12:40 Locked by booking BEN33333 until 19:22:40",
        "19:14:00 Sold to booking BEN33333",
    ];
    assert_eq!(story(&rows, Subject::Seat(SEAT), Audience::Staff), expected);
    rows.reverse();
    assert_eq!(story(&rows, Subject::Seat(SEAT), Audience::Staff), expected, "rows come in any order");
}

#[test]
fn a_booking_tells_its_end_and_who_took_the_seat() {
    assert_eq!(
        story(&rows_of(ANNA), Subject::Booking(ANNA), Audience::Staff),
        [
            "19:02:11 Held G12 until 19:12:11",
            "19:12:11 Lapsed: nobody paid in time; G12 free from here on",
            "19:12:40 G12 taken by BEN33333",
        ]
    );
    assert_eq!(
        story(&rows_of(BEN), Subject::Booking(BEN), Audience::Staff),
        ["19:12:40 Held G12 until 19:22:40", "19:14:00 Confirmed: G12 sold, 1 ticket issued"]
    );
}

#[test]
fn the_customer_reads_of_nobody_else() {
    let told = story(&rows_of(ANNA), Subject::Booking(ANNA), Audience::Customer);
    assert_eq!(
        told,
        [
            "19:02:11 You held G12.",
            "19:12:11 Nobody paid in time: your hold ended, and others could take the seats.",
            "19:12:40 Another booking took G12.",
        ]
    );
    let happenings = tell(&rows_of(ANNA), Subject::Booking(ANNA), at(60, 0));
    for moment in moments(&happenings, &names(), Subject::Booking(ANNA), Audience::Customer) {
        assert!(moment.who.is_empty() && moment.details.is_empty());
        assert!(moment.what.iter().all(|word| matches!(word, Word::Text(_))));
    }
}

#[test]
fn a_lock_lapses_at_its_end_and_not_before() {
    let rows = [made(ANNA, at(2, 11), at(12, 11)), locked(ANNA, at(2, 11), at(12, 11), None)];
    for subject in [Subject::Seat(SEAT), Subject::Booking(ANNA)] {
        let just_before = at(12, 11) - TimeDelta::microseconds(1);
        assert_eq!(tell(&rows, subject, just_before).len(), 1);
        assert_eq!(tell(&rows, subject, at(12, 11)).len(), 2);
    }
}

#[test]
fn a_lock_that_was_ended_or_moved_in_time_does_not_lapse() {
    let given_up = Recorded {
        seat_id: Some(SEAT),
        from_owner: Some(ANNA),
        from_end: Some(at(12, 11)),
        ..row("show_seat", at(5, 0), Some("locked"), "available")
    };
    let cancelled = of_booking(ANNA, row("booking", at(5, 0), Some("created"), "cancelled"));
    let rows = [made(ANNA, at(2, 11), at(12, 11)), locked(ANNA, at(2, 11), at(12, 11), None), cancelled, given_up];
    assert_eq!(
        story(&rows, Subject::Booking(ANNA), Audience::Staff),
        ["19:02:11 Held G12 until 19:12:11", "19:05:00 Given up: G12 free again"]
    );

    let started = of_booking(
        ANNA,
        Recorded { payment_id: Some(PaymentId(Uuid::from_u128(9))), ..row("payment", at(9, 0), None, "started") },
    );
    let moved = of_booking(
        ANNA,
        Recorded { to_end: Some(at(16, 0)), ..row("booking", at(9, 0), Some("created"), "created") },
    );
    let rows = [
        made(ANNA, at(2, 11), at(12, 11)),
        locked(ANNA, at(2, 11), at(12, 11), None),
        started,
        moved,
        locked(ANNA, at(9, 0), at(16, 0), Some((ANNA, at(12, 11)))),
    ];
    for subject in [Subject::Seat(SEAT), Subject::Booking(ANNA)] {
        let told = tell(&rows, subject, at(60, 0));
        assert_eq!(told.iter().map(|told| told.at).collect::<Vec<_>>(), [at(2, 11), at(9, 0), at(16, 0)]);
    }
}

#[test]
fn the_house_keeping_back_a_lapsed_seat_is_one_moment_after_the_lapse() {
    let staff = |row: Recorded| Recorded { actor: "staff:3".to_owned(), seat_id: Some(SEAT), ..row };
    let cleared = Recorded {
        from_owner: Some(ANNA),
        from_end: Some(at(12, 11)),
        ..staff(row("show_seat", at(20, 0), Some("locked"), "available"))
    };
    let blocked = Recorded {
        detail: json!({ "reason": "Broken arm" }),
        ..staff(row("show_seat", at(20, 0), Some("available"), "blocked"))
    };
    let rows = [made(ANNA, at(2, 11), at(12, 11)), locked(ANNA, at(2, 11), at(12, 11), None), cleared, blocked];
    let told = tell(&rows, Subject::Seat(SEAT), at(60, 0));
    let told = moments(&told, &names(), Subject::Seat(SEAT), Audience::Staff);
    assert_eq!(said(&told[2]), "19:20:00 Kept back from the sale: Broken arm");
    assert_eq!((told.len(), told[2].who.as_str()), (3, "Meera (staff)"));
    // The booking is told that its seat is gone, and its customer nothing of the house's reasons.
    let own = &rows[..3];
    assert_eq!(story(own, Subject::Booking(ANNA), Audience::Staff)[2], "19:20:00 G12 kept back by the house");
    assert_eq!(story(own, Subject::Booking(ANNA), Audience::Customer).len(), 2);
}

#[test]
fn what_has_no_words_yet_is_told_all_the_same() {
    let moved = Recorded { cause: "row_of_the_future".to_owned(), ..row("seat_swap", at(1, 0), None, "requested") };
    let rows = [of_booking(ANNA, moved)];
    let told = story(&rows, Subject::Booking(ANNA), Audience::Staff);
    assert_eq!(told, ["19:01:00 seat swap: new → requested (row of the future)"]);
    assert!(story(&rows, Subject::Booking(ANNA), Audience::Customer).is_empty());
}

#[test]
fn the_band_is_without_gaps_and_free_after_a_lapse() {
    let cut = stretches(&fought_for(), at(60, 0));
    let stretch = |from, until, standing| Stretch { from, until, standing };
    assert_eq!(
        cut,
        [
            stretch(at(0, 0), at(2, 11), Standing::Free),
            stretch(at(2, 11), at(12, 11), Standing::Held(ANNA)),
            stretch(at(12, 11), at(12, 40), Standing::Free),
            stretch(at(12, 40), at(14, 0), Standing::Held(BEN)),
            stretch(at(14, 0), at(60, 0), Standing::Sold(BEN)),
        ]
    );
}

#[test]
fn two_visitors_whose_ids_begin_alike_are_told_apart() {
    let [one, other] = ["0191a3c0-0000-7000-8000-00000000beef", "0191a3c0-0000-7000-8000-00000000cafe"]
        .map(|id| words::visitor(Uuid::parse_str(id).unwrap()));
    assert_eq!((one.as_str(), other.as_str()), ("visitor BEEF", "visitor CAFE"));
}

#[test]
fn three_seats_in_a_run_are_drawn_together_and_two_are_not() {
    let labels = ["G9", "G10", "G11", "G13", "G14", "H1"];
    let names = Names { seats: (1..).map(SeatId).zip(labels.map(str::to_owned)).collect(), ..Names::default() };
    let seats: Vec<SeatId> = (1..=6).map(SeatId).collect();
    assert_eq!(seat_list(&seats, &names), "G9–G11, G13, G14, H1");
    assert_eq!(seat_list(&[], &names), "");
}
