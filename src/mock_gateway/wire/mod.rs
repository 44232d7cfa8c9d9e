//! Stripe's JSON objects. Every field that a strict client requires is present, the rest of the usual ones are null.

mod charge;
mod refund;
mod webhook_endpoint;

use super::event::Event;
use super::method::{Kind, Method};
use super::payment_intent::{self, Charge, ChargeStatus, Intent};
use super::session::{self, Line, PaymentStatus, Session};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::{Map, Value, json};

pub use charge::charge;
pub use refund::RefundDetails;
pub use webhook_endpoint::webhook_endpoint;

/// Which references a client asked to see as whole objects (`expand[]`).
#[derive(Debug, Clone, Copy, Default)]
pub struct Expand {
    pub line_items: bool,
    pub payment_intent: bool,
    pub latest_charge: bool,
    pub charge: bool,
}

/// A session with all that its JSON shows, read at one instant.
#[derive(Debug)]
pub struct SessionDetails {
    pub session: Session,
    pub lines: Vec<Line>,
    pub intent: Option<IntentDetails>,
    pub now: DateTime<Utc>,
}

#[derive(Debug)]
pub struct IntentDetails {
    pub intent: Intent,
    pub payment_method_types: Vec<String>,
    pub latest_charge: Option<Charge>,
}

impl SessionDetails {
    pub fn load(conn: &mut PgConnection, session: Session, now: DateTime<Utc>) -> QueryResult<Self> {
        let lines = session::lines(conn, &session.id)?;
        let intent = match payment_intent::of_session(conn, &session.id)? {
            Some(intent) => Some(IntentDetails::load(conn, intent)?),
            None => None,
        };
        Ok(Self { session, lines, intent, now })
    }

    pub fn status(&self) -> session::Status {
        self.session.status_at(self.now)
    }

    /// The `checkout.session` object. `page_url` is the hosted page's address, shown while the session is open.
    pub fn to_json(&self, page_url: Option<&str>, expand: Expand) -> Value {
        let session = &self.session;
        let paid = session.payment_status == PaymentStatus::Paid;
        let mut object = json!({
            "id": session.id,
            "object": "checkout.session",
            "amount_subtotal": session.amount_total,
            "amount_total": session.amount_total,
            "automatic_tax": {"enabled": false, "liability": null, "provider": null, "status": null},
            "cancel_url": session.cancel_url,
            "client_reference_id": session.client_reference_id,
            "created": session.created_at.timestamp(),
            "currency": session.currency,
            "custom_fields": [],
            "custom_text": {
                "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null,
            },
            "customer_details": self.customer_details(paid),
            "customer_email": session.customer_email,
            "expires_at": session.expires_at.timestamp(),
            "livemode": false,
            "metadata": session.metadata,
            "mode": "payment",
            "payment_intent": self.intent.as_ref().map(|intent| intent.reference(expand)),
            "payment_method_collection": "if_required",
            "payment_method_types": session.payment_method_types,
            "payment_status": session.payment_status.as_str(),
            "phone_number_collection": {"enabled": false},
            "shipping_options": [],
            "status": self.status().as_str(),
            "success_url": session.success_url,
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            "ui_mode": "hosted_page",
            "url": page_url.filter(|_| self.status() == session::Status::Open),
        });
        if expand.line_items {
            let url = format!("/v1/checkout/sessions/{}/line_items", session.id);
            let lines = self.lines.iter().map(|line| line_item(line, session)).collect();
            object["line_items"] = list(&url, lines, false);
        }
        with_nulls(
            object,
            &[
                "adaptive_pricing",
                "after_expiration",
                "allow_promotion_codes",
                "billing_address_collection",
                "client_secret",
                "consent",
                "consent_collection",
                "currency_conversion",
                "customer",
                "customer_creation",
                "invoice",
                "invoice_creation",
                "locale",
                "payment_link",
                "payment_method_configuration_details",
                "payment_method_options",
                "recovered_from",
                "saved_payment_method_options",
                "setup_intent",
                "shipping_address_collection",
                "shipping_cost",
                "submit_type",
                "subscription",
            ],
        )
    }

