//! Cases: what staff do about money that needs a person, once, with a reason.

use super::refund::{self, Decision, StaffRefusal};
use crate::accounts::staff_log::Staff;
use crate::clock::{self, Instant};
use crate::db::{Stop, transact};
use crate::ids::{CaseId, RefundId};
use crate::payment::case::{self, Case, Kind};
use diesel::prelude::*;
use serde_json::json;
use uuid::Uuid;

/// Characters of a reason, at most.
pub const MAX_REASON: usize = 500;

text_enum! {
    /// What staff can do about a case.
    pub enum Action {
        /// Nothing is left to do but to note what it was.
        Close = "close",
        /// Ask the gateway for the refund again.
        Retry = "retry",
        /// The refund was given back by other means.
        GivenBack = "given_back",
    }
}

/// What can be done about a case of this kind.
pub fn actions(kind: Kind) -> &'static [Action] {
    match kind {
        Kind::RefundFailed => &[Action::Retry, Action::GivenBack],
        Kind::OwedAtCounter => &[Action::GivenBack],
        Kind::WrongAmount
        | Kind::RefundStuck
        | Kind::MissingAtGateway
        | Kind::DiffersAtGateway
        | Kind::StrayMoney
        | Kind::StrayRefund
        | Kind::PaidWithoutSeat => &[Action::Close],
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseRefusal {
    Unknown,
    EmptyReason,
    /// More than [`MAX_REASON`] characters.
    LongReason,
    /// Not what can be done about this kind.
    WrongAction,
    /// Closed before, by this actor as the ledger writes it, for another reason.
    Closed {
        by: String,
        at: Instant,
        resolution: String,
    },
    /// The refund does not wait for a person any more, though its case is open.
    Underway,
}

/// Does something about a case, and closes it. Sent again by the same person it changes nothing.
pub fn resolve(
    conn: &mut PgConnection,
    id: CaseId,
    action: Action,
    reason: &str,
    staff: &Staff,
) -> Result<(), Stop<CaseRefusal>> {
    let reason = given(reason).map_err(Stop::Refused)?;
    // Without a lock: what a case is about never changes. Whether it is open is judged where it is closed.
    let case = case::find(conn, id)?.ok_or(Stop::Refused(CaseRefusal::Unknown))?;
    if !actions(case.kind).contains(&action) {
        return Err(Stop::Refused(CaseRefusal::WrongAction));
    }
    let done = match action {
        Action::Close => close(conn, &case, reason, staff)?,
        Action::Retry => decide(conn, &case, Decision::Retry, reason, staff)?,
        Action::GivenBack => decide(conn, &case, Decision::Settled, reason, staff)?,
    };
    if done { Ok(()) } else { judge_closed(conn, id, reason, staff) }
}

fn given(reason: &str) -> Result<&str, CaseRefusal> {
    match reason.trim() {
        "" => Err(CaseRefusal::EmptyReason),
        long if long.chars().count() > MAX_REASON => Err(CaseRefusal::LongReason),
        reason => Ok(reason),
    }
}

/// Whether the case was open; its own UPDATE decides between two who close it at once.
fn close(conn: &mut PgConnection, case: &Case, reason: &str, staff: &Staff) -> Result<bool, Stop<CaseRefusal>> {
    if case.closed_at.is_some() {
        return Ok(false);
    }
    transact(conn, |conn| {
        let stamp = staff.author().stamp(clock::now(conn)?, "staff_decides");
        let closed = case::close_one(conn, case.id, &stamp.actor, reason, stamp.at)?;
        if closed {
            let detail = json!({ "case": case.id, "kind": case.kind, "subject": case.subject });
            staff.log(conn, "close_case", None, reason, detail, stamp.at)?;
        }
        Ok(closed)
    })
}

/// Whether the refund waited for a decision.
fn decide(
    conn: &mut PgConnection,
    case: &Case,
    decision: Decision,
    reason: &str,
    staff: &Staff,
) -> Result<bool, Stop<CaseRefusal>> {
    if case.closed_at.is_some() {
        return Ok(false);
    }
    let id = Uuid::parse_str(&case.subject).map_err(|_| Stop::Refused(CaseRefusal::WrongAction))?;
    match refund::decide(conn, RefundId(id), decision, reason, staff) {
        Ok(()) => Ok(true),
        Err(Stop::Refused(StaffRefusal::Underway)) => Ok(false),
        Err(Stop::Refused(StaffRefusal::Unknown | StaffRefusal::OwedAtCounter)) => {
            Err(Stop::Refused(CaseRefusal::WrongAction))
        }
        Err(Stop::Refused(StaffRefusal::EmptyReason)) => Err(Stop::Refused(CaseRefusal::EmptyReason)),
        Err(Stop::Failed(failure)) => Err(Stop::Failed(failure)),
    }
}

fn judge_closed(conn: &mut PgConnection, id: CaseId, reason: &str, staff: &Staff) -> Result<(), Stop<CaseRefusal>> {
    let case = case::find(conn, id)?.ok_or(Stop::Refused(CaseRefusal::Unknown))?;
    match (case.closed_by, case.closed_at, case.resolution) {
        (Some(by), Some(_), Some(resolution)) if by == staff.author().actor.to_string() && resolution == reason => {
            Ok(())
        }
        (Some(by), Some(at), Some(resolution)) => Err(Stop::Refused(CaseRefusal::Closed { by, at, resolution })),
        _ => Err(Stop::Refused(CaseRefusal::Underway)),
    }
}
