//! A show is cancelled while fifty people hold seats of it and pay for them.

use crate::contention::{Blocker, hasty_database, patiently, turn, until, until_waiting};
use crate::naive;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, form, house, refused, seats_of, staff};
use crate::support::money::{
    Started, hold_with_contact, outcome, paid_event, settle, start_paying, start_payment_of, try_start,
};
use crate::support::{TestDatabase, count};
use chrono::Duration;
use diesel::PgConnection;
use marquee::booking::BookingStatus;
use marquee::db::Database;
use marquee::ids::{BookingId, SeatId, ShowId};
use marquee::programme::Staff;
use marquee::programme::cancel_show::{ShowCancelled, cancel_show};
use marquee::programme::schedule::schedule;
use marquee::sale::SalePolicy;
use marquee::sale::hold::{HoldRefusal, hold};
use marquee::sale::settle::{process, receive};
use marquee::sale::start_payment::StartRefusal;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const PAID: usize = 20;
const PAYING: usize = 5;
const HOLDING: usize = 25;
const EVERYBODY: usize = PAID + PAYING + HOLDING;

enum Person {
    /// Money arrives.
    Paid(Started),
    Pays(BookingId),
    /// Fifteen seats for twenty-five.
    Holds(SeatId),
}

fn crowd(conn: &mut PgConnection, show: ShowId) -> Vec<Person> {
    let seats = seats_of(conn, show);
    let (held, free) = seats.split_at(PAID + PAYING);
    let mut crowd: Vec<Person> = Vec::new();
    for (at, seat) in held.iter().enumerate() {
        let booking = hold_with_contact(conn, show, &[*seat]);
        crowd.push(if at < PAID { Person::Paid(start_payment_of(conn, booking)) } else { Person::Pays(booking) });
    }
    crowd.extend(free.iter().cycle().take(HOLDING).map(|seat| Person::Holds(*seat)));
    // So that no kind comes before another.
    (0..crowd.len()).for_each(|at| crowd.swap(at, at * 7 % EVERYBODY));
    crowd
}

