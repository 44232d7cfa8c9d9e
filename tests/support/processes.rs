//! For tests that start and kill whole programs: their folder, whether they live, and waiting with a limit.

use nix::unistd::Pid;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A temporary data folder that the server's user can reach, removed when the test ends.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = nix::unistd::mkdtemp(&std::env::temp_dir().join("marquee-test-XXXXXX")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o711)).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Leaves it there, for somebody to look at; the path.
    pub fn keep(&mut self) -> PathBuf {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whether a process lives; one that has ended and was not reaped does not.
pub fn is_running(process: Pid) -> bool {
    fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|arguments| !arguments.is_empty())
}

/// Whether it came true within the limit.
pub fn wait_until(limit: Duration, mut is_true: impl FnMut() -> bool) -> bool {
    wait_for(limit, || is_true().then_some(())).is_some()
}

/// What was waited for, if it came within the limit.
pub fn wait_for<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        match look() {
            Some(found) => return Some(found),
            None if began.elapsed() > limit => return None,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
