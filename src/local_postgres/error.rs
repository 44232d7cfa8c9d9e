//! What can go wrong with the private server; each message says what to do about it.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum LocalPostgresError {
    #[error(
        "PostgreSQL's server programs (initdb, postgres) were not found.\n\
         Install them: `apt-get install postgresql` on Debian and Ubuntu, `dnf install postgresql-server` on Fedora, \
         `brew install postgresql` on macOS; or set DATABASE_URL to use a server that runs already."
    )]
    NoBinaries,

    #[error(
        "the newest PostgreSQL found is {found}, and {minimum} or newer is needed. Install a newer one, \
         or set DATABASE_URL to use a server that runs already."
    )]
    TooOld { found: u32, minimum: u32 },

    #[error(
        "the data in {} was written by PostgreSQL {major}, whose programs are not installed (found: {found}).\n\
         Install them (`apt-get install postgresql-{major}`), or start over with `marquee demo --fresh`.",
        folder.display()
    )]
    OtherMajor { folder: PathBuf, major: u32, found: String },

    #[error(
        "PostgreSQL refuses to run as root, and there is no user `postgres` to run it as.\n\
         Debian's package makes one (`apt-get install postgresql`); or run as an ordinary user."
    )]
    NoServerUser,

    #[error(
        "the user `postgres`, who runs the server because PostgreSQL refuses root, cannot reach {}.\n\
         Set MARQUEE_DATA to a folder outside root's home, such as /var/lib/marquee.",
        folder.display()
    )]
    OutOfReach { folder: PathBuf },

    #[error(
        "no place for the data: neither MARQUEE_DATA, XDG_DATA_HOME nor HOME is set.\n\
         Set MARQUEE_DATA to a folder of your choice."
    )]
    NoHome,

    #[error(
        "{} is not empty and not one of Marquee's data folders, so it is left alone.\n\
         Set MARQUEE_DATA to an empty or a new folder.",
        folder.display()
    )]
    ForeignFolder { folder: PathBuf },

    #[error(
        "another Marquee (process {owner}) is using the data in {}.\n\
         Stop it first, or set MARQUEE_DATA to another folder.",
        folder.display()
    )]
    InUse { folder: PathBuf, owner: String },

    #[error("cannot {action} {}: {source}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },

    #[error("cannot run {program}: {source}")]
    Program { program: String, source: io::Error },

    #[error("initdb could not create the server's data:\n{output}")]
    NotCreated { output: String },

    #[error(
        "the private PostgreSQL server did not start within {seconds} s. The end of its log, {}:\n{tail}",
        log.display()
    )]
    NotStarted { seconds: u64, log: PathBuf, tail: String },

    #[error(
        "the private PostgreSQL server (process {process}) did not stop within {seconds} s. \
         Its log is {}.", log.display()
    )]
    NotStopped { process: i32, seconds: u64, log: PathBuf },

    #[error("the private PostgreSQL server refused a connection: {0}")]
    Connection(diesel::ConnectionError),

    #[error("the private PostgreSQL server refused a statement: {0}")]
    Statement(diesel::result::Error),
}

impl LocalPostgresError {
    /// For `map_err`: names the file and what was tried with it.
    pub(super) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}
