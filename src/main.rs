use clap::Parser;
use marquee::commands::{Cli, run};
use std::process::ExitCode;

#[actix_web::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("marquee: {error}");
            ExitCode::FAILURE
        }
    }
}
