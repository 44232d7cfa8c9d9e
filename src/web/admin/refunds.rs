//! Refunds as staff see them, on the pages of their payment and their booking.

use crate::payment::{Refund, RefundCause, RefundStatus};
use crate::web::page::to_the_second;

pub struct RefundLine {
    pub amount: String,
    pub state: &'static str,
    /// Of the badge.
    pub tone: &'static str,
    pub cause: &'static str,
    pub id: String,
    pub payment: String,
    pub attempt: i32,
    pub gateway_id: Option<String>,
    pub failure: Option<String>,
    pub requested: String,
    pub ended: Option<String>,
}

/// Refunds in words, with times of the cinema's zone.
pub fn lines(refunds: &[Refund], zone: &str) -> Vec<RefundLine> {
    refunds
        .iter()
        .map(|refund| {
            let life = &refund.life;
            let (state, tone) = state(life.status);
            RefundLine {
                amount: refund.money().to_string(),
                state,
                tone,
                cause: cause(life.cause),
                id: refund.id.to_string(),
                payment: life.payment_id.to_string(),
                attempt: life.attempt,
                gateway_id: life.gateway_id.clone(),
                failure: life.failure.clone(),
                requested: to_the_second(life.requested_at, zone),
                ended: life.ended_at.map(|at| to_the_second(at, zone)),
            }
        })
        .collect()
}

fn state(status: RefundStatus) -> (&'static str, &'static str) {
    match status {
        RefundStatus::Requested => ("On its way", ""),
        RefundStatus::Succeeded => ("Given back", "good"),
        RefundStatus::Failed | RefundStatus::NeedsAttention => ("Needs attention", "warn"),
        RefundStatus::SettledByStaff => ("Settled by staff", "good"),
    }
}

fn cause(cause: RefundCause) -> &'static str {
    match cause {
        RefundCause::WrongAmount => "another sum came than was asked for",
        RefundCause::AlreadyPaid => "the booking had been paid already",
        RefundCause::Cancelled => "the booking or its show had been cancelled, or was over",
        RefundCause::SeatsLost => "the money came late, and a seat was gone",
        RefundCause::CustomerCancelled => "the customer cancelled",
        RefundCause::ShowCancelled => "the cinema cancelled the show",
    }
}
