//! What can go wrong with the money itself, at the moment when it is taken.

use super::judge::{Judge, Subject};
use super::{Fault, switch};
use crate::mock_gateway::money;
use crate::mock_gateway::payment_intent::Intent;
use crate::mock_gateway::schema::charges;
use crate::mock_gateway::session::Session;
use chrono::{DateTime, Utc};
use diesel::prelude::*;

/// How the money of a session is taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Taking {
    /// Minor units of the session's currency.
    pub amount: i64,
    /// When it comes, if the session is to be reported expired first.
    pub late: Option<DateTime<Utc>>,
}

/// Decides under the session's lock.
pub fn taking(
    conn: &mut PgConnection,
    session: &Session,
    intent: &Intent,
    now: DateTime<Utc>,
) -> QueryResult<Taking> {
    let asked = session.amount_total;
    let switches = switch::concerning(conn, Some(&session.id))?;
    if switches.is_empty() {
        return Ok(Taking { amount: asked, late: None });
    }
    let tried: i64 = charges::table.filter(charges::payment_intent_id.eq(&intent.id)).count().get_result(conn)?;
    let subject = Subject {
        session_id: Some(session.id.clone()),
        name: format!("session {}", session.sequence),
        attempt: Some(tried + 1),
        about: format!("the payment of {}", money::format(asked, &session.currency)),
    };
    let judge = Judge::new(switches, subject);
    let amount = match judge.strikes(conn, Fault::AmountMismatch, now)? {
        // However much less was wished for, a capture takes something.
        Some(strike) => (asked + strike.amount).max(1),
        None => asked,
    };
    let late = judge.strikes(conn, Fault::CaptureAfterExpiry, now)?.map(|strike| strike.after(now));
    Ok(Taking { amount, late })
}
