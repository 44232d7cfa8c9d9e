use super::*;
use serde_json::json;

fn fact(detail: &Value, name: &str) -> String {
    let facts = facts(detail);
    facts.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name} in {facts:?}")).1.clone()
}

#[test]
fn each_sum_is_in_its_own_currency() {
    let detail = json!({ "captured": 75080, "currency": "USD", "asked": 75080, "asked_currency": "INR" });
    assert_eq!(fact(&detail, "Asked"), "₹750.80");
    assert_eq!(fact(&detail, "Captured"), "USD 750.80");
    assert_eq!(facts(&detail).len(), 2);
}

#[test]
fn the_gateways_own_words_are_told_as_they_came_and_ours_as_words() {
    let detail = json!({ "intent": "pi_3mI4", "failure": "No such payment intent: 'pi_1'", "cause": "seats_lost" });
    assert_eq!(fact(&detail, "Intent"), "pi_3mI4");
    assert_eq!(fact(&detail, "Failure"), "No such payment intent: 'pi_1'");
    assert_eq!(fact(&detail, "Cause"), "seats lost");
}
