//! `marquee serve`: the application on a database and a payment gateway that are somebody else's to run.

use crate::db::{Database, NotReady};
use crate::settings::Settings;
use crate::web::app::Application;
use crate::workers::{self, Worker};
use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use tokio::signal::unix::{SignalKind, signal};

/// Serve the application until Ctrl-C or SIGTERM.
///
/// Every setting can be given as a flag or in the environment. Requests under way are finished before it stops.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, env = "MARQUEE_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,

    /// Threads that answer requests [default: one for each processor]
    #[arg(long, env = "MARQUEE_WORKERS", value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: Option<u16>,

    /// Background work to leave off, with commas between; another process may do it
    #[arg(long, env = "MARQUEE_WITHOUT_WORKERS", value_delimiter = ',', value_name = "WORKER")]
    without_workers: Vec<Worker>,

    /// Bring the database up to date first; without it, a database that is behind is not served
    #[arg(long)]
    migrate: bool,

    #[command(flatten)]
    settings: Settings,
}

/// # Errors
/// At start-up, with the name of the setting that cannot be used.
pub async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let settings = options.settings;
    let (url, migrate) = (settings.database_url.clone(), options.migrate);
    actix_web::web::block(move || prepare(&Database::new(&url, 1), migrate)).await??;
    let listener = TcpListener::bind(options.listen)
        .map_err(|error| format!("cannot listen on {} (--listen, MARQUEE_LISTEN): {error}", options.listen))?;
    let application = Application::build(&settings, listener, threads(options.workers))?;
    println!("Marquee is open at {}, listening on {}.", settings.site_url, application.address());
    let state = application.state();
    let _running = workers::start(&workers::all_but(&options.without_workers), &state.db, &state.gateway);
    let server = application.into_server();
    let handle = server.handle();
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        // Into the log: standard output may be closed by now, and then printing would end this before the server.
        tracing::info!("stopping");
        handle.stop(true).await;
    });
    Ok(server.await?)
}

fn prepare(database: &Database, migrate: bool) -> Result<(), String> {
    if migrate {
        database.migrate().map_err(|failure| format!("--database-url (DATABASE_URL): {failure}"))?;
    }
    database.readiness().map_err(|why| match why {
        NotReady::Pending { .. } => format!("{why}, or serve with --migrate"),
        why => format!("--database-url (DATABASE_URL): {why}"),
    })
}

fn threads(wanted: Option<u16>) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, NonZero::get);
    wanted.map_or_else(processors, usize::from)
}
