//! What can go wrong with a webhook. Late, held back or lost is decided once, before the first attempt; how it is sent
//! is decided anew for each attempt.

use super::judge::{Judge, Subject};
use super::{Fault, switch};
use crate::mock_gateway::event::Event;
use crate::mock_gateway::schema::{checkout_sessions, deliveries, events};
use crate::mock_gateway::webhook::signature;
use chrono::{DateTime, Utc};
use diesel::prelude::*;

/// Twice what receivers tolerate, in seconds.
const STALE: i64 = 600;
/// Signs what is to look forged; no endpoint has it.
const NOBODYS_SECRET: &str = "whsec_of_nobody";

text_enum! {
    /// What a switch did to a delivery instead of sending it.
    pub enum Fate { Delayed = "delayed", Held = "held", Lost = "lost" }
}

/// A delivery that is due.
#[derive(Debug, Clone, Copy)]
pub struct Due<'a> {
    pub event: &'a Event,
    pub endpoint_id: &'a str,
    /// Counts from one.
    pub attempt: i32,
    pub fate: Option<Fate>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Course {
    Send(Manner),
    /// Not now: at that time, or never.
    SetAside(Fate, Option<DateTime<Utc>>),
}

/// How one attempt is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    pub twice: bool,
    badly_signed: bool,
    stale: bool,
}

impl Manner {
    /// The signature of a body that is sent at `time` (unix seconds).
    pub fn signature(self, secret: &str, time: i64, body: &str) -> String {
        let secret = if self.badly_signed { NOBODYS_SECRET } else { secret };
        signature::header(secret, if self.stale { time - STALE } else { time }, body)
    }
}

/// What becomes of a due delivery. Runs in the transaction that leases it.
pub fn course(conn: &mut PgConnection, due: Due<'_>, now: DateTime<Utc>) -> QueryResult<Course> {
    let switches = switch::concerning(conn, due.event.checkout_session_id.as_deref())?;
    if switches.is_empty() {
        return Ok(Course::Send(Manner::default()));
    }
    let judge = Judge::new(switches, subject(conn, due)?);
    if due.attempt == 1
        && due.fate.is_none()
        && let Some(aside) = set_aside(conn, &judge, due, now)?
    {
        return Ok(aside);
    }
    Ok(Course::Send(Manner {
        twice: judge.strikes(conn, Fault::WebhookDoubled, now)?.is_some(),
        badly_signed: judge.strikes(conn, Fault::WebhookWrongSignature, now)?.is_some(),
        stale: judge.strikes(conn, Fault::WebhookStale, now)?.is_some(),
    }))
}

fn set_aside(
    conn: &mut PgConnection,
    judge: &Judge,
    due: Due<'_>,
    now: DateTime<Utc>,
) -> QueryResult<Option<Course>> {
    if judge.strikes(conn, Fault::WebhookLost, now)?.is_some() {
        return Ok(Some(Course::SetAside(Fate::Lost, None)));
    }
    // While one is held the next must go, or they would all wait, and then go in their old order.
    if !holds_one_back(conn, due)?
        && let Some(strike) = judge.strikes(conn, Fault::WebhookReordered, now)?
    {
        return Ok(Some(Course::SetAside(Fate::Held, Some(strike.after(now)))));
    }
    let strike = judge.strikes(conn, Fault::WebhookDelayed, now)?;
    Ok(strike.map(|strike| Course::SetAside(Fate::Delayed, Some(strike.after(now)))))
}

/// Whether an event of the same session waits to be overtaken.
fn holds_one_back(conn: &mut PgConnection, due: Due<'_>) -> QueryResult<bool> {
    let held = deliveries::table.inner_join(events::table).filter(
        events::checkout_session_id
            .eq(&due.event.checkout_session_id)
            .and(deliveries::webhook_endpoint_id.eq(due.endpoint_id))
            .and(deliveries::fate.eq(Fate::Held.as_str()))
            .and(deliveries::attempts.eq(0)),
    );
    diesel::select(diesel::dsl::exists(held)).get_result(conn)
}

/// An event was taken: an earlier one of its session that was held back to be overtaken goes now.
pub fn let_go(conn: &mut PgConnection, event: &Event, endpoint_id: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    let earlier = events::table
        .filter(events::checkout_session_id.eq(&event.checkout_session_id).and(events::sequence.lt(event.sequence)))
        .select(events::id);
    let held = deliveries::webhook_endpoint_id
        .eq(endpoint_id)
        .and(deliveries::fate.eq(Fate::Held.as_str()))
        .and(deliveries::attempts.eq(0));
    diesel::update(deliveries::table.filter(held.and(deliveries::event_id.eq_any(earlier))))
        .set(deliveries::next_attempt_at.eq(now))
        .execute(conn)
}

/// Named by its place among the events of its session, as ids differ from run to run.
fn subject(conn: &mut PgConnection, due: Due<'_>) -> QueryResult<Subject> {
    let event = due.event;
    let name = match &event.checkout_session_id {
        Some(id) => {
            let session: i64 = checkout_sessions::table.find(id).select(checkout_sessions::sequence).first(conn)?;
            let place: i64 = events::table
                .filter(events::checkout_session_id.eq(id).and(events::sequence.le(event.sequence)))
                .count()
                .get_result(conn)?;
            format!("session {session}, event {place}")
        }
        None => format!("event {}", event.sequence),
    };
    Ok(Subject {
        session_id: event.checkout_session_id.clone(),
        name,
        attempt: Some(due.attempt.into()),
        about: event.kind.clone(),
    })
}
