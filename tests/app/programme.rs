//! What staff do to the programme, and what it does to those who have booked.

use crate::support::consistency::assert_consistent;
use crate::support::fixture::{GOLD, author, house, movie, refused, screen, seats_of, staff, try_hold, try_sell};
use crate::support::{self, travel};
use chrono::Duration;
use diesel::prelude::*;
use marquee::booking::{BookingStatus, booking};
use marquee::catalogue::movie::{self as movies, Certificate};
use marquee::catalogue::plan::Plan;
use marquee::catalogue::show::{self, ShowStatus};
use marquee::clock;
use marquee::ids::{MovieId, ScreenId, SeatId, ShowId};
use marquee::programme::block_seats::{BlockRefusal, block_seats, unblock_seats};
use marquee::programme::cancel_show::{CancelShowRefusal, ShowCancelled, cancel_show};
use marquee::programme::publish_layout::{PublishRefusal, publish_layout};
use marquee::programme::schedule::{ScheduleRefusal, schedule};
use marquee::sale::hold::HoldRefusal;
use marquee::schema::{cases, layouts, seats, show_prices, show_seats, staff_log};
use std::collections::BTreeMap;
use std::sync::Barrier;

/// Trailers 10, feature 120, interval 15, cleaning 15.
const OCCUPIED: Duration = Duration::minutes(160);

#[test]
fn back_to_back_is_fine_and_a_minute_earlier_is_an_overlap() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let next = house.starts_at + OCCUPIED;
    let early = next - Duration::minutes(1);
    assert_eq!(
        refused(schedule(conn, &house.request(early), &author())),
        Err(ScheduleRefusal::Overlap { starts_at: early, free_at: early + OCCUPIED })
    );
    schedule(conn, &house.request(next), &author()).unwrap();
    schedule(conn, &house.request(house.starts_at - OCCUPIED), &author()).unwrap();
    assert_consistent(conn);
}

#[test]
fn a_cancelled_show_leaves_its_screen_free() {
    let database = support::database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    cancel_show(conn, house.show, "The projector is broken", &staff).unwrap();
    schedule(conn, &house.request(house.starts_at), &author()).unwrap();
}

#[test]
fn a_show_stands_from_trailers_to_cleaning_and_sells_until_15_minutes_in() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let show = show::find(conn, house.show).unwrap().unwrap();
    assert_eq!(show.ends_at, house.starts_at + Duration::minutes(145));
    assert_eq!(show.sale_ends_at, house.starts_at + Duration::minutes(15));
    assert_eq!(house.seats.len(), 40);
}

#[test]
fn what_cannot_be_scheduled_is_refused_by_name() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let good = house.request(house.starts_at + OCCUPIED);
    let mut refusal = |request| refused(schedule(conn, &request, &author())).unwrap_err();

    let mut request = good.clone();
    request.screen = ScreenId(0);
    assert_eq!(refusal(request), ScheduleRefusal::UnknownScreen);
    let mut request = good.clone();
    request.movie = MovieId(0);
    assert_eq!(refusal(request), ScheduleRefusal::UnknownMovie);
    let mut request = good.clone();
    request.starts_at = house.starts_at - Duration::days(1) - Duration::minutes(1);
    assert_eq!(refusal(request), ScheduleRefusal::InPast);
    let mut request = good.clone();
    request.language = "Klingon".to_owned();
    assert_eq!(refusal(request), ScheduleRefusal::NotSpoken);
    let mut request = good.clone();
    request.prices.remove("gold");
    assert_eq!(refusal(request), ScheduleRefusal::ZonesWithoutPrice(vec!["gold".to_owned()]));
    let mut request = good.clone();
    request.prices.insert("royal".to_owned(), GOLD);
    assert_eq!(refusal(request), ScheduleRefusal::UnknownZones(vec!["royal".to_owned()]));
    let mut request = good.clone();
    request.prices.insert("gold".to_owned(), marquee::catalogue::price_list::Prices { senior: Some(0), ..GOLD });
    assert_eq!(refusal(request), ScheduleRefusal::NotPositive(vec!["gold".to_owned()]));

    let count: i64 = marquee::schema::shows::table.count().get_result(conn).unwrap();
    assert_eq!(count, 1, "a refusal writes nothing");
}

