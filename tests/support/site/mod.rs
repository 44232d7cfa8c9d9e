//! A whole site of real processes: PostgreSQL, application, gateway, and a house with forty seats to sell.

mod postgres;
mod program;

use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, house};
use crate::support::{Browser, TestDatabase, count, database_from};
use diesel::{Connection, PgConnection};
use marquee::db::Database;
pub use postgres::{Outage, Postgres};
pub use program::{CONNECTIONS, Program, WORKERS, application, free_port, gateway, serve};

pub struct Site {
    pub app: Program,
    _gateway: Program,
    /// On another server: when ours is away, the gateway is not.
    pub gateway_database: TestDatabase,
    pub postgres: Postgres,
    pub house: House,
}

impl Site {
    pub fn start() -> Self {
        let postgres = Postgres::start();
        Database::new(postgres.url(), 1).migrate().unwrap();
        let house = house(&mut PgConnection::establish(postgres.url()).unwrap());
        let (app_port, gateway_port) = (free_port(), free_port());
        let gateway_database = database_from("gateway", |_| {});
        let gateway = Program::start(gateway(&gateway_database.url(), gateway_port, app_port), gateway_port);
        let app = application(postgres.url(), app_port, gateway_port);
        Self { app, _gateway: gateway, gateway_database, postgres, house }
    }

    pub fn connect(&self) -> PgConnection {
        PgConnection::establish(self.postgres.url()).unwrap()
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.app.url())
    }

    pub fn count(&self, query: &str) -> i64 {
        count(&mut self.connect(), query)
    }

    pub fn assert_consistent(&self) {
        assert_consistent(&mut self.connect());
    }
}
