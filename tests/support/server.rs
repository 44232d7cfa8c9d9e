//! The server that the tests of this process share.

use marquee::db::keep_openssl_until_exit;
use marquee::local_postgres::LocalPostgres;
use std::env;
use std::sync::OnceLock;
use url::Url;

/// A PostgreSQL server whose role may create databases.
pub struct Server {
    url: Url,
    /// Ends with this process, by whatever death.
    _throw_away: Option<LocalPostgres>,
}

impl Server {
    /// The address of one database on this server.
    pub fn url(&self, database: &str) -> String {
        let mut url = self.url.clone();
        url.set_path(database);
        url.into()
    }

    /// The address of a database that is always there, for statements that create and drop others.
    pub fn maintenance_url(&self) -> String {
        self.url.to_string()
    }
}

/// The server at `MARQUEE_TEST_SERVER_URL` (which `bin/test` sets, so that one server does for all suites), else a
/// throw-away one for this process.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        keep_openssl_until_exit();
        match env::var("MARQUEE_TEST_SERVER_URL") {
            Ok(url) => Server { url: parse(&url), _throw_away: None },
            Err(_) => {
                let server = LocalPostgres::throw_away().unwrap_or_else(|error| panic!("{error}"));
                Server { url: parse(&server.url("postgres")), _throw_away: Some(server) }
            }
        }
    })
}

fn parse(url: &str) -> Url {
    Url::parse(url).expect("MARQUEE_TEST_SERVER_URL is a postgres:// address")
}
