//! Two hundred people want one seat.

use crate::contention::{Blocker, Filled, all_at_once, turn, until_waiting};
use crate::naive;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, house};
use crate::support::{TestApp, count, database};
use diesel::result::{DatabaseErrorKind, Error};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use reqwest::StatusCode;
use std::sync::Barrier;
use std::thread;

const CONTENDERS: usize = 200;

/// All want B4; the seat's row stays locked until `waiters` of them stand in line for it.
async fn race(connections: &str, waiters: i64) {
    let app = TestApp::start_with(database(), &["--database-connections", connections]);
    let House { show, ref seats, .. } = house(&mut app.database.connect());
    let forms = stream::iter(0..CONTENDERS).map(|_| Filled::open(&app, show, &seats[13..14]));
    let forms: Vec<Filled> = forms.buffer_unordered(8).collect().await;

    let blocked = format!("SELECT 1 FROM show_seats WHERE show_id = {show} AND seat_id = {} FOR UPDATE", seats[13]);
    let blocker = Blocker::lock(&app.database, &blocked);
    let mut watching = app.database.connect();
    let release = thread::spawn(move || {
        until_waiting(&mut watching, waiters);
        drop(blocker);
    });
    let answers = join_all(forms.iter().map(Filled::send)).await;
    release.join().unwrap();

    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|page| page.status == StatusCode::SEE_OTHER);
    assert_eq!((won.len(), lost.len()), (1, CONTENDERS - 1));
    for page in lost {
        assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.body);
        assert_eq!(page.texts("#refusal h2"), ["B4 just went"]);
    }
    let conn = &mut app.database.connect();
    assert_eq!(count(conn, "SELECT count(*) FROM bookings"), 1);
    assert_eq!(count(conn, "SELECT count(*) FROM ledger WHERE entity = 'show_seat'"), 1);
    assert_consistent(conn);
}

#[actix_web::test]
async fn of_200_people_one_gets_the_seat_and_199_are_told_which_they_lost() {
    let _turn = turn();
    race("200", 20).await;
}

#[actix_web::test]
async fn a_pool_smaller_than_the_crowd_gives_the_same_answers() {
    let _turn = turn();
    race("8", 8).await;
}

const NAIVE: usize = 12;

#[test]
fn control_looking_and_then_taking_sells_the_seat_to_everybody() {
    let _turn = turn();
    let database = database();
    naive::without_walls(&database);
    let house = house(&mut database.connect());
    let looked = Barrier::new(NAIVE);
    let sold = all_at_once(&database, &[(); NAIVE], |conn, ()| {
        naive::look_then_take(conn, house.show, house.seats[13], &looked).unwrap()
    });
    assert_eq!(sold, [true; NAIVE]);
    let live = "SELECT count(*) FROM booking_seats WHERE released_at IS NULL";
    assert_eq!(count(&mut database.connect(), live), NAIVE as i64);
}

#[test]
fn control_with_the_walls_up_the_same_statements_are_refused_by_name() {
    let _turn = turn();
    let database = database();
    let house = house(&mut database.connect());
    let looked = Barrier::new(NAIVE);
    let sold = all_at_once(&database, &[(); NAIVE], |conn, ()| {
        naive::look_then_take(conn, house.show, house.seats[13], &looked)
    });
    let refused = sold.iter().filter_map(|sold| sold.as_ref().err());
    let walls: Vec<_> = refused
        .map(|error| match error {
            Error::DatabaseError(DatabaseErrorKind::CheckViolation, info) => info.constraint_name().unwrap(),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(walls, ["show_seats_legal_transition"; NAIVE - 1]);
}
