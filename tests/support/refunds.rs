//! Refunds, and the gateway's and the staff's word about them, without a gateway.

use super::fixture::refused;
use diesel::prelude::*;
use marquee::ids::{BookingId, RefundId};
use marquee::ledger::{Actor, Author};
use marquee::payment::inbox::Effect;
use marquee::payment::refund::{self, Attempt, Refund, Word};
use marquee::programme::Staff;
use marquee::sale::refund::{Decision, decide, note};
use marquee::schema::refunds;

/// The latest refund of a booking.
pub fn refund_of(conn: &mut PgConnection, booking: BookingId) -> RefundId {
    refund::of_booking(conn, booking).unwrap().last().unwrap().id
}

/// A refund's row as it is.
pub fn row(conn: &mut PgConnection, id: RefundId) -> Refund {
    refunds::table.find(id).select(Refund::as_select()).first(conn).unwrap()
}

/// The gateway says how the present attempt stands; the word is made from its own name for it.
pub fn told(conn: &mut PgConnection, id: RefundId, word: impl FnOnce(String) -> Word) -> Effect {
    let number = row(conn, id).life.attempt;
    let attempt = Attempt { refund: id, number };
    let word = word(format!("re_{id}_{number}"));
    refused(note(conn, attempt, &word, &Author::system("refunds"))).unwrap().unwrap()
}

/// The gateway says that the present attempt failed.
pub fn failed(conn: &mut PgConnection, id: RefundId, reason: &str) -> Effect {
    told(conn, id, |gateway_id| Word::Failed { gateway_id: Some(gateway_id), reason: reason.to_owned() })
}

/// A manager decides about a refund that waits for a person.
pub fn decided(conn: &mut PgConnection, id: RefundId, decision: Decision, reason: &str, manager: &Staff) {
    refused(decide(conn, id, decision, reason, manager)).unwrap();
}
