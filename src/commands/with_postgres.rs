//! `marquee with-postgres COMMAND..`: one throw-away server for everything that the command runs.

use crate::local_postgres::LocalPostgres;
use std::error::Error;
use std::process::Command;

/// Run a command beside a throw-away PostgreSQL server.
///
/// The command finds the server's address in MARQUEE_TEST_SERVER_URL; its role may create databases. The server and
/// its data vanish when the command ends. The tests use this; so can `psql` or `diesel`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

/// Ends with the command's exit code.
pub fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let (program, arguments) = options.command.split_first().ok_or("no command was given")?;
    let server = LocalPostgres::throw_away()?;
    let command =
        Command::new(program).args(arguments).env("MARQUEE_TEST_SERVER_URL", server.url("postgres")).status();
    server.stop()?;
    let status = command.map_err(|error| format!("cannot run {program}: {error}"))?;
    // A command that was killed has no code; the shell's convention for trouble will do.
    std::process::exit(status.code().unwrap_or(1))
}
