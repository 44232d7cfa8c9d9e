//! The private PostgreSQL server: one home for the demo, the tests and torture.
//!
//! It is a real, durable server that nobody else knows of: found among the installed binaries, created by `initdb`,
//! listening on 127.0.0.1 only, on a free port of its own, with a generated password. It outlives a killed owner, and
//! the next owner of its folder adopts it.
//!
//! - `data_folder`: where everything lives, and the lock that gives it one owner at a time
//! - `binaries`: finds the server's programs
//! - `account`: the operating system user that runs them
//! - `cluster`: the files of one server
//! - `postmaster`: starts, adopts, heals and stops it
//! - `throw_away`: a server for tests that vanishes with its process

mod account;
mod binaries;
mod cluster;
mod data_folder;
mod error;
mod postmaster;
mod throw_away;

pub use data_folder::DataFolder;
pub use error::LocalPostgresError;

use account::Account;
use cluster::{Cluster, Durability};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use postmaster::Postmaster;
use std::fmt;
use std::path::Path;

/// The role that owns the application's databases. It is an ordinary one that may create databases, so that nothing
/// comes to depend on a superuser that a hosted server would not give.
const ROLE: &str = "marquee";

/// A running private server and the only handle that stops it. Dropping the handle leaves a durable server running
/// for the next owner to adopt, and ends a throw-away one.
///
/// Every function here blocks: call it off the async threads.
pub struct LocalPostgres {
    postmaster: Postmaster,
    /// Holds the folder's lock. After the postmaster, so that a server that is going away is not adopted.
    _folder: DataFolder,
    throw_away: Option<throw_away::Guard>,
}

impl LocalPostgres {
    /// Opens the data folder, creates the server in it if there is none, and starts or adopts it.
    ///
    /// # Errors
    ///
    /// Each [`LocalPostgresError`] says what to do about it.
    pub fn start(data: &Path) -> Result<Self, LocalPostgresError> {
        Self::start_in(DataFolder::open(data)?)
    }

    /// Like [`LocalPostgres::start`], in a folder that is open already.
    pub fn start_in(folder: DataFolder) -> Result<Self, LocalPostgresError> {
        Self::bring_up(folder, Durability::Full, None)
    }

    /// A server in a temporary folder that is stopped and removed when this process ends, however it ends.
    ///
    /// It promises nothing across a power cut, which makes it faster; every rule of concurrency is the real one.
    pub fn throw_away() -> Result<Self, LocalPostgresError> {
        let (folder, guard) = throw_away::folder()?;
        Self::bring_up(folder, Durability::ProcessOnly, Some(guard))
    }

    /// Removes the server in a folder and all its data, stopping it first. Nothing else in the folder is touched.
    pub fn erase(folder: &DataFolder) -> Result<(), LocalPostgresError> {
        let cluster = Cluster::in_folder(folder.path(), Durability::Full);
        let remains = cluster.folder().to_owned();
        if cluster.data().exists() {
            Postmaster::new(cluster, Account::of_the_server()?)?.stop()?;
        }
        cluster::remove_folder(&remains)
    }

    fn bring_up(
        folder: DataFolder,
        durability: Durability,
        throw_away: Option<throw_away::Guard>,
    ) -> Result<Self, LocalPostgresError> {
        let account = Account::of_the_server()?;
        let cluster = Cluster::open_or_create(folder.path(), &account, durability)?;
        let mut postmaster = Postmaster::new(cluster, account)?;
        postmaster.ensure_running()?;
        let server = Self { postmaster, _folder: folder, throw_away };
        server.ensure_role()?;
        Ok(server)
    }

    /// The address of one database on this server, password included: hand it to programs, never to a log.
    pub fn url(&self, database: &str) -> String {
        self.postmaster.url(ROLE, database)
    }

    /// Creates an empty database unless it exists.
    pub fn ensure_database(&self, name: &str) -> Result<(), LocalPostgresError> {
        let mut connection = self.postmaster.connect()?;
        if !exists(&mut connection, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) AS found", name)? {
            let create = format!("CREATE DATABASE {} OWNER {ROLE}", quoted(name));
            diesel::sql_query(create).execute(&mut connection).map_err(LocalPostgresError::Statement)?;
        }
        Ok(())
    }

    /// Starts the server again, on the same port, if it has died. Cheap while it lives.
    ///
    /// Returns whether it had to.
    pub fn heal(&mut self) -> Result<bool, LocalPostgresError> {
        if self.postmaster.is_alive() {
            return Ok(false);
        }
        self.postmaster.ensure_running()?;
        Ok(true)
    }

    /// The process id of the postmaster, for those who want to kill it.
    pub fn process_id(&self) -> Option<i32> {
        self.postmaster.process_id()
    }

    /// Stops the server; connections still open are cut. Call it after the application has drained.
    pub fn stop(mut self) -> Result<(), LocalPostgresError> {
        match self.throw_away.take() {
            Some(guard) => guard.finish(),
            None => self.postmaster.stop(),
        }
    }

    fn ensure_role(&self) -> Result<(), LocalPostgresError> {
        let mut connection = self.postmaster.connect()?;
        if exists(&mut connection, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS found", ROLE)? {
            return Ok(());
        }
        let password = self.postmaster.password();
        // A failed statement is copied to the server's log unless told otherwise, and this one holds the password.
        for statement in [
            "SET log_min_error_statement = panic".to_owned(),
            format!("CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'"),
        ] {
            diesel::sql_query(statement).execute(&mut connection).map_err(LocalPostgresError::Statement)?;
        }
        Ok(())
    }
}

impl fmt::Debug for LocalPostgres {
    /// Leaves the password out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LocalPostgres").field("folder", &self._folder.path()).finish_non_exhaustive()
    }
}

#[derive(QueryableByName)]
struct Existence {
    #[diesel(sql_type = Bool)]
    found: bool,
}

fn exists(connection: &mut PgConnection, question: &str, name: &str) -> Result<bool, LocalPostgresError> {
    let answer = diesel::sql_query(question).bind::<Text, _>(name).get_result::<Existence>(connection);
    Ok(answer.map_err(LocalPostgresError::Statement)?.found)
}

/// A name as an SQL identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
