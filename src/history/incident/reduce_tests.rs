use super::*;
use crate::history::incident::tables::{PEOPLE, TABLES};

fn reduced(pseudonyms: &Pseudonyms, table: &str, row: Value) -> Value {
    let table = TABLES.iter().find(|known| known.name == table).unwrap();
    let Value::Object(mut row) = row else { panic!("no row") };
    pseudonyms.reduce(table, &mut row);
    Value::Object(row)
}

#[test]
fn the_same_person_has_the_same_pseudonym_in_one_file_and_another_in_the_next() {
    let [here, there] = [Pseudonyms::draw([]), Pseudonyms::draw([])];
    let visitor = Uuid::from_u128(7).to_string();
    let asha = json!({ "visitor_id": visitor, "contact_email": "Asha@Example.com", "contact_phone": null });
    let again = json!({ "actor": format!("visitor:{visitor}"), "detail": { "customer_email": " asha@example.com" } });
    let (booking, row) = (reduced(&here, "bookings", asha.clone()), reduced(&here, "ledger", again));
    assert_eq!(row["actor"], format!("visitor:{}", booking["visitor_id"].as_str().unwrap()));
    assert_eq!(row["detail"]["customer_email"], booking["contact_email"]);
    assert_eq!(booking["contact_phone"], Value::Null);
    let other = reduced(&there, "bookings", asha);
    for column in ["visitor_id", "contact_email"] {
        assert_ne!(booking[column], other[column]);
    }
    let ben = reduced(&here, "bookings", json!({ "contact_email": "ben@example.com" }));
    assert_ne!(booking["contact_email"], ben["contact_email"]);
}

#[test]
fn staff_are_a_role_and_a_number() {
    let pseudonyms = Pseudonyms::draw([41, 7]);
    let meera = json!({ "id": 41, "role": "manager", "name": "Meera", "email": "meera@regal.example",
                        "password_hash": "$argon2id$.." });
    let Value::Object(mut person) = meera else { panic!("no row") };
    pseudonyms.reduce(&PEOPLE, &mut person);
    let number = person["id"].as_u64().unwrap();
    assert!([1, 2].contains(&number));
    assert_eq!(person["name"], format!("manager {number}"));
    assert_eq!(person["email"], format!("staff-{number}@withheld.invalid"));
    assert_eq!(person["password_hash"], "withheld");
    let actor = reduced(&pseudonyms, "ledger", json!({ "actor": "staff:41" }));
    assert_eq!(actor["actor"], format!("staff:{number}"));
    let log = reduced(&pseudonyms, "staff_log", json!({ "person_id": 7, "reason": "Asha phoned" }));
    assert_eq!(log["person_id"], 3 - number);
    assert!(log["reason"].as_str().unwrap().starts_with("withheld "));
}

#[test]
fn words_are_withheld_and_codes_are_kept() {
    let pseudonyms = Pseudonyms::draw([]);
    let kept = |entity: &str, key: &str, value: &str| {
        let row = reduced(&pseudonyms, "ledger", json!({ "entity": entity, "detail": { key: value } }));
        row["detail"][key] == value
    };
    assert!(kept("refund", "reason", "lost_or_stolen_card") && kept("payment", "declined", "insufficient_funds"));
    assert!(!kept("refund", "reason", "The card of Asha Rao is lost"));
    assert!(!kept("payment", "declined", "9820012345"));
    // Of a show or a seat it is what staff wrote, however short.
    assert!(!kept("show_seat", "reason", "asha"));
    // A reason that was not given is still not given.
    assert!(kept("show_seat", "reason", "  "));
    assert!(!kept("payment", "something_new", "asha"));
    for detail in [json!("asha"), json!(["asha"])] {
        let row = reduced(&pseudonyms, "ledger", json!({ "entity": "show", "detail": detail }));
        assert!(!row.to_string().contains("asha"), "{row}");
    }
}

#[test]
fn what_the_gateway_names_is_renamed_and_what_we_name_is_kept() {
    let pseudonyms = Pseudonyms::draw([]);
    let ours = Uuid::from_u128(7).to_string();
    let named = |name: &str| {
        let row = reduced(&pseudonyms, "cases", json!({ "subject": name }));
        row["subject"].as_str().unwrap().to_owned()
    };
    assert_eq!(named(&ours), ours);
    assert_eq!(named("K7QM2XPD"), "K7QM2XPD");
    assert_eq!(named("cs_test_a1"), named("cs_test_a1"));
    assert!(named("cs_test_a1").starts_with("cs_") && !named("cs_test_a1").contains("test_a1"));
    assert!(named("Asha Rao").starts_with("withheld "));
}

#[test]
fn of_an_event_the_money_is_left() {
    let pseudonyms = Pseudonyms::draw([]);
    let payment = Uuid::from_u128(7);
    let body = json!({
        "id": "evt_1", "type": "checkout.session.completed", "created": 1_700_000_000, "data": { "object": {
            "id": "cs_test_a1", "object": "checkout.session", "amount_total": 47_080, "currency": "inr",
            "payment_status": "paid", "customer_details": { "name": "Asha Rao", "phone": 98_200 },
            "customer_email": "asha@example.com", "status": "Asha", "url": "https://pay.example/cs_test_a1",
            "metadata": { "payment_id": payment, "note": "Asha", "refund": format!("{payment}/2") },
        } },
    });
    let row = reduced(&pseudonyms, "gateway_events", json!({ "body": body.to_string() }));
    let told: Value = serde_json::from_str(row["body"].as_str().unwrap()).unwrap();
    let object = &told["data"]["object"];
    assert_eq!((&told["type"], &object["amount_total"]), (&json!("checkout.session.completed"), &json!(47_080)));
    assert_eq!(object["metadata"], json!({ "payment_id": payment, "refund": format!("{payment}/2") }));
    for secret in ["Asha", "asha", "98200", "cs_test_a1", "pay.example"] {
        assert!(!told.to_string().contains(secret), "{told}");
    }
    assert_eq!(reduced(&pseudonyms, "gateway_events", json!({ "body": "{ asha" }))["body"], "");
}
