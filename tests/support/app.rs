//! The application as a test runs it: the real server and the real mock gateway, each on a database of its own.

use super::gateway_api::{GATEWAY_KEY, GatewayApi};
use super::money::signature;
use super::{Browser, Page, TestDatabase, database, database_from};
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use clap::Parser;
use marquee::mock_gateway::{Handle, MockGateway, Options};
use marquee::payment::gateway::Gateway;
use marquee::settings::Settings;
use marquee::web::app::{Application, State};
use marquee::workers::{self, Worker};
use reqwest::Method;
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

pub const WEBHOOK_SECRET: &str = "whsec_of_the_tests";

/// Serves on a thread of its own until it is dropped.
pub struct TestApp {
    pub database: TestDatabase,
    pub gateway_database: TestDatabase,
    pub url: String,
    pub gateway_url: String,
    pub state: Data<State>,
    handles: Option<(ServerHandle, Handle)>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    settings: Settings,
}

impl TestApp {
    /// With as many connections as a small installation has.
    pub fn start() -> Self {
        Self::start_with(database(), &[])
    }

    /// With more flags of `marquee serve`, e.g. `["--database-connections", "64"]`.
    pub fn start_with(database: TestDatabase, flags: &[&str]) -> Self {
        Self::start_beside(database, flags, &[])
    }

    /// As [`TestApp::start_with`], with all background work on; elsewhere there is none but what [`TestApp::turn`] does.
    pub fn start_working(database: TestDatabase, flags: &[&str]) -> Self {
        Self::start_beside(database, flags, &workers::all_but(&[]))
    }

    fn start_beside(database: TestDatabase, flags: &[&str], workers: &[Worker]) -> Self {
        let gateway_database = database_from("gateway", |_| {});
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            database_url: gateway_database.url(),
            public_url: None,
            secret_key: GATEWAY_KEY.into(),
            webhook_url: Some(format!("{url}/webhooks/stripe")),
            webhook_events: vec!["*".into()],
            webhook_secret: WEBHOOK_SECRET.into(),
            merchant_name: "Marquee".into(),
            settles_after: chrono::TimeDelta::seconds(8),
        };
        let (site, database_url) = (url.clone(), database.url());
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let workers = workers.to_vec();
        let (ready, started) = mpsc::channel();
        let thread = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let gateway = MockGateway::build(options).await.expect("a gateway");
                let settings = settings(&site, &gateway.url(), &database_url, &flags);
                let app = Application::build(&settings, listener, 2).expect("an application");
                let (gateway_url, stop_gateway) = (gateway.url(), gateway.handle());
                let gateway = actix_web::rt::spawn(gateway.run());
                let state = app.state();
                let _running = workers::start(&workers, &state.db, &state.gateway);
                let server = app.into_server();
                ready.send((server.handle(), stop_gateway, gateway_url, state)).expect("the test waits");
                server.await.expect("a clean end");
                gateway.await.expect("no panic").expect("a clean end");
            });
        });
        let (stop_app, stop_gateway, gateway_url, state) = started.recv().expect("the application starts");
        let handles = Some((stop_app, stop_gateway));
        Self { database, gateway_database, url, gateway_url, state, handles, thread: Some(thread) }
    }

    /// One turn of a worker: how much there was to do.
    pub async fn turn(&self, worker: Worker) -> usize {
        worker.turn(&self.state.db, &self.state.gateway).await.unwrap_or_else(|why| panic!("{worker}: {why}"))
    }

    /// The gateway, for whoever has its key.
    pub fn gateway_api(&self) -> GatewayApi {
        GatewayApi::new(&self.gateway_url)
    }

    /// A request to the gateway as the merchant, e.g. for `/v1/refunds`.
    pub fn ask_gateway(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.gateway_api().ask(method, path)
    }

    /// Delivers an event as the gateway would, signed just now.
    pub async fn tell(&self, body: &str) -> Page {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64;
        let request = self.browser().request(Method::POST, "/webhooks/stripe").body(body.to_owned());
        let request = request.header("stripe-signature", signature(WEBHOOK_SECRET, time, body));
        Browser::send(request.header("content-type", "application/json")).await
    }

    /// A new visitor with an empty cookie jar.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }
}

/// A gateway at any address.
pub fn gateway_at(url: &str) -> Gateway {
    Gateway::new(url, GATEWAY_KEY, Vec::new(), std::time::Duration::from_secs(8)).expect("a client")
}

fn settings(site: &str, gateway: &str, database_url: &str, more: &[String]) -> Settings {
    let key = "5e".repeat(64);
    let flags = [
        "marquee",
        "--site-url",
        site,
        "--database-url",
        database_url,
        "--session-key",
        &key,
        "--stripe-api-url",
        gateway,
        "--stripe-checkout-url",
        gateway,
        "--stripe-secret-key",
        GATEWAY_KEY,
        "--stripe-webhook-secret",
        WEBHOOK_SECRET,
    ];
    let [program, flags @ ..] = &flags;
    // What a test says itself counts instead.
    let own = flags.chunks(2).filter(|pair| more.iter().all(|flag| flag != pair[0])).flatten().copied();
    Flags::parse_from([*program].into_iter().chain(own).chain(more.iter().map(String::as_str))).settings
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let Some((app, gateway)) = self.handles.take() else { return };
        // Whatever runtime the test has is not asked: the servers stop on one of their own.
        let stopped = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async {
                app.stop(false).await;
                gateway.stop().await;
            });
        });
        let _ = stopped.join();
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join)
            && !thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}