#[test]
fn a_screen_without_seats_shows_nothing() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let cinema = marquee::schema::cinemas::table.select(marquee::schema::cinemas::id).first(conn).unwrap();
    let bare = marquee::catalogue::cinema::ensure_screen(conn, cinema, "Screen 9").unwrap();
    let mut request = house.request(house.starts_at);
    request.screen = bare;
    assert_eq!(refused(schedule(conn, &request, &author())), Err(ScheduleRefusal::NoLayout));
}

#[test]
fn a_movie_for_adults_has_no_child_price() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let mut request = house.request(house.starts_at + OCCUPIED);
    request.movie = movies::ensure(conn, &movie("for-adults", Certificate::A)).unwrap();
    let show = schedule(conn, &request, &author()).unwrap();
    let prices: Vec<(Option<i64>, Option<i64>)> = show_prices::table
        .filter(show_prices::show_id.eq(show))
        .select((show_prices::child_price, show_prices::senior_price))
        .load(conn)
        .unwrap();
    assert!(prices.iter().all(|(child, senior)| child.is_none() && senior.is_some()), "{prices:?}");
}

#[test]
fn of_racing_shows_on_one_screen_one_is_scheduled_and_the_others_are_refused_by_name() {
    const RACERS: usize = 6;
    let database = support::database();
    let house = house(&mut database.connect());
    for round in 1..=5 {
        let starts_at = house.starts_at + Duration::days(round);
        let barrier = Barrier::new(RACERS);
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let racer = |minutes: usize| {
                let (database, barrier, house) = (&database, &barrier, &house);
                scope.spawn(move || {
                    let conn = &mut database.connect();
                    let request = house.request(starts_at + Duration::minutes(10 * minutes as i64));
                    barrier.wait();
                    refused(schedule(conn, &request, &author()))
                })
            };
            let racers: Vec<_> = (0..RACERS).map(racer).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let overlaps = outcomes.iter().filter(|outcome| matches!(outcome, Err(ScheduleRefusal::Overlap { .. })));
        assert_eq!((won, overlaps.count()), (1, RACERS - 1), "{outcomes:?}");
    }
    assert_consistent(&mut database.connect());
}

#[test]
fn a_new_layout_leaves_published_shows_their_seats() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let smaller = Plan::parse("zone s silver Silver\nnumber from left\n\nA s oooo\n").unwrap();
    let layout = publish_layout(conn, house.screen, &smaller).unwrap();
    assert_eq!(
        publish_layout(conn, house.screen, &smaller).unwrap(),
        layout,
        "the same plan again is the same layout"
    );
    let versions: Vec<i32> = layouts::table.order(layouts::version).select(layouts::version).load(conn).unwrap();
    assert_eq!(versions, [1, 2]);

    let mut request = house.request(house.starts_at + OCCUPIED);
    request.prices = BTreeMap::from([("silver".to_owned(), GOLD)]);
    let next = schedule(conn, &request, &author()).unwrap();
    assert_eq!((seats_of(conn, next).len(), seats_of(conn, house.show).len()), (4, 40));
    assert_eq!(refused(publish_layout(conn, ScreenId(0), &smaller)), Err(PublishRefusal::UnknownScreen));
    assert_consistent(conn);
}

#[test]
fn a_published_layout_reads_back_as_its_plan() {
    let database = support::database();
    let conn = &mut database.connect();
    screen(conn, "Screen 1");
    let plan = Plan::parse(support::fixture::PLAN).unwrap();
    type Row = (String, i32, String, String, i32, i32, i32, i32);
    let rows: Vec<Row> = seats::table
        .order(seats::id)
        .select((
            seats::row_label,
            seats::number,
            seats::zone,
            seats::kind,
            seats::grid_row,
            seats::grid_column,
            seats::width,
            seats::segment,
        ))
        .load(conn)
        .unwrap();
    let planned: Vec<Row> = plan
        .seats
        .into_iter()
        .map(|seat| {
            let kind = seat.kind.as_str().to_owned();
            (seat.row_label, seat.number, seat.zone, kind, seat.grid_row, seat.grid_column, seat.width, seat.segment)
        })
        .collect();
    assert_eq!(rows, planned);
}

