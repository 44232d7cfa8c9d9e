//! A search among many bookings goes by the index that was made for it.

use crate::support::fixture::house;
use crate::support::{count, database};
use diesel::connection::SimpleConnection;
use marquee::db;
use marquee::history::search;

#[test]
fn mail_addresses_and_names_are_found_by_their_indexes() {
    let database = database();
    let conn = &mut database.connect();
    let show = house(conn).show;
    conn.batch_execute(&format!(
        "INSERT INTO bookings (reference, show_id, visitor_id, form_key, status, created_at, pay_by, lock_expires_at,
                               currency, fee_per_ticket, fee_tax_per_ticket, contact_name, contact_email, version)
         SELECT 'TEST' || n, {show}, gen_random_uuid(), gen_random_uuid(), 'created', now(), now() + interval '1 minute',
                now() + interval '2 minutes', 'INR', 0, 0, 'Guest ' || n, 'guest' || n || '@example.com', 1
         FROM generate_series(1, 30000) AS n;
         ANALYZE bookings"
    ))
    .unwrap();
    // As the application connects: with plans that do not know the text.
    let searcher = &mut db::connect(&database.url()).unwrap();
    for (text, index) in [("Guest77@Example.com", "bookings_by_mail"), ("guest 29999", "bookings_by_name")] {
        assert_eq!(search::bookings(searcher, text, 50).unwrap().len(), 1, "{text}");
        searcher.batch_execute("SELECT pg_stat_force_next_flush()").unwrap();
        let used = format!("SELECT idx_scan AS count FROM pg_stat_user_indexes WHERE indexrelname = '{index}'");
        assert_eq!(count(conn, &used), 1, "{text}");
    }
}
