//! The gateway as a process of its own, killed without warning and started again.

use crate::merchant::{NEVER, merchant, next};
use crate::test_gateway::{SECRET_KEY, WEBHOOK_SECRET, new_database, session_params, travel};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use stripe_webhook::EventType;

/// Killed when it is dropped.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start(database_url: &str, webhook_url: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
        command.args(["mock-gateway", "--listen", "127.0.0.1:0", "--database-url", database_url]);
        command.args(["--secret-key", SECRET_KEY, "--webhook-url", webhook_url, "--webhook-secret", WEBHOOK_SECRET]);
        let mut child = command.env("RUST_LOG", "off").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(url.starts_with("http://"), "{line}");
        Self { child, url }
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn get(&self, path: &str) -> RequestBuilder {
        http().get(format!("{}{path}", self.url)).bearer_auth(SECRET_KEY)
    }

    fn post(&self, path: &str, form: &[(&str, &str)], key: &str) -> RequestBuilder {
        http().post(format!("{}{path}", self.url)).bearer_auth(SECRET_KEY).header("Idempotency-Key", key).form(form)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn http() -> Client {
    Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(20)).no_proxy().build().unwrap()
}

async fn json(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

#[actix_web::test]
async fn what_a_killed_gateway_had_promised_it_does_after_the_next_start() {
    let (webhook_url, mut received) = merchant(&[NEVER; 4]);
    let database_url = new_database();
    let mut gateway = Process::start(&database_url, &webhook_url);
    let session = json(gateway.post("/v1/checkout/sessions", &session_params(), "create")).await;
    // A card whose refund pends at first.
    let card = [("card", "typed"), ("number", "4000000000007726"), ("expiry", "12/34"), ("cvc", "123")];
    let paid = http().post(session["url"].as_str().unwrap()).form(&card).send().await.unwrap();
    assert_eq!(paid.status(), 303);
    let path = format!("/v1/checkout/sessions/{}", session["id"].as_str().unwrap());
    let intent = json(gateway.get(&path)).await["payment_intent"].as_str().unwrap().to_owned();
    let refund = json(gateway.post("/v1/refunds", &[("payment_intent", &intent)], "refund")).await;
    assert_eq!(refund["status"], "pending");
    // The merchant has them and has said nothing yet: each delivery is in the middle.
    for _ in 0..4 {
        next(&mut received).await;
    }
    gateway.kill();

    // Past the lease of what was under way, and past the time that the bank takes for the refund.
    travel(&database_url, "1 minute");
    let gateway = Process::start(&database_url, &webhook_url);
    let mut kinds = Vec::new();
    for _ in 0..5 {
        kinds.push(next(&mut received).await.event().type_.as_str().to_owned());
    }
    kinds.sort();
    let expected = [
        EventType::ChargeRefunded,
        EventType::CheckoutSessionCompleted,
        EventType::PaymentIntentSucceeded,
        EventType::RefundCreated,
        EventType::RefundUpdated,
    ];
    assert_eq!(kinds, expected.map(|kind| kind.as_str().to_owned()));
    assert_eq!(json(gateway.get(&path)).await["payment_status"], "paid");
    let refund_path = format!("/v1/refunds/{}", refund["id"].as_str().unwrap());
    assert_eq!(json(gateway.get(&refund_path)).await["status"], "succeeded");
    let again = json(gateway.post("/v1/checkout/sessions", &session_params(), "create")).await;
    assert_eq!(again, session, "the key's answer is kept, byte for byte");
    let again = json(gateway.post("/v1/refunds", &[("payment_intent", &intent)], "refund")).await;
    assert_eq!(again, refund);
}
