//! A visitor: a cookie jar, links and forms, over real HTTP. It follows no redirect by itself.

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use scraper::{Html, Selector};
use std::time::Duration;

/// A browser without scripts. Like curl, and unlike a modern browser, it does not say where a post comes from, so that
/// forms need their token.
#[derive(Clone)]
pub struct Browser {
    pub http: Client,
    base: String,
}

/// An answer, read whole.
pub struct Page {
    pub status: StatusCode,
    pub location: Option<String>,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Browser {
    pub fn new(base: &str) -> Self {
        let http = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .timeout(Duration::from_secs(30))
            // A connection that is kept may be closed by the server just as a post is sent on it, and posts are not repeated.
            .pool_max_idle_per_host(0)
            .no_proxy()
            .build()
            .expect("a client");
        Self { http, base: base.to_owned() }
    }

    pub async fn get(&self, path: &str) -> Page {
        Self::send(self.http.get(self.at(path))).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Page {
        Self::send(self.http.post(self.at(path)).form(form)).await
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.at(path))
    }

    pub async fn send(request: RequestBuilder) -> Page {
        let response: Response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let location = headers.get("location").map(|value| value.to_str().expect("ASCII").to_owned());
        Page { status, location, headers, body: response.text().await.expect("a body") }
    }

    fn at(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) }
    }

    /// Opens the seat map and holds these seats.
    pub async fn hold(&self, show: i64, seats: &[i64]) -> Page {
        let map = self.get(&format!("/shows/{show}")).await;
        assert_eq!(map.status, StatusCode::OK, "{}", map.body);
        self.submit_hold(show, &map, seats).await
    }

    /// Sends the form of a seat map that was opened before.
    pub async fn submit_hold(&self, show: i64, map: &Page, seats: &[i64]) -> Page {
        let (token, form_key) = (map.value("token"), map.value("form_key"));
        let seats: Vec<String> = seats.iter().map(i64::to_string).collect();
        let mut form = vec![("token", token.as_str()), ("form_key", form_key.as_str())];
        form.extend(seats.iter().map(|seat| ("seat", seat.as_str())));
        self.post(&format!("/shows/{show}/bookings"), &form).await
    }

    /// From a held booking's page to the gateway's payment page: its address.
    pub async fn start_payment(&self, booking: &str) -> Page {
        let checkout = self.get(booking).await;
        let token = checkout.value("token");
        let form = [("token", token.as_str()), ("name", "Asha Rao"), ("email", "asha@example.com")];
        self.post(&format!("{booking}/payments"), &form).await
    }
}

impl Page {
    /// The value of the first field with this name.
    pub fn value(&self, name: &str) -> String {
        let selector = Selector::parse(&format!("[name='{name}']")).expect("a selector");
        let document = Html::parse_document(&self.body);
        let field = document.select(&selector).next().unwrap_or_else(|| panic!("no field {name} in {}", self.body));
        field.value().attr("value").unwrap_or_default().to_owned()
    }

    /// The text of everything that a CSS selector matches, white space folded.
    pub fn texts(&self, css: &str) -> Vec<String> {
        let selector = Selector::parse(css).expect("a selector");
        let document = Html::parse_document(&self.body);
        document
            .select(&selector)
            .map(|element| element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// An attribute of everything that a CSS selector matches.
    pub fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        let selector = Selector::parse(css).expect("a selector");
        let document = Html::parse_document(&self.body);
        document.select(&selector).filter_map(|element| element.value().attr(name)).map(str::to_owned).collect()
    }

    /// Where a redirect leads.
    pub fn leads_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.location.as_deref().expect("a redirect has a location")
    }
}
