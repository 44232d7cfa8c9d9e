//! The reference model: what the rules say must come of each operation, written from the rules and not from the
//! application. One show, times in whole seconds since the program began, money in minor units.

mod hold;
mod house;
mod lines;
mod money;
mod refund;

use crate::program::{Edge, Op, SEATS, Says, from_latest};
use marquee::booking::PriceType;
use refund::Refund;
use std::collections::{BTreeMap, BTreeSet};

const CHOOSE: i64 = 8 * 60;
const PAY: i64 = 5 * 60;
const GRACE: i64 = 2 * 60;
const CEILING: i64 = 15 * 60;
/// The show, from the beginning of the program.
pub const STARTS: i64 = 30 * 60;
const SALE_ENDS: i64 = STARTS + 15 * 60;
/// Trailers, two hours, interval.
const SHOW_ENDS: i64 = STARTS + (10 + 120 + 15) * 60;
/// What comes back of the price of the seats: so many percent until so long before the start.
pub const POLICY: [(i64, i64); 2] = [(25, 75), (10, 50)];
/// The convenience fee of a ticket and 18 % tax on it; none at the counter.
const FEE: i64 = 30_00 + 5_40;

/// Rules that a test may get wrong on purpose, to see that the difference is found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mistakes {
    pub lapsed_locks_hold: bool,
    pub money_has_no_grace: bool,
    pub quotes_end_early: bool,
    pub failed_refunds_are_left: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seat {
    Free,
    Locked { by: usize, until: i64 },
    Booked { by: usize },
    Blocked { reason: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Created,
    Confirmed,
    Expired,
    Cancelled,
}

#[derive(Clone, Debug)]
struct Booking {
    at_counter: bool,
    form: usize,
    wants: BTreeMap<usize, PriceType>,
    /// Never [`State::Expired`]: that is judged.
    written: State,
    held_at: i64,
    pay_by: i64,
    ends: i64,
    amount: Option<i64>,
    contact: bool,
    paid_by: Option<usize>,
}

#[derive(Clone, Debug)]
struct Payment {
    booking: usize,
    status: &'static str,
    asked: i64,
    session: bool,
    captured: Option<(i64, &'static str)>,
    outcome: Option<&'static str>,
}

#[derive(Clone, Debug)]
struct Event {
    payment: Option<usize>,
    says: Says,
    effect: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub struct Model {
    mistakes: Mistakes,
    pub now: i64,
    cancelled: bool,
    seats: [Seat; SEATS],
    bookings: Vec<Booking>,
    payments: Vec<Payment>,
    events: Vec<Event>,
    /// By payment and cause.
    refunds: BTreeMap<(usize, &'static str), Refund>,
    /// Booking and seat.
    void_tickets: Vec<(usize, usize)>,
    /// Those that are open: kind and payment.
    cases: BTreeSet<(&'static str, usize)>,
    /// What the program has come by, in words.
    pub met: BTreeSet<String>,
}

impl Model {
    pub fn new(mistakes: Mistakes) -> Self {
        Self {
            mistakes,
            now: 0,
            cancelled: false,
            seats: [Seat::Free; SEATS],
            bookings: Vec::new(),
            payments: Vec::new(),
            events: Vec::new(),
            refunds: BTreeMap::new(),
            void_tickets: Vec::new(),
            cases: BTreeSet::new(),
            met: BTreeSet::new(),
        }
    }

    /// Does it and says what the application must answer.
    pub fn step(&mut self, op: &Op) -> String {
        match op {
            Op::Hold { form, seats } => self.hold(*form, seats),
            Op::Checkout { booking, contact, choose } => self.checkout(*booking, *contact, *choose),
            Op::Pay { booking } => self.pay(*booking),
            Op::OpenSession { payment } => self.open_session(*payment),
            Op::GiveUpPayment { payment } => self.give_up_payment(*payment),
            Op::Cancel { booking } => self.cancel(*booking),
            Op::Event { payment, says, waits } => self.event(*payment, *says, *waits),
            Op::Again { event } => match from_latest(self.events.len(), *event) {
                Some(event) => self.process(event),
                None => "nothing there".to_owned(),
            },
            Op::Ask { payment, says } => self.ask(*payment, *says),
            Op::Block { seats, reason } => self.block(seats, *reason),
            Op::Unblock { seats } => self.unblock(seats),
            Op::Sell { form, seats, price_type } => self.sell(*form, seats, *price_type),
            Op::CancelShow => self.cancel_show(),
            Op::GiveBack { booking, percent } => self.give_back(*booking, *percent),
            Op::Lease => self.lease(),
            Op::Hear { refund, says, former, .. } => self.hear(*refund, *says, *former),
            Op::Decide { refund, retry } => self.decide(*refund, *retry),
            Op::Wait { seconds } => self.wait_until(self.now + seconds),
            Op::WaitFor { edge, offset } => self.wait_for(*edge, *offset),
        }
    }

    /// Events that were stored and are not done, oldest first: the gateway sends them until they are.
    pub fn waiting_events(&self) -> Vec<usize> {
        let count = self.events.len();
        // As the operation counts: from the latest.
        (0..count).filter(|event| self.events[*event].effect.is_none()).map(|event| count - 1 - event).collect()
    }

    fn meet(&mut self, what: impl Into<String>) {
        self.met.insert(what.into());
    }

    // Time

    fn wait_until(&mut self, instant: i64) -> String {
        self.now = self.now.max(instant);
        format!("now {}", self.now)
    }

    fn wait_for(&mut self, edge: Edge, offset: i64) -> String {
        let of = |booking| from_latest(self.bookings.len(), booking).map(|booking| &self.bookings[booking]);
        let instant = match edge {
            Edge::LockEnd { booking } => of(booking).map(|booking| booking.ends),
            Edge::PayBy { booking } => of(booking).map(|booking| booking.pay_by),
            Edge::SaleEnd => Some(SALE_ENDS),
            Edge::ShowEnd => Some(SHOW_ENDS),
            Edge::QuoteEnd { step } => Some(STARTS - POLICY[step].0 * 60),
            Edge::Patience => {
                self.refunds.values().map(|refund| refund.next_try_at).filter(|at| *at > self.now).min()
            }
        };
        self.wait_until(instant.map_or(self.now, |instant| instant + offset))
    }

    // What is true now

    fn has_lapsed(&self, seat: usize) -> bool {
        matches!(self.seats[seat], Seat::Locked { until, .. } if until <= self.now)
    }

    fn is_free(&self, seat: usize) -> bool {
        self.seats[seat] == Seat::Free || (self.has_lapsed(seat) && !self.mistakes.lapsed_locks_hold)
    }

    fn state(&self, booking: usize) -> State {
        let booking = &self.bookings[booking];
        if booking.written == State::Created && self.now >= booking.ends { State::Expired } else { booking.written }
    }

    fn not_free(&self, seats: &[usize]) -> Vec<usize> {
        seats.iter().copied().filter(|seat| !self.is_free(*seat)).collect()
    }
}

/// What arrives when this much was asked.
pub fn captured(asked: i64, says: Says) -> (i64, &'static str) {
    match says {
        Says::WrongSum => (asked - 1, "INR"),
        Says::WrongCurrency => (asked, "USD"),
        _ => (asked, "INR"),
    }
}

/// The seat that comes at this place among those a booking wants, round and round.
pub fn nth_seat<T>(wants: &BTreeMap<usize, T>, nth: usize) -> usize {
    *wants.keys().nth(nth % wants.len()).expect("a booking wants a seat")
}

fn total(wants: &BTreeMap<usize, PriceType>) -> i64 {
    wants.iter().filter_map(|(seat, price_type)| price(*seat, *price_type)).sum()
}

/// Silver, then gold, which has no price for seniors.
fn price(seat: usize, price_type: PriceType) -> Option<i64> {
    match (seat < SEATS / 2, price_type) {
        (true, PriceType::Adult) => Some(200_00),
        (true, PriceType::Child) => Some(120_00),
        (true, PriceType::Senior) => Some(150_00),
        (false, PriceType::Adult) => Some(300_00),
        (false, PriceType::Child) => Some(200_00),
        (false, PriceType::Senior) => None,
    }
}
