//! What programs came by. A test that cannot reach a state proves nothing about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// In the words of the model; each must be met by at least one program.
const EXPECTED: &[&str] = &[
    "asked: Expired applied",
    "asked: Paid applied",
    "asked: Paid repeated",
    "block: a lapsed seat",
    "block: not free",
    "block: the same again",
    "cancel: Cancelled",
    "cancel: Confirmed",
    "cancel: Created",
    "cancel: Expired",
    "checkout: Closed(Cancelled)",
    "checkout: Closed(Confirmed)",
    "checkout: Closed(Expired)",
    "checkout: Frozen",
    "checkout: NotForSale",
    "checkout: TooLate",
    "checkout: changed",
    "checkout: done",
    "counter: not for sale",
    "counter: sold",
    "counter: takes over a lapsed lock",
    "decide: OwedAtCounter",
    "decide: Underway",
    "decide: again",
    "decide: settled",
    "event: Declined applied",
    "event: Expired applied",
    "event: Expired repeated",
    "event: Failed applied",
    "event: Failed repeated",
    "event: Paid applied",
    "event: Paid ignored",
    "event: Paid repeated",
    "event: Unpaid ignored",
    "event: WrongCurrency applied",
    "event: WrongSum applied",
    "event: delivered again",
    "event: out of order",
    "form used for other seats",
    "give back: AtCounter",
    "give back: NotConfirmed(Cancelled)",
    "give back: NotConfirmed(Created)",
    "give back: QuoteChanged",
    "give back: TooLate",
    "given back for 50 %",
    "given back for 75 %",
    "hold: Lost",
    "hold: NoSeats",
    "hold: SaleEnded",
    "hold: ShowCancelled",
    "hold: TooManySeats",
    "hold: at the very end of a lock",
    "hold: held",
    "hold: takes over a lapsed lock",
    "late money: already_paid",
    "late money: cancelled",
    "late money: confirm",
    "late money: confirm in grace",
    "late money: of a payment that had ended",
    "late money: seats_lost",
    "late money: take_again",
    "late money: wrong_amount",
    "lease: due",
    "lease: nothing",
    "lease: once more",
    "owed: already_paid",
    "owed: cancelled",
    "owed: customer_cancelled",
    "owed: seats_lost",
    "owed: show_cancelled",
    "owed: show_cancelled at the counter",
    "owed: wrong_amount",
    "pay: Closed(Cancelled)",
    "pay: Closed(Confirmed)",
    "pay: Closed(Expired)",
    "pay: ContactMissing",
    "pay: MoneyHere",
    "pay: TooLate",
    "pay: another payment after one without money",
    "pay: the deadline moves",
    "pay: the deadline stays",
    "pay: the open payment again",
    "payment given up",
    "refund: Failed applied",
    "refund: Failed repeated",
    "refund: OtherSucceeded repeated",
    "refund: Pending applied",
    "refund: Pending repeated",
    "refund: Refused applied",
    "refund: Refused repeated",
    "refund: Succeeded applied",
    "refund: Succeeded repeated",
    "refund: a former attempt",
    "refund: came back",
    "refund: given up after three attempts",
    "repeated form",
    "show: cancelled",
    "show: cancelled again",
    "show: cancelled with paid bookings",
    "unblock: done",
    "unblock: not blocked",
];

#[derive(Debug, Default)]
pub struct Coverage(BTreeMap<String, usize>);

impl Coverage {
    pub fn add(&mut self, met: BTreeSet<String>) {
        for what in met {
            *self.0.entry(what).or_default() += 1;
        }
    }

    pub fn missing(&self) -> Vec<&'static str> {
        EXPECTED.iter().copied().filter(|what| !self.0.contains_key(*what)).collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(what, programs)| writeln!(f, "{programs:>6}  {what}"))
    }
}
