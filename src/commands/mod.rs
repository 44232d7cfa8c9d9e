//! One file per subcommand.

pub mod audit;
mod database;
pub mod demo;
pub mod incident;
pub mod migrate;
pub mod mock_gateway;
pub mod reconcile;
pub mod replay;
pub mod seed;
pub mod serve;
pub mod staff;
mod verdict;
pub mod with_postgres;

use clap::{Parser, Subcommand};

/// Cinema seat booking: browse, hold, pay, and staff the desk.
#[derive(Debug, Parser)]
#[command(name = "marquee", version, about, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Audit(audit::Options),
    Demo(demo::Options),
    Incident(incident::Options),
    Migrate(migrate::Options),
    MockGateway(mock_gateway::MockGatewayArgs),
    Reconcile(reconcile::Options),
    Replay(replay::Options),
    Seed(seed::Options),
    Serve(Box<serve::Options>),
    Staff(staff::Options),
    WithPostgres(with_postgres::Options),
}

/// Runs one subcommand to its end.
pub async fn run(cli: Cli) -> Result<(), Box<dyn std::error::Error>> {
    match cli.command {
        Command::Audit(options) => audit::run(&options),
        Command::Demo(options) => demo::run(options).await,
        Command::Incident(options) => incident::run(&options),
        Command::Migrate(options) => migrate::run(options),
        Command::MockGateway(options) => mock_gateway::run(options).await,
        Command::Reconcile(options) => reconcile::run(&options).await,
        Command::Replay(options) => replay::run(&options),
        Command::Seed(options) => seed::run(options),
        Command::Serve(options) => serve::run(*options).await,
        Command::Staff(options) => staff::run(options),
        Command::WithPostgres(options) => with_postgres::run(options),
    }
}
