//! While PostgreSQL is away, every address answers within two seconds, and says so if it needs the database.

use crate::forms::{assert_every_connection_serves, use_every_connection};
use crate::support::money::signature;
use crate::support::site::{CONNECTIONS, Outage, Site, WORKERS};
use crate::support::{Browser, Page, WEBHOOK_SECRET};
use futures_util::future::join_all;
use marquee::accounts::password;
use marquee::accounts::person::{self, NewPerson, Role};
use marquee::clock;
use reqwest::{Method, StatusCode};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(2);
const PASSWORD: &str = "popcorn and samosa";
/// What answers as ever; everything else needs the database.
const WITHOUT_DATABASE: [&str; 2] = ["/static/{file}", "/admin/sign-in"];

/// An address as `src/web/routes.rs` has it: every one of them, so that a new one is asked too.
#[derive(Clone)]
struct Route {
    path: &'static str,
    method: Method,
}

fn routes() -> Vec<Route> {
    let source = include_str!("../../src/web/routes.rs");
    let declared = source.split("app.service(").nth(1).unwrap().split(".service(");
    let route = |declared: &'static str| {
        let (kind, rest) = declared.trim().split_once("(\"")?;
        let methods = match kind.rsplit('(').next()? {
            "look" => vec![Method::GET],
            "form" | "act" => vec![Method::POST],
            "both" => vec![Method::GET, Method::POST],
            other => panic!("what is {other}?"),
        };
        let path = rest.split('"').next()?;
        Some(methods.into_iter().map(move |method| Route { path, method }))
    };
    let declared: Vec<_> = declared.map(|declared| route(declared).unwrap()).collect();
    assert_eq!(declared.len(), source.matches("\", to(").count(), "each address is found");
    declared.into_iter().flatten().collect()
}

/// A customer with a held booking and a manager who has signed in, both before the outage.
struct People {
    customer: Browser,
    manager: Browser,
    show: i64,
    booking: String,
    fields: Vec<(&'static str, String)>,
    manager_token: String,
}

impl People {
    async fn come(site: &Site) -> Self {
        let conn = &mut site.connect();
        let hash = password::hash(PASSWORD).unwrap();
        let email = "meera@regal.example";
        let meera = NewPerson { email, name: "Meera", role: Role::Manager, password_hash: &hash };
        let now = clock::now(conn).unwrap();
        assert!(person::add(conn, &meera, now).unwrap());
        let manager = site.browser();
        let token = manager.get("/admin/sign-in").await.value("token");
        manager
            .post("/admin/session", &[("token", &token), ("email", email), ("password", PASSWORD)])
            .await
            .leads_to();
        manager.get("/admin/sign-in").await; // which makes them known as a visitor too: the token tells both
        let manager_token = manager.get("/admin/shows").await.value("token");

        let (customer, show) = (site.browser(), site.house.show.0);
        let booking = customer.hold(show, &[site.house.seats[0].0]).await.leads_to().to_owned();
        let map = customer.get(&format!("/shows/{show}")).await;
        // What any of the forms wants; each reads its own.
        let fields = vec![
            ("form_key", map.value("form_key")),
            ("seat", site.house.seats[1].to_string()),
            ("name", "Asha Rao".to_owned()),
            ("email", email.to_owned()),
            ("password", PASSWORD.to_owned()),
            ("reason", "Broken".to_owned()),
            ("token", map.value("token")),
        ];
        Self { customer, manager, show, booking, fields, manager_token }
    }

    fn path(&self, route: &Route) -> String {
        let slug = if route.path.starts_with("/movies") { "sairat" } else { "regal" };
        let path = route
            .path
            .replace("/bookings/{reference}", &self.booking)
            .replace("{show}", &self.show.to_string())
            .replace("{slug}", slug)
            .replace("{seat}", &self.fields[1].1)
            .replace("{payment}", "01999999-0000-7000-8000-000000000000") // nobody's
            .replace("{case}", "1")
            .replace("{event}", "evt_1")
            .replace("{file}", "marquee-1.css");
        assert!(!path.contains('{'), "{path}: what stands there?");
        path
    }

