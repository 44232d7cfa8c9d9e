//! Our side of the books, and the cases about where it does not fit the other.

use super::{OurPayment, OurRefund, Ours, Unseated};
use crate::clock::Instant;
use crate::ids::{BookingId, PaymentId, RefundId};
use crate::payment::case::Kind;
use crate::payment::refund::{Refund, RefundStatus};
use crate::payment::{Payment, PaymentMethod};
use crate::schema::{bookings, cases, payments, refunds};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use serde_json::Value;

/// The kinds of cases that a comparison opens, and closes when they come right.
pub const KINDS: [Kind; 6] = [
    Kind::RefundStuck,
    Kind::MissingAtGateway,
    Kind::DiffersAtGateway,
    Kind::StrayMoney,
    Kind::StrayRefund,
    Kind::PaidWithoutSeat,
];

/// What is read of our books whatever its age, because the gateway's books or an open case name it.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub payments: Vec<PaymentId>,
    pub refunds: Vec<RefundId>,
    /// Charges.
    pub intents: Vec<String>,
}

/// What happened here since an instant, and what is wanted besides. Counter money is no part of it.
pub fn ours(conn: &mut PgConnection, wanted: &Wanted, since: Instant, at: Instant) -> QueryResult<Ours> {
    Ok(Ours {
        at,
        payments: our_payments(conn, wanted, since)?,
        refunds: our_refunds(conn, wanted, since)?,
        unseated: unseated(conn, wanted, since)?,
    })
}

fn our_payments(conn: &mut PgConnection, wanted: &Wanted, since: Instant) -> QueryResult<Vec<OurPayment>> {
    let of_late = payments::succeeded_at.ge(since).assume_not_null();
    let named = payments::id.eq_any(&wanted.payments);
    let charged = payments::payment_intent_id.eq_any(&wanted.intents).assume_not_null();
    let rows: Vec<(Payment, String)> = payments::table
        .inner_join(bookings::table.on(bookings::id.eq(payments::booking_id)))
        .filter(payments::method.eq(PaymentMethod::Gateway))
        .filter(of_late.or(named).or(charged))
        .order((payments::started_at, payments::id))
        .select((Payment::as_select(), bookings::reference))
        .load(conn)?;
    let read = |(payment, reference): (Payment, String)| OurPayment {
        id: payment.id,
        booking: payment.booking_id,
        reference,
        status: payment.status,
        captured: payment.captured(),
        at: payment.succeeded_at.unwrap_or(payment.started_at),
        session: payment.session_id,
        intent: payment.payment_intent_id,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Those that the gateway was to make: the counter's never reach it.
fn our_refunds(conn: &mut PgConnection, wanted: &Wanted, since: Instant) -> QueryResult<Vec<OurRefund>> {
    // An attempt begins with the row that asks for it; that the gateway has accepted it is told later.
    let asked_at = sql::<Timestamptz>(
        "coalesce((SELECT max(l.at) FROM ledger AS l WHERE l.entity = 'refund' AND l.refund_id = refunds.id
                   AND l.to_status = 'requested' AND l.detail -> 'gateway_id' IS NULL), refunds.requested_at)",
    );
    let rows: Vec<(Refund, String, Instant)> = refunds::table
        .inner_join(bookings::table.on(bookings::id.eq(refunds::booking_id)))
        .inner_join(payments::table.on(payments::id.eq(refunds::payment_id)))
        .filter(payments::method.eq(PaymentMethod::Gateway))
        .filter(
            refunds::status
                .eq(RefundStatus::Requested)
                .or(refunds::requested_at.ge(since))
                .or(refunds::ended_at.ge(since).assume_not_null())
                .or(refunds::id.eq_any(&wanted.refunds)),
        )
        .order((refunds::requested_at, refunds::id))
        .select((Refund::as_select(), bookings::reference, asked_at))
        .load(conn)?;
    let read = |(refund, reference, asked_at)| OurRefund { refund, reference, asked_at };
    Ok(rows.into_iter().map(read).collect())
}