#[test]
fn a_cancelled_show_frees_what_was_held_and_owes_what_was_paid_once() {
    let database = support::database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    let held = try_hold(conn, house.show, &house.seats("A1 A2")).unwrap();
    let sold = try_sell(conn, house.show, &house.seats("C1 C2 C3")).unwrap();

    let done = cancel_show(conn, house.show, " The roof leaks ", &staff).unwrap();
    assert_eq!(done, ShowCancelled { unpaid: 1, paid: 1 });
    assert_consistent(conn);
    assert_eq!(show::find(conn, house.show).unwrap().unwrap().status, ShowStatus::Cancelled);
    let status = |conn: &mut PgConnection, reference: &str| booking::find(conn, reference).unwrap().unwrap().status;
    assert_eq!(status(conn, &held.reference), BookingStatus::Cancelled);
    assert_eq!(status(conn, &sold.reference), BookingStatus::Cancelled);
    assert_eq!(statuses(conn, house.show, &house.seats("A1 A2 C1 C2 C3")), ["available"; 5]);
    assert_eq!(try_hold(conn, house.show, &house.seats("A1")), Err(HoldRefusal::ShowCancelled));

    assert_eq!(cancel_show(conn, house.show, "Again", &staff).unwrap(), ShowCancelled::default());
    let kinds: Vec<String> = cases::table.select(cases::kind).load(conn).unwrap();
    assert_eq!(kinds, ["owed_at_counter"]);
    let log: Vec<(String, String)> =
        staff_log::table.select((staff_log::action, staff_log::reason)).load(conn).unwrap();
    assert_eq!(log, [("cancel_show".to_owned(), "The roof leaks".to_owned())]);
    assert_consistent(conn);
}

#[test]
fn cancelling_a_show_frees_a_seat_once_that_was_taken_over_from_a_lapsed_lock() {
    let database = support::database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    try_hold(conn, house.show, &house.seats("A1 A2")).unwrap();
    travel(&database, "11 minutes");
    try_sell(conn, house.show, &house.seats("A2 A3")).unwrap();
    let done = cancel_show(conn, house.show, "A strike", &staff).unwrap();
    assert_eq!(done, ShowCancelled { unpaid: 1, paid: 1 });
    assert_eq!(statuses(conn, house.show, &house.seats("A1 A2 A3")), ["available"; 3]);
    assert_consistent(conn);
}

#[test]
fn a_show_is_cancelled_only_with_a_reason_and_if_there_is_one() {
    let database = support::database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    assert_eq!(refused(cancel_show(conn, house.show, "  ", &staff)), Err(CancelShowRefusal::EmptyReason));
    assert_eq!(refused(cancel_show(conn, ShowId(0), "Why not", &staff)), Err(CancelShowRefusal::UnknownShow));
}

