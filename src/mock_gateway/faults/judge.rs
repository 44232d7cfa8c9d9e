//! The decision: whether a fault strikes here and now. What struck is written down in the same transaction.

use super::switch::{self, Switch};
use super::{Fault, chance};
use crate::mock_gateway::schema::fault_strikes;
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use std::time;

/// What is asked about.
#[derive(Debug)]
pub struct Subject {
    pub session_id: Option<String>,
    /// A name that another run which does the same will give it too. Ids are random, so they are none.
    pub name: String,
    /// Which attempt at it this is, from 1; none where the switch itself has to count.
    pub attempt: Option<i64>,
    /// What it is, for the people who read what struck.
    pub about: String,
}

/// What a fault that strikes was set to.
#[derive(Debug, Clone, Copy)]
pub struct Strike {
    /// None where none was set: at once, or never, as the fault has it.
    pub delay: Option<Duration>,
    /// Minor units.
    pub amount: i64,
}

impl Strike {
    /// The time at which something happens that is put off.
    pub fn after(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.delay.unwrap_or_default()
    }

    /// How long a call is put off.
    pub fn wait(self) -> time::Duration {
        self.delay.and_then(|delay| delay.to_std().ok()).unwrap_or_default()
    }
}

/// The switches that concern one subject.
#[derive(Debug)]
pub struct Judge {
    switches: Vec<Switch>,
    subject: Subject,
}

impl Judge {
    /// `switches` as [`switch::concerning`] found them, the subject's own first.
    pub fn new(switches: Vec<Switch>, subject: Subject) -> Self {
        Self { switches, subject }
    }

    /// The setting of the fault if it strikes. A session's own switch decides alone, used up or not.
    pub fn strikes(&self, conn: &mut PgConnection, fault: Fault, now: DateTime<Utc>) -> QueryResult<Option<Strike>> {
        let Some(switch) = self.switches.iter().find(|switch| switch.fault == fault) else { return Ok(None) };
        let attempt = match self.subject.attempt {
            Some(attempt) => attempt,
            None => switch::count(conn, switch)?,
        };
        let struck = match switch.probability {
            Some(probability) => chance::strikes(probability, switch.seed, fault, &self.subject.name, attempt),
            None => switch::use_up(conn, switch)?,
        };
        if !struck {
            return Ok(None);
        }
        self.write_down(conn, fault, attempt, now)?;
        let delay = switch.delay_ms.map(Duration::milliseconds);
        Ok(Some(Strike { delay, amount: switch.amount.unwrap_or(0) }))
    }

    fn write_down(
        &self,
        conn: &mut PgConnection,
        fault: Fault,
        attempt: i64,
        now: DateTime<Utc>,
    ) -> QueryResult<usize> {
        tracing::info!(%fault, about = self.subject.about, attempt, "a fault strikes, as a switch wants");
        diesel::insert_into(fault_strikes::table)
            .values((
                fault_strikes::checkout_session_id.eq(&self.subject.session_id),
                fault_strikes::fault.eq(fault),
                fault_strikes::about.eq(&self.subject.about),
                fault_strikes::subject.eq(&self.subject.name),
                fault_strikes::attempt.eq(attempt),
                fault_strikes::struck_at.eq(now),
            ))
            .execute(conn)
    }
}
