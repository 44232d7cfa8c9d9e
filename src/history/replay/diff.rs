//! Where two pictures of a show differ: the one told by the ledger and the one in the tables.

use super::state::{State, Subject};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// One row, or one column of a row, that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// The ledger tells of a row that the table does not have.
    NotInTable(Subject),
    /// The table has a row of which the ledger tells nothing.
    NotInLedger(Subject),
    Column {
        subject: Subject,
        column: String,
        ledger: Value,
        table: Value,
    },
}

/// Every difference, row by row.
pub fn diff(ledger: &State, tables: &State) -> Vec<Difference> {
    let (told, found) = (ledger.rows(), tables.rows());
    let subjects: BTreeSet<Subject> = told.keys().chain(found.keys()).copied().collect();
    subjects
        .into_iter()
        .flat_map(|subject| match (told.get(&subject), found.get(&subject)) {
            (Some(_), None) => vec![Difference::NotInTable(subject)],
            (None, Some(_)) => vec![Difference::NotInLedger(subject)],
            (Some(Value::Object(told)), Some(Value::Object(found))) => columns(subject, told, found),
            _ => Vec::new(),
        })
        .collect()
}

/// Both have the same columns: those of one type.
fn columns(subject: Subject, told: &Map<String, Value>, found: &Map<String, Value>) -> Vec<Difference> {
    told.iter()
        .filter(|(column, value)| found.get(*column) != Some(value))
        .map(|(column, value)| Difference::Column {
            subject,
            column: column.clone(),
            ledger: value.clone(),
            table: found.get(column).cloned().unwrap_or(Value::Null),
        })
        .collect()
}
