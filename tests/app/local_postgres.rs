//! The private server keeps its promises: data survive, kill -9 heals, a folder has one owner.

use crate::support::processes::{Folder, is_running, wait_until};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use marquee::local_postgres::{LocalPostgres, LocalPostgresError};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn run(server: &LocalPostgres, statements: &str) {
    PgConnection::establish(&server.url("notes")).unwrap().batch_execute(statements).unwrap();
}

#[test]
fn data_survive_a_stop_a_killed_postmaster_and_a_second_start() {
    let folder = Folder::new();
    let mut server = LocalPostgres::start(folder.path()).unwrap();
    server.ensure_database("notes").unwrap();
    server.ensure_database("notes").unwrap();
    run(&server, "CREATE TABLE notes (note text); INSERT INTO notes VALUES ('before the stop')");
    let address = server.url("notes");
    server.stop().unwrap();
    assert!(PgConnection::establish(&address).is_err(), "a stopped server answers nobody");

    server = LocalPostgres::start(folder.path()).unwrap();
    assert_eq!(server.url("notes"), address, "the port stays the same");
    run(&server, "INSERT INTO notes VALUES ('before the kill')");
    kill_postmaster(&server);
    let killed = Instant::now();
    assert!(server.heal().unwrap(), "a killed server is started again");
    assert!(killed.elapsed() < Duration::from_secs(8), "healing took {:?}", killed.elapsed());
    assert!(!server.heal().unwrap(), "a living server is left alone");
    run(&server, "SELECT 1 / (count(*) = 2)::int FROM notes"); // divides by zero unless both notes are there
    server.stop().unwrap();
}

#[test]
fn a_server_that_its_owner_left_behind_is_adopted() {
    let folder = Folder::new();
    let first = LocalPostgres::start(folder.path()).unwrap();
    let process = first.process_id();
    drop(first); // as kill -9 of the owner would: the lock goes, the server stays
    let second = LocalPostgres::start(folder.path()).unwrap();
    assert_eq!(second.process_id(), process);
    second.stop().unwrap();
}

/// After a crash of the whole machine the process id in `postmaster.pid` may belong to anybody.
#[test]
fn a_process_that_got_the_old_postmasters_id_does_not_keep_the_server_down() {
    let folder = Folder::new();
    LocalPostgres::start(folder.path()).unwrap().stop().unwrap();
    let data = folder.path().join("postgres/data");
    let owner = fs::metadata(&data).unwrap().uid(); // PostgreSQL itself passes over other users' processes
    let mut stranger = Command::new("sleep").arg("60").uid(owner).current_dir("/").spawn().unwrap();
    fs::write(data.join("postmaster.pid"), format!("{}\n{}\n0\n5432\n", stranger.id(), data.display())).unwrap();
    let restarted = LocalPostgres::start(folder.path());
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    restarted.unwrap().stop().unwrap();
}

#[test]
fn a_folder_has_one_owner_at_a_time() {
    let folder = Folder::new();
    let server = LocalPostgres::start(folder.path()).unwrap();
    let second = LocalPostgres::start(folder.path());
    assert!(
        matches!(&second, Err(LocalPostgresError::InUse { owner, .. }) if *owner == std::process::id().to_string())
    );
    server.stop().unwrap();
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let folder = Folder::new();
    fs::write(folder.path().join("letter.txt"), "Dear").unwrap();
    assert!(matches!(LocalPostgres::start(folder.path()), Err(LocalPostgresError::ForeignFolder { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_password_is_in_its_own_file_and_nowhere_else() {
    let folder = Folder::new();
    let server = LocalPostgres::start(folder.path()).unwrap();
    let password = fs::read_to_string(folder.path().join("postgres/password")).unwrap();
    assert!(server.url("notes").contains(password.trim()));
    assert!(!format!("{server:?}").contains(password.trim()));
    assert!(!fs::read_to_string(folder.path().join("postgres/log")).unwrap().contains(password.trim()));
    assert_eq!(fs::metadata(folder.path().join("postgres/password")).unwrap().permissions().mode() & 0o777, 0o600);
    let guessed = server.url("notes").replace(password.trim(), "guessed");
    assert!(PgConnection::establish(&guessed).is_err());
    server.stop().unwrap();
}

#[test]
fn a_throw_away_server_vanishes_with_its_killed_process() {
    let temporary = Folder::new();
    let mut holder = Command::new(env!("CARGO_BIN_EXE_marquee"))
        .args(["with-postgres", "sh", "-c", "echo $MARQUEE_TEST_SERVER_URL; read -r _"])
        .env("TMPDIR", temporary.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut url).unwrap();
    PgConnection::establish(url.trim()).unwrap();
    holder.kill().unwrap(); // SIGKILL
    holder.wait().unwrap();
    let is_empty = || fs::read_dir(temporary.path()).unwrap().next().is_none();
    assert!(wait_until(Duration::from_secs(10), is_empty), "the server's folder stays behind");
    assert!(PgConnection::establish(url.trim()).is_err(), "the server outlived its process");
}

fn kill_postmaster(server: &LocalPostgres) {
    let process = Pid::from_raw(server.process_id().unwrap());
    kill(process, Signal::SIGKILL).unwrap();
    assert!(wait_until(Duration::from_secs(5), || !is_running(process)));
}
