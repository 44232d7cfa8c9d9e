//! A program at work: each operation done by the real verbs, and their answers in the words of the model.

mod gateway;
mod refund;

use crate::model::{Model, nth_seat};
use crate::program::{Op, from_latest};
use crate::support::fixture::author;
use crate::support::freeze;
use crate::support::money::session_terms;
use crate::tables::Lines;
use chrono::Duration;
use diesel::PgConnection;
use gateway::Event;
use marquee::booking::booking::{self, Booking, Contact};
use marquee::booking::{PriceType, booking_seat};
use marquee::clock::Instant;
use marquee::db::Stop;
use marquee::ids::{BookingId, FormKey, PaymentId, SeatId, ShowId, VisitorId};
use marquee::programme::Staff;
use marquee::programme::block_seats::{BlockRefusal, block_seats, unblock_seats};
use marquee::programme::cancel_show::cancel_show;
use marquee::sale::SalePolicy;
use marquee::sale::cancel::cancel;
use marquee::sale::checkout::checkout;
use marquee::sale::hold::{Held, HoldRefusal, HoldRequest, hold};
use marquee::sale::sell_at_counter::{CounterRefusal, CounterSale, sell_at_counter};
use marquee::sale::start_payment::{give_up_payment, start_payment};
use marquee::seating::hall::Hall;
use marquee::seating::{availability, seat_map};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use uuid::Uuid;

/// The one visitor who is the counter; the forms' visitors have smaller numbers.
const SELLER: u64 = 1_000;
const NOTHING: &str = "nothing there";

pub struct Run<'a> {
    pub conn: &'a mut PgConnection,
    pub staff: Staff,
    pub policy: SalePolicy,
    pub show: ShowId,
    pub hall: Arc<Hall>,
    pub seats: Vec<SeatId>,
    pub began: Instant,
    pub now: Instant,
    pub bookings: Vec<BookingId>,
    pub payments: Vec<PaymentId>,
    /// Those of the payments that the gateway was asked for, and the sums.
    pub gateway: Vec<(PaymentId, i64)>,
    pub events: Vec<Event>,
    /// Words that came by events, counted.
    pub words: usize,
}

