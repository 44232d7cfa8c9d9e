//! The application is started while PostgreSQL is away: it says so and ends, so that its keeper starts it again.

use crate::support::Browser;
use crate::support::site::{Outage, Postgres, application, free_port, serve};
use marquee::db::Database;
use reqwest::StatusCode;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[actix_web::test]
async fn started_while_postgres_is_away_it_names_the_reason_and_ends_and_serves_when_started_again() {
    let mut postgres = Postgres::start();
    Database::new(postgres.url(), 1).migrate().unwrap();
    let (port, gateway) = (free_port(), free_port());
    for outage in [Outage::Stopped, Outage::Silent] {
        postgres.go_away(outage);
        let started = Instant::now();
        let ended = serve(postgres.url(), port, gateway).stderr(Stdio::piped()).output().unwrap();
        let (took, said) = (started.elapsed(), String::from_utf8(ended.stderr).unwrap());
        assert!(!ended.status.success(), "{outage:?}");
        assert!(said.contains("DATABASE_URL") && said.contains("the database is away"), "{outage:?}: {said}");
        assert!(!said.contains(postgres.url()), "an address with its password: {said}");
        assert!(took < Duration::from_secs(4), "{outage:?}: {took:?}");
        postgres.come_back();
    }
    let app = application(postgres.url(), port, gateway);
    assert_eq!(Browser::new(&app.url()).get("/").await.status, StatusCode::OK);
}
