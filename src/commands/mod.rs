//! One file per subcommand.

pub mod demo;
pub mod mock_gateway;
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
    Demo(demo::Options),
    MockGateway(mock_gateway::MockGatewayArgs),
    WithPostgres(with_postgres::Options),
}

/// Runs one subcommand to its end.
pub async fn run(cli: Cli) -> Result<(), Box<dyn std::error::Error>> {
    match cli.command {
        Command::Demo(options) => demo::run(options).await,
        Command::MockGateway(options) => mock_gateway::run(options).await,
        Command::WithPostgres(options) => with_postgres::run(options),
    }
}
