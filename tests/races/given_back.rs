//! A paid booking is given back by many at once, and past the end of its quote.

use crate::actor::Actor::GivesBack;
use crate::contention::{Blocker, all_at_once, hasty_database, patiently, turn, until_waiting};
use crate::naive::over_seats;
use crate::scene::{Moment, Stage, travel};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{author, house, refused};
use crate::support::money::{Started, paid_booking, row, the_refund};
use crate::support::{TestDatabase, count, freeze};
use chrono::Duration;
use diesel::PgConnection;
use marquee::booking::BookingStatus;
use marquee::db::Database;
use marquee::programme::cancel_show::cancel_show;
use marquee::sale::cancel_paid::{CancelPaidRefusal, cancel_paid};
use std::sync::Barrier;
use std::thread;

const TIMES: usize = 50;

#[test]
fn fifty_clicks_at_once_give_it_back_once() {
    let _turn = turn();
    let database = hasty_database();
    let conn = &mut database.connect();
    let house = house(conn);
    let bought = paid_booking(conn, house.show, &house.seats[..2]);
    let ended = all_at_once(&database, &[(); TIMES], |conn, ()| {
        refused(cancel_paid(conn, bought.booking, 300_00, &author()))
    });
    assert_eq!(ended.iter().filter(|ended| ended.is_ok()).count(), 1);
    let again = Err(CancelPaidRefusal::NotConfirmed(BookingStatus::Cancelled));
    assert_eq!(ended.iter().filter(|ended| **ended == again).count(), TIMES - 1);
    assert_eq!(the_refund(conn, bought.booking).life.amount, 300_00);
    assert_consistent(conn);
}

/// All have looked before any writes.
#[test]
fn control_without_a_lock_every_click_gives_it_back() {
    const NAIVE: usize = 10;
    let _turn = turn();
    let mut stage = Stage::new();
    over_seats::without_any_wall(&stage.database);
    let scene = stage.scene(&[GivesBack], Moment::Paid);
    let looked = Barrier::new(NAIVE);
    all_at_once(&stage.database, &[(); NAIVE], |conn, ()| {
        over_seats::act(GivesBack, conn, &scene, 0, || {
            looked.wait();
        })
        .unwrap();
    });
    assert_eq!(count(&mut stage.conn, "SELECT count(*) FROM refunds"), NAIVE as i64);
}

/// The quote ends while the customer's click waits for a seat.
#[test]
fn a_click_that_waits_past_the_end_of_its_quote_is_told_the_next_one() {
    let _turn = turn();
    let database = hasty_database();
    let conn = &mut database.connect();
    let house = house(conn);
    let bought = paid_booking(conn, house.show, &house.seats[..2]);
    freeze(conn, house.starts_at - Duration::hours(2));
    let ended = behind_a_seat(&database, &bought, |conn| freeze(conn, house.starts_at - Duration::minutes(119)));
    let Err(CancelPaidRefusal::QuoteChanged(quote)) = ended else { panic!("{ended:?}") };
    assert_eq!((quote.percent, quote.amount), (50, 200_00));
    assert_eq!(row(conn, bought.booking).status, BookingStatus::Confirmed);
    assert_eq!(count(conn, "SELECT count(*) FROM refunds"), 0);
    let too_late = behind_a_seat(&database, &bought, |conn| freeze(conn, house.starts_at));
    assert_eq!(too_late, Err(CancelPaidRefusal::TooLate));
}

type Ended = Result<marquee::booking::refund_policy::RefundQuote, CancelPaidRefusal>;

/// Gives it back for three quarters, and does something while the click waits.
fn behind_a_seat(database: &TestDatabase, bought: &Started, meanwhile: impl FnOnce(&mut PgConnection)) -> Ended {
    let blocker = Blocker::lock(database, "SELECT 1 FROM show_seats WHERE status = 'booked' FOR UPDATE");
    let watching = &mut database.connect();
    thread::scope(|scope| {
        let click = scope.spawn(|| refused(cancel_paid(&mut database.connect(), bought.booking, 300_00, &author())));
        until_waiting(watching, 1);
        meanwhile(watching);
        drop(blocker);
        click.join().unwrap()
    })
}

/// Forty give their bookings back while staff cancel the show: each has three quarters or all, and nobody both.
#[test]
fn beside_the_cancellation_of_the_show_everybody_has_one_refund() {
    let _turn = turn();
    let mut stage = Stage::new();
    travel(&mut stage.conn, "0");
    for connections in [41, 4] {
        let pool = stage.pool(connections);
        one_show_cancelled(&mut stage, &pool);
    }
    stage.close();
}

fn one_show_cancelled(stage: &mut Stage, pool: &Database) {
    let ((show, seats), manager) = (stage.a_show(), stage.staff());
    let conn = &mut stage.conn;
    let bought: Vec<Started> = seats.iter().map(|seat| paid_booking(conn, show, &[*seat])).collect();
    let start = &Barrier::new(bought.len() + 1);
    let given: Vec<bool> = thread::scope(|scope| {
        let giving: Vec<_> = bought
            .iter()
            .enumerate()
            .map(|(at, bought)| {
                // Silver seats cost 200 rupees, gold ones 300.
                let quoted = if at < 20 { 150_00 } else { 225_00 };
                scope.spawn(move || {
                    start.wait();
                    let give = |conn: &mut PgConnection| cancel_paid(conn, bought.booking, quoted, &author());
                    patiently(|| pool.run_here(give)).is_ok()
                })
            })
            .collect();
        start.wait();
        let cancel = |conn: &mut PgConnection| cancel_show(conn, show, "Flooded", &manager);
        patiently(|| pool.run_here(cancel)).unwrap();
        giving.into_iter().map(|giving| giving.join().unwrap()).collect()
    });
    for (bought, given) in bought.iter().zip(given) {
        let refund = the_refund(conn, bought.booking).life;
        let cause = if given { "customer_cancelled" } else { "show_cancelled" };
        assert_eq!(refund.cause.as_str(), cause);
        assert_eq!(refund.amount == bought.amount, !given);
    }
    assert_consistent(conn);
}
