//! Everything that the gateway can do wrong, at random.

use super::gateway_api::GatewayApi;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Each fault with its chance. The waits are short, so that a run of any size ends.
fn all() -> Vec<(&'static str, f64, Value)> {
    vec![
        ("webhook_delayed", 0.05, json!({ "delay_ms": 2_000 })),
        ("webhook_doubled", 0.10, json!({})),
        ("webhook_reordered", 0.05, json!({ "delay_ms": 3_000 })),
        ("webhook_lost", 0.05, json!({})),
        ("webhook_wrong_signature", 0.03, json!({})),
        ("webhook_stale", 0.03, json!({})),
        ("api_rate_limit", 0.03, json!({})),
        ("api_error", 0.04, json!({})),
        ("api_html", 0.03, json!({})),
        ("api_silent", 0.02, json!({ "delay_ms": 500 })),
        ("api_slow", 0.03, json!({ "delay_ms": 400 })),
        ("capture_after_expiry", 0.05, json!({ "delay_ms": 1_000 })),
        ("amount_mismatch", 0.03, json!({ "amount": -1 })),
        ("refund_fails", 0.10, json!({})),
        ("refund_fails_later", 0.05, json!({ "delay_ms": 1_000 })),
        ("refund_pending", 0.10, json!({ "delay_ms": 1_000 })),
    ]
}

pub async fn switch_on(gateway: &GatewayApi, seed: u64) {
    for (fault, probability, mut wish) in all() {
        wish["probability"] = json!(probability);
        wish["seed"] = json!(seed);
        let path = format!("/api/faults/{fault}");
        let answer = gateway.ask(Method::PUT, &path).json(&wish).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{fault}: {}", answer.text().await.unwrap());
    }
}

pub async fn switch_off(gateway: &GatewayApi) {
    let answer = gateway.ask(Method::DELETE, "/api/faults").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
}
