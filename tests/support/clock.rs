//! Time travel: the business clock is a function in the test's own database, so a browser or a second process travels
//! along.

use chrono::Duration;
use diesel::PgConnection;
use diesel::connection::SimpleConnection;

/// From now on the business clock is this far ahead of the machine's (behind, when negative); it goes on ticking.
pub fn shift(conn: &mut PgConnection, by: Duration) {
    let milliseconds = by.num_milliseconds();
    conn.batch_execute(&format!(
        "CREATE OR REPLACE FUNCTION marquee_now() RETURNS timestamptz LANGUAGE sql VOLATILE
         AS $$ SELECT clock_timestamp() + interval '{milliseconds} milliseconds' $$"
    ))
    .unwrap();
}
