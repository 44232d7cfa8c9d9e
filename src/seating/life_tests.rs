use super::*;
use crate::ids::BookingId;
use chrono::DateTime;

const OURS: BookingId = BookingId(1);
const THEIRS: BookingId = BookingId(2);

fn minute(minute: i64) -> Instant {
    DateTime::UNIX_EPOCH + Duration::minutes(minute)
}

fn lock(booking: BookingId, from: i64, to: i64) -> Target<'static> {
    Target::Locked { booking, locked_at: minute(from), expires_at: minute(to) }
}

fn book(booking: BookingId) -> Target<'static> {
    Target::Booked { booking, locked_at: minute(0) }
}

/// A seat that went through these, each at its minute.
fn seat(steps: &[(i64, Target<'_>)]) -> ShowSeat {
    let new = ShowSeat::new(ShowId(1), SeatId(1));
    steps.iter().fold(new, |seat, (at, target)| seat.after(*target, minute(*at)).unwrap())
}

#[test]
fn what_may_follow_what_is_this_table() {
    let held = (0, lock(OURS, 0, 10));
    let block = Target::Blocked { reason: "Broken" };
    let seats = [seat(&[]), seat(&[held]), seat(&[held, (5, book(OURS))]), seat(&[(0, block)])];
    let targets = [
        // To what, at which minute; then whether from available, held from 0 to 10, booked, blocked.
        (Target::Available, 5, [false, true, true, true]),
        (Target::Available, 10, [false, true, true, true]),
        (block, 5, [true, false, false, false]),
        (block, 10, [true, false, false, false]),
        (Target::Blocked { reason: "" }, 5, [false; 4]),
        // A lock begins now: on a free seat, and on a lapsed one.
        (lock(THEIRS, 9, 19), 9, [true, false, false, false]),
        (lock(THEIRS, 10, 20), 10, [true, true, false, false]),
        (lock(OURS, 10, 20), 10, [true, true, false, false]),
        (lock(THEIRS, 9, 19), 10, [false; 4]),
        // Or it goes on, while it lasts.
        (lock(OURS, 0, 12), 9, [false, true, false, false]),
        (lock(OURS, 0, 12), 10, [false; 4]),
        (lock(OURS, 1, 12), 9, [false; 4]),
        (lock(THEIRS, 0, 12), 9, [false; 4]),
        // Never backwards, never longer than an hour.
        (lock(OURS, 0, 0), 0, [false; 4]),
        (lock(OURS, 0, 60), 0, [true, true, false, false]),
        (lock(OURS, 0, 61), 0, [false; 4]),
        // Only its own unlapsed lock becomes a booking's seat.
        (book(OURS), 9, [false, true, false, false]),
        (book(OURS), 10, [false; 4]),
        (book(THEIRS), 9, [false; 4]),
        (Target::Booked { booking: OURS, locked_at: minute(1) }, 9, [false; 4]),
    ];
    for (target, at, legal) in targets {
        let judged = seats.each_ref().map(|seat| seat.after(target, minute(at)).is_ok());
        assert_eq!(judged, legal, "{target:?} at minute {at}");
    }
}

#[test]
fn a_step_changes_what_it_says_and_counts_the_version() {
    let booked = seat(&[(0, lock(OURS, 0, 10)), (2, lock(OURS, 0, 12)), (3, book(OURS))]);
    assert_eq!((booked.status, booked.booking_id, booked.version), (SeatStatus::Booked, Some(OURS), 3));
    assert_eq!((booked.locked_at, booked.lock_expires_at), (Some(minute(0)), None));
    let freed = booked.after(Target::Available, minute(4)).unwrap();
    assert_eq!(freed, ShowSeat { version: 4, ..ShowSeat::new(ShowId(1), SeatId(1)) });
    assert_eq!(
        booked.after(lock(THEIRS, 9, 19), minute(9)).unwrap_err().to_string(),
        "booked for booking 1 may not become locked for booking 2 then"
    );
}