    fn customer_details(&self, paid: bool) -> Option<Value> {
        let email = self.session.customer_email.as_ref();
        if !paid && email.is_none() {
            return None;
        }
        Some(
            json!({"address": null, "email": email, "name": null, "phone": null, "tax_exempt": "none", "tax_ids": null}),
        )
    }
}

impl IntentDetails {
    pub fn load(conn: &mut PgConnection, intent: Intent) -> QueryResult<Self> {
        let latest_charge = payment_intent::latest_charge(conn, &intent.id)?;
        let payment_method_types = session::payment_method_types(conn, &intent.checkout_session_id)?;
        Ok(Self { intent, payment_method_types, latest_charge })
    }

    fn reference(&self, expand: Expand) -> Value {
        if expand.payment_intent { self.to_json(expand) } else { json!(self.intent.id) }
    }

    /// The `payment_intent` object.
    pub fn to_json(&self, expand: Expand) -> Value {
        let intent = &self.intent;
        let object = json!({
            "id": intent.id,
            "object": "payment_intent",
            "amount": intent.amount,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": intent.amount_received,
            "capture_method": "automatic_async",
            "confirmation_method": "automatic",
            "created": intent.created_at.timestamp(),
            "currency": intent.currency,
            "last_payment_error": self.last_payment_error(),
            "latest_charge": self.latest_charge.as_ref().map(|latest| match expand.latest_charge {
                true => charge(latest, intent),
                false => json!(latest.id),
            }),
            "livemode": false,
            "metadata": intent.metadata,
            "payment_method_types": self.payment_method_types,
            "status": intent.status.as_str(),
        });
        with_nulls(
            object,
            &[
                "application",
                "application_fee_amount",
                "automatic_payment_methods",
                "canceled_at",
                "cancellation_reason",
                "client_secret",
                "customer",
                "description",
                "next_action",
                "on_behalf_of",
                "payment_method",
                "payment_method_configuration_details",
                "payment_method_options",
                "processing",
                "receipt_email",
                "review",
                "setup_future_usage",
                "shipping",
                "source",
                "statement_descriptor",
                "statement_descriptor_suffix",
                "transfer_data",
                "transfer_group",
            ],
        )
    }

    /// Why the last attempt failed, while no later one has succeeded.
    fn last_payment_error(&self) -> Option<Value> {
        let charge = self.latest_charge.as_ref().filter(|charge| charge.status == ChargeStatus::Failed)?;
        let by_card = Method::by_slug(&charge.method).is_none_or(|method| method.kind() == Kind::Card);
        Some(json!({
            "type": if by_card { "card_error" } else { "invalid_request_error" },
            "code": charge.failure_code,
            "decline_code": charge.decline_code,
            "message": charge.failure_message,
            "charge": charge.id,
        }))
    }
}

fn line_item(line: &Line, session: &Session) -> Value {
    let amount = line.unit_amount * line.quantity;
    json!({
        "id": line.id,
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": session.currency,
        "description": line.name,
        "price": null,
        "quantity": line.quantity,
    })
}

/// The `event` object. `pending_webhooks` counts the endpoints that have yet to take it.
pub fn event(event: &Event, pending_webhooks: i64) -> Value {
    json!({
        "id": event.id,
        "object": "event",
        "account": null,
        "api_version": event.api_version,
        "created": event.created_at.timestamp(),
        "data": {"object": event.object},
        "livemode": false,
        "pending_webhooks": pending_webhooks,
        "request": {"id": event.request_id, "idempotency_key": event.idempotency_key},
        "type": event.kind,
    })
}

/// Stripe's list object. `url` is the path that the list was read from.
pub fn list(url: &str, data: Vec<Value>, has_more: bool) -> Value {
    json!({"object": "list", "url": url, "has_more": has_more, "data": data})
}

fn with_nulls(mut object: Value, names: &[&str]) -> Value {
    if let Some(fields) = object.as_object_mut() {
        let nulls: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        fields.extend(nulls);
    }
    object
}
