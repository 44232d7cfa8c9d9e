//! Controls: a model that is wrong in one rule, or a database that loses rows, is found out, and by a short program.

use crate::model::Mistakes;
use crate::program::Op;
use crate::shortest::{Found, play};
use crate::stage::Stage;

/// The first program that goes wrong, at its shortest.
fn find(spoil: Option<&'static str>, mistakes: Mistakes) -> Found {
    find_from(1, spoil, mistakes)
}

/// As [`find`], for a mistake that few programs come by: the search begins where one was found before.
fn find_from(first: u64, spoil: Option<&'static str>, mistakes: Mistakes) -> Found {
    let mut stage = Stage::new(spoil);
    *(first..=first + 600).find_map(|seed| play(&mut stage, seed, mistakes).err()).expect("a program that goes wrong")
}

#[test]
fn control_a_model_in_which_a_lapsed_lock_holds_differs_when_its_seat_is_taken() {
    let found = find(None, Mistakes { lapsed_locks_hold: true, ..Mistakes::default() });
    // A hold, its end, and somebody who wants the seat, which is not to be had without the first two.
    assert!(found.program.len() <= 4, "{found}");
    assert!(found.program.iter().any(|op| matches!(op, Op::Wait { .. } | Op::WaitFor { .. })), "{found}");
}

#[test]
fn control_a_model_without_grace_differs_when_money_comes_in_it() {
    let found = find_from(127, None, Mistakes { money_has_no_grace: true, ..Mistakes::default() });
    // A hold, a contact, a payment, its deadline, and the money.
    assert!(found.program.len() <= 5, "{found}");
    assert!(found.what.contains("confirm"), "{found}");
}

#[test]
fn control_a_model_whose_quotes_end_a_second_early_differs_at_their_end() {
    let found = find(None, Mistakes { quotes_end_early: true, ..Mistakes::default() });
    // A hold, a contact, a payment, its money, the quote's end, and the customer.
    assert!(found.program.len() <= 6, "{found}");
    assert!(found.what.contains("GiveBack"), "{found}");
}

#[test]
fn control_a_model_that_asks_only_once_differs_when_a_refund_fails() {
    let found = find(None, Mistakes { failed_refunds_are_left: true, ..Mistakes::default() });
    // Whatever money has to go back, and the gateway's refusal.
    assert!(found.program.len() <= 6, "{found}");
    assert!(found.what.contains("attempt 2"), "{found}");
}

#[test]
fn control_a_ledger_that_loses_tickets_breaks_an_invariant_at_the_first_sale() {
    let forgetful = "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                     CREATE TRIGGER forget BEFORE INSERT ON ledger FOR EACH ROW WHEN (NEW.entity = 'ticket')
                     EXECUTE FUNCTION forget()";
    let found = find(Some(forgetful), Mistakes::default());
    // One sale, at the counter or through a hold, a contact, a payment and its money.
    assert!(found.program.len() <= 4, "{found}");
    assert!(found.what.contains("invariant"), "{found}");
}
