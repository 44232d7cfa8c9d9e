//! What the switches have made go wrong.

use super::Fault;
use super::switch::Scope;
use crate::mock_gateway::schema::fault_strikes;
use chrono::{DateTime, SecondsFormat, Utc};
use diesel::prelude::*;
use serde_json::{Value, json};

/// As many as both fronts show.
const SHOWN: i64 = 100;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = fault_strikes)]
pub struct Struck {
    pub checkout_session_id: Option<String>,
    pub fault: Fault,
    pub about: String,
    pub subject: String,
    pub attempt: i64,
    pub struck_at: DateTime<Utc>,
}

impl Struck {
    pub fn to_json(&self) -> Value {
        json!({
            "fault": self.fault,
            "session": self.checkout_session_id,
            "about": self.about,
            "subject": self.subject,
            "attempt": self.attempt,
            "at": self.struck_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        })
    }
}

/// The latest first; of one session, or of all there are, by whichever switch.
pub fn latest(conn: &mut PgConnection, scope: Option<&Scope>) -> QueryResult<Vec<Struck>> {
    let mut query = fault_strikes::table
        .order(fault_strikes::sequence.desc())
        .limit(SHOWN)
        .select(Struck::as_select())
        .into_boxed();
    if let Some(session_id) = scope.and_then(Scope::session_id) {
        query = query.filter(fault_strikes::checkout_session_id.eq(session_id.to_owned()));
    }
    query.load(conn)
}
