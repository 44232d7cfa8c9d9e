//! The staff log: every override with its actor, time and reason.

use crate::clock::Instant;
use crate::ids::{PersonId, RequestId, ShowId};
use crate::schema::staff_log;
use diesel::prelude::*;

#[derive(Debug, Insertable)]
#[diesel(table_name = staff_log)]
pub struct StaffLogEntry<'a> {
    pub at: Instant,
    pub person_id: PersonId,
    pub action: &'static str,
    pub show_id: Option<ShowId>,
    pub reason: &'a str,
    pub detail: serde_json::Value,
    pub request_id: RequestId,
}

/// Appends to the log, in the transaction of what it tells.
pub fn write(conn: &mut PgConnection, entry: &StaffLogEntry<'_>) -> QueryResult<()> {
    diesel::insert_into(staff_log::table).values(entry).execute(conn)?;
    Ok(())
}
