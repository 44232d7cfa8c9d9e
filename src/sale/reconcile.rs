//! Reconcile: our side of the books is read in one snapshot, and what cannot be repaired becomes a case, once per fact.

use crate::clock;
use crate::db::{Failure, Stop, snapshot, transact};
use crate::payment::books::{self, Finding, OpenCase, Ours, Remedy, Wanted};
use crate::payment::case;
use chrono::Duration;
use diesel::prelude::*;
use std::convert::Infallible;

/// Who closes a case whose facts came right by themselves, as the ledger writes it.
const BY_ITSELF: &str = "system:reconcile";

/// What a finding that nobody can repair came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    Now,
    /// A case about it was open.
    Before,
    /// Staff have closed a case about the same facts: it stays closed.
    SettledByStaff,
}

/// Our books: what happened in so long a time, and whatever is wanted besides.
pub fn ours(conn: &mut PgConnection, wanted: &Wanted, window: Duration) -> Result<Ours, Failure> {
    snapshot(conn, |conn| {
        let now = clock::now(conn)?;
        Ok(books::ours(conn, wanted, now - window, now)?)
    })
}

/// The open cases that a comparison is about.
pub fn open_cases(conn: &mut PgConnection) -> Result<Vec<OpenCase>, Failure> {
    Ok(books::open_cases(conn)?)
}

/// Opens a case about a finding that asks for one.
pub fn open_case(conn: &mut PgConnection, finding: &Finding) -> Result<Opened, Stop<Infallible>> {
    let Remedy::Case(kind) = finding.remedy else { return Ok(Opened::Before) };
    let (subject, detail) = (&finding.subject, &finding.detail);
    let opened = transact(conn, |conn| {
        let now = clock::now(conn)?;
        if !case::open(conn, kind, subject, detail.clone(), now)? {
            return Ok(Opened::Before);
        }
        // In this order: who closes the open one at this moment is waited for, and seen.
        if books::is_settled(conn, kind, &subject.name, detail)? {
            return Err(Stop::Refused(Opened::SettledByStaff));
        }
        Ok(Opened::Now)
    });
    match opened {
        Err(Stop::Refused(settled)) => Ok(settled),
        Err(Stop::Failed(failure)) => Err(failure.into()),
        Ok(opened) => Ok(opened),
    }
}

/// Closes a case whose facts came right by themselves. Whether it was open.
pub fn close_case(conn: &mut PgConnection, open: &OpenCase) -> Result<bool, Stop<Infallible>> {
    transact(conn, |conn| {
        let now = clock::now(conn)?;
        Ok(case::close(conn, open.kind, &open.subject, BY_ITSELF, "the books agree again", now)?)
    })
}
