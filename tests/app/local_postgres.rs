//! The private server keeps its promises: data survive, kill -9 heals, a folder has one owner.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use marquee::local_postgres::{LocalPostgres, LocalPostgresError};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A temporary data folder that the server's user can reach, removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = nix::unistd::mkdtemp(&std::env::temp_dir().join("marquee-test-XXXXXX")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o711)).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join("postgres").join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(server: &LocalPostgres, statements: &str) {
    PgConnection::establish(&server.url("notes")).unwrap().batch_execute(statements).unwrap();
}

#[test]
fn data_survive_a_stop_a_killed_postmaster_and_a_second_start() {
    let folder = Folder::new();
    let mut server = LocalPostgres::start(&folder.0).unwrap();
    server.ensure_database("notes").unwrap();
    server.ensure_database("notes").unwrap();
    run(&server, "CREATE TABLE notes (note text); INSERT INTO notes VALUES ('before the stop')");
    let address = server.url("notes");
    server.stop().unwrap();
    assert!(PgConnection::establish(&address).is_err(), "a stopped server answers nobody");

    server = LocalPostgres::start(&folder.0).unwrap();
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
    let first = LocalPostgres::start(&folder.0).unwrap();
    let process = first.process_id();
    drop(first); // as kill -9 of the owner would: the lock goes, the server stays
    let second = LocalPostgres::start(&folder.0).unwrap();
    assert_eq!(second.process_id(), process);
    second.stop().unwrap();
}

#[test]
fn a_folder_has_one_owner_at_a_time() {
    let folder = Folder::new();
    let server = LocalPostgres::start(&folder.0).unwrap();
    let second = LocalPostgres::start(&folder.0);
    assert!(
        matches!(&second, Err(LocalPostgresError::InUse { owner, .. }) if *owner == std::process::id().to_string())
    );
    server.stop().unwrap();
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let folder = Folder::new();
    fs::write(folder.0.join("letter.txt"), "Dear").unwrap();
    assert!(matches!(LocalPostgres::start(&folder.0), Err(LocalPostgresError::ForeignFolder { .. })));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
}

#[test]
fn the_password_is_in_its_own_file_and_nowhere_else() {
    let folder = Folder::new();
    let server = LocalPostgres::start(&folder.0).unwrap();
    let password = fs::read_to_string(folder.file("password")).unwrap();
    assert!(server.url("notes").contains(password.trim()));
    assert!(!format!("{server:?}").contains(password.trim()));
    assert!(!fs::read_to_string(folder.file("log")).unwrap().contains(password.trim()));
    assert_eq!(fs::metadata(folder.file("password")).unwrap().permissions().mode() & 0o777, 0o600);
    let guessed = server.url("notes").replace(password.trim(), "guessed");
    assert!(PgConnection::establish(&guessed).is_err());
    server.stop().unwrap();
}

/// The process whose death takes the server along is this test's own child: this binary, told to hold one.
#[test]
fn a_throw_away_server_dies_with_its_process() {
    let marker = Folder::new();
    let held = marker.0.join("held");
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "local_postgres::hold_a_throw_away_server", "--ignored"])
        .env("MARQUEE_TEST_HELD", &held)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let process = wait_for(Duration::from_secs(30), || fs::read_to_string(&held).ok()?.parse().ok());
    let process = Pid::from_raw(process.expect("the holder starts its server"));
    holder.kill().unwrap(); // SIGKILL
    holder.wait().unwrap();
    let gone = wait_for(Duration::from_secs(10), || (!is_postmaster(process)).then_some(()));
    assert!(gone.is_some(), "the server outlived its process");
}

/// Not a test of its own: the other process of the one above.
#[test]
#[ignore = "holds a server until it is killed; another test starts it"]
fn hold_a_throw_away_server() {
    let Ok(held) = std::env::var("MARQUEE_TEST_HELD") else { return };
    let server = LocalPostgres::throw_away().unwrap();
    let unfinished = format!("{held}.new");
    fs::write(&unfinished, server.process_id().unwrap().to_string()).unwrap();
    fs::rename(unfinished, held).unwrap();
    std::thread::sleep(Duration::from_secs(60));
}

fn kill_postmaster(server: &LocalPostgres) {
    let process = Pid::from_raw(server.process_id().unwrap());
    kill(process, Signal::SIGKILL).unwrap();
    let died = wait_for(Duration::from_secs(5), || (!is_postmaster(process)).then_some(()));
    assert!(died.is_some());
}

fn is_postmaster(process: Pid) -> bool {
    let command_line = Path::new("/proc").join(process.to_string()).join("cmdline");
    fs::read(command_line).is_ok_and(|arguments| !arguments.is_empty())
}

fn wait_for<T>(limit: Duration, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        if let Some(answer) = ready() {
            return Some(answer);
        }
        if began.elapsed() > limit {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
