//! The operating system user that runs the server's programs.

use super::LocalPostgresError;
use nix::unistd::{Gid, Uid, User, geteuid};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// The user whom Debian's package makes for the server.
const SERVER_USER: &str = "postgres";

/// Ourselves, or the user to become because PostgreSQL refuses root.
pub struct Account {
    other: Option<(Uid, Gid)>,
}

impl Account {
    pub fn of_the_server() -> Result<Self, LocalPostgresError> {
        if !geteuid().is_root() {
            return Ok(Self { other: None });
        }
        let user = User::from_name(SERVER_USER).ok().flatten().ok_or(LocalPostgresError::NoServerUser)?;
        Ok(Self { other: Some((user.uid, user.gid)) })
    }

    /// A command that runs as this user, in a folder that it can read, out of reach of the terminal's Ctrl-C (the
    /// application drains first), and untouched by the caller's locale.
    pub fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.other {
            command.uid(user.as_raw()).gid(group.as_raw());
        }
        command.current_dir(folder).process_group(0).stdin(Stdio::null());
        command.env_remove("LC_ALL").env_remove("LANGUAGE").env("LANG", "C");
        command
    }

    /// Gives a file or folder to this user.
    pub fn own(&self, path: &Path) -> Result<(), LocalPostgresError> {
        let Some((user, group)) = self.other else { return Ok(()) };
        chown(path, Some(user.as_raw()), Some(group.as_raw())).map_err(LocalPostgresError::file("give away", path))
    }

    /// Finds out by trying: permissions of every folder on the way count, and access lists do too.
    pub fn check_reach(&self, folder: &Path) -> Result<(), LocalPostgresError> {
        let reached = self.command(Path::new("true"), folder).status();
        match reached {
            Ok(_) => Ok(()),
            Err(_) => Err(LocalPostgresError::OutOfReach { folder: folder.to_owned() }),
        }
    }
}
