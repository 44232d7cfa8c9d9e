//! The application as the demo opens it: migrated, seeded, served.

use super::address::reachable;
use super::filling::Filling;
use super::{Gateway, Secrets};
use crate::accounts::password;
use crate::accounts::person::{self, NewPerson, Role};
use crate::clock;
use crate::db::{Database, Failure};
use crate::demo::seed::seed;
use crate::settings::Settings;
use crate::web::app;
use crate::workers::{self, Running};
use actix_web::dev::Server;
use clap::Parser;
use std::error::Error;
use std::net::TcpListener;

const STAFF_EMAIL: &str = "owner@marquee.example";
const STAFF_NAME: &str = "Asha Rao";
/// Threads that answer requests: enough for the people at one demonstration.
const THREADS: usize = 2;

/// The application, ready to be awaited.
pub struct Application {
    /// Takes no signals: the demo decides the order in which things stop.
    pub server: Server,
    /// They stop when this is dropped.
    pub workers: Running,
    pub staff_sign_in: StaffSignIn,
    pub filling: Filling,
}

/// Where and as whom the first member of staff signs in; the password is [`Secrets::staff_password`].
pub struct StaffSignIn {
    pub path: &'static str,
    pub email: &'static str,
}

/// Migrates the database, seeds what it lacks, and serves on the listener while the houses fill.
///
/// Every step is safe to repeat, since the demo may have been killed in the middle of any.
pub async fn application(
    database_url: &str,
    gateway: &Gateway,
    secrets: &Secrets,
    listener: TcpListener,
) -> Result<Application, Box<dyn Error>> {
    let site = format!("http://{}", reachable(listener.local_addr()?));
    let settings = settings(&site, database_url, gateway, secrets)?;
    let database = Database::new(database_url, 2);
    prepare(database.clone(), secrets.staff_password.clone()).await?;
    let application = app::Application::build(&settings, listener, THREADS)?;
    let state = application.state();
    let workers = workers::start(&workers::all_but(&[]), &state.db, &state.gateway);
    let server = application.into_server();
    let staff_sign_in = StaffSignIn { path: "/admin", email: STAFF_EMAIL };
    Ok(Application { server, workers, staff_sign_in, filling: Filling::start(database) })
}

/// The flags of `marquee serve`: what the demo does not say follows the environment, as it would there.
#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    settings: Settings,
}

fn settings(site: &str, database_url: &str, gateway: &Gateway, secrets: &Secrets) -> Result<Settings, clap::Error> {
    let gateway = gateway.url();
    let flags = [
        ("--site-url", site),
        ("--database-url", database_url),
        ("--session-key", &secrets.session_key),
        ("--stripe-api-url", &gateway),
        ("--stripe-checkout-url", &gateway),
        ("--stripe-secret-key", &secrets.gateway_secret_key),
        ("--stripe-webhook-secret", &secrets.webhook_secret),
    ];
    let words = flags.iter().flat_map(|(flag, value)| [*flag, *value]);
    Ok(Flags::try_parse_from(std::iter::once("marquee").chain(words))?.settings)
}

/// On a thread of its own, which nothing waits for when the demo is stopped in the middle.
async fn prepare(database: Database, staff_password: String) -> Result<(), Box<dyn Error>> {
    let (done, outcome) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = done.send(migrate_and_seed(&database, &staff_password).map_err(|error| error.to_string()));
    });
    Ok(outcome.await??)
}

fn migrate_and_seed(database: &Database, staff_password: &str) -> Result<(), Box<dyn Error>> {
    database.migrate()?;
    database.readiness()?;
    ensure_owner(database, staff_password)?;
    let seeded = seed(database)?;
    if seeded.shows > 0 {
        println!("{} shows of the coming days were added.", seeded.shows);
    }
    Ok(())
}

/// The first member of staff, with the password that the welcome prints.
fn ensure_owner(database: &Database, staff_password: &str) -> Result<(), Box<dyn Error>> {
    let password_hash = password::hash(staff_password)?;
    let new = NewPerson { email: STAFF_EMAIL, name: STAFF_NAME, role: Role::Owner, password_hash: &password_hash };
    database.run_here(|conn| {
        let now = clock::now(conn)?;
        if !person::add(conn, &new, now)? {
            person::set_password(conn, STAFF_EMAIL, &password_hash)?;
        }
        Ok::<_, Failure>(())
    })?;
    Ok(())
}
