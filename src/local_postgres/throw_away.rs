//! A server for tests, gone when its process is gone.
//!
//! No destructor runs after kill -9, so the cleaning is left to a small shell that waits on a pipe: when our end closes,
//! for whatever reason, it stops the server and removes the folder.

use super::cluster::program_failed;
use super::{DataFolder, LocalPostgresError};
use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// `$1` is the folder. The process id is believed only if its command line names the folder, since ids are used again.
const CLEAN_UP: &str = r#"
read -r _
process=$(head -n 1 "$1/postgres/data/postmaster.pid" 2>/dev/null)
is_ours() {
    case $(tr '\0' ' ' <"/proc/$process/cmdline" 2>/dev/null || ps -p "$process" -o args= 2>/dev/null) in
        *"$1"*) return 0 ;;
        *) return 1 ;;
    esac
}
tries=0
while [ -n "$process" ] && is_ours "$1" && [ "$tries" -lt 100 ]; do
    kill -QUIT "$process" 2>/dev/null
    sleep 0.1
    tries=$((tries + 1))
done
rm -rf "$1" || { sleep 2; rm -rf "$1"; } # an initdb that lost its owner may still have been writing
"#;

/// Our end of the pipe. Dropping it, or dying, ends the server.
pub struct Guard(Child);

impl Guard {
    /// Ends the server and returns when its folder is gone.
    pub fn finish(mut self) -> Result<(), LocalPostgresError> {
        drop(self.0.stdin.take());
        self.0.wait().map(drop).map_err(|source| program_failed(Path::new("sh"), source))
    }
}

/// A new temporary folder, guarded from its first moment.
pub fn folder() -> Result<(DataFolder, Guard), LocalPostgresError> {
    let template = env::temp_dir().join("marquee-throw-away-XXXXXX");
    let path = nix::unistd::mkdtemp(&template).map_err(|error| {
        let source = std::io::Error::from(error);
        LocalPostgresError::File { action: "create", path: template, source }
    })?;
    let guard = guard(&path)?;
    // Passage for the server's user, when that is another.
    let opened = fs::set_permissions(&path, Permissions::from_mode(0o711));
    opened.map_err(LocalPostgresError::file("open", &path))?;
    Ok((DataFolder::open(&path)?, guard))
}

fn guard(path: &Path) -> Result<Guard, LocalPostgresError> {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", CLEAN_UP, "marquee-throw-away"]).arg(path);
    // Its own process group: the terminal's Ctrl-C must not end the cleaner. No output: whoever reads ours to its end
    // must not wait for it.
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().map(Guard).map_err(|source| program_failed(Path::new("/bin/sh"), source))
}
