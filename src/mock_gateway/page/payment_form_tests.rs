use super::*;

fn form(pairs: &[(&str, &str)]) -> PaymentForm {
    let pairs: serde_json::Map<_, _> = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    serde_json::from_value(pairs.into()).unwrap()
}

fn judged(pairs: &[(&str, &str)]) -> Result<&'static str, Vec<Fault>> {
    let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap(); // September 2026
    form(pairs).method(now).map(Method::slug).map_err(|refused| refused.faults)
}

fn typed(number: &str, expiry: &str, cvc: &str) -> Result<&'static str, Vec<Fault>> {
    judged(&[("card", TYPED), ("number", number), ("expiry", expiry), ("cvc", cvc)])
}

#[test]
fn a_typed_test_card_is_taken() {
    assert_eq!(typed("4242 4242 4242 4242", "09 / 26", "123"), Ok("visa"));
    assert_eq!(typed("5555555555554444", "12/2034", "000"), Ok("mastercard"));
}

#[test]
fn anything_else_is_refused_by_field_and_all_fields_at_once() {
    assert_eq!(typed("4111 1111 1111 1111", "12/34", "123"), Err(vec![Fault::NotATestCard]));
    for expiry in ["08/26", "13/34", "", "12", "१२/३४", "00/30"] {
        assert_eq!(typed("4242424242424242", expiry, "123"), Err(vec![Fault::Expiry]), "{expiry}");
    }
    for cvc in ["", "12", "1234", "abc"] {
        assert_eq!(typed("4242424242424242", "12/34", cvc), Err(vec![Fault::Cvc]), "{cvc}");
    }
    assert_eq!(typed("", "", ""), Err(vec![Fault::NotATestCard, Fault::Expiry, Fault::Cvc]));
}

#[test]
fn only_a_test_cards_number_and_date_are_shown_again() {
    let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let refused = |number| {
        let form = form(&[("card", TYPED), ("number", number), ("expiry", "1234"), ("cvc", "")]);
        let refused = form.method(now).unwrap_err();
        (refused.number, refused.expiry)
    };
    assert_eq!(refused("4242424242424242"), (Some("4242 4242 4242 4242".into()), Some("12 / 34".into())));
    assert_eq!(refused("4111111111111111"), (None, None));
}

#[test]
fn the_method_decides_which_choice_counts() {
    let both = [("card", "visa"), ("upi", "upi_failure")];
    assert_eq!(judged(&both), Ok("visa"));
    assert_eq!(judged(&[("method", "upi"), both[0], both[1]]), Ok("upi_failure"));
    assert_eq!(judged(&[("method", "upi"), ("upi", TYPED), ("upi_id", "SUCCESS@upi ")]), Ok("upi_success"));
    assert_eq!(
        judged(&[("method", "upi"), ("upi", TYPED), ("upi_id", "asha@okaxis")]),
        Err(vec![Fault::NotATestUpiId])
    );
    for nothing in
        [&[][..], &[("method", "cash")], &[("method", "upi"), ("card", "visa")], &[("card", "upi_success")]]
    {
        assert_eq!(judged(nothing), Err(vec![Fault::NothingChosen]), "{nothing:?}");
    }
}
