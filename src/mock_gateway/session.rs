//! Checkout sessions: what a merchant asks to be paid, and its lines.

use super::ids;
use super::method::Kind;
use super::payment_intent::ChargeStatus;
use super::schema::{charges, checkout_sessions, line_items, payment_intents};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

text_enum! {
    /// Where a session stands. An open one that is past its end counts as expired: ask [`Session::status_at`].
    pub enum Status { Open = "open", Complete = "complete", Expired = "expired" }
}

text_enum! {
    pub enum PaymentStatus { Unpaid = "unpaid", Paid = "paid" }
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = checkout_sessions)]
pub struct Session {
    pub id: String,
    pub sequence: i64,
    /// As stored; an open session may have lapsed since.
    pub status: Status,
    pub payment_status: PaymentStatus,
    /// What the customer may choose from, by [`Kind`].
    pub payment_method_types: Vec<String>,
    pub currency: String,
    /// Minor units.
    pub amount_total: i64,
    pub success_url: String,
    pub cancel_url: Option<String>,
    pub client_reference_id: Option<String>,
    pub customer_email: Option<String>,
    pub metadata: Value,
    pub payment_intent_metadata: Value,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = line_items)]
pub struct Line {
    pub checkout_session_id: String,
    pub position: i32,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub unit_amount: i64,
    pub quantity: i64,
}

/// A session as a merchant asked for it, checked.
#[derive(Debug)]
pub struct NewSession {
    /// Not empty.
    pub payment_method_types: Vec<Kind>,
    pub currency: String,
    pub lines: Vec<NewLine>,
    pub amount_total: i64,
    pub success_url: String,
    pub cancel_url: Option<String>,
    pub client_reference_id: Option<String>,
    pub customer_email: Option<String>,
    pub metadata: Value,
    pub payment_intent_metadata: Value,
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug)]
pub struct NewLine {
    pub name: String,
    pub description: Option<String>,
    /// Minor units of the session's currency.
    pub unit_amount: i64,
    pub quantity: i64,
}

impl Session {
    /// The status at an instant: an open session is expired once its end has come, whether or not a worker has seen it.
    pub fn status_at(&self, now: DateTime<Utc>) -> Status {
        if self.status == Status::Open && self.expires_at <= now { Status::Expired } else { self.status }
    }

    pub fn offers(&self, kind: Kind) -> bool {
        self.payment_method_types.iter().any(|offered| offered == kind.as_str())
    }

    /// Where the customer goes after paying, with Stripe's placeholder filled in.
    pub fn success_url(&self) -> String {
        self.success_url.replace("{CHECKOUT_SESSION_ID}", &self.id)
    }
}

/// Writes a session and its lines.
pub fn insert(conn: &mut PgConnection, new: NewSession, now: DateTime<Utc>) -> QueryResult<Session> {
    let session: Session = diesel::insert_into(checkout_sessions::table)
        .values((
            checkout_sessions::id.eq(ids::checkout_session()),
            checkout_sessions::status.eq(Status::Open),
            checkout_sessions::payment_status.eq(PaymentStatus::Unpaid),
            checkout_sessions::payment_method_types.eq(new
                .payment_method_types
                .into_iter()
                .map(Kind::as_str)
                .collect::<Vec<_>>()),
            checkout_sessions::currency.eq(new.currency),
            checkout_sessions::amount_total.eq(new.amount_total),
            checkout_sessions::success_url.eq(new.success_url),
            checkout_sessions::cancel_url.eq(new.cancel_url),
            checkout_sessions::client_reference_id.eq(new.client_reference_id),
            checkout_sessions::customer_email.eq(new.customer_email),
            checkout_sessions::metadata.eq(new.metadata),
            checkout_sessions::payment_intent_metadata.eq(new.payment_intent_metadata),
            checkout_sessions::created_at.eq(now),
            checkout_sessions::expires_at.eq(new.expires_at),
        ))
        .returning(Session::as_returning())
        .get_result(conn)?;
    let lines: Vec<Line> = (0..).zip(new.lines).map(|(position, line)| line.at(&session.id, position)).collect();
    diesel::insert_into(line_items::table).values(lines).execute(conn)?;
    Ok(session)
}

impl NewLine {
    fn at(self, session_id: &str, position: i32) -> Line {
        Line {
            checkout_session_id: session_id.to_owned(),
            position,
            id: ids::line_item(),
            name: self.name,
            description: self.description,
            unit_amount: self.unit_amount,
            quantity: self.quantity,
        }
    }
}

pub fn find(conn: &mut PgConnection, id: &str) -> QueryResult<Option<Session>> {
    if !ids::plausible(id) {
        return Ok(None);
    }
    checkout_sessions::table.find(id).select(Session::as_select()).first(conn).optional()
}

