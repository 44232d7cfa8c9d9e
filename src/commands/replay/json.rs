//! A replay as JSON.

use crate::history::replay::Replay;
use crate::history::replay::diff::Difference;
use crate::history::replay::fold::Fault;
use crate::history::replay::state::Subject;
use serde_json::{Value, json};

pub fn of(replay: &Replay) -> Value {
    let rows = replay.state.rows();
    let rows: Vec<Value> =
        rows.iter().map(|(subject, row)| named(replay, *subject, json!({ "columns": row }))).collect();
    let faults: Vec<Value> = replay.faults.iter().map(|found| fault(replay, found)).collect();
    let differences = replay.differences.as_ref();
    let differences: Option<Vec<Value>> =
        differences.map(|found| found.iter().map(|found| difference(replay, found)).collect());
    json!({
        "show": replay.facts.show,
        "as_of": replay.as_of,
        "ledger_rows": replay.rows,
        "rows": rows,
        "faults": faults,
        "differences": differences,
    })
}

fn fault(replay: &Replay, fault: &Fault) -> Value {
    let told = json!({ "version": fault.version, "at": fault.at, "why": fault.why.to_string() });
    named(replay, fault.subject, told)
}

fn difference(replay: &Replay, difference: &Difference) -> Value {
    match difference {
        Difference::NotInTable(subject) => named(replay, *subject, json!({ "only_in": "ledger" })),
        Difference::NotInLedger(subject) => named(replay, *subject, json!({ "only_in": "table" })),
        Difference::Column { subject, column, ledger, table } => {
            named(replay, *subject, json!({ "column": column, "ledger": ledger, "table": table }))
        }
    }
}

/// A row by its kind, its ids under the names of their columns, and what people call it; then what is told of it.
fn named(replay: &Replay, subject: Subject, told: Value) -> Value {
    let label = |seat| replay.facts.hall.place(seat).map(|place| place.label());
    let reference = |booking| replay.facts.references.get(&booking);
    let mut named = match subject {
        Subject::Show => json!({ "kind": "show" }),
        Subject::Seat(seat) => json!({ "kind": "seat", "seat_id": seat, "seat": label(seat) }),
        Subject::Claim(booking, seat) => json!({
            "kind": "claim", "booking_id": booking, "booking": reference(booking),
            "seat_id": seat, "seat": label(seat),
        }),
        Subject::Booking(id) => json!({ "kind": "booking", "booking_id": id, "booking": reference(id) }),
        Subject::Payment(id) => json!({ "kind": "payment", "payment_id": id }),
        Subject::Refund(id) => json!({ "kind": "refund", "refund_id": id }),
        Subject::Ticket(id) => json!({ "kind": "ticket", "ticket_id": id }),
    };
    if let (Value::Object(named), Value::Object(told)) = (&mut named, told) {
        named.extend(told);
    }
    named
}