/// Money that came, was kept and bought nothing; and tickets that nobody has paid for. A booking that was given back for
/// nothing, as its policy said, is neither.
const UNSEATED: &str = "
    WITH told AS (
        SELECT p.booking_id, p.id AS payment_id, p.succeeded_at AS at FROM payments AS p
        WHERE p.status = 'succeeded' AND p.captured_amount > 0 AND (p.succeeded_at >= $1 OR p.id = ANY ($2))
            AND NOT EXISTS (SELECT FROM refunds WHERE refunds.payment_id = p.id)
    ), counted AS (
        SELECT told.*, b.reference, b.status, b.paid_by,
               (SELECT count(*) FROM booking_seats AS s WHERE s.booking_id = b.id) AS seats,
               (SELECT count(*) FROM tickets AS t WHERE t.booking_id = b.id AND t.status = 'valid') AS tickets
        FROM told JOIN bookings AS b ON b.id = told.booking_id
    )
    SELECT booking_id, payment_id, at, reference, status, seats, tickets FROM counted
    WHERE NOT coalesce(paid_by = payment_id
        AND (status = 'confirmed' AND seats = tickets OR status = 'cancelled' AND tickets = 0), false)
    UNION ALL
    SELECT b.id, b.paid_by, min(t.issued_at), b.reference, b.status,
           (SELECT count(*) FROM booking_seats AS s WHERE s.booking_id = b.id), count(*)
    FROM tickets AS t JOIN bookings AS b ON b.id = t.booking_id LEFT JOIN payments AS p ON p.id = b.paid_by
    WHERE t.status = 'valid' AND (t.issued_at >= $1 OR b.paid_by = ANY ($2))
        AND NOT coalesce(b.status = 'confirmed' AND p.status = 'succeeded', false)
        AND NOT EXISTS (SELECT FROM told WHERE told.payment_id = b.paid_by)
    GROUP BY b.id
    ORDER BY at, booking_id, payment_id";

#[derive(QueryableByName)]
struct UnseatedRow {
    #[diesel(sql_type = BigInt)]
    booking_id: BookingId,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    payment_id: Option<PaymentId>,
    #[diesel(sql_type = Timestamptz)]
    at: Instant,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    seats: i64,
    #[diesel(sql_type = BigInt)]
    tickets: i64,
}

fn unseated(conn: &mut PgConnection, wanted: &Wanted, since: Instant) -> QueryResult<Vec<Unseated>> {
    let rows: Vec<UnseatedRow> = diesel::sql_query(UNSEATED)
        .bind::<Timestamptz, _>(since)
        .bind::<Array<SqlUuid>, _>(&wanted.payments)
        .load(conn)?;
    let read = |row: UnseatedRow| Unseated {
        booking: row.booking_id,
        reference: row.reference,
        payment: row.payment_id,
        status: row.status,
        seats: row.seats,
        tickets: row.tickets,
        at: row.at,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// An open case of one of [`KINDS`].
#[derive(Clone, Debug, Queryable)]
pub struct OpenCase {
    pub kind: Kind,
    pub subject: String,
    pub payment: Option<PaymentId>,
}

/// The open cases of [`KINDS`], oldest first.
pub fn open_cases(conn: &mut PgConnection) -> QueryResult<Vec<OpenCase>> {
    cases::table
        .filter(cases::kind.eq_any(KINDS))
        .filter(cases::closed_at.is_null())
        .order((cases::opened_at, cases::id))
        .select((cases::kind, cases::subject, cases::payment_id))
        .load(conn)
}

/// Whether staff have closed a case about the very same facts.
pub fn is_settled(conn: &mut PgConnection, kind: Kind, subject: &str, detail: &Value) -> QueryResult<bool> {
    let settled = cases::table
        .filter(cases::kind.eq(kind))
        .filter(cases::subject.eq(subject))
        .filter(cases::detail.eq(detail))
        .filter(cases::closed_by.like("staff:%"));
    diesel::select(diesel::dsl::exists(settled)).get_result(conn)
}
