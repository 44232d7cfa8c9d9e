//! Cases: money that needs a person, opened in the transaction that records it.

use super::Outcome;
use crate::clock::Instant;
use crate::ids::{BookingId, PaymentId};
use crate::schema::{bookings, cases, payments};
use diesel::prelude::*;

text_enum! {
    /// Why money needs a person: a row of the late-money table that does not confirm, or a show that was cancelled.
    pub enum Kind {
        WrongAmount = "wrong_amount",
        AlreadyPaid = "already_paid",
        Cancelled = "cancelled",
        TakeAgain = "take_again",
        SeatsLost = "seats_lost",
        /// Of a booking that was paid for before.
        ShowCancelled = "show_cancelled",
    }
}

impl Kind {
    /// The case that a payment's outcome opens; none, when it confirms.
    pub fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Confirm => None,
            Outcome::WrongAmount => Some(Self::WrongAmount),
            Outcome::AlreadyPaid => Some(Self::AlreadyPaid),
            Outcome::Cancelled => Some(Self::Cancelled),
            Outcome::TakeAgain => Some(Self::TakeAgain),
            Outcome::SeatsLost => Some(Self::SeatsLost),
        }
    }
}

/// Opens a case, once per payment and kind.
pub fn open(
    conn: &mut PgConnection,
    kind: Kind,
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

/// A case that waits for a person.
#[derive(Clone, Debug, Queryable)]
pub struct OpenCase {
    pub kind: Kind,
    pub opened_at: Instant,
    pub reference: String,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    /// Minor units of `currency`; what arrived.
    pub captured: Option<i64>,
    pub currency: String,
    pub payment: PaymentId,
}

/// The cases that wait, oldest first.
pub fn waiting(conn: &mut PgConnection, most: i64) -> QueryResult<Vec<OpenCase>> {
    cases::table
        .inner_join(payments::table.on(payments::id.eq(cases::payment_id)))
        .inner_join(bookings::table.on(bookings::id.eq(cases::booking_id)))
        .filter(cases::closed_at.is_null())
        .order((cases::opened_at, cases::id))
        .limit(most)
        .select((
            cases::kind,
            cases::opened_at,
            bookings::reference,
            bookings::contact_name,
            bookings::contact_email,
            payments::captured_amount,
            payments::currency,
            payments::id,
        ))
        .load(conn)
}
