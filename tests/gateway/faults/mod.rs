//! What a switch makes go wrong, one claim for each fault, and the switches themselves.

mod calls;
mod deliveries;
mod money;
mod page;
mod refunds;
mod switches;

use crate::merchant::{Received, careful_merchant, next};
use crate::support::eventually;
use crate::test_gateway::{SECRET_KEY, TestGateway};
use diesel::RunQueryDsl;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use stripe_webhook::{Event, EventType};
use tokio::sync::mpsc::UnboundedReceiver;

/// A gateway with a merchant that takes well-signed webhooks only.
async fn gateway_and_merchant() -> (TestGateway, UnboundedReceiver<Received>) {
    let (url, received) = careful_merchant();
    (TestGateway::start_with(|options| options.webhook_url = Some(url)).await, received)
}

impl TestGateway {
    fn put_switch(&self, fault: &str, scope: &str, wish: &Value) -> reqwest::RequestBuilder {
        let url = format!("{}/api/faults/{fault}?scope={scope}", self.url);
        self.http.put(url).bearer_auth(SECRET_KEY).json(wish)
    }

    /// Sets a switch for all sessions, or for the one whose id `scope` is.
    async fn switch_on(&self, fault: &str, scope: &str, wish: Value) {
        let response = self.put_switch(fault, scope, &wish).send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    }

    /// The faults that have struck, oldest first.
    async fn struck(&self) -> Vec<Value> {
        let mut struck = self.get_json("/api/faults").await["struck"].as_array().unwrap().clone();
        struck.reverse();
        struck
    }

    async fn count_struck(&self, fault: &str) -> usize {
        self.struck().await.iter().filter(|struck| struck["fault"] == fault).count()
    }
}

async fn next_event(received: &mut UnboundedReceiver<Received>) -> Event {
    next(received).await.event()
}

/// Pays one more session and takes its two webhooks. Whatever else was due has been sent before them.
async fn nothing_else_comes(gateway: &TestGateway, received: &mut UnboundedReceiver<Received>) {
    let session_id = gateway.pay().await;
    for _ in 0..2 {
        let received = next(received).await;
        let event: Value = serde_json::from_str(&received.body).unwrap();
        let object = &event["data"]["object"];
        let id = if object["object"] == "payment_intent" {
            let sessions = format!("/v1/checkout/sessions?payment_intent={}", object["id"].as_str().unwrap());
            gateway.get_json(&sessions).await["data"][0]["id"].clone()
        } else {
            object["id"].clone()
        };
        assert_eq!(id, session_id, "something else came");
    }
}

/// Moves the gateway's clock when what was taken is written down as taken: a jump would end its lease, and it would come
/// again.
async fn jump(gateway: &TestGateway, by: &str) {
    let mut database = gateway.database();
    let under_way = "SELECT 1 FROM deliveries WHERE attempts > 0 AND next_attempt_at IS NOT NULL";
    eventually("nothing is under way", async || {
        (diesel::sql_query(under_way).execute(&mut database).unwrap() == 0).then_some(())
    })
    .await;
    gateway.travel(by);
}

fn once() -> Value {
    json!({"next": 1})
}

fn always() -> Value {
    json!({"probability": 1})
}

/// How many of each came.
fn count(events: &[Event]) -> BTreeMap<&str, usize> {
    events.iter().fold(BTreeMap::new(), |mut counts, event| {
        *counts.entry(event.type_.as_str()).or_default() += 1;
        counts
    })
}

const SUCCEEDED: EventType = EventType::PaymentIntentSucceeded;
const COMPLETED: EventType = EventType::CheckoutSessionCompleted;
const EXPIRED: EventType = EventType::CheckoutSessionExpired;
