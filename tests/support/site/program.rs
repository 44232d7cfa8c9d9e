//! The programs of a site, each a real process on a port that it keeps when it is started again.

use crate::support::WEBHOOK_SECRET;
use crate::support::gateway_api::GATEWAY_KEY;
use crate::support::processes::wait_until;
use marquee::payment::inbox::KINDS;
use nix::unistd::Pid;
use rand::RngExt;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Connections of the application to its database.
pub const CONNECTIONS: usize = 6;

/// Threads of the application that answer requests.
pub const WORKERS: usize = 2;

/// Killed when it is dropped.
pub struct Program {
    command: Command,
    child: Child,
    pub port: u16,
}

impl Program {
    /// Returns when it listens.
    pub fn start(mut command: Command, port: u16) -> Self {
        let child = command.spawn().unwrap();
        let program = Self { command, child, port };
        program.wait_until_it_listens();
        program
    }

    /// A variable of its environment, from its next start on.
    pub fn set(&mut self, variable: &str, value: &str) {
        self.command.env(variable, value);
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// kill -9, and returns when it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// On the same port; returns the moment of the start, and waits for nothing.
    pub fn start_again(&mut self) -> Instant {
        let started = Instant::now();
        self.child = self.command.spawn().unwrap();
        started
    }

    pub fn process(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn threads(&self) -> usize {
        let process = procfs::process::Process::new(self.process().as_raw()).unwrap();
        process.stat().unwrap().num_threads.try_into().unwrap()
    }

    pub fn listens(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    fn wait_until_it_listens(&self) {
        assert!(
            wait_until(Duration::from_secs(20), || self.listens()),
            "{:?} does not start",
            self.command.get_program()
        );
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Below the ports that Linux gives to outgoing connections, so that nobody takes it while its program is down.
pub fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| rand::rng().random_range(30_000..32_000)).find(is_free).unwrap()
}

fn marquee(subcommand: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
    command.arg(subcommand).env("RUST_LOG", "off").stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// `marquee mock-gateway` with the application as its merchant, not started yet.
pub fn gateway(database_url: &str, port: u16, app_port: u16) -> Command {
    let mut command = marquee("mock-gateway");
    command
        .env("MARQUEE_GATEWAY_LISTEN", format!("127.0.0.1:{port}"))
        .env("MARQUEE_GATEWAY_DATABASE_URL", database_url)
        .env("MARQUEE_GATEWAY_SECRET_KEY", GATEWAY_KEY)
        .env("MARQUEE_GATEWAY_WEBHOOK_URL", format!("http://127.0.0.1:{app_port}/webhooks/stripe"))
        .env("MARQUEE_GATEWAY_WEBHOOK_EVENTS", KINDS.join(","))
        .env("MARQUEE_GATEWAY_WEBHOOK_SECRET", WEBHOOK_SECRET);
    command
}

/// `marquee serve`, not started yet.
pub fn serve(database_url: &str, port: u16, gateway_port: u16) -> Command {
    let gateway = format!("http://127.0.0.1:{gateway_port}");
    let mut command = marquee("serve");
    command
        .env("DATABASE_URL", database_url)
        .env("MARQUEE_LISTEN", format!("127.0.0.1:{port}"))
        .env("MARQUEE_SITE_URL", format!("http://127.0.0.1:{port}"))
        .env("MARQUEE_DATABASE_CONNECTIONS", CONNECTIONS.to_string())
        .env("MARQUEE_WORKERS", WORKERS.to_string())
        .env("MARQUEE_SESSION_KEY", "5e".repeat(64))
        .env("STRIPE_API_URL", &gateway)
        .env("STRIPE_CHECKOUT_URL", &gateway)
        .env("STRIPE_SECRET_KEY", GATEWAY_KEY)
        .env("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET);
    command
}

pub fn application(database_url: &str, port: u16, gateway_port: u16) -> Program {
    Program::start(serve(database_url, port, gateway_port), port)
}
