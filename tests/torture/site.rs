//! The site that is tortured: its PostgreSQL, application and gateway are real processes, and the application reaches
//! PostgreSQL through the proxy.

use crate::support::gateway_api::GatewayApi;
use crate::support::proxy::Proxy;
use crate::support::shows::{OnSale, on_sale};
use crate::support::site::{Postgres, Program, free_port, gateway, serve};
use crate::support::{TestDatabase, database_from};
use diesel::{Connection, PgConnection};
use marquee::db::Database;
use std::fs::File;

/// Connections of the application to its database.
const CONNECTIONS: &str = "16";

/// The gateway's process, and what its merchant can ask of it.
pub struct MockGateway {
    pub api: GatewayApi,
    _program: Program,
}

pub struct Site {
    pub app: Program,
    pub gateway: MockGateway,
    /// On another server, which nobody strikes: the gateway is somebody else's to run.
    pub gateway_database: TestDatabase,
    pub postgres: Postgres,
    pub proxy: Proxy,
    pub shows: Vec<OnSale>,
}

impl Site {
    pub fn start(shows: u64) -> Self {
        let postgres = Postgres::start();
        Database::new(postgres.url(), 1).migrate().unwrap();
        let shows = on_sale(&mut PgConnection::establish(postgres.url()).unwrap(), shows);
        let proxy = Proxy::start(postgres.url());
        let (app_port, gateway_port) = (free_port(), free_port());
        let gateway_database = database_from("gateway", |_| {});
        let log = |name: &str| File::options().create(true).append(true).open(postgres.folder().join(name)).unwrap();
        let mut gateway = gateway(&gateway_database.url(), gateway_port, app_port);
        gateway.env("RUST_LOG", "warn").stderr(log("gateway.log"));
        let gateway = Program::start(gateway, gateway_port);
        let mut serve = serve(proxy.url(), app_port, gateway_port);
        serve.env("MARQUEE_DATABASE_CONNECTIONS", CONNECTIONS).env("RUST_LOG", "warn");
        serve.stderr(log("application.log"));
        Self {
            app: Program::start(serve, app_port),
            gateway: MockGateway { api: GatewayApi::new(&gateway.url()), _program: gateway },
            gateway_database,
            postgres,
            proxy,
            shows,
        }
    }
}
