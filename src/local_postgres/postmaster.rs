//! Starts, adopts, heals and stops the server's first process.

use super::LocalPostgresError;
use super::account::Account;
use super::binaries::Binaries;
use super::cluster::{Cluster, Durability, SUPERUSER, program_failed};
use diesel::{Connection, PgConnection};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::RngExt;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Long enough for crash recovery of a busy demo.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long refused starts are repeated. After kill -9 of the postmaster its orphans hold the data for up to 2 s.
const REFUSAL_LIMIT: Duration = Duration::from_secs(10);
const STOP_LIMIT: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);
/// Below the ports that Linux hands to outgoing connections, so that nobody takes ours while the server is down.
const PORTS: std::ops::Range<u16> = 20_000..30_000;
/// A log larger than this, in bytes, is put aside at the next start.
const LOG_LIMIT: u64 = 10_000_000;

/// The server's first process: a child of ours, or one that a killed owner left behind.
pub struct Postmaster {
    cluster: Cluster,
    account: Account,
    password: String,
    port: u16,
    /// The process if we started it ourselves; it must be reaped, or it would look alive for ever.
    child: Option<Child>,
}

/// What `postmaster.pid` says about a process that lives.
struct Running {
    process: Pid,
    port: u16,
    /// Whether it says that it takes connections: not while it starts, recovers or stops.
    ready: bool,
}

impl Postmaster {
    pub fn new(cluster: Cluster, account: Account) -> Result<Self, LocalPostgresError> {
        let password = cluster.password()?;
        Ok(Self { cluster, account, password, port: 0, child: None })
    }

    pub fn url(&self, role: &str, database: &str) -> String {
        url(role, &self.password, self.port, database)
    }

    pub fn password(&self) -> &str {
        &self.password
    }

    pub fn process_id(&self) -> Option<i32> {
        self.running().map(|running| running.process.as_raw())
    }

    pub fn is_alive(&mut self) -> bool {
        !self.child_has_ended() && self.running().is_some()
    }

    /// A connection as the superuser.
    pub fn connect(&self) -> Result<PgConnection, LocalPostgresError> {
        PgConnection::establish(&administration_url(&self.password, self.port))
            .map_err(LocalPostgresError::Connection)
    }

    /// Brings the server up, in whatever state the last owner left it, and returns when it answers.
    ///
    /// A server that is starting, recovering or stopping is waited for; a refused start is repeated.
    pub fn ensure_running(&mut self) -> Result<(), LocalPostgresError> {
        let began = Instant::now();
        let mut starts = 0;
        loop {
            let starting = self.child.is_some() && !self.child_has_ended();
            match self.running() {
                Some(Running { port, ready: true, .. }) if self.answers(port) => {
                    self.port = port;
                    return self.cluster.remember_port(port);
                }
                None if !starting && (starts == 0 || began.elapsed() < REFUSAL_LIMIT) => {
                    self.spawn()?;
                    starts += 1;
                }
                None if !starting => return Err(self.not_started(began)),
                _ if began.elapsed() > START_LIMIT => return Err(self.not_started(began)),
                _ => {}
            }
            sleep(PAUSE);
        }
    }

    /// A fast shutdown: open connections are cut, what was committed is on disk, the next start needs no recovery.
    pub fn stop(&mut self) -> Result<(), LocalPostgresError> {
        let Some(running) = self.running() else { return Ok(()) };
        for (signal, limit) in [(Signal::SIGINT, STOP_LIMIT), (Signal::SIGQUIT, REFUSAL_LIMIT)] {
            let _ = kill(running.process, signal); // it may have ended just now
            let began = Instant::now();
            while began.elapsed() < limit {
                if self.child_has_ended() || self.running().is_none() {
                    return Ok(());
                }
                sleep(PAUSE);
            }
        }
        let (process, seconds) = (running.process.as_raw(), (STOP_LIMIT + REFUSAL_LIMIT).as_secs());
        Err(LocalPostgresError::NotStopped { process, seconds, log: self.cluster.log() })
    }

    fn spawn(&mut self) -> Result<(), LocalPostgresError> {
        remove_misleading_pid_file(&self.cluster.data());
        let log = open_log(&self.cluster.log())?;
        let major = self.cluster.major()?;
        let program = Binaries::of_major(major, &self.cluster.data())?.postgres();
        let mut command = self.account.command(&program, self.cluster.folder());
        command.arg("-D").arg(self.cluster.data()).args(["-p", &self.choose_port().to_string()]);
        for setting in settings(self.cluster.durability, major) {
            command.args(["-c", setting]);
        }
        let errors = log.try_clone().map_err(LocalPostgresError::file("open", self.cluster.log()))?;
        let child = command.stdout(log).stderr(Stdio::from(errors)).spawn();
        self.child = Some(child.map_err(|source| program_failed(&program, source))?);
        Ok(())
    }