fn act(pool: &Database, show: ShowId, person: &Person) {
    match person {
        Person::Paid(started) => {
            let event = format!("evt_{}", started.payment);
            let (body, kind) =
                (paid_event(&event, started.payment, started.amount, "inr"), "checkout.session.completed");
            patiently(|| pool.run_here(|conn| receive(conn, &event, kind, &body))).unwrap();
            patiently(|| pool.run_here(|conn| process(conn, &event, &author()))).unwrap();
        }
        Person::Pays(booking) => match patiently(|| pool.run_here(|conn| try_start(conn, *booking))) {
            Ok(_) | Err(StartRefusal::Closed(BookingStatus::Cancelled) | StartRefusal::ShowClosed) => {}
            Err(other) => panic!("{other:?}"),
        },
        Person::Holds(seat) => {
            let form = form(show, &[*seat]);
            match patiently(|| pool.run_here(|conn| hold(conn, &form, &SalePolicy::default(), &author()))) {
                Ok(_) | Err(HoldRefusal::Lost(_) | HoldRefusal::ShowCancelled) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}

/// All start at once; staff cancel the show when `after` people are done.
fn cancelled_after(pool: &Database, show: ShowId, crowd: &[Person], after: usize, staff: &Staff) -> ShowCancelled {
    let (start, done) = (&Barrier::new(EVERYBODY + 1), &AtomicUsize::new(0));
    thread::scope(|scope| {
        for person in crowd {
            scope.spawn(move || {
                start.wait();
                act(pool, show, person);
                done.fetch_add(1, Ordering::SeqCst);
            });
        }
        // With the connection in hand, so as not to come last.
        let cancelled = pool.run_here(|conn| {
            start.wait();
            until("enough are done", || done.load(Ordering::SeqCst) >= after);
            cancel_show(conn, show, "The projector broke", staff)
        });
        refused(cancelled).unwrap()
    })
}

/// Of cancelled shows: unpaid bookings that live, locked seats, and money that does not go back.
fn left_over(conn: &mut PgConnection) -> [i64; 3] {
    let bookings = "SELECT count(*) FROM bookings AS b JOIN shows AS s ON s.id = b.show_id
                    WHERE s.status = 'cancelled' AND b.status = 'created'";
    let locks = "SELECT count(*) FROM show_seats AS b JOIN shows AS s ON s.id = b.show_id
                 WHERE s.status = 'cancelled' AND b.status = 'locked'";
    let money = "SELECT count(*) FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id
                 JOIN shows AS s ON s.id = b.show_id LEFT JOIN refunds AS r ON r.payment_id = p.id
                     AND r.cause = CASE p.outcome WHEN 'confirm' THEN 'show_cancelled' ELSE p.outcome END
                     AND r.amount = p.captured_amount
                 WHERE s.status = 'cancelled' AND p.status = 'succeeded' AND r.id IS NULL";
    [bookings, locks, money].map(|query| count(conn, query))
}

fn race(connections: u32, moments: &[usize]) {
    let _turn = turn();
    let database = hasty_database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    let pool = Database::new(&database.url(), connections);
    let mut paid = 0;
    for (round, after) in (1..).zip(moments) {
        let show = schedule(conn, &house.request(house.starts_at + Duration::days(round)), &author()).unwrap();
        let crowd = crowd(conn, show);
        paid += cancelled_after(&pool, show, &crowd, *after, &staff).paid as i64;
        assert_eq!(left_over(conn), [0, 0, 0], "round {round}");
        assert_consistent(conn);
    }
    let succeeded = |outcome| format!("SELECT count(*) FROM payments WHERE outcome = '{outcome}'");
    let (confirmed, cancelled) = (count(conn, &succeeded("confirm")), count(conn, &succeeded("cancelled")));
    assert_eq!((confirmed, confirmed + cancelled), (paid, (PAID * moments.len()) as i64));
    assert!(confirmed > 0 && cancelled > 0, "{confirmed} confirmed, {cancelled} cancelled: nobody raced");
}

#[test]
fn while_fifty_hold_and_pay_every_payments_money_goes_back_and_no_lock_is_left() {
    race(EVERYBODY as u32 + 1, &[0, 12, 30]);
}

#[test]
fn a_pool_smaller_than_the_fifty_leaves_nothing_over_either() {
    race(6, &[4, 20]);
}

/// Money has its booking and waits for a seat; `cancels` runs behind it.
fn behind_money_under_way(database: &TestDatabase, house: &House, cancels: impl FnOnce(&mut PgConnection) + Send) {
    let conn = &mut database.connect();
    let paid = start_paying(conn, house.show, &house.seats[..1]);
    let blocker = Blocker::lock(database, "SELECT 1 FROM show_seats WHERE status = 'locked' FOR UPDATE");
    thread::scope(|scope| {
        scope.spawn(|| settle(&mut database.connect(), &paid));
        until_waiting(conn, 1);
        scope.spawn(|| cancels(&mut database.connect()));
        until_waiting(conn, 2);
        drop(blocker);
    });
    assert_eq!(outcome(conn, &paid), "confirm");
}

#[test]
fn a_cancellation_behind_money_under_way_gives_its_money_back() {
    let _turn = turn();
    let database = hasty_database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    behind_money_under_way(&database, &house, |conn| {
        let cancelled = refused(cancel_show(conn, house.show, "Flooded", &staff)).unwrap();
        assert_eq!(cancelled, ShowCancelled { unpaid: 0, paid: 1 });
    });
    assert_eq!(left_over(conn), [0, 0, 0]);
    assert_consistent(conn);
}

#[test]
fn control_a_plain_update_of_the_show_forgets_the_money_under_way() {
    let _turn = turn();
    let database = hasty_database();
    let conn = &mut database.connect();
    let house = house(conn);
    behind_money_under_way(&database, &house, |conn| naive::cancel_show(conn, house.show).unwrap());
    assert_eq!(left_over(conn), [0, 0, 1]);
}
