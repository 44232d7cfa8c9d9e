//! Time travel: the business clock of one database is moved, and everybody who asks that database travels along.

use super::TestDatabase;
use diesel::connection::SimpleConnection;
use diesel::{PgConnection, QueryResult};
use marquee::clock::Instant;

/// Moves the clock to `by` (an interval such as `11 minutes`) from real time.
pub fn travel(database: &TestDatabase, by: &str) {
    travel_on(&mut database.connect(), by);
}

/// As [`travel`], by a connection to that database.
pub fn travel_on(conn: &mut PgConnection, by: &str) {
    try_to_travel(conn, by).expect("the clock moves");
}

/// As [`travel_on`], where the database may be away.
pub fn try_to_travel(conn: &mut PgConnection, by: &str) -> QueryResult<()> {
    conn.batch_execute(&format!(
        "CREATE OR REPLACE FUNCTION marquee_now() RETURNS timestamptz LANGUAGE sql VOLATILE
         AS $$ SELECT clock_timestamp() + interval '{by}' $$"
    ))
}

/// The gateway's clock stands still: what its bank says later stays unsaid, until [`travel_gateway`] sets it going.
pub fn stop_gateway_clock(database: &TestDatabase) {
    database
        .connect()
        .batch_execute(
            "DO $$ BEGIN EXECUTE format('CREATE OR REPLACE FUNCTION gateway_now() RETURNS timestamptz LANGUAGE sql VOLATILE
                 AS $f$ SELECT timestamptz %L $f$', clock_timestamp()); END $$",
        )
        .expect("the gateway's clock stands");
}

/// As [`travel`], for the clock of the mock gateway, which is its own.
pub fn travel_gateway(database: &TestDatabase, by: &str) {
    database
        .connect()
        .batch_execute(&format!(
            "CREATE OR REPLACE FUNCTION gateway_now() RETURNS timestamptz LANGUAGE sql VOLATILE
             AS $$ SELECT clock_timestamp() + interval '{by}' $$"
        ))
        .expect("the gateway's clock moves");
}

/// Stops the clock at an instant.
pub fn freeze(conn: &mut PgConnection, at: Instant) {
    conn.batch_execute(&format!(
        "CREATE OR REPLACE FUNCTION marquee_now() RETURNS timestamptz LANGUAGE sql VOLATILE
         AS $$ SELECT timestamptz '{}' $$",
        at.to_rfc3339()
    ))
    .expect("the clock stops");
}