#[test]
fn a_hold_that_races_a_cancellation_is_refused_or_undone() {
    let database = support::database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    for round in 1..=10 {
        let show = schedule(conn, &house.request(house.starts_at + Duration::days(round)), &author()).unwrap();
        let seats = seats_of(conn, show);
        let barrier = Barrier::new(9);
        std::thread::scope(|scope| {
            for pair in seats.chunks(2).take(8) {
                let (database, barrier) = (&database, &barrier);
                scope.spawn(move || {
                    let conn = &mut database.connect();
                    barrier.wait();
                    match try_hold(conn, show, pair) {
                        Ok(_) | Err(HoldRefusal::ShowCancelled) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                });
            }
            let conn = &mut database.connect();
            barrier.wait();
            cancel_show(conn, show, "A storm", &staff).unwrap();
        });
        assert!(statuses(conn, show, &seats).iter().all(|status| status == "available"), "round {round}");
    }
    assert_consistent(conn);
}

#[test]
fn a_blocked_seat_is_sold_to_nobody_until_it_is_given_back() {
    let database = support::database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    let seats = house.seats("B4 B5");
    block_seats(conn, house.show, &seats, "House seats", &staff).unwrap();
    assert_consistent(conn);
    assert_eq!(try_hold(conn, house.show, &house.seats("B3 B4")), Err(HoldRefusal::Lost(house.seats("B4"))));
    assert_eq!(statuses(conn, house.show, &house.seats("B3 B4")), ["available", "blocked"]);
    // Time alone gives no blocked seat back.
    travel(&database, "3 hours");
    assert_eq!(try_hold(conn, house.show, &seats), Err(HoldRefusal::Lost(seats.clone())));

    unblock_seats(conn, house.show, &seats, "Not needed", &staff).unwrap();
    try_hold(conn, house.show, &seats).unwrap();
    assert_consistent(conn);
    let log: Vec<(String, String)> =
        staff_log::table.order(staff_log::id).select((staff_log::action, staff_log::reason)).load(conn).unwrap();
    let entry = |action: &str, reason: &str| (action.to_owned(), reason.to_owned());
    assert_eq!(log, [entry("block_seats", "House seats"), entry("unblock_seats", "Not needed")]);
}

#[test]
fn a_lapsed_lock_gives_way_to_a_block_and_its_claim_ends() {
    let database = support::database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    let seats = house.seats("A1 A2");
    try_hold(conn, house.show, &seats).unwrap();
    assert_eq!(
        refused(block_seats(conn, house.show, &house.seats("A2 A3"), "Broken", &staff)),
        Err(BlockRefusal::NotFree(house.seats("A2")))
    );
    travel(&database, "11 minutes");
    block_seats(conn, house.show, &house.seats("A2 A3"), "Broken", &staff).unwrap();
    assert_consistent(conn);
    unblock_seats(conn, house.show, &house.seats("A2 A3"), "Mended", &staff).unwrap();
    try_hold(conn, house.show, &seats).unwrap();
    assert_consistent(conn);
}

#[test]
fn what_cannot_be_blocked_or_unblocked_is_refused_with_its_seats() {
    let database = support::database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    try_sell(conn, house.show, &house.seats("A1")).unwrap();
    block_seats(conn, house.show, &house.seats("B1"), "House seats", &staff).unwrap();
    let mut block = |labels: &str, reason: &str| {
        refused(block_seats(conn, house.show, &house.seats(labels), reason, &staff)).unwrap_err()
    };
    assert_eq!(block("", "Why not"), BlockRefusal::NoSeats);
    assert_eq!(block("A5", " \t"), BlockRefusal::EmptyReason);
    assert_eq!(block("A5 A6 A5", "Why not"), BlockRefusal::Repeated(house.seats("A5")));
    assert_eq!(block("A5 A1 B1", "Why not"), BlockRefusal::NotFree(house.seats("A1 B1")));
    assert_eq!(
        refused(block_seats(conn, house.show, &[house.seat("A5"), SeatId(0)], "Why not", &staff)),
        Err(BlockRefusal::Unknown(vec![SeatId(0)]))
    );
    assert_eq!(
        refused(unblock_seats(conn, house.show, &house.seats("A1 A5 B1"), "Why not", &staff)),
        Err(BlockRefusal::NotBlocked(house.seats("A1 A5")))
    );
    assert_eq!(statuses(conn, house.show, &house.seats("A5 B1")), ["available", "blocked"]);
    assert_consistent(conn);
}

fn statuses(conn: &mut PgConnection, show: ShowId, seats: &[SeatId]) -> Vec<String> {
    show_seats::table
        .filter(show_seats::show_id.eq(show))
        .filter(show_seats::seat_id.eq_any(seats))
        .order(show_seats::seat_id)
        .select(show_seats::status)
        .load(conn)
        .unwrap()
}

#[test]
fn the_clock_of_the_tests_moves_and_ticks() {
    let database = support::database();
    let conn = &mut database.connect();
    let before = clock::now(conn).unwrap();
    travel(&database, "3 days");
    let (after, later) = (clock::now(conn).unwrap(), clock::now(conn).unwrap());
    assert!(after - before >= Duration::days(3) && after - before < Duration::days(3) + Duration::minutes(1));
    assert!(later > after);
}
