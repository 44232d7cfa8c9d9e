//! The staff log: every override with its actor, time and reason.

use crate::clock::Instant;
use crate::ids::{PersonId, RequestId, ShowId};
use crate::ledger::{Actor, Author};
use crate::schema::staff_log;
use diesel::prelude::*;
use serde_json::Value;

/// The member of staff who overrides something, and in which request.
#[derive(Clone, Copy, Debug)]
pub struct Staff {
    pub person: PersonId,
    pub request: RequestId,
}

impl Staff {
    pub fn author(&self) -> Author {
        Author { actor: Actor::Staff(self.person), request: self.request }
    }

    /// Appends to the log, in the transaction of what it tells. `show` where it is about one.
    pub fn log(
        &self,
        conn: &mut PgConnection,
        action: &'static str,
        show: Option<ShowId>,
        reason: &str,
        detail: Value,
        at: Instant,
    ) -> QueryResult<()> {
        diesel::insert_into(staff_log::table)
            .values((
                staff_log::at.eq(at),
                staff_log::person_id.eq(self.person),
                staff_log::action.eq(action),
                staff_log::show_id.eq(show),
                staff_log::reason.eq(reason),
                staff_log::detail.eq(detail),
                staff_log::request_id.eq(self.request),
            ))
            .execute(conn)?;
        Ok(())
    }
}