    /// The answer, and how long it took.
    async fn ask(&self, route: &Route) -> (Page, Duration) {
        let is_staff = route.path.starts_with("/admin");
        let browser = if is_staff { &self.manager } else { &self.customer };
        let mut request = browser.request(route.method.clone(), &self.path(route));
        if route.path == "/webhooks/stripe" {
            let event = r#"{"id":"evt_1","object":"event","type":"checkout.session.completed","data":{"object":{}}}"#;
            let signed = signature(WEBHOOK_SECRET, chrono::Utc::now().timestamp(), event);
            request = request.header("stripe-signature", signed).body(event);
        } else if route.method == Method::POST {
            let mut fields = self.fields.clone();
            if is_staff {
                fields.last_mut().unwrap().1.clone_from(&self.manager_token);
            }
            request = request.form(&fields);
        }
        let asked = Instant::now();
        let page = Browser::send(request).await;
        (page, asked.elapsed())
    }
}

fn assert_says_so(route: &Route, page: &Page) {
    let asked = format!("{} {}\n{}", route.method, route.path, page.body);
    if WITHOUT_DATABASE.contains(&route.path) {
        assert_eq!(page.status, StatusCode::OK, "{asked}");
        return;
    }
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{asked}");
    if route.path == "/webhooks/stripe" {
        return;
    }
    assert_eq!(page.headers["retry-after"], "5", "{asked}");
    assert_eq!(page.texts("h1"), ["We'll be right back"], "{asked}");
    let [text] = &page.texts("main p:not(:has(a))")[..] else { panic!("{asked}") };
    for words in ["cannot be reached", "reload this page", "Nothing happens twice"] {
        assert!(text.contains(words), "{asked}");
    }
    assert_eq!(page.texts("main a"), ["Try again"], "{asked}");
    assert_eq!(page.attributes("main a", "href"), [""], "{asked}");
}

/// Everything at once, so that more is asked than there are connections.
async fn ask_everything(people: &People) -> Duration {
    let mut slowest = Duration::ZERO;
    let routes = routes();
    let answers = join_all(routes.iter().map(|route| people.ask(route))).await;
    for (route, (page, took)) in routes.iter().zip(answers) {
        assert_says_so(route, &page);
        assert!(took < LIMIT, "{} {} took {took:?}", route.method, route.path);
        slowest = slowest.max(took);
    }
    slowest
}

async fn statuses(people: &People) -> Vec<(&'static str, StatusCode)> {
    let mut statuses = Vec::new();
    for route in routes().into_iter().filter(|route| route.method == Method::GET) {
        statuses.push((route.path, people.ask(&route).await.0.status));
    }
    statuses
}

async fn every_page_says_so(outage: Outage) {
    let mut site = Site::start();
    let people = People::come(&site).await;
    let before = statuses(&people).await;
    assert!(before.iter().all(|(_, status)| !status.is_server_error()), "{before:?}");
    // Once with a connection under each request that it dies with, and once more without.
    use_every_connection(&site).await;
    let threads = site.app.threads();

    site.postgres.go_away(outage);
    let slowest = [ask_everything(&people).await, ask_everything(&people).await];
    let crowd = join_all((0..100).map(|_| people.customer.get("/"))).await;
    assert!(crowd.iter().all(|page| page.status == StatusCode::SERVICE_UNAVAILABLE));
    println!("{outage:?}: the slowest answers took {slowest:?}; {threads} threads, then {}", site.app.threads());
    // The requests' threads, and the one that does the background work, each with a pool for waiting.
    let most = threads + (WORKERS + 1) * CONNECTIONS;
    assert!(site.app.threads() <= most, "{threads} threads, then {}", site.app.threads());

    site.postgres.come_back();
    let back = Instant::now();
    while people.customer.get("/").await.status != StatusCode::OK {
        assert!(back.elapsed() < Duration::from_secs(5), "pages are not back");
    }
    println!("{outage:?}: pages are back {:?} behind the server", back.elapsed());
    assert_every_connection_serves(&site).await;
    assert_eq!(statuses(&people).await, before);
    site.assert_consistent();
}

#[actix_web::test]
async fn while_postgres_is_stopped_every_page_says_so_within_two_seconds() {
    every_page_says_so(Outage::Stopped).await;
}

#[actix_web::test]
async fn while_postgres_says_nothing_every_page_says_so_within_two_seconds() {
    every_page_says_so(Outage::Silent).await;
}
