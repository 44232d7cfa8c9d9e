//! What can go wrong with money that is to go back.

use super::judge::{Judge, Subject};
use super::{Fault, switch};
use crate::mock_gateway::money;
use crate::mock_gateway::payment_intent::Charge;
use crate::mock_gateway::schema::refunds;
use crate::mock_gateway::session::Session;
use chrono::{DateTime, Utc};
use diesel::prelude::*;

/// What becomes of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    AsUsual,
    Fails,
    /// It succeeds now, and fails after all.
    FailsAt(DateTime<Utc>),
    /// It succeeds at that time, or never.
    PendingUntil(Option<DateTime<Utc>>),
}

/// Decides on a new refund of a charge, under the session's lock.
pub fn course(
    conn: &mut PgConnection,
    session: &Session,
    charge: &Charge,
    amount: i64,
    now: DateTime<Utc>,
) -> QueryResult<Course> {
    let switches = switch::concerning(conn, Some(&session.id))?;
    if switches.is_empty() {
        return Ok(Course::AsUsual);
    }
    let earlier: i64 = refunds::table.filter(refunds::charge_id.eq(&charge.id)).count().get_result(conn)?;
    let subject = Subject {
        session_id: Some(session.id.clone()),
        name: format!("session {}, refund {}", session.sequence, earlier + 1),
        attempt: Some(1),
        about: format!("a refund of {}", money::format(amount, &session.currency)),
    };
    let judge = Judge::new(switches, subject);
    if judge.strikes(conn, Fault::RefundFails, now)?.is_some() {
        return Ok(Course::Fails);
    }
    if let Some(strike) = judge.strikes(conn, Fault::RefundFailsLater, now)? {
        return Ok(Course::FailsAt(strike.after(now)));
    }
    let pending = judge.strikes(conn, Fault::RefundPending, now)?;
    Ok(pending.map_or(Course::AsUsual, |strike| Course::PendingUntil(strike.delay.map(|delay| now + delay))))
}
