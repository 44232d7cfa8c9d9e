//! What can happen, as data. An operation names no row but counts: bookings, the gateway's payments and events from the
//! latest back, so that it still means something when operations before it are taken away.

use marquee::booking::PriceType;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Seats of the show: the first half silver, the second gold. Few, so that people meet.
pub const SEATS: usize = 6;
/// Seats in one booking, at most.
pub const MOST: usize = 4;

#[derive(Clone, Debug)]
pub enum Op {
    /// The same form again, with the same seats or others, is the same visitor's double click.
    Hold {
        form: usize,
        seats: Vec<usize>,
    },
    /// `choose`: one of the booking's seats, counted up, at this price type.
    Checkout {
        booking: usize,
        contact: bool,
        choose: Option<(usize, PriceType)>,
    },
    Pay {
        booking: usize,
    },
    /// The gateway opened the payment's session.
    OpenSession {
        payment: usize,
    },
    /// The gateway refused to open one.
    GiveUpPayment {
        payment: usize,
    },
    Cancel {
        booking: usize,
    },
    /// The gateway tells something; `waits`: it is stored and not processed yet.
    Event {
        payment: usize,
        says: Says,
        waits: bool,
    },
    /// An event is delivered again, or for the first time with success.
    Again {
        event: usize,
    },
    /// The gateway is asked how the payment's session stands.
    Ask {
        payment: usize,
        says: Says,
    },
    Block {
        seats: Vec<usize>,
        reason: usize,
    },
    Unblock {
        seats: Vec<usize>,
    },
    Sell {
        form: usize,
        seats: Vec<usize>,
        price_type: PriceType,
    },
    CancelShow,
    /// Its customer agrees to have so many percent of the price of the seats back.
    GiveBack {
        booking: usize,
        percent: i64,
    },
    /// A worker leases what is due.
    Lease,
    /// The gateway says something about a refund, or about its attempt before the present one; `event`: by an event.
    Hear {
        refund: usize,
        says: Word,
        former: bool,
        event: bool,
    },
    /// Staff decide about a refund: to be asked for again, or given back by other means.
    Decide {
        refund: usize,
        retry: bool,
    },
    Wait {
        seconds: i64,
    },
    /// Until so many seconds after something; not at all when that is past.
    WaitFor {
        edge: Edge,
        offset: i64,
    },
}

/// What the gateway says about a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    Paid,
    /// One paisa less than was asked.
    WrongSum,
    WrongCurrency,
    /// The customer is done, the money still on its way.
    Unpaid,
    Expired,
    Failed,
    Declined,
}

/// What the gateway says about a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Pending,
    Succeeded,
    Failed,
    /// It does not even begin.
    Refused,
    /// Another refund, marked as the same attempt, has succeeded.
    OtherSucceeded,
}

/// An instant at which something changes without a write.
#[derive(Clone, Copy, Debug)]
pub enum Edge {
    LockEnd {
        booking: usize,
    },
    PayBy {
        booking: usize,
    },
    SaleEnd,
    ShowEnd,
    /// Of a step of the refund policy.
    QuoteEnd {
        step: usize,
    },
    /// When the next refund is due again.
    Patience,
}

/// The index of the `nth` from the latest of `count`, round and round; none when there is none.
pub fn from_latest(count: usize, nth: usize) -> Option<usize> {
    (count > 0).then(|| count - 1 - nth % count)
}

/// What comes next: mostly one operation, sometimes a few that lead where single ones seldom do.
pub fn next() -> impl Strategy<Value = Vec<BoxedStrategy<Op>>> {
    let (booking, payment) = (0, 0);
    let pay = move || Just(Op::Pay { booking }).boxed();
    let contact = Just(Op::Checkout { booking, contact: true, choose: None }).boxed();
    let (contact_again, contact_of_late) = (contact.clone(), contact.clone());
    // Somebody else may come before the money.
    let lapses = Just(Op::WaitFor { edge: Edge::LockEnd { booking }, offset: 0 });
    let paid = move || Just(Op::Event { payment, says: Says::Paid, waits: false }).boxed();
    let hear = |says| Just(Op::Hear { refund: 0, says, former: false, event: false }).boxed();
    let fails = move || select(vec![Word::Failed, Word::Refused]).prop_flat_map(hear).boxed();
    let closed =
        select(vec![Says::Expired, Says::Failed]).prop_map(move |says| Op::Event { payment, says, waits: false });
    prop_oneof![
        120 => Just(vec![op().boxed()]),
        15 => Just(vec![hold().boxed(), contact, pay()]),
        10 => Just(vec![closed.boxed(), pay()]),
        8 => Just(vec![hold().boxed(), contact_again, pay(), paid(), give_back().boxed()]),
        8 => Just(vec![fails(), fails(), fails(), decide().boxed()]),
        4 => Just(vec![hear(Word::Succeeded), fails(), decide().boxed()]),
        8 => Just(vec![hold().boxed(), contact_of_late, pay(), lapses.boxed(), hold().boxed(), paid()]),
        2 => Just(vec![sell().boxed(), Just(Op::CancelShow).boxed(), decide().boxed(), decide().boxed(), decide().boxed()]),
    ]
}

