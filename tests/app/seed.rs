//! The demo's seed, interrupted and repeated.

use crate::support::consistency::assert_consistent;
use crate::support::{self, TestDatabase, travel};
use diesel::prelude::*;
use marquee::db::Database;
use marquee::demo::fill::fill;
use marquee::demo::seed::seed;
use marquee::schema::{layouts, movies, show_seats, shows};
use std::cell::Cell;

fn count(conn: &mut PgConnection) -> (i64, i64, i64) {
    (
        movies::table.count().get_result(conn).unwrap(),
        layouts::table.count().get_result(conn).unwrap(),
        shows::table.count().get_result(conn).unwrap(),
    )
}

fn pool(database: &TestDatabase) -> Database {
    Database::new(&database.url(), 2)
}

#[test]
fn a_seeded_week_is_complete_stays_as_it_is_and_grows_by_the_day() {
    let database = support::database();
    let (conn, db) = (&mut database.connect(), pool(&database));
    let seeded = seed(&db).unwrap();
    let first = count(conn);
    assert!(seeded.shows > 300, "{seeded:?}");
    assert_eq!(first.2, seeded.shows as i64);
    assert_eq!(first.1, 16, "one layout for each screen");

    assert_eq!(seed(&db).unwrap().shows, 0);
    assert_eq!(count(conn), first);

    travel(&database, "1 day");
    let next = seed(&db).unwrap();
    assert!((20..150).contains(&next.shows), "one more day: {next:?}");
    assert_eq!(count(conn).2, first.2 + next.shows as i64);

    // A few sales, as if the filling had been killed in the middle; then a few more.
    for _ in 0..2 {
        let left = Cell::new(10);
        let filled = fill(&db, || left.replace(left.get() - 1) > 0).unwrap();
        assert!(filled.seats > 0, "{filled:?}");
    }
    let doubled: i64 = show_seats::table.filter(show_seats::status.eq("locked")).count().get_result(conn).unwrap();
    assert_eq!(doubled, 0);
    assert_consistent(conn);
}

#[test]
fn two_seeders_at_once_make_one_programme() {
    let database = support::database();
    let seeded: usize = std::thread::scope(|scope| {
        let seeders: Vec<_> = (0..2).map(|_| scope.spawn(|| seed(&pool(&database)).unwrap().shows)).collect();
        seeders.into_iter().map(|seeder| seeder.join().unwrap()).sum()
    });
    assert_eq!(count(&mut database.connect()).2, seeded as i64);
}
