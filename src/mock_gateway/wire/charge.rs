//! The `charge` object.

use super::with_nulls;
use crate::mock_gateway::method::Method;
use crate::mock_gateway::payment_intent::{Charge, ChargeStatus, Intent};
use serde_json::{Value, json};

/// A charge, with the intent that it was an attempt at.
pub fn charge(charge: &Charge, intent: &Intent) -> Value {
    let captured = if charge.status == ChargeStatus::Succeeded { charge.amount } else { 0 };
    let object = json!({
        "id": charge.id,
        "object": "charge",
        "amount": charge.amount,
        "amount_captured": captured,
        "amount_refunded": charge.amount_refunded,
        "billing_details": {"address": null, "email": null, "name": null, "phone": null, "tax_id": null},
        "captured": captured > 0,
        "created": charge.created_at.timestamp(),
        "currency": intent.currency,
        "disputed": false,
        "failure_code": charge.failure_code,
        "failure_message": charge.failure_message,
        "livemode": false,
        "metadata": intent.metadata,
        "paid": captured > 0,
        "payment_intent": charge.payment_intent_id,
        "payment_method_details": Method::by_slug(&charge.method).map(payment_method_details),
        "refunded": charge.amount_refunded > 0 && charge.amount_refunded == captured,
        "status": charge.status.as_str(),
    });
    with_nulls(object, &["application", "balance_transaction", "customer", "description", "outcome", "receipt_url"])
}

/// Test cards show a far expiry date, as their number is all that counts.
fn payment_method_details(method: Method) -> Value {
    match method {
        Method::Card(card) => json!({
            "type": "card",
            "card": {
                "brand": card.brand.code(),
                "country": "IN",
                "exp_month": 12,
                "exp_year": 2040,
                "funding": "credit",
                "last4": card.last4(),
                "network": card.brand.code(),
            },
        }),
        Method::Upi(id) => json!({"type": "upi", "upi": {"vpa": id.address}}),
    }
}
