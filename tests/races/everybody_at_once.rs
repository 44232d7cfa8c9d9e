//! One show under everything that may happen to paid bookings at once: nobody stands in a deadlock, and each booking's money
//! comes to what it must.

use crate::contention::{deadlocks, hasty_database, patiently, turn};
use crate::support::consistency::assert_consistent;
use crate::support::count;
use crate::support::fixture::{author, house, refused, seats_of, staff};
use crate::support::money::{
    Started, attempt, outcome, paid_event, session_event, settle, start_paying, start_paying_again,
};
use chrono::Duration;
use diesel::PgConnection;
use marquee::db::{Database, Stop};
use marquee::ids::ShowId;
use marquee::payment::refund::{self, Word};
use marquee::programme::cancel_show::cancel_show;
use marquee::programme::schedule::schedule;
use marquee::sale::cancel_paid::cancel_paid;
use marquee::sale::refund::{lease, note};
use marquee::sale::settle::{process, receive};
use serde_json::json;
use std::convert::Infallible;
use std::sync::Barrier;
use std::thread;

/// What happens to a booking that is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Money of its first session, which had been called closed, comes too.
    PaidTwice,
    /// That money has come and is on its way back; the gateway says that it has arrived.
    Refunded,
    /// Its owner gives it back.
    GivenBack,
    Quiet,
}

const FATES: [Fate; 4] = [Fate::PaidTwice, Fate::Refunded, Fate::GivenBack, Fate::Quiet];

struct Bought {
    fate: Fate,
    first: Started,
    paid: Started,
    quoted: i64,
}

fn told(conn: &mut PgConnection, event: &str, kind: &str, body: &str) {
    refused(receive(conn, event, kind, body)).unwrap();
    refused(process(conn, event, &author())).unwrap();
}

fn crowd(conn: &mut PgConnection, show: ShowId) -> Vec<Bought> {
    let seats = seats_of(conn, show);
    let buy = |(at, seat)| {
        let first = start_paying(conn, show, &[seat]);
        let (closed, kind) = (format!("evt_{}_closed", first.payment), "checkout.session.expired");
        let body = session_event(&closed, kind, first.payment, json!({}));
        told(conn, &closed, kind, &body);
        let paid = start_paying_again(conn, &first);
        settle(conn, &paid);
        let fate = FATES[at % FATES.len()];
        if fate == Fate::Refunded {
            settle(conn, &first);
        }
        // Less the fee with its tax.
        Bought { fate, quoted: (paid.amount - 35_40) * 3 / 4, first, paid }
    };
    seats.into_iter().enumerate().map(buy).collect()
}

/// Does what is to happen; whether a booking was given back.
fn happens(pool: &Database, bought: &Bought) -> bool {
    match bought.fate {
        Fate::PaidTwice => {
            let event = format!("evt_{}", bought.first.payment);
            let body = paid_event(&event, bought.first.payment, bought.first.amount, "inr");
            let kind = "checkout.session.completed";
            patiently(|| pool.run_here(|conn| receive(conn, &event, kind, &body))).unwrap();
            patiently(|| pool.run_here(|conn| process(conn, &event, &author()))).unwrap();
            false
        }
        Fate::Refunded => {
            let booking = bought.paid.booking;
            let read = |conn: &mut PgConnection| Ok::<_, Stop<Infallible>>(refund::of_booking(conn, booking)?);
            let excess = patiently(|| pool.run_here(read));
            let excess = excess.unwrap().remove(0);
            let word = Word::Succeeded { gateway_id: format!("re_{}", excess.id) };
            patiently(|| pool.run_here(|conn| note(conn, attempt(&excess), &word, &author()))).unwrap();
            false
        }
        Fate::GivenBack => {
            let given = |conn: &mut PgConnection| cancel_paid(conn, bought.paid.booking, bought.quoted, &author());
            patiently(|| pool.run_here(given)).is_ok()
        }
        Fate::Quiet => {
            patiently(|| pool.run_here(|conn| lease(conn, 20))).unwrap();
            false
        }
    }
}

fn owed(conn: &mut PgConnection, bought: &Bought) -> i64 {
    let booking = bought.paid.booking;
    count(conn, &format!("SELECT sum(amount)::bigint AS count FROM refunds WHERE booking_id = {booking}"))
}

#[test]
fn a_cancelled_show_under_late_money_refunds_and_customers_who_give_back_owes_each_the_right_sum() {
    let _turn = turn();
    let database = hasty_database();
    let before = deadlocks(&database);
    let mut conn = database.connect();
    let (house, manager) = (house(&mut conn), staff(&mut conn));
    let mut given = 0;
    for (round, connections) in [48, 6, 48, 6].into_iter().enumerate() {
        let tomorrow = house.request(house.starts_at + Duration::days(1 + round as i64));
        let show = schedule(&mut conn, &tomorrow, &author()).unwrap();
        let (pool, crowd) = (Database::new(&database.url(), connections), crowd(&mut conn, show));
        let start = &Barrier::new(crowd.len() + 1);
        let given_back: Vec<bool> = thread::scope(|scope| {
            let happening: Vec<_> = crowd
                .iter()
                .map(|bought| {
                    let pool = &pool;
                    scope.spawn(move || {
                        start.wait();
                        happens(pool, bought)
                    })
                })
                .collect();
            start.wait();
            patiently(|| pool.run_here(|conn| cancel_show(conn, show, "Flooded", &manager))).unwrap();
            happening.into_iter().map(|happening| happening.join().unwrap()).collect()
        });
        for (bought, given_back) in crowd.iter().zip(given_back) {
            let paid = if given_back { bought.quoted } else { bought.paid.amount };
            let twice = matches!(bought.fate, Fate::PaidTwice | Fate::Refunded);
            assert_eq!(owed(&mut conn, bought), if twice { 2 * paid } else { paid }, "{:?}", bought.fate);
            if bought.fate == Fate::PaidTwice {
                assert!(["already_paid", "cancelled"].contains(&outcome(&mut conn, &bought.first).as_str()));
            }
            given += usize::from(given_back);
        }
        assert_consistent(&mut conn);
    }
    assert!(given > 0, "nobody raced");
    drop(conn);
    assert_eq!(deadlocks(&database) - before, 0, "deadlocks");
}