    /// The port that it had, since an application that runs still has it in its address; else any free one.
    fn choose_port(&self) -> u16 {
        let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
        let mut candidates = self.cluster.last_port().into_iter().chain(std::iter::repeat_with(random_port));
        candidates.by_ref().take(100).find(is_free).unwrap_or_else(random_port)
    }

    /// The living postmaster of this cluster, if there is one.
    fn running(&self) -> Option<Running> {
        let data = self.cluster.data();
        read_pid_file(&data).filter(|running| is_postmaster_of(running.process, &data))
    }

    fn answers(&self, port: u16) -> bool {
        PgConnection::establish(&administration_url(&self.password, port)).is_ok()
    }

    fn child_has_ended(&mut self) -> bool {
        let ended = self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(Some(_))));
        if ended {
            self.child = None;
        }
        ended
    }

    fn not_started(&self, began: Instant) -> LocalPostgresError {
        LocalPostgresError::NotStarted {
            seconds: began.elapsed().as_secs(),
            log: self.cluster.log(),
            tail: self.cluster.log_tail(),
        }
    }
}

fn url(role: &str, password: &str, port: u16, database: &str) -> String {
    format!("postgres://{role}:{password}@127.0.0.1:{port}/{database}")
}

/// The superuser's. A server that hangs is given up on, so that our own limits can count.
fn administration_url(password: &str, port: u16) -> String {
    format!("{}?connect_timeout=5", url(SUPERUSER, password, port, "postgres"))
}

/// Given at every start rather than written once, so that a folder made by an older Marquee gets them too.
const SETTINGS: [&str; 8] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_line_prefix=%m [%p] %d ",
    "log_checkpoints=off",
    "log_lock_waits=on",
];
/// What survives processes needs no waiting for the disk.
const SETTINGS_WITHOUT_POWER_CUTS: [&str; 2] = ["fsync=off", "full_page_writes=off"];

/// Before it recovers, PostgreSQL puts all its files on disk: one system call for all takes half a second where one
/// call for each took six.
const SETTINGS_OF_LINUX_SINCE_14: [&str; 1] = ["recovery_init_sync_method=syncfs"];

fn settings(durability: Durability, major: u32) -> impl Iterator<Item = &'static str> {
    let mut settings = SETTINGS.to_vec();
    if durability == Durability::ProcessOnly {
        settings.extend(SETTINGS_WITHOUT_POWER_CUTS);
    }
    if cfg!(target_os = "linux") && major >= 14 {
        settings.extend(SETTINGS_OF_LINUX_SINCE_14);
    }
    settings.into_iter()
}

fn random_port() -> u16 {
    rand::rng().random_range(PORTS)
}

fn open_log(path: &Path) -> Result<File, LocalPostgresError> {
    if fs::metadata(path).is_ok_and(|log| log.len() > LOG_LIMIT) {
        fs::rename(path, path.with_extension("old")).map_err(LocalPostgresError::file("rename", path))?;
    }
    let log = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    log.map_err(LocalPostgresError::file("open", path))
}

/// Line 1 is the process id, line 4 the port, line 8 the state; the first moments of a start have fewer lines. The
/// process may be long gone.
fn read_pid_file(data: &Path) -> Option<Running> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let process = Pid::from_raw(lines.first()?.parse().ok()?);
    let port = lines.get(3).and_then(|port| port.parse().ok()).unwrap_or_default();
    Some(Running { process, port, ready: lines.get(7) == Some(&"ready") })
}

/// Whether a process lives and was started on this data. Process ids are used again, and a process that nobody has
/// reaped still has one; only the command line tells.
fn is_postmaster_of(process: Pid, data: &Path) -> bool {
    match command_line(process) {
        Some(arguments) => arguments.split(|byte| *byte == 0).any(|argument| OsStr::from_bytes(argument) == data),
        None => kill(process, None).is_ok(),
    }
}

/// PostgreSQL refuses to start while the process id in `postmaster.pid` is taken, by whomever. After a crash of the
/// machine that can be any process, and then it would refuse for ever. The file goes if its process is certainly not
/// a postmaster; what is left of a real one still holds the shared memory, which PostgreSQL checks as well.
fn remove_misleading_pid_file(data: &Path) {
    let Some(Running { process, .. }) = read_pid_file(data) else { return };
    let Some(arguments) = command_line(process) else { return };
    let program = Path::new(OsStr::from_bytes(arguments.split(|byte| *byte == 0).next().unwrap_or_default()));
    let is_taken = kill(process, None) != Err(Errno::ESRCH);
    if is_taken && program.file_name() != Some(OsStr::new("postgres")) {
        let _ = fs::remove_file(data.join("postmaster.pid")); // if not, PostgreSQL's refusal names the file
    }
}

/// The arguments of a process, each ended by a zero byte; empty for one that has ended and was not reaped; `None`
/// where the system has no such file.
fn command_line(process: Pid) -> Option<Vec<u8>> {
    if !Path::new("/proc/self/cmdline").exists() {
        return None;
    }
    Some(fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default())
}
