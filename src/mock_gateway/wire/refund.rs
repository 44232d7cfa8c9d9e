//! The `refund` object.

use super::{Expand, IntentDetails, charge, with_nulls};
use crate::mock_gateway::payment_intent::{self, Charge};
use crate::mock_gateway::refund::{Refund, Status};
use diesel::prelude::*;
use serde_json::{Value, json};

/// A refund with the payment that it gives back.
#[derive(Debug)]
pub struct RefundDetails {
    pub refund: Refund,
    pub charge: Charge,
    pub intent: IntentDetails,
}

impl RefundDetails {
    pub fn load(conn: &mut PgConnection, refund: Refund) -> QueryResult<Self> {
        let charge = payment_intent::find_charge(conn, &refund.charge_id)?.ok_or(diesel::NotFound)?;
        let intent = payment_intent::find(conn, &charge.payment_intent_id)?.ok_or(diesel::NotFound)?;
        Ok(Self { refund, charge, intent: IntentDetails::load(conn, intent)? })
    }

    pub fn to_json(&self, expand: Expand) -> Value {
        let refund = &self.refund;
        let mut object = json!({
            "id": refund.id,
            "object": "refund",
            "amount": refund.amount,
            "charge": if expand.charge { charge(&self.charge, &self.intent.intent) } else { json!(self.charge.id) },
            "created": refund.created_at.timestamp(),
            "currency": self.intent.intent.currency,
            "destination_details": {
                "type": "card",
                "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            },
            "metadata": refund.metadata,
            "payment_intent": self.intent.reference(expand),
            "reason": refund.reason,
            "status": refund.status,
        });
        // Like Stripe, these two are there only when they say something.
        if refund.status == Status::Pending {
            object["pending_reason"] = "processing".into();
        }
        if let Some(reason) = &refund.failure_reason {
            object["failure_reason"] = reason.as_str().into();
        }
        with_nulls(
            object,
            &["balance_transaction", "receipt_number", "source_transfer_reversal", "transfer_reversal"],
        )
    }
}
