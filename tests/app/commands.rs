//! The commands as an administrator types them.

use crate::support::processes::wait_for;
use crate::support::{self, database_from};
use diesel::prelude::*;
use marquee::accounts::password;
use marquee::accounts::person::{Role, find_by_email};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn marquee(database_url: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
    command.args(words).env("DATABASE_URL", database_url).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn output(mut command: Command) -> (bool, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.success(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn serve(database_url: &str, more: &[&str]) -> Command {
    let mut command = marquee(database_url, &["serve", "--listen", "127.0.0.1:0"]);
    command
        .args(more)
        .env("MARQUEE_SITE_URL", "https://tickets.example")
        .env("MARQUEE_SESSION_KEY", "5e".repeat(64))
        .env("STRIPE_SECRET_KEY", "sk_test_x")
        .env("STRIPE_WEBHOOK_SECRET", "whsec_x");
    command
}

#[test]
fn a_database_that_is_behind_is_not_served_unless_it_may_be_migrated() {
    let database = database_from("empty", |_| {});
    let (fine, _, error) = output(serve(&database.url(), &[]));
    assert!(!fine && error.contains("migrations are missing") && error.contains("--migrate"), "{error}");

    let mut server = serve(&database.url(), &["--migrate"]).spawn().unwrap();
    let mut line = String::new();
    // Nobody reads on, which must not keep it from stopping.
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().trim_end_matches('.').rsplit(' ').next().unwrap().to_owned();
    let answer = wait_for(Duration::from_secs(5), || {
        let mut stream = TcpStream::connect(&address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        stream.write_all(b"GET /shows/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    });
    kill(Pid::from_raw(server.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
    assert!(server.wait().unwrap().success(), "SIGTERM is a clean end");
    assert!(answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 404")), "{line}");
}

#[test]
fn a_wrong_setting_is_named_at_start_up() {
    let database = support::database();
    let wrong = [
        ("MARQUEE_SESSION_KEY", "abc", "--session-key"),
        ("MARQUEE_SITE_URL", "tickets.example", "--site-url"),
        ("MARQUEE_MAX_SEATS", "0", "--max-seats"),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none", "DATABASE_URL"),
        ("STRIPE_SECRET_KEY", "line\nbreak", "gateway"),
        // An empty secret would let anybody sign a payment.
        ("STRIPE_WEBHOOK_SECRET", "", "--stripe-webhook-secret"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_x,", "--stripe-webhook-secret"),
        ("MARQUEE_CHOOSE_MINUTES", "14", "--ceiling-minutes"),
        ("MARQUEE_LISTEN", "203.0.113.7:80", "MARQUEE_LISTEN"),
    ];
    for (name, value, named) in wrong {
        let mut command = marquee(&database.url(), &["serve"]);
        command
            .env("MARQUEE_LISTEN", "127.0.0.1:0")
            .env("MARQUEE_SITE_URL", "https://tickets.example")
            .env("MARQUEE_SESSION_KEY", "5e".repeat(64))
            .env("STRIPE_SECRET_KEY", "sk_test_x")
            .env("STRIPE_WEBHOOK_SECRET", "whsec_x")
            .env(name, value);
        let (fine, _, error) = output(command);
        assert!(!fine && error.contains(named), "{name}={value}: {error}");
    }
}

#[test]
fn staff_are_added_once_with_a_password_that_is_shown_once_or_given() {
    let database = support::database();
    let words = ["staff", "add", "--email", "Asha@Regal.Example", "--name", "Asha", "--role", "manager"];
    let (fine, shown, error) = output(marquee(&database.url(), &words));
    assert!(fine, "{error}");
    let word = shown.trim().rsplit(' ').next().unwrap().to_owned();
    let conn = &mut database.connect();
    let asha = find_by_email(conn, "asha@regal.example").unwrap().unwrap();
    assert_eq!(asha.role, Role::Manager);
    assert!(password::verify(&word, Some(&asha.password_hash)));

    let (fine, _, error) = output(marquee(&database.url(), &words));
    assert!(!fine && error.contains("has an account already"), "{error}");

    let words =
        ["staff", "add", "--email", "ravi@regal.example", "--name", "Ravi", "--role", "usher", "--password-stdin"];
    let given = |word: &str| {
        let mut process = marquee(&database.url(), &words).stdin(Stdio::piped()).spawn().unwrap();
        writeln!(process.stdin.take().unwrap(), "{word}").unwrap();
        process.wait_with_output().unwrap()
    };
    let short = given("short");
    assert!(!short.status.success());
    assert!(String::from_utf8_lossy(&short.stderr).contains("at least 12"));
    let long = given("a long enough one");
    assert!(long.status.success());
    assert!(!String::from_utf8_lossy(&long.stdout).contains("a long enough one"));
    let ravi = find_by_email(conn, "ravi@regal.example").unwrap().unwrap();
    assert!(password::verify("a long enough one", Some(&ravi.password_hash)));

    let (fine, _, error) =
        output(marquee(&database.url(), &["staff", "add", "--email", "nowhere", "--name", "N", "--role", "king"]));
    assert!(!fine && error.contains("--email"), "{error}");
    let people: i64 = marquee::schema::people::table.count().get_result(conn).unwrap();
    assert_eq!(people, 2);
}
