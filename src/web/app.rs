//! The application, built the same way by `marquee serve`, the demo and the tests.

use super::{routes, security, session};
use crate::db::Database;
use crate::payment::gateway::{Gateway, GatewayError};
use crate::sale::SalePolicy;
use crate::seating::hall::Halls;
use crate::settings::Settings;
use crate::ticketing::ticket::TicketSigner;
use actix_web::dev::Server;
use actix_web::middleware::{NormalizePath, TrailingSlash};
use actix_web::{App, HttpServer, web};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::Semaphore;
use tracing_actix_web::TracingLogger;
use url::Url;

/// Seconds that requests under way are given when the application stops.
const DRAIN_LIMIT: u64 = 10;
/// Bytes of a form, at most; the largest of ours has a dozen short fields.
const FORM_LIMIT: usize = 16 * 1024;

/// What handlers share.
pub struct State {
    pub db: Database,
    pub gateway: Gateway,
    pub policy: SalePolicy,
    pub halls: Arc<Halls>,
    pub tickets: TicketSigner,
    pub links: session::LinkSigner,
    pub site_url: Url,
    pub sign_in: security::SignInThrottle,
    /// One audit at a time: each reads everything.
    pub audit_turn: Arc<Semaphore>,
}

#[derive(Debug, Error)]
pub enum BuildError {
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error(
        "--refund-late-minutes (MARQUEE_REFUND_LATE_MINUTES) must be less than --refund-early-minutes, and \
         --refund-late-percent (MARQUEE_REFUND_LATE_PERCENT) no more than --refund-early-percent"
    )]
    Refunds,
    #[error(
        "--ceiling-minutes (MARQUEE_CEILING_MINUTES) must be at least --choose-minutes and --grace-minutes together"
    )]
    Deadlines,
    #[error("cannot serve: {0}")]
    Io(#[from] io::Error),
}

/// A server that is bound and ready to run.
pub struct Application {
    address: SocketAddr,
    server: Server,
    state: web::Data<State>,
}

impl Application {
    /// Prepares to serve on a bound listener. Needs no database yet: pages answer 503 until there is one.
    ///
    /// # Errors
    /// When a setting cannot be used.
    pub fn build(settings: &Settings, listener: TcpListener, workers: usize) -> Result<Self, BuildError> {
        let address = listener.local_addr()?;
        let policy = settings.sale.policy();
        if !policy.deadlines.is_consistent() {
            return Err(BuildError::Deadlines);
        }
        if !policy.refunds.is_consistent() {
            return Err(BuildError::Refunds);
        }
        let key = settings.session_key.bytes();
        let state = web::Data::new(State {
            db: Database::new(&settings.database_url, settings.database_connections),
            gateway: settings.gateway.client(settings.stripe_webhook_secret.clone())?,
            policy,
            halls: Arc::default(),
            tickets: TicketSigner::new(key),
            links: session::LinkSigner::new(key),
            site_url: settings.site_url.clone(),
            sign_in: security::SignInThrottle::default(),
            audit_turn: Arc::new(Semaphore::new(1)),
        });
        let (cookie_key, secure) = (session::cookie_key(key), settings.site_url.scheme() == "https");
        let headers = security::Headers::new(&settings.stripe_checkout_url, secure);
        let shared = state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(web::PayloadConfig::new(FORM_LIMIT))
                .wrap(session::cookie(&cookie_key, secure))
                .wrap(headers.middleware())
                .wrap(NormalizePath::new(TrailingSlash::Trim))
                .wrap(TracingLogger::default())
                .configure(routes::configure)
        })
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(DRAIN_LIMIT)
        .listen(listener)?
        .run();
        Ok(Self { address, server, state })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn state(&self) -> web::Data<State> {
        self.state.clone()
    }

    /// The server: await it to serve; it takes no signals of its own.
    pub fn into_server(self) -> Server {
        self.server
    }
}
