//! A running gateway per test, on a database of its own.

use crate::support::server;
use diesel::prelude::*;
use marquee::mock_gateway::{Handle, MockGateway, Options};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use std::time::Duration;
use stripe::ClientBuilder;

pub const SECRET_KEY: &str = "sk_test_marquee";
pub const WEBHOOK_SECRET: &str = "whsec_of_the_tests";

/// A database that does not exist yet: the gateway makes it.
pub fn new_database() -> String {
    server().url(&format!("gateway_test_{}", uuid::Uuid::new_v4().simple()))
}

pub struct TestGateway {
    pub url: String,
    pub database_url: String,
    pub http: Client,
    handle: Handle,
    running: actix_web::rt::task::JoinHandle<std::io::Result<()>>,
}

impl TestGateway {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With other settings than the usual ones: a database of its own, and nobody to send webhooks to.
    pub async fn start_with(set: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            database_url: new_database(),
            public_url: None,
            secret_key: SECRET_KEY.into(),
            webhook_url: None,
            webhook_events: vec!["*".into()],
            webhook_secret: WEBHOOK_SECRET.into(),
            merchant_name: "Marquee & Sons".into(),
            settles_after: chrono::TimeDelta::seconds(8),
        };
        set(&mut options);
        let database_url = options.database_url.clone();
        let gateway = MockGateway::build(options).await.unwrap();
        let http =
            Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(20)).no_proxy().build().unwrap();
        let (url, handle) = (gateway.url(), gateway.handle());
        let running = actix_web::rt::spawn(gateway.run());
        Self { url, database_url, http, handle, running }
    }

    /// Stops it as SIGTERM would, and waits until it is gone.
    pub async fn stop(self) -> String {
        self.handle.stop().await;
        self.running.await.unwrap().unwrap();
        self.database_url
    }

    pub fn stripe(&self) -> stripe::Client {
        ClientBuilder::new(SECRET_KEY).url(&self.url).timeout(Duration::from_secs(20)).build().unwrap()
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.at(path)).bearer_auth(SECRET_KEY)
    }

    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.http.post(self.at(path)).bearer_auth(SECRET_KEY).form(form)
    }

    fn at(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) }
    }

    pub async fn get_json(&self, path: &str) -> Value {
        let response = self.get(path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    /// An ordinary session of ₹1,234.50 over two lines.
    pub async fn create_session(&self) -> Value {
        let response = self.post("/v1/checkout/sessions", &session_params()).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// Sends the hosted page's form, as a browser would.
    pub async fn submit(&self, page: &str, form: &[(&str, &str)]) -> Response {
        self.http.post(self.at(page)).form(form).send().await.unwrap()
    }

    /// An ordinary session that a customer has paid: its id.
    pub async fn pay(&self) -> String {
        let session = self.create_session().await;
        assert_eq!(self.submit(session["url"].as_str().unwrap(), &[("card", "visa")]).await.status(), 303);
        session["id"].as_str().unwrap().to_owned()
    }

    pub async fn page(&self, page: &str) -> Response {
        self.http.get(self.at(page)).send().await.unwrap()
    }

    pub fn database(&self) -> PgConnection {
        PgConnection::establish(&self.database_url).unwrap()
    }

    pub fn travel(&self, by: &str) {
        travel(&self.database_url, by);
    }

    pub async fn count_events(&self, kind: &str) -> usize {
        let list = self.get_json(&format!("/v1/events?type={kind}&limit=100")).await;
        list["data"].as_array().unwrap().len()
    }
}

/// Moves a gateway's clock; browsers and merchants travel along.
pub fn travel(database_url: &str, by: &str) {
    let sql = format!(
        "CREATE OR REPLACE FUNCTION gateway_now() RETURNS timestamptz LANGUAGE sql VOLATILE
         AS $$ SELECT clock_timestamp() + interval '{by}' $$"
    );
    diesel::sql_query(sql).execute(&mut PgConnection::establish(database_url).unwrap()).unwrap();
}

pub fn session_params() -> Vec<(&'static str, &'static str)> {
    vec![
        ("mode", "payment"),
        ("success_url", "http://127.0.0.1:9/paid?session={CHECKOUT_SESSION_ID}"),
        ("cancel_url", "http://127.0.0.1:9/left?a=1&b=2"),
        ("client_reference_id", "payment-7"),
        ("customer_email", "asha@example.com"),
        ("metadata[payment]", "7"),
        ("payment_intent_data[metadata][payment]", "7"),
        ("line_items[0][quantity]", "3"),
        ("line_items[0][price_data][currency]", "inr"),
        ("line_items[0][price_data][unit_amount]", "40000"),
        ("line_items[0][price_data][product_data][name]", "Seats F7, F8, F9 <Prime>"),
        ("line_items[1][quantity]", "1"),
        ("line_items[1][price_data][currency]", "inr"),
        ("line_items[1][price_data][unit_amount]", "3450"),
        ("line_items[1][price_data][product_data][name]", "Fee and GST"),
    ]
}
