//! `marquee demo`: the whole cinema with one command, and nothing left behind when it stops.
//!
//! PostgreSQL, the mock gateway and the application open in that order, are looked after while they run, and close in
//! the opposite order. Kill any of them, or all, and the same command serves again.

mod address;
mod application;
mod database;
mod filling;
mod gateway;
mod secrets;

pub use gateway::Gateway;
pub use secrets::Secrets;

use crate::local_postgres::DataFolder;
use crate::workers::Running;
use actix_web::dev::ServerHandle;
use actix_web::rt::task::JoinHandle;
use application::{Application, application};
use database::Database;
use filling::Filling;
use futures_util::future::{Either, select};
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How often the parts are looked at. Short, since a dead PostgreSQL also needs up to 2 s before it can start.
const ROUND: Duration = Duration::from_millis(250);

/// Run everything on this machine: PostgreSQL, the mock gateway, and the application with its demonstration data.
///
/// The first run creates a private PostgreSQL server and fills it; later runs keep what happened. Ctrl-C stops all of
/// it.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where the application listens [default: 127.0.0.1:8080, or the next free port]
    #[arg(long, env = "MARQUEE_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,

    /// Start over: erase the demonstration's data and secrets first
    #[arg(long)]
    fresh: bool,

    /// Where the data live [default: /var/lib/marquee for root, else `marquee` in your data folder]
    #[arg(long, env = "MARQUEE_DATA", value_name = "FOLDER")]
    data: Option<PathBuf>,

    /// Use this database instead of a private server; an ordinary role that owns it suffices
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "POSTGRES_URL")]
    database_url: Option<String>,

    /// The mock gateway's own database, beside DATABASE_URL [default: the same name with `_gateway`, created if need be]
    #[arg(long, env = "MARQUEE_GATEWAY_DATABASE_URL", hide_env_values = true, value_name = "POSTGRES_URL")]
    gateway_database_url: Option<String>,
}

/// Serves until Ctrl-C or SIGTERM.
pub async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let listener = address::listen(options.listen)?;
    let data = options.data.clone().map_or_else(DataFolder::default_path, Ok)?;
    let folder = DataFolder::open(&data)?;
    if options.fresh {
        erase(&options, &folder)?;
    }
    let secrets = Secrets::load_or_create(folder.path())?;
    let database = Database::start(folder, options.database_url, options.gateway_database_url).await?;

    let mut house = House { database, gateway: None, application: None, workers: None, filling: None };
    let outcome = {
        let open = pin!(house.open_and_watch(listener, &secrets));
        match select(open, pin!(stop_signal(&mut interrupt, &mut terminate))).await {
            Either::Left((ended, _)) => ended,
            Either::Right(_) => Ok(()),
        }
    };
    println!("Stopping.");
    let closed = house.close().await;
    outcome.and(closed)
}

fn erase(options: &Options, folder: &DataFolder) -> Result<(), Box<dyn Error>> {
    if options.database_url.is_some() {
        return Err("--fresh erases only Marquee's own server, and DATABASE_URL names another. \
                    Drop and create that database yourself, then run without --fresh."
            .into());
    }
    database::erase(folder)?;
    Secrets::erase(folder.path())
}

async fn stop_signal(interrupt: &mut Signal, terminate: &mut Signal) {
    select(pin!(interrupt.recv()), pin!(terminate.recv())).await;
}

/// What is open. Whatever ends the demo, [`House::close`] closes exactly this.
struct House {
    database: Database,
    gateway: Option<Gateway>,
    application: Option<(ServerHandle, JoinHandle<std::io::Result<()>>)>,
    workers: Option<Running>,
    filling: Option<Filling>,
}

impl House {
    async fn open_and_watch(
        &mut self,
        listener: std::net::TcpListener,
        secrets: &Secrets,
    ) -> Result<(), Box<dyn Error>> {
        let address = listener.local_addr()?;
        let gateway = Gateway::start(address, self.database.gateway_url(), secrets).await?;
        let gateway = self.gateway.insert(gateway);
        let opened = application(self.database.url(), gateway, secrets, listener).await?;
        welcome(address, gateway, &opened, secrets);
        self.filling = Some(opened.filling);
        self.workers = Some(opened.workers);
        let handle = opened.server.handle();
        self.application = Some((handle, actix_web::rt::spawn(opened.server)));
        self.watch().await
    }

    /// Starts again what has died. Returns only when the application itself has ended.
    async fn watch(&mut self) -> Result<(), Box<dyn Error>> {
        loop {
            tokio::time::sleep(ROUND).await;
            self.database.heal().await?;
            if let Some(gateway) = &mut self.gateway {
                gateway.heal()?;
            }
            if self.application.as_ref().is_some_and(|(_, server)| server.is_finished()) {
                return Err("the web server ended by itself".into());
            }
        }
    }

    /// The application first, so that what it has begun can finish; the database last.
    async fn close(self) -> Result<(), Box<dyn Error>> {
        drop((self.filling, self.workers));
        if let Some((handle, server)) = self.application {
            handle.stop(true).await;
            server.await??;
        }
        if let Some(gateway) = self.gateway {
            gateway.stop().await?;
        }
        self.database.stop().await
    }
}

fn welcome(address: SocketAddr, gateway: &Gateway, opened: &Application, secrets: &Secrets) {
    let address = address::reachable(address);
    let sign_in = &opened.staff_sign_in;
    println!();
    println!("Marquee is open.");
    println!();
    println!("  Moviegoers   http://{address}");
    println!("  Staff        http://{address}{}", sign_in.path);
    println!("               {}   password {}", sign_in.email, secrets.staff_password);
    println!("  Gateway      {}   (a mock: no real money moves)", gateway.url());
    println!("  Make it fail {}/faults   (lost or late webhooks, wrong amounts, errors)", gateway.url());
    println!();
    println!("Ctrl-C stops everything. The data stay for the next run; `--fresh` starts over.");
}
