//! A database in which everything has happened that the verbs can make happen: late money, bookings given back, a cancelled
//! show, and refunds in every state.

use super::fixture::{House, author, house, refused, seats_of, staff, try_hold, try_sell};
use super::money::{
    Started, give_back, outcome, paid_event, session_event, settle, start_paying, start_paying_again,
};
use super::refunds::{decided, failed, refund_of, told as refund_told};
use super::{TestDatabase, travel};
use chrono::Duration;
use diesel::PgConnection;
use marquee::booking::booking;
use marquee::ids::{PaymentId, RefundId, SeatId, ShowId};
use marquee::payment::inbox::Effect;
use marquee::payment::refund::Word;
use marquee::programme::Staff;
use marquee::programme::block_seats::{block_seats, unblock_seats};
use marquee::programme::cancel_show::cancel_show;
use marquee::programme::schedule::schedule;
use marquee::sale::cancel::cancel;
use marquee::sale::refund::Decision;
use marquee::sale::settle;
use serde_json::json;

/// What tests lay their hands on. All of it is of the house's first show, but for `cancelled`.
pub struct Busy {
    pub house: House,
    /// A1 and A2, paid for at the gateway.
    pub paid: Started,
    /// A3, sold at the counter: its reference.
    pub sold: String,
    /// B1 and B2, held and not paid for.
    pub held: String,
    /// B9, held after somebody else's lock on it had lapsed.
    pub taken_over: String,
    /// C1, which somebody else had when its money came.
    pub lost: Started,
    /// A9, bought with late money that found it free.
    pub again: Started,
    /// A7 and A8, paid for and given back by their customer.
    pub given_back: Started,
    /// D3, given up before its money came: the gateway would not take it back, and a person is asked.
    pub stuck: (Started, RefundId),
    /// C9, for which another sum came. Its refund succeeded at the second attempt.
    pub wrong: Started,
    /// A show that was cancelled, and a booking that had been paid for.
    pub cancelled: (ShowId, Started),
    /// Bookings of that show that were paid at the counter: one waits for its money, one was given it.
    pub at_counter: [String; 2],
}

/// Sells, holds, pays, declines, gives up, gives back, refunds, blocks and cancels. The clock stands 16 minutes ahead
/// afterwards.
pub fn busy(database: &TestDatabase) -> Busy {
    let conn = &mut database.connect();
    let house = house(conn);
    let [again, lost] = ["A9", "C1"].map(|seat| start_paying(conn, house.show, &house.seats(seat)));
    try_hold(conn, house.show, &house.seats("B9 D9")).unwrap();
    travel(database, "16 minutes");

    let taken_over = try_hold(conn, house.show, &house.seats("B9")).unwrap().reference;
    try_hold(conn, house.show, &house.seats("C1")).unwrap();
    for (late, expected) in [(&again, "take_again"), (&lost, "seats_lost")] {
        settle(conn, late);
        assert_eq!(outcome(conn, late), expected);
    }
    let paid = pay(conn, house.show, &house.seats("A1 A2"));
    let sold = try_sell(conn, house.show, &house.seats("A3")).unwrap().reference;
    let held = try_hold(conn, house.show, &house.seats("B1 B2")).unwrap().reference;
    let wrong = wrong_sum(conn, &house);
    paid_twice(conn, &house);
    let given_back = pay(conn, house.show, &house.seats("A7 A8"));
    give_back(conn, &given_back);
    let given_up = start_paying(conn, house.show, &house.seats("D3"));
    refused(cancel(conn, given_up.booking, &author())).unwrap();
    settle(conn, &given_up);

    let manager = staff(conn);
    // Nobody's, and one whose lock has lapsed.
    block_seats(conn, house.show, &house.seats("D1 D2 D9"), "Springs are through", &manager).unwrap();
    unblock_seats(conn, house.show, &house.seats("D2"), "Mended", &manager).unwrap();
    let other = schedule(conn, &house.request(house.starts_at + Duration::days(1)), &author()).unwrap();
    let seats = seats_of(conn, other);
    let owed = pay(conn, other, &seats[..2]);
    let unpaid = start_paying(conn, other, &seats[2..4]);
    let at_counter = [4, 5].map(|seat| try_sell(conn, other, &[seats[seat]]).unwrap().reference);
    cancel_show(conn, other, "The roof leaks", &manager).unwrap();
    settle(conn, &unpaid);

    refunds(conn, &wrong, &unpaid, &at_counter[1], &manager);
    let stuck = refund_of(conn, given_up.booking);
    for _ in 1..=3 {
        assert_eq!(failed(conn, stuck, "lost_or_stolen_card"), Effect::Applied);
    }
    let (stuck, cancelled) = ((given_up, stuck), (other, owed));
    Busy { house, paid, sold, held, taken_over, lost, again, given_back, stuck, wrong, cancelled, at_counter }
}

/// One that succeeds after it failed once, one that comes back after it had succeeded and is asked for again by staff,
/// and one that staff settle.
fn refunds(conn: &mut PgConnection, wrong: &Started, returned: &Started, at_counter: &str, manager: &Staff) {
    let twice = refund_of(conn, wrong.booking);
    failed(conn, twice, "insufficient_funds");
    refund_told(conn, twice, |gateway_id| Word::Pending { gateway_id });
    refund_told(conn, twice, |gateway_id| Word::Succeeded { gateway_id });

    let returned = refund_of(conn, returned.booking);
    refund_told(conn, returned, |gateway_id| Word::Succeeded { gateway_id });
    failed(conn, returned, "expired_or_canceled_card");
    decided(conn, returned, Decision::Retry, "She has a new card", manager);

    let counter = booking::find(conn, at_counter).unwrap().unwrap().id;
    let settled = refund_of(conn, counter);
    decided(conn, settled, Decision::Settled, "Paid out in cash", manager);
}

fn pay(conn: &mut PgConnection, show: ShowId, seats: &[SeatId]) -> Started {
    let started = start_paying(conn, show, seats);
    settle(conn, &started);
    assert_eq!(outcome(conn, &started), "confirm");
    started
}

fn told(conn: &mut PgConnection, event: &str, kind: &str, body: &str) {
    refused(settle::receive(conn, event, kind, body)).unwrap();
    refused(settle::process(conn, event, &author())).unwrap();
}

fn wrong_sum(conn: &mut PgConnection, house: &House) -> Started {
    let started = start_paying(conn, house.show, &house.seats("C9"));
    let body = paid_event("evt_wrong", started.payment, started.amount - 1, "inr");
    told(conn, "evt_wrong", "checkout.session.completed", &body);
    assert_eq!(outcome(conn, &started), "wrong_amount");
    started
}

/// A card is declined, the session ends, a second one is paid, and then the first was paid after all.
fn paid_twice(conn: &mut PgConnection, house: &House) {
    let first = start_paying(conn, house.show, &house.seats("C5 C6"));
    let tell = |conn: &mut PgConnection, kind: &str, payment: PaymentId| {
        let event = format!("evt_{kind}");
        let body = session_event(&event, kind, payment, json!({}));
        told(conn, &event, kind, &body);
    };
    tell(conn, "payment_intent.payment_failed", first.payment);
    tell(conn, "checkout.session.expired", first.payment);
    let second = start_paying_again(conn, &first);
    settle(conn, &second);
    settle(conn, &first);
    assert_eq!([outcome(conn, &second), outcome(conn, &first)], ["confirm", "already_paid"]);
    assert_eq!(booking::lock(conn, first.booking).unwrap().paid_by, Some(second.payment));
}
