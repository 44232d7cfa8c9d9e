//! What must not be known outside: generated once, kept in a file that only its owner can read.

use rand::RngExt;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const FILE: &str = "secrets.toml";

#[derive(Serialize, Deserialize)]
pub struct Secrets {
    /// Signs and encrypts the session cookie: 64 random bytes in hex.
    pub session_key: String,
    /// What the application calls the gateway with.
    pub gateway_secret_key: String,
    /// What the gateway signs its webhooks with.
    pub webhook_secret: String,
    /// The first member of staff signs in with this.
    pub staff_password: String,
}

impl Secrets {
    /// The secrets of this data folder, the same at every run, so that sessions and payments outlive a restart.
    pub fn load_or_create(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(toml::from_str(&text).map_err(|error| {
                format!("{} cannot be read ({}); `marquee demo --fresh` starts over", path.display(), error.message())
            })?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(&path),
            Err(error) => Err(format!("cannot read {}: {error}", path.display()).into()),
        }
    }

    /// Forgets them; nothing happens if there are none.
    pub fn erase(folder: &Path) -> Result<(), Box<dyn Error>> {
        let path = folder.join(FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(format!("cannot remove {}: {error}", path.display()).into())
            }
            _ => Ok(()),
        }
    }

    fn create(path: &Path) -> Result<Self, Box<dyn Error>> {
        let secrets = Self {
            session_key: hex::encode(rand::rng().random::<[u8; 64]>()),
            gateway_secret_key: format!("sk_test_{}", letters(32)),
            webhook_secret: format!("whsec_{}", letters(32)),
            staff_password: letters(16),
        };
        // Written beside and renamed, so that a crash leaves the whole file or none.
        let unfinished = path.with_extension("new");
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished);
        let text = toml::to_string(&secrets)?;
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
        written
            .and_then(|()| fs::rename(&unfinished, path))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        Ok(secrets)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets(..)")
    }
}

fn letters(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}
