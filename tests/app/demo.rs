//! `marquee demo` as a person meets it: one command, and the same command again after any accident.

use crate::support::processes::{Folder, is_running, wait_for, wait_until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What the demo promises after kill -9 of any of its parts.
const SERVING_AGAIN: Duration = Duration::from_secs(10);
/// For what has no promise: the first start, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running demo; killed, with its server, when the test ends.
struct Demo<'a> {
    folder: &'a Folder,
    address: SocketAddr,
    process: Child,
    lines: Receiver<String>,
}

impl<'a> Demo<'a> {
    fn start(folder: &'a Folder, address: SocketAddr) -> Self {
        Self::start_with(folder, address, &[])
    }

    /// Returns when the demo says that it is open.
    fn start_with(folder: &'a Folder, address: SocketAddr, more: &[&str]) -> Self {
        let mut process = command(folder, more).args(["--listen", &address.to_string()]).spawn().unwrap();
        let lines = lines(process.stdout.take().unwrap());
        let mut demo = Self { folder, address, process, lines };
        demo.read_until("Ctrl-C");
        demo
    }

    /// Returns when it prints a line with these words.
    fn read_until(&mut self, words: &str) {
        let mut text = String::new();
        while !text.contains(words) {
            text += &self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("it never said `{words}`: {text}"));
        }
    }

    fn is_serving(&self) -> bool {
        get(self.address).is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    fn send(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.id().try_into().unwrap()), signal).unwrap();
    }

    fn postmaster(&self) -> Pid {
        postmaster(self.folder.path()).unwrap()
    }
}

impl Drop for Demo<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(process) = postmaster(self.folder.path()) {
            let _ = kill(process, Signal::SIGQUIT);
            wait_until(PATIENCE, || !is_running(process));
        }
    }
}

/// Reads without a pause, so that a demo that says much is never blocked.
fn lines(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.for_each(|line| drop(sender.send(line)));
    });
    receiver
}

fn command(folder: &Folder, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marquee"));
    command.arg("demo").args(more).env("MARQUEE_DATA", folder.path()).stdout(Stdio::piped());
    for setting in ["DATABASE_URL", "MARQUEE_LISTEN", "MARQUEE_GATEWAY_DATABASE_URL"] {
        command.env_remove(setting);
    }
    command
}

/// Runs a demo that is expected to refuse.
fn refusal(folder: &Folder, arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = command(folder, arguments).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(status.code(), Some(1));
    String::from_utf8(stderr).unwrap()
}

fn get(address: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn postmaster(folder: &Path) -> Option<Pid> {
    let text = fs::read_to_string(folder.join("postgres/data/postmaster.pid")).ok()?;
    Some(Pid::from_raw(text.lines().next()?.parse().ok()?)).filter(|process| is_running(*process))
}

/// The living children of a process; the system lists them by the thread that started them.
fn children(parent: u32) -> Vec<Pid> {
    let threads = fs::read_dir(format!("/proc/{parent}/task")).unwrap().flatten();
    let lists = threads.map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    let children: String = lists.collect();
    let processes = children.split_whitespace().map(|child| Pid::from_raw(child.parse().unwrap()));
    processes.filter(|process| is_running(*process)).collect()
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn it_serves_again_within_ten_seconds_after_kill_9_of_the_application() {
    let folder = Folder::new();
    let address = free_address();
    let mut demo = Demo::start(&folder, address);
    let (server, children) = (demo.postmaster(), children(demo.process.id()));
    let gateway = *children.iter().find(|child| **child != server).unwrap();
    demo.send(Signal::SIGKILL);
    demo.process.wait().unwrap();
    let killed = Instant::now();
    let again = Demo::start(&folder, address);
    assert!(again.is_serving());
    assert!(killed.elapsed() < SERVING_AGAIN, "it took {:?}", killed.elapsed());
    assert_eq!(again.postmaster(), server, "the server that was left behind is adopted");
    assert!(wait_until(SERVING_AGAIN, || !is_running(gateway)), "the gateway ends with the application");
}

#[test]
fn it_starts_postgresql_and_the_gateway_again_when_they_are_killed() {
    let folder = Folder::new();
    let mut demo = Demo::start(&folder, free_address());
    let first = demo.postmaster();
    let parts = children(demo.process.id());
    assert_eq!(parts.len(), 2, "PostgreSQL and the gateway");
    std::thread::sleep(Duration::from_millis(1100)); // a gateway that dies in its first second gets a pause
    let killed = Instant::now();
    for part in parts {
        kill(part, Signal::SIGKILL).unwrap();
    }
    let second = wait_for(SERVING_AGAIN, || postmaster(folder.path()).filter(|process| *process != first));
    assert!(second.is_some(), "PostgreSQL stays dead");
    demo.read_until("PostgreSQL had died and runs again");
    assert!(killed.elapsed() < SERVING_AGAIN, "it took {:?}", killed.elapsed());
    assert!(wait_until(SERVING_AGAIN, || children(demo.process.id()).len() == 2), "the gateway stays dead");
    assert!(demo.is_serving());
}

#[test]
fn ctrl_c_stops_all_of_it_and_the_next_run_keeps_the_data() {
    let folder = Folder::new();
    let mut demo = Demo::start(&folder, free_address());
    let parts = children(demo.process.id());
    let secrets = fs::read_to_string(folder.path().join("secrets.toml")).unwrap();
    demo.send(Signal::SIGINT);
    assert!(demo.process.wait().unwrap().success());
    assert!(parts.into_iter().all(|part| !is_running(part)), "a part stays behind");
    assert!(!folder.path().join("postgres/data/postmaster.pid").exists(), "PostgreSQL was stopped cleanly");

    let mut again = Demo::start(&folder, free_address());
    assert_eq!(fs::read_to_string(folder.path().join("secrets.toml")).unwrap(), secrets);
    again.send(Signal::SIGTERM);
    assert!(again.process.wait().unwrap().success());
}

#[test]
fn fresh_erases_what_is_ours_and_nothing_else() {
    let folder = Folder::new();
    let mut demo = Demo::start(&folder, free_address());
    demo.send(Signal::SIGKILL); // its server lives on, and must not survive the erasure
    demo.process.wait().unwrap();
    let (server, secrets) = (demo.postmaster(), fs::read_to_string(folder.path().join("secrets.toml")).unwrap());
    fs::write(folder.path().join("letter.txt"), "Dear").unwrap();

    let _fresh = Demo::start_with(&folder, free_address(), &["--fresh"]);
    assert!(!is_running(server));
    assert_ne!(fs::read_to_string(folder.path().join("secrets.toml")).unwrap(), secrets);
    assert!(folder.path().join("letter.txt").exists());
}

#[test]
fn a_second_demo_on_the_same_data_and_a_taken_port_are_refused_by_name() {
    let folder = Folder::new();
    let demo = Demo::start(&folder, free_address());
    let second = refusal(&folder, &["--listen", &free_address().to_string()]);
    assert!(second.contains(&format!("process {}", demo.process.id())), "{second}");
    let taken = refusal(&folder, &["--listen", &demo.address.to_string()]);
    assert!(taken.contains(&demo.address.to_string()) && taken.contains("--listen"), "{taken}");
    assert!(demo.is_serving());
}

#[test]
fn secrets_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let demo = Demo::start(&folder, free_address());
    let mode = |name: &str| fs::metadata(demo.folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("secrets.toml"), mode("postgres"), mode("postgres/password")), (0o600, 0o700, 0o600));
}
