//! The folder in which everything of one Marquee on one machine lives, and the lock that gives it one owner at a time.

use super::LocalPostgresError;
use nix::unistd::geteuid;
use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Where root keeps it: a system folder, since the server's user could not reach anything under root's home.
const OF_ROOT: &str = "/var/lib/marquee";

/// Marks a folder as ours, and is what owners lock.
const LOCK: &str = "marquee.lock";

/// A data folder that is ours alone until this value is dropped. The operating system releases the lock even after
/// kill -9.
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// `$MARQUEE_DATA`, else root's system folder, else `marquee` in the user's data folder (`$XDG_DATA_HOME`, by
    /// default `~/.local/share`).
    pub fn default_path() -> Result<PathBuf, LocalPostgresError> {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(chosen) = set("MARQUEE_DATA") {
            return Ok(chosen);
        }
        if geteuid().is_root() {
            return Ok(OF_ROOT.into());
        }
        let of_user = set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")));
        Ok(of_user.ok_or(LocalPostgresError::NoHome)?.join("marquee"))
    }

    /// Creates the folder if need be, and locks it.
    ///
    /// # Errors
    ///
    /// Refuses a folder that holds something else, and one whose lock another process holds.
    pub fn open(path: &Path) -> Result<Self, LocalPostgresError> {
        // Only root's folder is open for passage, to the server's user; the sub-folders are private.
        let mode = if geteuid().is_root() { 0o755 } else { 0o700 };
        let created = DirBuilder::new().recursive(true).mode(mode).create(path);
        created.map_err(LocalPostgresError::file("create", path))?;
        // The server is told this path and later recognised by it, so there is one way to write it.
        let path = path.canonicalize().map_err(LocalPostgresError::file("find", path))?;
        if !path.join(LOCK).exists() && has_entries(&path)? {
            return Err(LocalPostgresError::ForeignFolder { folder: path });
        }
        let _lock = lock(&path)?;
        Ok(Self { path, _lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn has_entries(path: &Path) -> Result<bool, LocalPostgresError> {
    let mut entries = fs::read_dir(path).map_err(LocalPostgresError::file("read", path))?;
    Ok(entries.next().is_some())
}

/// Takes the lock and leaves our process id in it for whoever comes second.
fn lock(folder: &Path) -> Result<File, LocalPostgresError> {
    let path = folder.join(LOCK);
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
    let mut file = opened.map_err(LocalPostgresError::file("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            file.read_to_string(&mut owner).map_err(LocalPostgresError::file("read", &path))?;
            return Err(LocalPostgresError::InUse { folder: folder.to_owned(), owner: owner.trim().to_owned() });
        }
        Err(TryLockError::Error(source)) => return Err(LocalPostgresError::file("lock", &path)(source)),
    }
    let written =
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(LocalPostgresError::file("write", &path))?;
    Ok(file)
}
