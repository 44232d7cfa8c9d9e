//! Late money for seats that others want too: whoever takes them first has them, and the other's money goes back.

use crate::contention::{Blocker, turn, until_waiting};
use crate::scene::{Stage, travel};
use crate::support::consistency::assert_consistent;
use crate::support::count;
use crate::support::fixture::{author, refused};
use crate::support::money::{Started, outcome, paid_event, start_paying, the_refund};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use marquee::db::Database;
use marquee::ids::{SeatId, ShowId};
use marquee::sale::settle::{process, receive};
use std::sync::Barrier;
use std::thread;

/// Two bookings whose locks have lapsed, the second on seats of the first, and their money on the way.
fn two_late(stage: &mut Stage, wants: [&[usize]; 2]) -> (ShowId, Vec<SeatId>, [Started; 2]) {
    let (show, seats) = stage.a_show();
    let conn = &mut stage.conn;
    let of = |wants: &[usize]| wants.iter().map(|at| seats[*at]).collect::<Vec<_>>();
    travel(conn, "-40 minutes");
    let first = start_paying(conn, show, &of(wants[0]));
    travel(conn, "-20 minutes");
    let second = start_paying(conn, show, &of(wants[1]));
    travel(conn, "0");
    for late in [&first, &second] {
        let event = event(late);
        let body = paid_event(&event, late.payment, late.amount, "inr");
        refused(receive(conn, &event, "checkout.session.completed", &body)).unwrap();
    }
    (show, seats, [first, second])
}

fn event(late: &Started) -> String {
    format!("evt_{}", late.payment)
}

fn arrives(pool: &Database, late: &Started) {
    let event = event(late);
    refused(pool.run_here(|conn| process(conn, &event, &author()))).unwrap();
}

/// Same seats; overlapping sets; and sets that are taken from either end.
const WANTS: [[&[usize]; 2]; 3] = [[&[0, 1], &[0, 1]], [&[0, 1, 2], &[2, 3]], [&[5, 0, 3], &[3, 5, 1, 0]]];

fn one_has_them(conn: &mut PgConnection, late: &[Started; 2]) -> usize {
    let outcomes = [&late[0], &late[1]].map(|late| outcome(conn, late));
    let winner = outcomes.iter().position(|outcome| outcome == "take_again").unwrap();
    assert_eq!(outcomes[1 - winner], "seats_lost");
    let loser = &late[1 - winner];
    assert_eq!(the_refund(conn, loser.booking).life.amount, loser.amount);
    let owned = |late: &Started| format!("SELECT count(*) FROM show_seats WHERE booking_id = {}", late.booking);
    let tickets = format!("SELECT count(*) FROM tickets WHERE booking_id = {}", late[winner].booking);
    assert_eq!(count(conn, &owned(&late[winner])), count(conn, &tickets));
    assert_eq!(count(conn, &owned(loser)), 0);
    assert_consistent(conn);
    winner
}

#[test]
fn of_two_late_payments_for_the_same_seats_the_first_in_line_has_them() {
    let _turn = turn();
    let mut stage = Stage::new();
    let pool = stage.pool(2);
    for wants in WANTS {
        for first in [0, 1] {
            let (show, seats, late) = two_late(&mut stage, wants);
            // One that both want.
            let both = wants[0].iter().find(|at| wants[1].contains(at)).unwrap();
            let seat =
                format!("SELECT 1 FROM show_seats WHERE show_id = {show} AND seat_id = {} FOR UPDATE", seats[*both]);
            let blocker = Blocker::lock(&stage.database, &seat);
            thread::scope(|scope| {
                scope.spawn(|| arrives(&pool, &late[first]));
                until_waiting(&mut stage.conn, 1);
                scope.spawn(|| arrives(&pool, &late[1 - first]));
                until_waiting(&mut stage.conn, 2);
                drop(blocker);
            });
            assert_eq!(one_has_them(&mut stage.conn, &late), first, "{wants:?}");
        }
    }
    drop(pool);
    stage.close();
}

#[test]
fn of_two_late_payments_at_once_one_has_the_seats_and_the_others_money_goes_back() {
    let _turn = turn();
    let mut stage = Stage::new();
    for (round, pool) in stage.pools().iter().cycle().take(24).enumerate() {
        let (_, _, late) = two_late(&mut stage, WANTS[round % WANTS.len()]);
        let start = &Barrier::new(2);
        thread::scope(|scope| {
            for late in &late {
                scope.spawn(move || {
                    start.wait();
                    arrives(pool, late);
                });
            }
        });
        one_has_them(&mut stage.conn, &late);
    }
    stage.close();
}

/// Both have looked before either writes.
#[test]
fn control_who_looks_and_then_books_sells_the_seats_to_both() {
    let _turn = turn();
    let mut stage = Stage::new();
    crate::naive::over_seats::without_any_wall(&stage.database);
    let (show, _, late) = two_late(&mut stage, WANTS[0]);
    let looked = &Barrier::new(2);
    let database = &stage.database;
    let sold: Vec<bool> = thread::scope(|scope| {
        let buying = [&late[0], &late[1]].map(|late| {
            scope.spawn(move || {
                let conn = &mut database.connect();
                let free = format!(
                    "SELECT count(*) FROM show_seats JOIN booking_seats USING (show_id, seat_id)
                     WHERE booking_seats.booking_id = {} AND NOT (status = 'available' OR lock_expires_at <= marquee_now())",
                    late.booking
                );
                let free = count(conn, &free) == 0;
                looked.wait();
                conn.batch_execute(&format!(
                    "INSERT INTO tickets (id, booking_id, show_id, seat_id, status, issued_at, version)
                     SELECT gen_random_uuid(), booking_id, show_id, seat_id, 'valid', marquee_now(), 1
                     FROM booking_seats WHERE booking_id = {}",
                    late.booking
                ))
                .unwrap();
                free
            })
        });
        buying.map(|buying| buying.join().unwrap()).to_vec()
    });
    assert_eq!(sold, [true, true]);
    let twice = format!(
        "SELECT count(*) FROM (SELECT FROM tickets WHERE show_id = {show} GROUP BY seat_id HAVING count(*) > 1) AS t"
    );
    assert_eq!(count(&mut stage.conn, &twice), 2);
}
