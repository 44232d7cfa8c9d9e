//! The programme: what the house plays, and which seats it keeps for itself.
//!
//! [`publish_layout`] gives a screen a new version of its seating, [`schedule`] puts a show on it, [`cancel_show`] takes the
//! show back with everything that hangs on it, and [`block_seats`] keeps seats from being sold. They follow the locking
//! policy of [`crate::sale`], with screens before everything else.

pub mod block_seats;
pub mod cancel_show;
pub mod publish_layout;
pub mod schedule;

use crate::accounts::staff_log::{self, StaffLogEntry};
use crate::clock::Instant;
use crate::ids::{PersonId, RequestId, ShowId};
use crate::ledger::{Actor, Author};
use diesel::prelude::*;
use serde_json::Value;

/// The member of staff who overrides something, and in which request.
#[derive(Clone, Copy, Debug)]
pub struct Staff {
    pub person: PersonId,
    pub request: RequestId,
}

impl Staff {
    fn author(&self) -> Author {
        Author { actor: Actor::Staff(self.person), request: self.request }
    }

    /// Writes the staff log, in the transaction of what it tells.
    fn log(
        &self,
        conn: &mut PgConnection,
        action: &'static str,
        show: ShowId,
        reason: &str,
        detail: Value,
        at: Instant,
    ) -> QueryResult<()> {
        let (person_id, request_id) = (self.person, self.request);
        staff_log::write(
            conn,
            &StaffLogEntry { at, person_id, action, show_id: Some(show), reason, detail, request_id },
        )
    }
}
