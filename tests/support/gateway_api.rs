//! The mock gateway, asked as its merchant asks it.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// The key that the tests' gateways want.
pub const GATEWAY_KEY: &str = "sk_test_of_the_tests";

pub struct GatewayApi {
    http: Client,
    url: String,
}

impl GatewayApi {
    pub fn new(url: &str) -> Self {
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { http, url: url.to_owned() }
    }

    /// A request, e.g. for `/v1/refunds`.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(GATEWAY_KEY)
    }

    /// A list from its first page to its last, the newest first.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let after = all.last().map(|last| format!("&starting_after={}", last["id"].as_str().unwrap()));
            let path = format!("{path}?limit=100{}", after.unwrap_or_default());
            let page: Value = self.ask(Method::GET, &path).send().await.unwrap().json().await.unwrap();
            all.extend(page["data"].as_array().unwrap_or_else(|| panic!("{page}")).iter().cloned());
            if page["has_more"] == false {
                return all;
            }
        }
    }
}
