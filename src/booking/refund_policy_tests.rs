use super::*;

const STARTS_AT: i64 = 10_000;

fn at(minutes_before: i64) -> Instant {
    Instant::UNIX_EPOCH + Duration::minutes(STARTS_AT - minutes_before)
}

/// Two seats for 333.33 each, and a fee of 30 with its tax for each.
fn paid() -> Quote {
    Quote { lines: Vec::new(), seats: 666_66, seats_tax: 0, fee: 60_00, fee_tax: 10_80, total: 737_46 }
}

fn quote(minutes_before: i64) -> Option<RefundQuote> {
    RefundPolicy::default().quote(&paid(), at(0), at(minutes_before))
}

#[test]
fn the_share_falls_at_two_hours_and_at_twenty_minutes_and_the_fee_is_kept() {
    let early = RefundQuote { percent: 75, amount: 500_00, kept: 237_46, until: at(120) };
    assert_eq!(quote(121), Some(early));
    assert_eq!(quote(120), Some(early));
    let late = RefundQuote { percent: 50, amount: 333_33, kept: 404_13, until: at(20) };
    assert_eq!(quote(119), Some(late));
    assert_eq!(quote(20), Some(late));
    assert_eq!(quote(19), None);
    assert_eq!(quote(-5), None);
}

#[test]
fn a_policy_that_gives_nothing_quotes_nothing() {
    assert_eq!(RefundPolicy::none().quote(&paid(), at(0), at(500)), None);
}

#[test]
fn a_policy_keeps_its_shape_in_the_database() {
    let stored = serde_json::to_string(&RefundPolicy::default()).unwrap();
    assert_eq!(stored, r#"[{"minutes_before":120,"percent":75},{"minutes_before":20,"percent":50}]"#);
}