impl Run<'_> {
    /// Does one operation on both sides, and says where they part.
    pub fn step_beside(&mut self, model: &mut Model, op: &Op) -> Result<(), String> {
        let right = model.step(op);
        self.travel(model.now);
        let answer = match op {
            Op::Wait { .. } | Op::WaitFor { .. } => format!("now {}", (self.now - self.began).num_seconds()),
            op => self.step(op),
        };
        if answer != right {
            return Err(format!("{op:?} answers `{answer}`, and should answer `{right}`"));
        }
        let (mut told, mut right) = (self.lines(), model.lines());
        told.sort();
        right.sort();
        if told == right {
            return Ok(());
        }
        let only = |these: &[String], those: &[String]| {
            let missing = these.iter().filter(|line| !those.contains(line));
            missing.map(|line| format!("\n    {line}")).collect::<String>()
        };
        let (wrong, missed) = (only(&told, &right), only(&right, &told));
        Err(format!("after {op:?} it is{wrong}\n  and should be{missed}"))
    }

    fn travel(&mut self, seconds: i64) {
        let now = self.began + Duration::seconds(seconds);
        if now != self.now {
            freeze(self.conn, now);
            self.now = now;
        }
    }

    fn step(&mut self, op: &Op) -> String {
        match op {
            Op::Hold { form, seats } => self.hold(*form, seats),
            Op::Checkout { booking, contact, choose } => self.checkout(*booking, *contact, *choose),
            Op::Pay { booking } => self.pay(*booking),
            Op::OpenSession { payment } => self.open_session(*payment),
            Op::GiveUpPayment { payment } => match self.at_gateway(*payment) {
                Some((payment, _)) => done(give_up_payment(self.conn, payment, &author())),
                None => NOTHING.to_owned(),
            },
            Op::Cancel { booking } => self.cancel(*booking),
            Op::Event { payment, says, waits } => self.event(*payment, *says, *waits),
            Op::Again { event } => match from_latest(self.events.len(), *event) {
                Some(event) => self.deliver(event, true),
                None => NOTHING.to_owned(),
            },
            Op::Ask { payment, says } => self.ask(*payment, *says),
            Op::Block { seats, reason } => {
                let (seats, reason) = (self.ids(seats), format!("reason {reason}"));
                let ended = block_seats(self.conn, self.show, &seats, &reason, &self.staff);
                self.blocked(ended)
            }
            Op::Unblock { seats } => {
                let seats = self.ids(seats);
                let ended = unblock_seats(self.conn, self.show, &seats, "Mended", &self.staff);
                self.blocked(ended)
            }
            Op::Sell { form, seats, price_type } => self.sell(*form, seats, *price_type),
            Op::CancelShow => answer(cancel_show(self.conn, self.show, "Flooded", &self.staff), |ended| {
                format!("{} unpaid, {} paid", ended.unpaid, ended.paid)
            }),
            Op::GiveBack { booking, percent } => self.give_back(*booking, *percent),
            Op::Lease => self.lease(),
            Op::Hear { refund, says, former, event } => self.hear(*refund, *says, *former, *event),
            Op::Decide { refund, retry } => self.decide(*refund, *retry),
            Op::Wait { .. } | Op::WaitFor { .. } => unreachable!("the clock is moved for both sides at once"),
        }
    }

    fn ids(&self, seats: &[usize]) -> Vec<SeatId> {
        seats.iter().map(|seat| self.seats[*seat]).collect()
    }

    fn numbers(&self, seats: &[SeatId]) -> Vec<usize> {
        seats.iter().filter_map(|seat| self.seats.iter().position(|known| known == seat)).collect()
    }

    /// Of these numbers: the same at each run of the form, and another in each show.
    fn uuid(&self, number: u64) -> Uuid {
        Uuid::from_u64_pair(self.show.0 as u64, number)
    }

    /// By reference, and noted when it is new.
    fn number_of(&mut self, reference: &str) -> (usize, Booking) {
        let booking = booking::find(self.conn, reference).unwrap().expect("a booking that was told of");
        let number = self.bookings.iter().position(|known| *known == booking.id).unwrap_or_else(|| {
            self.bookings.push(booking.id);
            self.bookings.len() - 1
        });
        (number, booking)
    }

    fn held(&mut self, held: &Held) -> String {
        let (number, booking) = self.number_of(&held.reference);
        if let Some(payment) = booking.paid_by.filter(|payment| !self.payments.contains(payment)) {
            self.payments.push(payment);
        }
        if held.repeated { format!("held {number} before") } else { format!("held {number}") }
    }

    fn not_held(&mut self, refusal: HoldRefusal) -> String {
        match refusal {
            HoldRefusal::Lost(seats) => format!("Lost {:?}", self.numbers(&seats)),
            HoldRefusal::FormUsed { reference } => format!("FormUsed {}", self.number_of(&reference).0),
            HoldRefusal::TooManySeats { .. } => "TooManySeats".to_owned(),
            other => format!("{other:?}"),
        }
    }

    fn hold(&mut self, form: usize, seats: &[usize]) -> String {
        let visitor = self.uuid(form as u64);
        let seats = self.ids(seats);
        let request = HoldRequest { show: self.show, seats, visitor: VisitorId(visitor), form: FormKey(visitor) };
        match hold(self.conn, &request, &self.policy, &author()) {
            Ok(held) => self.held(&held),
            Err(Stop::Refused(refusal)) => self.not_held(refusal),
            Err(Stop::Failed(failure)) => failed(&failure),
        }
    }

    fn sell(&mut self, form: usize, seats: &[usize], price_type: PriceType) -> String {
        let sale = CounterSale {
            show: self.show,
            seats: self.ids(seats).into_iter().map(|seat| (seat, price_type)).collect(),
            seller: VisitorId(self.uuid(SELLER)),
            form: FormKey(self.uuid(form as u64)),
        };
        match sell_at_counter(self.conn, &sale, &SalePolicy::at_counter(), &author()) {
            Ok(held) => self.held(&held),
            Err(Stop::Refused(CounterRefusal::Hold(refusal))) => self.not_held(refusal),
            Err(Stop::Refused(CounterRefusal::NotForSale(seats))) => format!("NotForSale {:?}", self.numbers(&seats)),
            Err(Stop::Failed(failure)) => failed(&failure),
        }
    }

    fn booking(&self, nth: usize) -> Option<BookingId> {
        from_latest(self.bookings.len(), nth).map(|index| self.bookings[index])
    }

    fn checkout(&mut self, nth: usize, contact: bool, choose: Option<(usize, PriceType)>) -> String {
        let Some(booking) = self.booking(nth) else { return NOTHING.to_owned() };
        let given = |text: &str| contact.then(|| text.to_owned());
        let contact = Contact { name: given("Asha Rao"), email: given("asha@example.com"), phone: None };
        let wants: BTreeMap<usize, SeatId> = booking_seat::of_booking(self.conn, booking)
            .unwrap()
            .iter()
            .map(|seat| (self.numbers(&[seat.seat_id])[0], seat.seat_id))
            .collect();
        let types: Vec<(SeatId, PriceType)> =
            choose.iter().map(|(nth, price_type)| (wants[&nth_seat(&wants, *nth)], *price_type)).collect();
        done(checkout(self.conn, booking, &contact, &types))
    }

    fn pay(&mut self, nth: usize) -> String {
        let Some(booking) = self.booking(nth) else { return NOTHING.to_owned() };
        let started = start_payment(self.conn, booking, &self.policy, session_terms, &author());
        answer(started, |payment| {
            let number = self.payments.iter().position(|known| *known == payment.id).unwrap_or_else(|| {
                self.payments.push(payment.id);
                self.gateway.push((payment.id, payment.amount));
                self.payments.len() - 1
            });
            format!("payment {number}")
        })
    }

    fn cancel(&mut self, nth: usize) -> String {
        let Some(booking) = self.booking(nth) else { return NOTHING.to_owned() };
        answer(cancel(self.conn, booking, &author()), |open| match open {
            Some(payment) => {
                let number = self.payments.iter().position(|known| *known == payment.id);
                format!("payment {} open", number.expect("a payment that was told of"))
            }
            None => "done".to_owned(),
        })
    }

    fn blocked(&self, ended: Result<(), Stop<BlockRefusal>>) -> String {
        match ended {
            Err(Stop::Refused(BlockRefusal::NotFree(seats))) => format!("NotFree {:?}", self.numbers(&seats)),
            Err(Stop::Refused(BlockRefusal::NotBlocked(seats))) => format!("NotBlocked {:?}", self.numbers(&seats)),
            ended => done(ended),
        }
    }

    /// What the tables say, what the seat map shows to a stranger, and how many seats are said to be free.
    fn lines(&mut self) -> Vec<String> {
        let lines = Lines {
            show: self.show,
            began: self.began,
            now: self.now,
            seats: &self.seats,
            bookings: &self.bookings,
            payments: &self.payments,
            events: &self.events.iter().map(|event| event.id.clone()).collect::<Vec<_>>(),
        };
        let mut lines = lines.read(self.conn);
        let map = seat_map::read(self.conn, self.show, self.hall.clone(), &[], self.now).unwrap();
        lines.extend(map.seats().map(|seat| {
            format!("map: seat {} {}", self.numbers(&[seat.id()])[0], format!("{:?}", seat.view).to_lowercase())
        }));
        let free = availability::of_shows(self.conn, &[self.show], self.now).unwrap()[&self.show];
        lines.push(format!("map: {} of {} free", free.free, free.sellable));
        lines
    }
}

/// A verb's outcome in words; its refusal in its own.
fn answer<T, R: Debug>(ended: Result<T, Stop<R>>, words: impl FnOnce(T) -> String) -> String {
    match ended {
        Ok(outcome) => words(outcome),
        Err(Stop::Refused(refusal)) => format!("{refusal:?}"),
        Err(Stop::Failed(failure)) => failed(&failure),
    }
}

fn done<R: Debug>(ended: Result<(), Stop<R>>) -> String {
    answer(ended, |()| "done".to_owned())
}

/// Never right: correct code meets no failure here, where nobody else is at work.
fn failed(failure: &marquee::db::Failure) -> String {
    format!("failed: {failure}")
}
