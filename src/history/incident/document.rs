//! The file of an incident: JSON with one row on each line, and a checksum over all of it.
//!
//! The checksum finds what was cut off, edited or mangled on its way. It is no signature: whoever means to can write another.

use super::tables::TABLES;
use super::{Incident, Row};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Read;
use thiserror::Error;

/// What a file of this kind calls itself.
const FORMAT: &str = "marquee-incident";
/// Raised when older programs could not read the file right.
const VERSION: u64 = 1;
/// Bytes of a file, at most: a show with a hundred thousand ledger rows has half as many.
pub const LARGEST: u64 = 128 << 20;

/// What is wrong with a file.
#[derive(Debug, Error)]
pub enum Unreadable {
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("it has more than {} MiB, which no incident file has", LARGEST >> 20)]
    TooLarge,
    #[error("it ends too early, in line {0}: was it cut off?")]
    Truncated(usize),
    #[error("it is no JSON: {0}")]
    NotJson(serde_json::Error),
    #[error("it is JSON, and no incident file")]
    NotOurs,
    #[error("it is of version {0} of the format, and this program reads {VERSION}: use a newer marquee")]
    Newer(u64),
    #[error("its checksum does not fit: it was changed or damaged after it was written")]
    Damaged,
    #[error("it is not put together as an incident file is: {0}")]
    Malformed(String),
}

/// The text of the file.
pub fn write(incident: &Incident) -> Result<String, serde_json::Error> {
    let mut body = Map::from_iter([("format".to_owned(), json!(FORMAT)), ("version".to_owned(), json!(VERSION))]);
    if let Value::Object(told) = serde_json::to_value(incident)? {
        body.extend(told);
    }
    body.insert("sha256".to_owned(), json!(checksum(&body)));
    Ok(in_lines(&body))
}

/// One row on each line, so that people can search it and see in a diff what differs.
fn in_lines(body: &Map<String, Value>) -> String {
    let mut text = String::new();
    let mut joint = "{\n";
    for (key, value) in body {
        let _ = write!(text, "{joint}{}: ", json!(key));
        joint = ",\n";
        match value {
            Value::Object(tables) if key == "tables" => {
                let lists = tables.iter().map(|(name, rows)| {
                    let rows: Vec<String> = rows.as_array().into_iter().flatten().map(Value::to_string).collect();
                    format!("{}: [\n{}\n]", json!(name), rows.join(",\n"))
                });
                let _ = write!(text, "{{\n{}\n}}", lists.collect::<Vec<_>>().join(",\n"));
            }
            value => {
                let _ = write!(text, "{value}");
            }
        }
    }
    text + "\n}\n"
}

/// Of everything but itself.
fn checksum(body: &Map<String, Value>) -> String {
    let mut rest = body.clone();
    rest.remove("sha256");
    hex::encode(Sha256::digest(Value::Object(rest).to_string()))
}

/// Reads a file to its end, and trusts nothing that it says.
pub fn read(file: impl Read) -> Result<Incident, Unreadable> {
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Unreadable::TooLarge);
    }
    let body: Value = serde_json::from_slice(&bytes).map_err(|error| match error.is_eof() {
        true => Unreadable::Truncated(error.line()),
        false => Unreadable::NotJson(error),
    })?;
    let Value::Object(mut body) = body else { return Err(Unreadable::NotOurs) };
    if body.get("format").is_none_or(|format| format != FORMAT) {
        return Err(Unreadable::NotOurs);
    }
    match body.get("version").and_then(Value::as_u64) {
        Some(VERSION) => {}
        Some(newer) if newer > VERSION => return Err(Unreadable::Newer(newer)),
        _ => return Err(Unreadable::NotOurs),
    }
    if body.get("sha256").is_none_or(|sum| *sum != checksum(&body)) {
        return Err(Unreadable::Damaged);
    }
    body.retain(|key, _| !["format", "version", "sha256"].contains(&key.as_str()));
    let incident: Incident =
        serde_json::from_value(Value::Object(body)).map_err(|error| Unreadable::Malformed(error.to_string()))?;
    judge(&incident).map_err(Unreadable::Malformed)?;
    Ok(incident)
}

/// What the rest of the program relies on: known tables, rows of one shape, and one show.
fn judge(incident: &Incident) -> Result<(), String> {
    for (name, rows) in &incident.tables {
        if TABLES.iter().all(|table| table.name != name) {
            return Err(format!("there is no table {name}"));
        }
        let shape = |row: &Row| row.keys().cloned().collect::<Vec<_>>();
        if rows.windows(2).any(|pair| shape(&pair[0]) != shape(&pair[1])) {
            return Err(format!("the rows of {name} have different columns"));
        }
    }
    let shows = incident.tables.get("shows").map_or(&[][..], Vec::as_slice);
    match shows {
        [show] if show.get("id").and_then(Value::as_i64) == Some(incident.show.0) => Ok(()),
        _ => Err(format!("it does not have the show {}", incident.show)),
    }
}
