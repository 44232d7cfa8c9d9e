//! The files of one server, below the data folder:
//!
//! ```text
//! postgres/            the server user's alone (0700)
//!   data/              PostgreSQL's own
//!   password           generated, 0600
//!   port               the port it last had, so that it gets the same one again
//!   log                what the server says
//! ```

use super::LocalPostgresError;
use super::account::Account;
use super::binaries::Binaries;
use rand::RngExt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The role that `initdb` makes; only this module uses it.
pub const SUPERUSER: &str = "postgres";

/// How the folders of unfinished clusters begin.
const UNBORN: &str = "data.new-";

/// What a server's data survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Power cuts.
    Full,
    /// The death of any process, but no power cut.
    ProcessOnly,
}

pub struct Cluster {
    folder: PathBuf,
    pub durability: Durability,
}

impl Cluster {
    /// Where the cluster of a data folder is, or will be.
    pub fn in_folder(data_folder: &Path, durability: Durability) -> Self {
        Self { folder: data_folder.join("postgres"), durability }
    }

    /// The cluster in a data folder, created on first use. A creation that was interrupted is begun again.
    pub fn open_or_create(
        data_folder: &Path,
        account: &Account,
        durability: Durability,
    ) -> Result<Self, LocalPostgresError> {
        let cluster = Self::in_folder(data_folder, durability);
        if !cluster.data().exists() {
            cluster.create(account)?;
        }
        account.check_reach(&cluster.folder)?;
        Ok(cluster)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The major version of PostgreSQL that wrote the data.
    pub fn major(&self) -> Result<u32, LocalPostgresError> {
        let path = self.data().join("PG_VERSION");
        let read = fs::read_to_string(&path).and_then(|text| text.trim().parse().map_err(io::Error::other));
        read.map_err(LocalPostgresError::file("read", path))
    }

    pub fn password(&self) -> Result<String, LocalPostgresError> {
        let path = self.password_file();
        Ok(fs::read_to_string(&path).map_err(LocalPostgresError::file("read", path))?.trim().to_owned())
    }

    pub fn last_port(&self) -> Option<u16> {
        fs::read_to_string(self.port_file()).ok()?.trim().parse().ok()
    }

    pub fn remember_port(&self, port: u16) -> Result<(), LocalPostgresError> {
        fs::write(self.port_file(), port.to_string()).map_err(LocalPostgresError::file("write", self.port_file()))
    }

    /// The last lines of the server's log, for an error message.
    pub fn log_tail(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }

    fn password_file(&self) -> PathBuf {
        self.folder.join("password")
    }

    fn port_file(&self) -> PathBuf {
        self.folder.join("port")
    }

    fn create(&self, account: &Account) -> Result<(), LocalPostgresError> {
        let binaries = Binaries::newest()?;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        made.map_err(LocalPostgresError::file("create", &self.folder))?;
        account.own(&self.folder)?;
        account.check_reach(&self.folder)?;
        self.write_password(account)?;
        // Born under another name, so that data/ is always whole; and under one of ours, since the initdb of a killed
        // owner may still be writing to its own.
        self.clear_interrupted_births();
        let unborn = self.folder.join(format!("{UNBORN}{}", std::process::id()));
        self.initdb(&binaries, &unborn, account)?;
        fs::rename(&unborn, self.data()).map_err(LocalPostgresError::file("rename", unborn))
    }

    /// What cannot be removed only takes space.
    fn clear_interrupted_births(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNBORN) {
                let _ = remove_folder(&entry.path());
            }
        }
    }

    fn write_password(&self, account: &Account) -> Result<(), LocalPostgresError> {
        let path = self.password_file();
        let password = hex::encode(rand::rng().random::<[u8; 24]>());
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        let written = file.and_then(|mut file| writeln!(file, "{password}"));
        written.map_err(LocalPostgresError::file("write", &path))?;
        account.own(&path)
    }

    fn initdb(&self, binaries: &Binaries, data: &Path, account: &Account) -> Result<(), LocalPostgresError> {
        let program = binaries.initdb();
        let mut command = account.command(&program, &self.folder);
        command.arg("--pgdata").arg(data).arg("--pwfile").arg(self.password_file()).args([
            "--username",
            SUPERUSER,
            "--auth=scram-sha-256",
            "--data-checksums",
            "--encoding=UTF8",
            locale(),
            // Diesel hides some SQLSTATEs, so errors are told apart by their English text.
            "--lc-messages=C",
        ]);
        if self.durability == Durability::ProcessOnly {
            command.arg("--no-sync");
        }
        let output = command.output().map_err(|source| program_failed(&program, source))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        Err(LocalPostgresError::NotCreated { output: String::from_utf8_lossy(&said).trim().to_owned() })
    }
}

/// Sorts and folds the same on every machine. Only Linux has the C locale with UTF-8 everywhere.
fn locale() -> &'static str {
    if cfg!(target_os = "linux") { "--locale=C.UTF-8" } else { "--locale=en_US.UTF-8" }
}

pub fn program_failed(program: &Path, source: io::Error) -> LocalPostgresError {
    LocalPostgresError::Program { program: program.display().to_string(), source }
}

pub fn remove_folder(path: &Path) -> Result<(), LocalPostgresError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(LocalPostgresError::file("remove", path)(error)),
        _ => Ok(()),
    }
}
