use super::*;
use crate::booking::BookingStatus;
use crate::ids::RequestId;
use crate::seating::show_seat::SeatStatus;
use chrono::{DateTime, Duration};
use serde_json::{Value, json};
use uuid::Uuid;

const SHOW: ShowId = ShowId(1);
const SEATS: [SeatId; 2] = [SeatId(11), SeatId(12)];
const BOOKING: BookingId = BookingId(21);

fn minute(minute: i64) -> Instant {
    DateTime::UNIX_EPOCH + Duration::minutes(minute)
}

/// A row of the show, at a minute.
fn row(entity: &str, at: i64, version: i32, from: Option<&str>, to: &str, detail: Value) -> Recorded {
    Recorded {
        id: at,
        at: minute(at),
        entity: entity.to_owned(),
        show_id: Some(SHOW),
        seat_id: None,
        booking_id: None,
        payment_id: None,
        refund_id: None,
        ticket_id: None,
        version,
        from_status: from.map(str::to_owned),
        to_status: to.to_owned(),
        from_owner: None,
        to_owner: None,
        from_end: None,
        to_end: None,
        actor: "visitor:nobody".to_owned(),
        request_id: RequestId(Uuid::nil()),
        cause: "test".to_owned(),
        detail,
    }
}

/// Published in minute 1; one seat held in minute 2 until 12 and given up in minute 5.
fn story() -> Vec<Recorded> {
    let published = json!({
        "movie_id": 1, "screen_id": 1, "layout_id": 1, "language": "Marathi", "subtitles": null, "format": "2D",
        "starts_at": minute(100), "ends_at": minute(200), "free_at": minute(210), "sale_ends_at": minute(115),
        "currency": "INR",
    });
    let end = Some(minute(12));
    let (seat_id, booking_id) = (Some(SEATS[0]), Some(BOOKING));
    vec![
        row("show", 1, 1, None, "published", published),
        Recorded {
            booking_id,
            to_end: end,
            ..row("booking", 2, 1, None, "created", json!({ "pay_by": minute(10) }))
        },
        Recorded {
            seat_id,
            to_owner: booking_id,
            to_end: end,
            ..row("show_seat", 2, 1, Some("available"), "locked", json!({}))
        },
        Recorded { booking_id, from_end: end, ..row("booking", 5, 2, Some("created"), "cancelled", json!({})) },
        Recorded {
            seat_id,
            from_owner: booking_id,
            from_end: end,
            ..row("show_seat", 5, 2, Some("locked"), "available", json!({}))
        },
    ]
}

fn folded(rows: &[Recorded], until: i64) -> State {
    let (state, faults) = fold(SHOW, &SEATS, rows, minute(until));
    assert_eq!(faults, []);
    state
}

fn faults(rows: &[Recorded]) -> Vec<(Subject, i32, String)> {
    let faults = fold(SHOW, &SEATS, rows, minute(99)).1;
    faults.into_iter().map(|fault| (fault.subject, fault.version, fault.why.to_string())).collect()
}

#[test]
fn the_instant_is_inclusive_and_rows_after_it_are_not_told() {
    let story = story();
    assert_eq!(folded(&story, 0), State::default());
    assert_eq!(folded(&story, 1).seats.len(), 2);
    assert_eq!(folded(&story, 1).bookings.len(), 0);
    for until in [2, 4] {
        let state = folded(&story, until);
        let seat = &state.seats[&SEATS[0]];
        assert_eq!(
            (seat.status, seat.booking_id, seat.locked_at),
            (SeatStatus::Locked, Some(BOOKING), Some(minute(2)))
        );
        assert_eq!(state.claims[&(BOOKING, SEATS[0])].released_at, None);
        assert_eq!(state.bookings[&BOOKING].currency, "INR");
    }
    let state = folded(&story, 5);
    assert_eq!(state.seats[&SEATS[0]], ShowSeat { version: 2, ..ShowSeat::new(SHOW, SEATS[0]) });
    assert_eq!(state.claims[&(BOOKING, SEATS[0])].released_at, Some(minute(5)));
    assert_eq!(state.bookings[&BOOKING].status, BookingStatus::Cancelled);
}

#[test]
fn rows_come_in_any_order() {
    let (mut story, told) = (story(), folded(&story(), 99));
    for _ in 0..story.len() {
        story.rotate_left(1);
        assert_eq!(folded(&story, 99), told);
    }
    story.reverse();
    assert_eq!(folded(&story, 99), told);
}

#[test]
fn a_clock_that_was_set_back_leaves_no_gap() {
    let mut story = story();
    let release = story.last_mut().unwrap();
    release.at = minute(1);
    assert_eq!(folded(&story, 1).seats[&SEATS[0]].version, 0);
    assert_eq!(folded(&story, 2).seats[&SEATS[0]].version, 2);
}

#[test]
fn the_first_row_that_does_not_follow_ends_its_entity_and_no_other() {
    let mut gap = story();
    gap.remove(2);
    assert_eq!(faults(&gap), [(Subject::Seat(SEATS[0]), 2, "version 1 is missing before it".to_owned())]);
    let (state, _) = fold(SHOW, &SEATS, &gap, minute(99));
    assert_eq!(state.seats[&SEATS[0]].version, 0);
    assert_eq!(state.bookings[&BOOKING].version, 2);

    let mut twice = story();
    twice.push(twice[4].clone());
    assert_eq!(faults(&twice), [(Subject::Seat(SEATS[0]), 2, "version 2 is told twice".to_owned())]);

    let mut stranger = story();
    stranger[2].seat_id = Some(SeatId(99));
    stranger.truncate(3);
    assert_eq!(faults(&stranger), [(Subject::Seat(SeatId(99)), 1, "the show has no such seat".to_owned())]);
}

#[test]
fn a_row_must_begin_and_end_where_its_step_does() {
    type Change = fn(&mut Recorded);
    let changes: [(usize, Change); 6] = [
        (2, |row| row.from_status = Some("blocked".to_owned())),
        (4, |row| row.from_owner = None),
        (4, |row| row.from_end = Some(minute(13))),
        (4, |row| row.to_owner = Some(BOOKING)),
        (3, |row| row.to_end = Some(minute(13))),
        (3, |row| row.from_end = None),
    ];
    for (number, change) in changes {
        let mut story = story();
        change(&mut story[number]);
        let (told, version) = (subject(&story[number]).unwrap(), story[number].version);
        let found = faults(&story);
        assert_eq!(
            found.iter().map(|(told, version, _)| (*told, *version)).next(),
            Some((told, version)),
            "{found:?}"
        );
    }
}

#[test]
fn without_its_show_one_fault_says_so() {
    let story = &story()[1..];
    let found = faults(story);
    assert!(matches!(&found[..], [(_, 1, why)] if why == "no row before it tells of the show"), "{found:?}");
}