fn hold() -> impl Strategy<Value = Op> {
    (0..12usize, seats()).prop_map(|(form, seats)| Op::Hold { form, seats })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        14 => hold(),
        10 => (nth(), prop::bool::weighted(0.9), choice())
            .prop_map(|(booking, contact, choose)| Op::Checkout { booking, contact, choose }),
        10 => nth().prop_map(|booking| Op::Pay { booking }),
        3 => nth().prop_map(|payment| Op::OpenSession { payment }),
        5 => nth().prop_map(|payment| Op::GiveUpPayment { payment }),
        4 => nth().prop_map(|booking| Op::Cancel { booking }),
        28 => (nth(), says(), prop::bool::weighted(0.3))
            .prop_map(|(payment, says, waits)| Op::Event { payment, says, waits }),
        6 => nth().prop_map(|event| Op::Again { event }),
        6 => (nth(), says()).prop_map(|(payment, says)| Op::Ask { payment, says }),
        6 => (seats(), 0..2usize).prop_map(|(seats, reason)| Op::Block { seats, reason }),
        3 => seats().prop_map(|seats| Op::Unblock { seats }),
        5 => sell(),
        1 => Just(Op::CancelShow),
        6 => give_back(),
        4 => Just(Op::Lease),
        12 => (nth(), word(), prop::bool::weighted(0.1), any::<bool>())
            .prop_map(|(refund, says, former, event)| Op::Hear { refund, says, former, event }),
        4 => decide(),
        5 => (0..240i64).prop_map(|seconds| Op::Wait { seconds }),
        8 => (edge(), -1..=1i64).prop_map(|(edge, offset)| Op::WaitFor { edge, offset }),
    ]
}

fn sell() -> impl Strategy<Value = Op> {
    (0..12usize, seats(), price_type()).prop_map(|(form, seats, price_type)| Op::Sell { form, seats, price_type })
}

fn give_back() -> impl Strategy<Value = Op> {
    (nth(), select(vec![75, 75, 75, 50, 50, 0, 100])).prop_map(|(booking, percent)| Op::GiveBack { booking, percent })
}

fn decide() -> impl Strategy<Value = Op> {
    (nth(), any::<bool>()).prop_map(|(refund, retry)| Op::Decide { refund, retry })
}

fn word() -> impl Strategy<Value = Word> {
    select(vec![
        Word::Pending,
        Word::Pending,
        Word::Succeeded,
        Word::Succeeded,
        Word::Failed,
        Word::Failed,
        Word::Refused,
        Word::OtherSucceeded,
    ])
}

fn seats() -> impl Strategy<Value = Vec<usize>> {
    let all: Vec<usize> = (0..SEATS).collect();
    prop_oneof![12 => subsequence(all.clone(), 1..=2), 4 => subsequence(all.clone(), 1..=4), 1 => subsequence(all, 0..=5)]
}

/// Mostly the latest.
fn nth() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0usize), 1 => 0..6usize]
}

fn price_type() -> impl Strategy<Value = PriceType> {
    select(PriceType::ALL)
}

fn choice() -> impl Strategy<Value = Option<(usize, PriceType)>> {
    prop::option::weighted(0.4, (0..MOST, price_type()))
}

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![
        10 => Just(Says::Paid),
        2 => Just(Says::WrongSum),
        1 => Just(Says::WrongCurrency),
        1 => Just(Says::Unpaid),
        3 => Just(Says::Expired),
        2 => Just(Says::Failed),
        2 => Just(Says::Declined),
    ]
}

fn edge() -> impl Strategy<Value = Edge> {
    prop_oneof![
        6 => nth().prop_map(|booking| Edge::LockEnd { booking }),
        6 => nth().prop_map(|booking| Edge::PayBy { booking }),
        1 => Just(Edge::SaleEnd),
        1 => Just(Edge::ShowEnd),
        4 => (0..2usize).prop_map(|step| Edge::QuoteEnd { step }),
        2 => Just(Edge::Patience),
    ]
}
