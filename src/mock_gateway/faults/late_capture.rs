//! Payments that were made in time while their session was reported expired. The row is the timer: it is written with
//! the expiry and goes with the capture.

use crate::mock_gateway::method::Method;
use crate::mock_gateway::schema::late_captures;
use crate::mock_gateway::session::Session;
use chrono::{DateTime, Utc};
use diesel::prelude::*;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = late_captures)]
pub struct LateCapture {
    pub checkout_session_id: String,
    /// The slug of what was paid with.
    pub card: String,
    /// Minor units of the session's currency.
    pub amount: i64,
}

pub fn put_off(
    conn: &mut PgConnection,
    session: &Session,
    method: Method,
    amount: i64,
    due_at: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::insert_into(late_captures::table)
        .values((
            late_captures::checkout_session_id.eq(&session.id),
            late_captures::card.eq(method.slug()),
            late_captures::amount.eq(amount),
            late_captures::due_at.eq(due_at),
        ))
        .execute(conn)
}

/// Takes the rows that are due out of the table, for this worker alone. They are back if its transaction fails.
pub fn take_due(conn: &mut PgConnection, now: DateTime<Utc>, at_most: i64) -> QueryResult<Vec<LateCapture>> {
    let due = late_captures::table
        .filter(late_captures::due_at.le(now))
        .order(late_captures::due_at)
        .limit(at_most)
        .select(late_captures::checkout_session_id)
        .for_update()
        .skip_locked()
        .load::<String>(conn)?;
    diesel::delete(late_captures::table.filter(late_captures::checkout_session_id.eq_any(due)))
        .returning(LateCapture::as_returning())
        .get_results(conn)
}
