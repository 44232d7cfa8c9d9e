//! What each comes to when nobody else comes: the ground on which the meetings are judged.

use crate::actor::Actor::{self, *};
use crate::contention::turn;
use crate::meeting::Meeting;
use crate::scene::Moment::{self, *};
use crate::scene::Stage;

const LOST: &str = "refused: Lost([first seat, second seat])";
const NOT_FREE: &str = "refused: NotFree([first seat, second seat])";
const EXPIRED: &str = "refused: Closed(Expired)";

/// Who, when, what they are told, and a row that tells what came of it.
const ALONE: [(Actor, Moment, &str, &str); 30] = [
    (Holds, Alive, LOST, "first seat: locked for old until minute 10, kept for "),
    (Holds, LastInstant, LOST, "first seat: locked for old until minute 10, kept for "),
    (Holds, AtTheEnd, "held, repeated: false", "first seat: locked for new until minute 20, kept for "),
    (Holds, Lapsed, "held, repeated: false", "second seat: locked for new until minute 26, kept for "),
    (Settles, Alive, "applied", "open payment for old: succeeded, confirm"),
    (Settles, LastInstant, "applied", "ticket of old for second: valid"),
    (Settles, AtTheEnd, "applied", "open payment for old: succeeded, take_again"),
    (Settles, Lapsed, "applied", "ticket of old for first: valid"),
    (SettlesLate, Alive, "applied", "closed payment for old: succeeded, confirm"),
    (SettlesLate, LastInstant, "applied", "old booking: confirmed until minute 10, sum fixed: t, paid by closed"),
    (SettlesLate, AtTheEnd, "applied", "closed payment for old: succeeded, take_again"),
    (SettlesLate, Lapsed, "applied", "first seat: booked for old until minute , kept for "),
    (SettlesLate, Paid, "applied", "refund of closed payment: requested, all for already_paid"),
    (Cancels, Alive, "cancelled, to be ended: None", "first seat: available for  until minute , kept for "),
    (Cancels, AtTheEnd, "cancelled, to be ended: None", "claim of old on second: live"),
    (Cancels, Lapsed, "cancelled, to be ended: None", "old booking: created until minute 10, sum fixed: f, paid by "),
    (StartsPaying, Alive, "pays by the new payment", "second seat: locked for old until minute 12, kept for "),
    (StartsPaying, LastInstant, "refused: TooLate", "first seat: locked for old until minute 10, kept for "),
    (StartsPaying, AtTheEnd, EXPIRED, "first seat: locked for old until minute 10, kept for "),
    (StartsPaying, Lapsed, EXPIRED, "claim of old on first: live"),
    (Blocks, Alive, NOT_FREE, "first seat: locked for old until minute 10, kept for "),
    (Blocks, LastInstant, NOT_FREE, "first seat: locked for old until minute 10, kept for "),
    (Blocks, AtTheEnd, "blocked", "first seat: blocked for  until minute , kept for a broken seat"),
    (Blocks, Lapsed, "blocked", "claim of old on second: released"),
    (Blocks, Paid, NOT_FREE, "first seat: booked for old until minute , kept for "),
    (GivesBack, Alive, "refused: NotConfirmed(Created)", "claim of old on second: live"),
    (
        GivesBack,
        Paid,
        "given back for 75 %",
        "refund of open payment: requested, three quarters for customer_cancelled",
    ),
    (CancelsShow, Alive, "cancelled: 1 unpaid, 0 paid", "first seat: available for  until minute , kept for "),
    (CancelsShow, Lapsed, "cancelled: 1 unpaid, 0 paid", "claim of old on first: released"),
    (CancelsShow, Paid, "cancelled: 0 unpaid, 1 paid", "refund of open payment: requested, all for show_cancelled"),
];

#[test]
fn alone_each_finds_the_locks_until_their_end_and_the_seats_free_from_then_on() {
    let _turn = turn();
    let mut stage = Stage::new();
    let pool = stage.pool(1);
    for (actor, moment, said, row) in ALONE {
        let ended = Meeting { actors: &[actor], moment }.serial(&mut stage, &pool).remove(0).ended;
        assert_eq!(ended.said, [said], "{actor:?} {moment:?}");
        assert!(ended.tables.iter().any(|line| line == row), "{actor:?} {moment:?}: {row} in {ended:#?}");
    }
    drop(pool);
    stage.close();
}
