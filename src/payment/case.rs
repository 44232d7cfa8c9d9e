//! Cases: money that needs a person, opened in the transaction that finds out, closed by what was done about it.

use crate::clock::Instant;
use crate::db::expect_rows;
use crate::ids::{BookingId, PaymentId};
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
    let rows = diesel::update(open)
        .set((cases::closed_at.eq(at), cases::closed_by.eq(by), cases::resolution.eq(resolution)))
        .execute(conn)?;
    if rows > 0 {
        expect_rows("cases closed", rows, 1)?;
    }
    Ok(rows > 0)
}

/// A case that waits for a person.
#[derive(Clone, Debug, Queryable)]
pub struct OpenCase {
    pub id: i64,
    pub kind: Kind,
    pub subject: String,
    pub opened_at: Instant,
    pub detail: Value,
    /// None where no payment of ours is concerned, as for what follows.
    pub reference: Option<String>,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    pub payment: Option<PaymentId>,
    /// Minor units of `currency`; what arrived.
    pub captured: Option<i64>,
    pub currency: Option<String>,
}

/// The cases that wait, oldest first.
pub fn waiting(conn: &mut PgConnection, most: i64) -> QueryResult<Vec<OpenCase>> {
    cases::table
        .left_join(payments::table.on(payments::id.nullable().eq(cases::payment_id)))
        .left_join(bookings::table.on(bookings::id.nullable().eq(cases::booking_id)))
        .filter(cases::closed_at.is_null())
        .order((cases::opened_at, cases::id))
        .limit(most)
        .select((
            cases::id,
            cases::kind,
            cases::subject,
            cases::opened_at,
            cases::detail,
            bookings::reference.nullable(),
            bookings::contact_name.nullable(),
            bookings::contact_email.nullable(),
            payments::id.nullable(),
            payments::captured_amount.nullable(),
            payments::currency.nullable(),
        ))
        .load(conn)
}
