//! A corrupt index does not hide from the audit what it hides from others.

use crate::audit::LONG;
use crate::support::count;
use crate::support::fixture::{house, try_hold, try_sell};
use crate::support::processes::Folder;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use marquee::db::Database;
use marquee::history::audit::audit;
use marquee::local_postgres::LocalPostgres;

/// Puts the file of an index back as it was before the second of two claims on a seat was written.
fn claimed_twice_behind_an_old_index(folder: &Folder) -> LocalPostgres {
    const CLAIMS: &str = "booking_seats_one_live_claim";
    let server = LocalPostgres::start(folder.path()).unwrap();
    server.ensure_database("old_index").unwrap();
    let url = server.url("old_index");
    Database::new(&url, 1).migrate().unwrap();
    let conn = &mut PgConnection::establish(&url).unwrap();
    let house = house(conn);
    try_sell(conn, house.show, &house.seats("A1")).unwrap();
    try_hold(conn, house.show, &house.seats("B1")).unwrap();
    // A unique index would refuse the claim as long as it is whole.
    conn.batch_execute(&format!(
        "DROP INDEX {CLAIMS}; CREATE INDEX {CLAIMS} ON booking_seats (show_id, seat_id) WHERE released_at IS NULL"
    ))
    .unwrap();
    let path: String =
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(&format!("pg_relation_filepath('{CLAIMS}')")))
            .get_result(conn)
            .unwrap();
    server.stop().unwrap();
    let file = folder.path().join("postgres/data").join(path);
    let before = std::fs::read(&file).unwrap();

    let server = LocalPostgres::start(folder.path()).unwrap();
    let conn = &mut PgConnection::establish(&url).unwrap();
    conn.batch_execute(&format!(
        "INSERT INTO booking_seats (booking_id, show_id, seat_id, price_type, adult_price)
         SELECT max(id), {}, {}, 'adult', 1 FROM bookings;
         -- Tables this small are read without indexes; large ones are not.
         ALTER DATABASE old_index SET enable_seqscan = off; ALTER DATABASE old_index SET enable_hashagg = off",
        house.show,
        house.seat("A1")
    ))
    .unwrap();
    server.stop().unwrap();
    std::fs::write(&file, before).unwrap();
    LocalPostgres::start(folder.path()).unwrap()
}

#[test]
fn an_index_that_lacks_a_row_hides_no_double_sale() {
    let folder = Folder::new();
    let server = claimed_twice_behind_an_old_index(&folder);
    let conn = &mut PgConnection::establish(&server.url("old_index")).unwrap();
    let twice = "SELECT count(*) FROM (SELECT FROM booking_seats WHERE released_at IS NULL
                 GROUP BY show_id, seat_id HAVING count(*) > 1) AS twice";
    assert_eq!(count(conn, twice), 0, "the index hides it from whoever reads through it");
    let report = audit(conn, LONG).unwrap();
    let found = report.findings.iter().find(|finding| finding.name == "one_live_claim").unwrap();
    assert_eq!(found.count, 2, "{report}");
    assert!(found.rows[0].what.starts_with("an index is corrupt: 0 rows"), "{report}");
    assert!(found.rows[1].to_string().contains("seat A1: claimed by bookings "), "{report}");
    server.stop().unwrap();
}
