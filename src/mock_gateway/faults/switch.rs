//! The switches as rows: one for each fault and scope, the same after a restart.

use super::Fault;
use super::setting::{Often, Setting};
use crate::mock_gateway::schema::fault_switches;
use crate::mock_gateway::session;
use diesel::prelude::*;
use diesel::upsert::excluded;
use serde_json::{Value, json};

/// How the scope of all sessions is written; no session's id is like it.
const ALL: &str = "all";

/// Whom a switch concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every session that has no switch of its own for the fault, and calls that name no session.
    All,
    /// The id of a session that exists.
    Session(String),
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = fault_switches)]
pub struct Switch {
    pub scope: String,
    pub fault: Fault,
    pub probability: Option<f64>,
    pub times_left: Option<i32>,
    pub seed: i64,
    pub delay_ms: Option<i64>,
    pub amount: Option<i64>,
}

impl Scope {
    /// `all`, or a session's id; none when there is no such session.
    pub fn find(conn: &mut PgConnection, text: &str) -> QueryResult<Option<Scope>> {
        if text == ALL {
            return Ok(Some(Scope::All));
        }
        Self::of_session(conn, text)
    }

    pub fn of_session(conn: &mut PgConnection, id: &str) -> QueryResult<Option<Scope>> {
        Ok(session::find(conn, id)?.map(|session| Scope::Session(session.id)))
    }

    pub fn session_id(&self) -> Option<&str> {
        match self {
            Scope::All => None,
            Scope::Session(id) => Some(id),
        }
    }

    fn as_str(&self) -> &str {
        self.session_id().unwrap_or(ALL)
    }
}

impl Switch {
    pub fn to_json(&self) -> Value {
        json!({
            "fault": self.fault,
            "scope": self.scope,
            "probability": self.probability,
            "next": self.times_left,
            "seed": self.seed,
            "delay_ms": self.delay_ms,
            "amount": self.amount,
        })
    }
}

/// Turns a switch on, or to another setting.
pub fn set(conn: &mut PgConnection, scope: &Scope, fault: Fault, setting: Setting) -> QueryResult<Switch> {
    let (probability, times_left) = match setting.often {
        Often::Chance(probability) => (Some(probability), None),
        Often::Next(times) => (None, Some(times)),
    };
    diesel::insert_into(fault_switches::table)
        .values((
            fault_switches::checkout_session_id.eq(scope.session_id()),
            fault_switches::fault.eq(fault),
            fault_switches::probability.eq(probability),
            fault_switches::times_left.eq(times_left),
            fault_switches::seed.eq(setting.seed),
            fault_switches::asked.eq(0),
            fault_switches::delay_ms.eq(setting.delay_ms),
            fault_switches::amount.eq(setting.amount),
        ))
        .on_conflict((fault_switches::scope, fault_switches::fault))
        .do_update()
        .set((
            fault_switches::probability.eq(excluded(fault_switches::probability)),
            fault_switches::times_left.eq(excluded(fault_switches::times_left)),
            fault_switches::seed.eq(excluded(fault_switches::seed)),
            // Counted from the setting on, or the same seed would not decide the same.
            fault_switches::asked.eq(0),
            fault_switches::delay_ms.eq(excluded(fault_switches::delay_ms)),
            fault_switches::amount.eq(excluded(fault_switches::amount)),
        ))
        .returning(Switch::as_returning())
        .get_result(conn)
}

/// Turns one off. Returns whether it was on.
pub fn clear(conn: &mut PgConnection, scope: &Scope, fault: Fault) -> QueryResult<bool> {
    Ok(diesel::delete(fault_switches::table.find((scope.as_str(), fault))).execute(conn)? > 0)
}

/// Turns off all of a scope, or all there are. Returns how many were on.
pub fn clear_all(conn: &mut PgConnection, scope: Option<&Scope>) -> QueryResult<usize> {
    conn.transaction(|conn| {
        // Who judges counts one switch after the other, in an order of their own: with some of the rows locked and others
        // wanted, the two would wait for each other. The lock's mode waits for whoever has counted, and for nobody else.
        diesel::sql_query("LOCK TABLE fault_switches IN SHARE ROW EXCLUSIVE MODE").execute(conn)?;
        match scope {
            Some(scope) => {
                diesel::delete(fault_switches::table.filter(fault_switches::scope.eq(scope.as_str()))).execute(conn)
            }
            None => diesel::delete(fault_switches::table).execute(conn),
        }
    })
}

/// Those of a scope, or all there are.
pub fn list(conn: &mut PgConnection, scope: Option<&Scope>) -> QueryResult<Vec<Switch>> {
    let mut query = fault_switches::table
        .order((fault_switches::scope, fault_switches::fault))
        .select(Switch::as_select())
        .into_boxed();
    if let Some(scope) = scope {
        query = query.filter(fault_switches::scope.eq(scope.as_str().to_owned()));
    }
    query.load(conn)
}

/// Those that concern a session, or calls that name none: first its own, which go before those of all.
pub fn concerning(conn: &mut PgConnection, session_id: Option<&str>) -> QueryResult<Vec<Switch>> {
    fault_switches::table
        .filter(fault_switches::scope.eq_any([ALL, session_id.unwrap_or(ALL)]))
        .order(fault_switches::scope.eq(ALL))
        .select(Switch::as_select())
        .load(conn)
}

/// Uses one of the next so many times up. False when none is left.
pub fn use_up(conn: &mut PgConnection, switch: &Switch) -> QueryResult<bool> {
    let row = fault_switches::table.find((&switch.scope, switch.fault));
    let used = diesel::update(row.filter(fault_switches::times_left.gt(0)))
        .set(fault_switches::times_left.eq(fault_switches::times_left - 1))
        .execute(conn)?;
    Ok(used > 0)
}

/// Counts one more question, and returns which it is: the first is 1. Zero when the switch is gone meanwhile.
pub fn count(conn: &mut PgConnection, switch: &Switch) -> QueryResult<i64> {
    let asked = diesel::update(fault_switches::table.find((&switch.scope, switch.fault)))
        .set(fault_switches::asked.eq(fault_switches::asked + 1))
        .returning(fault_switches::asked)
        .get_result(conn)
        .optional()?;
    Ok(asked.unwrap_or(0))
}
