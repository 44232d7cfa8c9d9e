//! One impatient person sends the same form again and again.

use crate::contention::{Blocker, Filled, all_at_once, turn, until_waiting};
use crate::naive;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{author, form, house, refused};
use crate::support::{TestApp, count, database};
use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use marquee::ids::FormKey;
use marquee::sale::SalePolicy;
use marquee::sale::hold::{HoldRefusal, HoldRequest, hold};
use std::collections::BTreeSet;
use std::thread;
use uuid::Uuid;

const TIMES: usize = 50;

/// The first to come waits for a seat; the others, for the first.
async fn race(connections: &str, waiters: i64) {
    let app = TestApp::start_with(database(), &["--database-connections", connections]);
    let house = house(&mut app.database.connect());
    let seats = house.seats("A4 A5 A6");
    let form = Filled::open(&app, house.show, &seats).await;

    let blocked =
        format!("SELECT 1 FROM show_seats WHERE show_id = {} AND seat_id = {} FOR UPDATE", house.show, seats[1]);
    let blocker = Blocker::lock(&app.database, &blocked);
    let mut watching = app.database.connect();
    let release = thread::spawn(move || {
        until_waiting(&mut watching, waiters);
        drop(blocker);
    });
    let answers = join_all((0..TIMES).map(|_| form.send())).await;
    release.join().unwrap();

    let bookings: BTreeSet<&str> = answers.iter().map(|page| page.leads_to()).collect();
    assert_eq!(bookings.len(), 1, "{bookings:?}");
    let conn = &mut app.database.connect();
    assert_eq!(count(conn, "SELECT count(*) FROM bookings"), 1);
    assert_eq!(count(conn, "SELECT count(*) FROM booking_seats"), 3);
    assert_eq!(count(conn, "SELECT count(*) FROM ledger WHERE entity IN ('booking', 'show_seat')"), 4);
    assert_consistent(conn);
}

#[actix_web::test]
async fn a_form_sent_50_times_at_once_makes_one_booking_and_every_answer_leads_to_it() {
    let _turn = turn();
    race("50", 20).await;
}

#[actix_web::test]
async fn a_pool_smaller_than_the_clicks_gives_the_same_answers() {
    let _turn = turn();
    race("8", 8).await;
}

#[test]
fn control_a_booking_for_every_click_makes_50() {
    let _turn = turn();
    let database = database();
    database.connect().batch_execute("ALTER TABLE bookings DROP CONSTRAINT bookings_form_key").unwrap();
    let house = house(&mut database.connect());
    let (visitor, key) = (Uuid::now_v7(), Uuid::now_v7());
    all_at_once(&database, &[(); TIMES], |conn, ()| {
        naive::insert_booking(conn, house.show, visitor, key).unwrap();
    });
    assert_eq!(count(&mut database.connect(), "SELECT count(*) FROM bookings"), TIMES as i64);
}

#[test]
fn control_without_the_key_of_the_form_a_person_loses_the_seats_to_themselves() {
    let _turn = turn();
    let database = database();
    let house = house(&mut database.connect());
    let first = form(house.show, &house.seats[..3]);
    let clicks: Vec<HoldRequest> =
        (0..TIMES).map(|_| HoldRequest { form: FormKey(Uuid::now_v7()), ..first.clone() }).collect();
    let answers =
        all_at_once(&database, &clicks, |conn, click| refused(hold(conn, click, &SalePolicy::default(), &author())));
    let lost = Err(HoldRefusal::Lost(first.seats.clone()));
    assert_eq!(answers.iter().filter(|answer| **answer == lost).count(), TIMES - 1);
}
