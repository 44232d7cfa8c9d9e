//! A durable PostgreSQL of the benchmark's own, and the application in front of it as a process of its own.

use crate::processor::Spent;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use marquee::db::Database;
use marquee::local_postgres::LocalPostgres;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const DATABASE: &str = "bench";
/// For application and database on one machine. More connections than that take the processors' caches from each other.
const CONNECTIONS_PER_PROCESSOR: usize = 3;

pub struct Server {
    application: Child,
    pub address: std::net::SocketAddr,
    postgres: Option<LocalPostgres>,
    folder: PathBuf,
}

impl Server {
    pub fn start() -> Self {
        // Not in a home: root's is out of reach of the server's own user.
        let folder = PathBuf::from(format!("/var/tmp/marquee-bench-{}", std::process::id()));
        let postgres = LocalPostgres::start(&folder).unwrap_or_else(|error| panic!("{error}"));
        postgres.ensure_database(DATABASE).unwrap_or_else(|error| panic!("{error}"));
        let url = postgres.url(DATABASE);
        Database::new(&url, 1).migrate().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let application = serve(&url, address);
        let server = Self { application, address, postgres: Some(postgres), folder };
        server.wait_until_it_answers();
        server
    }

    pub fn url(&self) -> String {
        self.postgres.as_ref().unwrap().url(DATABASE)
    }

    pub fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url()).unwrap()
    }

    /// What a server does in quiet times, done now rather than in the middle of the next measurement.
    pub fn settle(&self) {
        self.connect().batch_execute("VACUUM ANALYZE").unwrap();
    }

    pub fn spent(&self) -> Spent {
        let postmaster = self.postgres.as_ref().unwrap().process_id().unwrap();
        Spent::so_far(postmaster, self.application.id() as i32)
    }

    pub fn version(&self) -> String {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            server_version: String,
        }
        let row: Row = diesel::sql_query("SHOW server_version").get_result(&mut self.connect()).unwrap();
        row.server_version
    }

    fn wait_until_it_answers(&self) {
        let started = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            assert!(started.elapsed() < Duration::from_secs(20), "the application does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn serve(database_url: &str, address: std::net::SocketAddr) -> Child {
    let connections = CONNECTIONS_PER_PROCESSOR * std::thread::available_parallelism().unwrap().get();
    Command::new(env!("CARGO_BIN_EXE_marquee"))
        .arg("serve")
        .args(["--database-connections", &connections.to_string()])
        .env("MARQUEE_LISTEN", address.to_string())
        .env("DATABASE_URL", database_url)
        .env("MARQUEE_SITE_URL", format!("http://{address}"))
        .env("MARQUEE_SESSION_KEY", "5e".repeat(64))
        .env("STRIPE_SECRET_KEY", "sk_test_bench")
        .env("STRIPE_WEBHOOK_SECRET", "whsec_bench")
        .env("RUST_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.application.kill();
        let _ = self.application.wait();
        if let Some(postgres) = self.postgres.take() {
            let _ = postgres.stop();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
