//! The business clock. It lives in the database, so that every process shares it and a test can shift it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

pub type Instant = DateTime<Utc>;

#[diesel::declare_sql_function]
extern "SQL" {
    /// `clock_timestamp()` unless a test has replaced it.
    fn marquee_now() -> Timestamptz;
}

/// The business time now (UTC). Inside a transaction, call it in a statement of its own after the last lock: a clock
/// read before a wait calls a lapsed lock alive.
pub fn now(conn: &mut PgConnection) -> QueryResult<Instant> {
    diesel::select(marquee_now()).get_result(conn)
}
