//! The `webhook_endpoint` object.

use crate::mock_gateway::webhook::endpoint::Endpoint;
use serde_json::{Value, json};

/// An endpoint without its secret, which only the answer to its creation has.
pub fn webhook_endpoint(endpoint: &Endpoint) -> Value {
    json!({
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": null,
        "application": null,
        "created": endpoint.created_at.timestamp(),
        "description": endpoint.description,
        "enabled_events": endpoint.enabled_events,
        "livemode": false,
        "metadata": endpoint.metadata,
        "status": endpoint.status,
        "url": endpoint.url,
    })
}
