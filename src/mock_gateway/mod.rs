//! A payment gateway that speaks Stripe's wire format: a separate product that shares the binary.
//!
//! It runs as its own process (`marquee mock-gateway`) with its own database, and is reached over HTTP only: merchants
//! call the [`api`] under `/v1`, customers pay on the hosted [`page`], events go out as signed [`webhook`]s. It imports
//! nothing from the rest of the crate. No money moves, and nothing but Stripe's published test cards and the mock's test
//! UPI IDs is taken.
//!
//! One payment, walked through: `POST /v1/checkout/sessions` is validated by [`api`], carried out once per idempotency
//! key, and written by [`session`]. The customer opens `/pay/{id}`, chooses a [`method`], and [`checkout`] charges it
//! under the session's row lock; the change and its [`event`]s commit together. The courier in [`webhook`] delivers them, and
//! delivers again, until the merchant answers 2xx. Money goes back by [`refunding`], under the same lock. Whatever of this
//! should go wrong can be switched on in [`faults`].

mod api;
mod bank;
mod cards;
mod checkout;
mod database;
mod event;
mod faults;
mod ids;
mod method;
mod money;
mod page;
mod payment_intent;
mod refund;
mod refunding;
mod schema;
mod session;
mod upi;
mod webhook;
mod wire;
mod workers;

use actix_web::dev::{Server, ServerHandle};
use actix_web::{App, HttpServer, web};
use chrono::TimeDelta;
use database::{OpenError, Pool, Trouble};
use std::io;
use std::net::{SocketAddr, TcpListener};
use thiserror::Error;
use tokio::sync::watch;
use url::Url;
use webhook::delivery::Courier;
pub use webhook::endpoint::is_event_kind;

/// The version whose objects the gateway shows; the one that the `async-stripe` client asks for.
pub const API_VERSION: &str = "2026-09-30.endive";

/// How long a request under way may take to finish after the gateway is told to stop, in seconds.
const STOP_WITHIN: u64 = 5;

/// How to run a gateway.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The gateway's own database; created when its server does not have it yet.
    pub database_url: String,
    /// How customers' browsers reach the gateway; without it, `http://` and the address it listens on.
    pub public_url: Option<String>,
    /// The key that merchants authenticate with, such as `sk_test_..`.
    pub secret_key: String,
    /// Where events are sent; without it they are only kept.
    pub webhook_url: Option<String>,
    /// The kinds of events that are sent, such as `checkout.session.completed`; `*` is all of them.
    pub webhook_events: Vec<String>,
    /// Signs the webhooks, such as `whsec_..`.
    pub webhook_secret: String,
    /// Who the hosted page says is being paid.
    pub merchant_name: String,
    /// How long a bank that answers later takes.
    pub settles_after: TimeDelta,
}

/// Why a gateway could not start.
#[derive(Debug, Error)]
pub enum BuildError {
    #[error("{setting} must be an absolute http:// URL, not {value:?}")]
    Url { setting: &'static str, value: String },
    #[error("the {0} must not be empty")]
    Empty(&'static str),
    #[error("cannot listen on {address}: {error}")]
    Listen { address: SocketAddr, error: io::Error },
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the gateway's database failed: {0}")]
    Database(#[from] Trouble),
    #[error("cannot set up the sending of webhooks: {0}")]
    Client(#[from] reqwest::Error),
    #[error("cannot start serving: {0}")]
    Serve(#[from] io::Error),
}

/// What every request handler needs.
#[derive(Debug)]
pub struct Gateway {
    pool: Pool,
    /// Without a slash at the end.
    public_url: String,
    secret_key: String,
    merchant_name: String,
    settles_after: TimeDelta,
}

impl Gateway {
    /// The hosted page of a session, as a browser reaches it.
    fn page_url(&self, session_id: &str) -> String {
        format!("{}/pay/{session_id}", self.public_url)
    }
}

/// A gateway that is ready to run: connected, migrated, and bound to its port.
pub struct MockGateway {
    url: String,
    server: Server,
    pool: Pool,
    courier: Courier,
}

/// Stops a running gateway from elsewhere.
#[derive(Debug, Clone)]
pub struct Handle(ServerHandle);

impl Handle {
    /// Lets requests under way finish, then makes [`MockGateway::run`] return.
    pub async fn stop(&self) {
        self.0.stop(true).await;
    }
}

impl MockGateway {
    /// Connects (creating the database if it is missing), migrates, and binds the port. Requests wait until
    /// [`run`](Self::run).
    pub async fn build(options: Options) -> Result<Self, BuildError> {
        check(&options)?;
        let database_url = options.database_url.clone();
        let pool = web::block(move || database::open(&database_url)).await.map_err(Trouble::from)??;
        let (url, secret) = (options.webhook_url.clone(), options.webhook_secret.clone());
        let events = options.webhook_events.clone();
        database::run(&pool, move |conn| {
            webhook::endpoint::configure(conn, url.as_deref(), &events, &secret).map_err(Trouble::from)
        })
        .await?;
        let listener = TcpListener::bind(options.listen)
            .map_err(|error| BuildError::Listen { address: options.listen, error })?;
        let url = match &options.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", listener.local_addr()?),
        };
        let gateway = Gateway {
            pool: pool.clone(),
            public_url: url.clone(),
            secret_key: options.secret_key,
            merchant_name: options.merchant_name,
            settles_after: options.settles_after,
        };
        let server = serve(listener, web::Data::new(gateway))?;
        Ok(Self { url, server, courier: Courier::new(pool.clone())?, pool })
    }

    /// The gateway's address, without a slash at the end: the base URL for API clients and browsers.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    pub fn handle(&self) -> Handle {
        Handle(self.server.handle())
    }

    /// Serves and works in the background until the [`Handle`] stops it.
    pub async fn run(self) -> io::Result<()> {
        let (stop, stopped) = watch::channel(false);
        let workers = actix_web::rt::spawn(workers::run(self.pool, self.courier, stopped));
        let served = self.server.await;
        // Fails only when the workers are gone already.
        let _ = stop.send(true);
        if let Err(error) = workers.await {
            tracing::error!(%error, "the background work ended badly");
        }
        served
    }
}

fn check(options: &Options) -> Result<(), BuildError> {
    for (what, value) in [("secret key", &options.secret_key), ("webhook secret", &options.webhook_secret)] {
        if value.trim().is_empty() {
            return Err(BuildError::Empty(what));
        }
    }
    for (setting, value) in [("the public URL", &options.public_url), ("the webhook URL", &options.webhook_url)] {
        let Some(value) = value else { continue };
        let secure_page = setting == "the public URL" && value.starts_with("https://");
        let usable = Url::parse(value).is_ok_and(|url| (url.scheme() == "http" || secure_page) && url.has_host());
        if !usable {
            return Err(BuildError::Url { setting, value: value.clone() });
        }
    }
    Ok(())
}

fn serve(listener: TcpListener, gateway: web::Data<Gateway>) -> io::Result<Server> {
    let app = move || {
        App::new().app_data(gateway.clone()).configure(api::routes).configure(faults::routes).configure(page::routes)
    };
    let server = HttpServer::new(app).workers(2).disable_signals().shutdown_timeout(STOP_WITHIN).listen(listener)?;
    Ok(server.run())
}