/// Locks the session's row. Every change of a session, its intent and its charges happens under this one lock.
pub fn lock(conn: &mut PgConnection, id: &str) -> QueryResult<Option<Session>> {
    if !ids::plausible(id) {
        return Ok(None);
    }
    checkout_sessions::table.find(id).select(Session::as_select()).for_no_key_update().first(conn).optional()
}

/// Locks some open sessions whose end has come, leaving out those that somebody else is busy with.
pub fn lock_overdue(conn: &mut PgConnection, now: DateTime<Utc>, at_most: i64) -> QueryResult<Vec<Session>> {
    checkout_sessions::table
        .filter(checkout_sessions::status.eq(Status::Open).and(checkout_sessions::expires_at.le(now)))
        .order(checkout_sessions::expires_at)
        .limit(at_most)
        .select(Session::as_select())
        .for_no_key_update()
        .skip_locked()
        .load(conn)
}

/// The session is paid, with what was captured in minor units: an open one, or one that had been reported expired.
/// `session` is the row as it was locked; `Err(NotFound)` when it stands otherwise, which under the lock is a bug.
pub fn complete(conn: &mut PgConnection, session: &Session, amount: i64, now: DateTime<Utc>) -> QueryResult<Session> {
    let unpaid =
        checkout_sessions::status.eq(session.status).and(checkout_sessions::payment_status.eq(PaymentStatus::Unpaid));
    diesel::update(checkout_sessions::table.find(&session.id).filter(unpaid))
        .set((
            checkout_sessions::status.eq(Status::Complete),
            checkout_sessions::payment_status.eq(PaymentStatus::Paid),
            checkout_sessions::amount_total.eq(amount),
            checkout_sessions::closed_at.eq(now),
        ))
        .returning(Session::as_returning())
        .get_result(conn)
}

/// The session is complete, and its bank has yet to answer for the money. `Err(NotFound)` when it was not open, which
/// under the row's lock is a bug.
pub fn process(conn: &mut PgConnection, id: &str, now: DateTime<Utc>) -> QueryResult<Session> {
    diesel::update(checkout_sessions::table.find(id).filter(checkout_sessions::status.eq(Status::Open)))
        .set((checkout_sessions::status.eq(Status::Complete), checkout_sessions::closed_at.eq(now)))
        .returning(Session::as_returning())
        .get_result(conn)
}

/// Locks some sessions whose bank's later answer is due, leaving out those that somebody else is busy with.
pub fn lock_settling(conn: &mut PgConnection, now: DateTime<Utc>, at_most: i64) -> QueryResult<Vec<Session>> {
    let due = charges::table
        .inner_join(payment_intents::table)
        .filter(charges::status.eq(ChargeStatus::Pending).and(charges::settles_at.le(now)))
        .order(charges::settles_at)
        .limit(at_most)
        .select(payment_intents::checkout_session_id);
    checkout_sessions::table
        .filter(checkout_sessions::id.eq_any(due))
        .select(Session::as_select())
        .for_no_key_update()
        .skip_locked()
        .load(conn)
}

/// The money of a session that is complete already has come. `Err(NotFound)` when it had come before, which under the
/// row's lock is a bug.
pub fn mark_paid(conn: &mut PgConnection, id: &str) -> QueryResult<Session> {
    let unpaid = checkout_sessions::status
        .eq(Status::Complete)
        .and(checkout_sessions::payment_status.eq(PaymentStatus::Unpaid));
    diesel::update(checkout_sessions::table.find(id).filter(unpaid))
        .set(checkout_sessions::payment_status.eq(PaymentStatus::Paid))
        .returning(Session::as_returning())
        .get_result(conn)
}

/// The end of an open session, without money. `Err(NotFound)` when it was not open, which under the row's lock is a bug.
pub fn expire(conn: &mut PgConnection, id: &str, now: DateTime<Utc>) -> QueryResult<Session> {
    diesel::update(checkout_sessions::table.find(id).filter(checkout_sessions::status.eq(Status::Open)))
        .set((checkout_sessions::status.eq(Status::Expired), checkout_sessions::closed_at.eq(now)))
        .returning(Session::as_returning())
        .get_result(conn)
}

/// What the customer of a session may choose from, for its intent's sake.
pub fn payment_method_types(conn: &mut PgConnection, id: &str) -> QueryResult<Vec<String>> {
    checkout_sessions::table.find(id).select(checkout_sessions::payment_method_types).first(conn)
}

pub fn lines(conn: &mut PgConnection, session_id: &str) -> QueryResult<Vec<Line>> {
    line_items::table
        .filter(line_items::checkout_session_id.eq(session_id))
        .order(line_items::position)
        .select(Line::as_select())
        .load(conn)
}
