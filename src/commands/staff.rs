//! `marquee staff`: who may sign in to the staff pages.

use super::database::DatabaseOptions;
use crate::accounts::password;
use crate::accounts::person::{self, NewPerson, Role};
use crate::clock;
use crate::db::Failure;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::error::Error;

/// Manage the people who may sign in to the staff pages.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Add(AddOptions),
}

/// Add a person.
///
/// A password is generated and printed once, unless one comes on standard input.
#[derive(Debug, clap::Args)]
struct AddOptions {
    /// Address to sign in with
    #[arg(long, value_parser = address)]
    email: String,

    /// As colleagues and the staff log know the person
    #[arg(long, value_parser = name)]
    name: String,

    /// What the person may do
    #[arg(long, value_parser = roles())]
    role: Role,

    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,

    #[command(flatten)]
    database: DatabaseOptions,
}

pub fn run(options: Options) -> Result<(), Box<dyn Error>> {
    match options.command {
        Command::Add(options) => add(options),
    }
}

fn add(options: AddOptions) -> Result<(), Box<dyn Error>> {
    let given = if options.password_stdin { Some(first_line()?) } else { None };
    let word = given.clone().unwrap_or_else(password::generate);
    let password_hash = password::hash(&word)?;
    let (email, name, role) = (options.email.as_str(), options.name.as_str(), options.role);
    let added = options.database.open().run_here(|conn| {
        let now = clock::now(conn)?;
        let new = NewPerson { email, name, role, password_hash: &password_hash };
        Ok::<_, Failure>(person::add(conn, &new, now)?)
    })?;
    if !added {
        return Err(format!("{email} has an account already; nothing was changed").into());
    }
    println!("{name} may sign in as {email} ({role}).");
    if given.is_none() {
        println!("The password, shown only now: {word}");
    }
    Ok(())
}

fn first_line() -> Result<String, String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| format!("the password cannot be read: {error}"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn roles() -> impl TypedValueParser<Value = Role> {
    let names = PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str()));
    names.try_map(|name| Role::parse(&name).ok_or("is no role"))
}

/// Whether mail could go there is for the mail to find out; this catches a slip of the keys.
fn address(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.split_once('@') {
        Some((user, host))
            if !user.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace) && text.len() <= 254 =>
        {
            Ok(text.to_lowercase())
        }
        _ => Err("is no e-mail address".to_owned()),
    }
}

fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("is empty".to_owned()) } else { Ok(text.to_owned()) }
}
