//! Cases: money that needs a person, opened in the transaction that records it.

use crate::clock::Instant;
use crate::ids::{BookingId, PaymentId};
use crate::schema::cases;
use diesel::prelude::*;

/// Opens a case, once per payment and kind.
pub fn open(
    conn: &mut PgConnection,
    kind: &str,
    booking: BookingId,
    payment: PaymentId,
    detail: serde_json::Value,
    at: Instant,
) -> QueryResult<()> {
    diesel::insert_into(cases::table)
        .values((
            cases::kind.eq(kind),
            cases::booking_id.eq(booking),
            cases::payment_id.eq(payment),
            cases::detail.eq(detail),
            cases::opened_at.eq(at),
        ))
        .on_conflict((cases::payment_id, cases::kind))
        .do_nothing()
        .execute(conn)?;
    Ok(())
}
