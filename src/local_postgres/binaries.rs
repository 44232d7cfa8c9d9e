//! Finds PostgreSQL's server programs, which Debian keeps out of everyone's PATH.

use super::LocalPostgresError;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest major version that has everything the schema asks for (`xid8` and `pg_current_xact_id`).
const MINIMUM: u32 = 13;

/// Folders whose sub-folders each hold one major version, with the way from there to its programs.
const VERSIONED: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", "bin"),                          // Debian, Ubuntu
    ("/usr", "bin"),                                         // Red Hat: /usr/pgsql-17/bin
    ("/opt/homebrew/opt", "bin"),                            // Homebrew on Apple silicon
    ("/usr/local/opt", "bin"),                               // Homebrew on Intel
    ("/Applications/Postgres.app/Contents/Versions", "bin"), // Postgres.app
];

/// The programs of one PostgreSQL installation.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// The newest installation.
    pub fn newest() -> Result<Self, LocalPostgresError> {
        let newest = installed().into_iter().max_by_key(|found| found.major).ok_or(LocalPostgresError::NoBinaries)?;
        if newest.major < MINIMUM {
            return Err(LocalPostgresError::TooOld { found: newest.major, minimum: MINIMUM });
        }
        Ok(newest)
    }

    /// The installation that can run existing data: only the major version that wrote them can.
    pub fn of_major(major: u32, data: &Path) -> Result<Self, LocalPostgresError> {
        let installed = installed();
        if installed.is_empty() {
            return Err(LocalPostgresError::NoBinaries);
        }
        let found = installed.iter().map(|found| found.major.to_string()).collect::<Vec<_>>().join(", ");
        let same = installed.into_iter().find(|found| found.major == major);
        same.ok_or_else(|| LocalPostgresError::OtherMajor { folder: data.to_owned(), major, found })
    }

    pub fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }
}

fn installed() -> Vec<Binaries> {
    let mut found: Vec<Binaries> = versioned_folders().chain(path_folders()).filter_map(inspect).collect();
    found.dedup_by_key(|binaries| binaries.major);
    found
}

fn versioned_folders() -> impl Iterator<Item = PathBuf> {
    VERSIONED.iter().flat_map(|(parent, programs)| {
        let versions = fs::read_dir(parent).into_iter().flatten().flatten();
        versions.map(move |version| version.path().join(programs))
    })
}

fn path_folders() -> impl Iterator<Item = PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default().into_iter()
}

fn inspect(folder: PathBuf) -> Option<Binaries> {
    let complete = folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let major = complete.then(|| Command::new(folder.join("postgres")).arg("--version").output().ok()).flatten()?;
    let major = major_of(&String::from_utf8_lossy(&major.stdout))?;
    Some(Binaries { folder, major })
}

/// Reads `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)`; betas are called `18beta1`.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major_of;

    #[test]
    fn the_major_version_is_read_from_releases_and_betas() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_of("something else"), None);
    }
}
