//! Cases: money that needs a person, opened in the transaction that finds out, closed by what was done about it.

use super::Refund;
use crate::clock::Instant;
use crate::db::expect_rows;
use crate::ids::{BookingId, CaseId, PaymentId};
use crate::schema::{bookings, cases, payments};
use diesel::prelude::*;
use serde_json::Value;

text_enum! {
    /// Why money needs a person.
    pub enum Kind {
        /// Another sum came than was asked for. It goes back by itself; somebody should know why.
        WrongAmount = "wrong_amount",
        /// The gateway will not give the money back.
        RefundFailed = "refund_failed",
        /// The gateway has not said for long how a refund ended.
        RefundStuck = "refund_stuck",
        /// Money from the counter is to be given back there.
        OwedAtCounter = "owed_at_counter",
        /// Paid here, and the gateway knows nothing of it.
        MissingAtGateway = "missing_at_gateway",
        /// Here and at the gateway, the sums differ.
        DiffersAtGateway = "differs_at_gateway",
        /// Paid at the gateway, and no payment of ours asked for it.
        StrayMoney = "stray_money",
        /// Given back at the gateway, and no refund of ours asked for it.
        StrayRefund = "stray_refund",
        /// Paid and confirmed, and a ticket is missing.
        PaidWithoutSeat = "paid_without_seat",
    }
}

/// What a case is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The payment's or refund's id, or the name of the thing at the gateway.
    pub name: String,
    /// None when it is of no payment of ours.
    pub payment: Option<(BookingId, PaymentId)>,
}

impl Subject {
    pub fn refund(refund: &Refund) -> Self {
        Self { name: refund.id.to_string(), payment: Some((refund.life.booking_id, refund.life.payment_id)) }
    }

    pub fn payment(booking: BookingId, payment: PaymentId) -> Self {
        Self { name: payment.to_string(), payment: Some((booking, payment)) }
    }
}

/// Opens a case; one that is open already stays the one. Whether it was opened now.
pub fn open(conn: &mut PgConnection, kind: Kind, subject: &Subject, detail: Value, at: Instant) -> QueryResult<bool> {
    let rows = diesel::insert_into(cases::table)
        .values((
            cases::kind.eq(kind),
            cases::subject.eq(&subject.name),
            cases::booking_id.eq(subject.payment.map(|(booking, _)| booking)),
            cases::payment_id.eq(subject.payment.map(|(_, payment)| payment)),
            cases::detail.eq(detail),
            cases::opened_at.eq(at),
        ))
        .on_conflict((cases::kind, cases::subject))
        .filter_target(cases::closed_at.is_null())
        .do_nothing()
        .execute(conn)?;
    Ok(rows == 1)
}

/// Closes the open case of a kind about a subject, if there is one. `by` is the actor as the ledger writes it.
pub fn close(
    conn: &mut PgConnection,
    kind: Kind,
    subject: &str,
    by: &str,
    resolution: &str,
    at: Instant,
) -> QueryResult<bool> {
    let open = cases::table
        .filter(cases::kind.eq(kind))
        .filter(cases::subject.eq(subject))
        .filter(cases::closed_at.is_null());
    let rows = diesel::update(open).set(Closing { closed_at: at, closed_by: by, resolution }).execute(conn)?;
    if rows > 0 {
        expect_rows("cases closed", rows, 1)?;
    }
    Ok(rows > 0)
}

/// Closes this case and no other; false when it is closed already.
pub fn close_one(conn: &mut PgConnection, id: CaseId, by: &str, resolution: &str, at: Instant) -> QueryResult<bool> {
    let open = cases::table.find(id).filter(cases::closed_at.is_null());
    let rows = diesel::update(open).set(Closing { closed_at: at, closed_by: by, resolution }).execute(conn)?;
    Ok(rows == 1)
}

#[derive(AsChangeset)]
#[diesel(table_name = cases)]
struct Closing<'a> {
    closed_at: Instant,
    closed_by: &'a str,
    resolution: &'a str,
}

/// A case, for pages, with what there is to know of its payment and its customer.
#[derive(Clone, Debug, Queryable)]
pub struct Case {
    pub id: CaseId,
    pub kind: Kind,
    pub subject: String,
    pub opened_at: Instant,
    pub detail: Value,
    /// These three are set together. `closed_by` is the actor as the ledger writes it.
    pub closed_at: Option<Instant>,
    pub closed_by: Option<String>,
    pub resolution: Option<String>,
    /// None where no payment of ours is concerned, as for what follows.
    pub reference: Option<String>,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
    pub payment: Option<PaymentId>,
}

/// The cases that wait, the oldest first.
pub fn waiting(conn: &mut PgConnection, most: i64) -> QueryResult<Vec<Case>> {
    load(conn, Wanted::Open, most)
}

/// The cases that were closed since an instant, the latest first.
pub fn closed_since(conn: &mut PgConnection, since: Instant, most: i64) -> QueryResult<Vec<Case>> {
    load(conn, Wanted::ClosedSince(since), most)
}

/// Finds a case, without a lock.
pub fn find(conn: &mut PgConnection, id: CaseId) -> QueryResult<Option<Case>> {
    Ok(load(conn, Wanted::One(id), 1)?.pop())
}

enum Wanted {
    Open,
    ClosedSince(Instant),
    One(CaseId),
}

fn load(conn: &mut PgConnection, wanted: Wanted, most: i64) -> QueryResult<Vec<Case>> {
    let cases = cases::table
        .left_join(payments::table.on(payments::id.nullable().eq(cases::payment_id)))
        .left_join(bookings::table.on(bookings::id.nullable().eq(cases::booking_id)))
        .limit(most)
        .select((
            cases::id,
            cases::kind,
            cases::subject,
            cases::opened_at,
            cases::detail,
            cases::closed_at,
            cases::closed_by,
            cases::resolution,
            bookings::reference.nullable(),
            bookings::contact_name.nullable(),
            bookings::contact_email.nullable(),
            bookings::contact_phone.nullable(),
            payments::id.nullable(),
        ))
        .into_boxed();
    match wanted {
        Wanted::Open => cases.filter(cases::closed_at.is_null()).order((cases::opened_at, cases::id)),
        Wanted::ClosedSince(since) => {
            cases.filter(cases::closed_at.ge(since)).order((cases::closed_at.desc(), cases::id.desc()))
        }
        Wanted::One(id) => cases.filter(cases::id.eq(id)),
    }
    .load(conn)
}
