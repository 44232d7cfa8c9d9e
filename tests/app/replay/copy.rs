//! A copy of a show's tables at one moment, made by PostgreSQL alone: what a replay of that moment must give back.

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Text};
use marquee::clock::{self, Instant};
use marquee::history::replay::state::{State, Subject};
use marquee::ids::ShowId;
use serde_json::Value;
use std::collections::BTreeMap;

/// Each table: how its rows are called, which are the show's, and which columns the ledger deliberately does not tell.
/// Every other column is compared, so a new one is compared until it is named here.
const TABLES: [(&str, &str, &str, &[&str]); 7] = [
    ("shows", "''::text", "id = $1", &[]),
    ("show_seats", "seat_id::text", "show_id = $1", &["layout_id"]),
    (
        "booking_seats",
        "booking_id || '/' || seat_id",
        "show_id = $1",
        // The key, then the prices promised.
        &["booking_id", "show_id", "seat_id", "price_type", "adult_price", "child_price", "senior_price", "price"],
    ),
    (
        "bookings",
        "id::text",
        "show_id = $1",
        &[
            "id",
            "reference",
            "visitor_id",
            "form_key",
            "fee_per_ticket",
            "fee_tax_per_ticket",
            "contact_name",
            "contact_email",
            "contact_phone",
        ],
    ),
    (
        "payments",
        "id::text",
        "booking_id IN (SELECT id FROM bookings WHERE show_id = $1)",
        &["id", "create_params", "session_url"],
    ),
    (
        "refunds",
        "id::text",
        "booking_id IN (SELECT id FROM bookings WHERE show_id = $1)",
        // When a worker tries next is no history.
        &["id", "next_try_at"],
    ),
    ("tickets", "id::text", "show_id = $1", &[]),
];

pub type Rows = BTreeMap<(&'static str, String), Value>;

pub struct Copied {
    pub at: Instant,
    pub rows: Rows,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Jsonb)]
    columns: Value,
}

/// Copies the tables, and the clock after them.
pub fn copy(conn: &mut PgConnection, show: ShowId) -> Copied {
    let mut rows = Rows::new();
    for (table, key, of_show, untold) in TABLES {
        let query = format!("SELECT {key} AS key, to_jsonb(t) AS columns FROM {table} AS t WHERE {of_show}");
        let found: Vec<Row> = diesel::sql_query(query).bind::<diesel::sql_types::BigInt, _>(show).load(conn).unwrap();
        for Row { key, mut columns } in found {
            for column in untold {
                columns.as_object_mut().unwrap().remove(*column).unwrap_or_else(|| panic!("{table} has no {column}"));
            }
            rows.insert((table, key), in_one_way(columns));
        }
    }
    Copied { at: clock::now(conn).unwrap(), rows }
}

/// A rebuilt state in the same form.
pub fn rebuilt(state: &State) -> Rows {
    state.rows().into_iter().map(|(subject, columns)| (name(subject), in_one_way(columns))).collect()
}

fn name(subject: Subject) -> (&'static str, String) {
    match subject {
        Subject::Show => ("shows", String::new()),
        Subject::Seat(seat) => ("show_seats", seat.to_string()),
        Subject::Claim(booking, seat) => ("booking_seats", format!("{booking}/{seat}")),
        Subject::Booking(id) => ("bookings", id.to_string()),
        Subject::Payment(id) => ("payments", id.to_string()),
        Subject::Refund(id) => ("refunds", id.to_string()),
        Subject::Ticket(id) => ("tickets", id.to_string()),
    }
}

/// Times as one text each, however many zeros they end with.
fn in_one_way(mut columns: Value) -> Value {
    for value in columns.as_object_mut().unwrap().values_mut() {
        let instant = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        if let Some(instant) = instant {
            *value = instant.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Nanos, true).into();
        }
    }
    columns
}

impl Copied {
    /// Every row and column in which a rebuilt state is not this copy.
    pub fn differences(&self, rebuilt: &Rows) -> Vec<String> {
        let missing =
            self.rows.keys().filter(|key| !rebuilt.contains_key(*key)).map(|key| format!("{key:?} is missing"));
        let more = rebuilt.keys().filter(|key| !self.rows.contains_key(*key)).map(|key| format!("{key:?} never was"));
        let other = self.rows.iter().filter_map(|(key, row)| match rebuilt.get(key) {
            Some(told) if told != row => Some(format!("{key:?} was {row}, rebuilt as {told}")),
            _ => None,
        });
        missing.chain(more).chain(other).collect()
    }
}
