//! One file per subcommand.

pub mod mock_gateway;

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
    MockGateway(mock_gateway::MockGatewayArgs),
}

/// Runs one subcommand to its end.
pub async fn run(cli: Cli) -> Result<(), Box<dyn std::error::Error>> {
    match cli.command {
        Command::MockGateway(args) => mock_gateway::run(args).await,
    }
}
