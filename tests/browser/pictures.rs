//! Pictures of the pages for people to look at: `target/pictures`, never committed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::path::Path;

/// Keeps a PNG, given in base64.
pub fn keep(album: &str, name: &str, png: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../pictures").join(album);
    fs::create_dir_all(&folder).expect("a folder for pictures");
    fs::write(folder.join(format!("{name}.png")), STANDARD.decode(png).expect("base64")).expect("a picture");
}
