//! The mock gateway as a child process: a separate product, reached over HTTP only, as the real one would be.

use super::Secrets;
use super::address::{next_free, reachable};
use crate::payment::inbox::KINDS;
use std::error::Error;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

const START_LIMIT: Duration = Duration::from_secs(20);
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// A gateway that dies at once is not started again at once.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// A running gateway. It reads its standard input, whose other end is ours: however we end, it ends too.
pub struct Gateway {
    address: SocketAddr,
    command: Command,
    child: Child,
    started: Instant,
}

impl Gateway {
    /// Starts it beside the application, on the first free port after it, and returns when it answers.
    pub async fn start(
        application: SocketAddr,
        database_url: &str,
        secrets: &Secrets,
    ) -> Result<Self, Box<dyn Error>> {
        let wanted = SocketAddr::new(application.ip(), application.port().saturating_add(1));
        let address = next_free(wanted)?.local_addr()?;
        let mut command = command(address, application, database_url, secrets)?;
        let child = command.spawn()?;
        let mut gateway = Self { address, command, child, started: Instant::now() };
        gateway.wait_until_it_answers().await?;
        Ok(gateway)
    }

    /// Its base address, where the API and the hosted pages are.
    pub fn url(&self) -> String {
        format!("http://{}", reachable(self.address))
    }

    /// Starts it again, on the same port, if it has died: the addresses of its pages are in payments.
    pub fn heal(&mut self) -> Result<(), Box<dyn Error>> {
        let Some(status) = self.child.try_wait()? else { return Ok(()) };
        if self.started.elapsed() > RESTART_PAUSE {
            println!("The mock gateway had died ({status}) and is started again.");
            self.child = self.command.spawn()?;
            self.started = Instant::now();
        }
        Ok(())
    }

    /// Asks it to end, and insists after a while.
    pub async fn stop(mut self) -> Result<(), Box<dyn Error>> {
        drop(self.child.stdin.take());
        if timeout(STOP_LIMIT, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }

    async fn wait_until_it_answers(&mut self) -> Result<(), Box<dyn Error>> {
        while self.started.elapsed() < START_LIMIT {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the mock gateway ended at once ({status})").into());
            }
            if TcpStream::connect(reachable(self.address)).await.is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err(format!("the mock gateway does not answer on {}", self.address).into())
    }
}

/// Secrets go by the environment: arguments can be read by every user of the machine.
fn command(
    address: SocketAddr,
    application: SocketAddr,
    database_url: &str,
    secrets: &Secrets,
) -> Result<Command, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["mock-gateway", "--stop-when-stdin-closes"])
        .env("MARQUEE_GATEWAY_LISTEN", address.to_string())
        .env("MARQUEE_GATEWAY_PUBLIC_URL", format!("http://{}", reachable(address)))
        .env("MARQUEE_GATEWAY_DATABASE_URL", database_url)
        .env("MARQUEE_GATEWAY_SECRET_KEY", &secrets.gateway_secret_key)
        .env("MARQUEE_GATEWAY_WEBHOOK_URL", format!("http://{}/webhooks/stripe", reachable(application)))
        // No others are sent, so that one which is lost on purpose is one that matters.
        .env("MARQUEE_GATEWAY_WEBHOOK_EVENTS", KINDS.join(","))
        .env("MARQUEE_GATEWAY_WEBHOOK_SECRET", &secrets.webhook_secret)
        .env_remove("DATABASE_URL")
        // The terminal's Ctrl-C is ours to handle: the gateway closes after the application.
        .process_group(0)
        .stdin(Stdio::piped())
        .kill_on_drop(true);
    Ok(command)
}
