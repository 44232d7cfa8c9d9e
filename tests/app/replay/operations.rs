//! Random operations on a show, by the verbs that the application calls, while the clock goes on.

use crate::support::fixture::{author, form, house, refused, screen, staff};
use crate::support::money::{session, session_event, session_terms};
use crate::support::refunds::{decided, failed, row, told};
use crate::support::{count, travel_on};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use marquee::booking::booking::{self, Contact};
use marquee::booking::{PriceType, booking_seat};
use marquee::catalogue::plan::Plan;
use marquee::ids::{BookingId, FormKey, PaymentId, RefundId, SeatId, ShowId, VisitorId};
use marquee::payment::gateway::{Session, SessionState};
use marquee::payment::refund::Word;
use marquee::payment::{PaymentMethod, RefundStatus, payment};
use marquee::programme::Staff;
use marquee::programme::block_seats::{block_seats, unblock_seats};
use marquee::programme::cancel_show::cancel_show;
use marquee::programme::publish_layout::publish_layout;
use marquee::programme::schedule::schedule;
use marquee::sale::SalePolicy;
use marquee::sale::cancel::cancel;
use marquee::sale::cancel_paid::{CancelPaidRefusal, cancel_paid};
use marquee::sale::checkout::checkout;
use marquee::sale::hold::hold;
use marquee::sale::refund::Decision;
use marquee::sale::sell_at_counter::{CounterSale, sell_at_counter};
use marquee::sale::settle;
use marquee::sale::start_payment::{give_up_payment, note_session, start_payment};
use marquee::schema::{refunds, show_seats};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A hall of 240: enough for a long day.
const ROWS: [&str; 12] = ["A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "L", "M"];
/// Shortly before the end, so that what comes after a cancelled show comes too.
const SHOW_CANCELLED: usize = 485;

pub struct Operations {
    dice: StdRng,
    /// The show that is replayed.
    pub show: ShowId,
    seats: Vec<SeatId>,
    /// Another show, whose history must stay out of the picture.
    other: (ShowId, Vec<SeatId>),
    staff: Staff,
    seconds_ahead: i64,
    bookings: Vec<BookingId>,
    payments: Vec<PaymentId>,
}

impl Operations {
    pub fn begin(conn: &mut PgConnection, seed: u64) -> Self {
        // Nothing here outlives a crash, and thousands of commits need not wait for the disk.
        conn.batch_execute("SET synchronous_commit = off").unwrap();
        let house = house(conn);
        let screen = screen(conn, "Screen 2");
        let row = |row: &&str| {
            let zone = if **row < *"G" { "s" } else { "g" };
            format!("{row} {zone} oooooooooo..oooooooooo\n")
        };
        let rows: String = ROWS.iter().map(row).collect();
        let plan = format!("zone s silver Silver\nzone g gold Gold\nnumber from left\n\n{rows}");
        publish_layout(conn, screen, &Plan::parse(&plan).unwrap()).unwrap();
        let mut request = house.request(house.starts_at);
        request.screen = screen;
        let show = schedule(conn, &request, &author()).unwrap();
        Self {
            dice: StdRng::seed_from_u64(seed),
            show,
            seats: crate::support::fixture::seats_of(conn, show),
            other: (house.show, house.seats),
            staff: staff(conn),
            seconds_ahead: 0,
            bookings: Vec::new(),
            payments: Vec::new(),
        }
    }

    /// `how_many` different numbers below `below`.
    pub fn draw(&mut self, how_many: usize, below: usize) -> BTreeSet<usize> {
        let mut drawn = BTreeSet::new();
        while drawn.len() < how_many {
            drawn.insert(self.dice.random_range(0..below));
        }
        drawn
    }

    /// Tries until an operation has written history; what was refused on the way must leave no trace.
    pub fn run_one(&mut self, conn: &mut PgConnection, number: usize) {
        const LENGTH: &str = "SELECT count(*) FROM ledger";
        let before = count(conn, LENGTH);
        while count(conn, LENGTH) == before {
            self.try_one(conn, number);
        }
    }

    /// The clock goes on by at least a second, so that an instant lies between two operations.
    fn try_one(&mut self, conn: &mut PgConnection, number: usize) {
        self.seconds_ahead += self.dice.random_range(1..=60);
        travel_on(conn, &format!("{} seconds", self.seconds_ahead));
        if number == SHOW_CANCELLED {
            refused(cancel_show(conn, self.show, "Flooded", &self.staff)).unwrap();
            return;
        }
        match self.dice.random_range(0..100) {
            0..22 => self.hold(conn),
            22..44 => self.start_payment(conn),
            44..49 => self.note_session(conn),
            49..70 => self.gateway_tells(conn),
            70..73 => self.give_up_payment(conn),
            73..77 => self.cancel(conn),
            77..80 => self.cancel_paid(conn),
            80..88 => self.refund(conn),
            88..91 => self.staff_decide(conn),
            91..94 => self.sell_at_counter(conn),
            94..97 => self.block(conn),
            _ => self.unblock(conn),
        }
    }

    /// Neighbours of the main show, or now and then of the other.
    fn choose_seats(&mut self, most: usize) -> (ShowId, Vec<SeatId>) {
        let other = self.dice.random_range(0..10) == 0;
        let (show, seats) = if other { (self.other.0, &self.other.1) } else { (self.show, &self.seats) };
        let how_many = self.dice.random_range(1..=most);
        let first = self.dice.random_range(0..=seats.len() - how_many);
        (show, seats[first..first + how_many].to_vec())
    }

    /// Mostly a recent one.
    fn choose<T: Copy>(&mut self, among: impl Fn(&Self) -> &Vec<T>) -> Option<T> {
        let length = among(self).len();
        let oldest = if self.dice.random_range(0..4) == 0 { 0 } else { length.saturating_sub(5) };
        (length > 0).then(|| self.dice.random_range(oldest..length)).map(|index| among(self)[index])
    }

    fn hold(&mut self, conn: &mut PgConnection) {
        let (show, seats) = self.choose_seats(5);
        if let Ok(held) = refused(hold(conn, &form(show, &seats), &SalePolicy::default(), &author())) {
            self.bookings.push(booking::find(conn, &held.reference).unwrap().unwrap().id);
        }
    }

    fn start_payment(&mut self, conn: &mut PgConnection) {
        let Some(booking) = self.choose(|own| &own.bookings) else { return };
        let contact = Contact { name: Some("Asha Rao".into()), email: Some("asha@example.com".into()), phone: None };
        let seats = booking_seat::of_booking(conn, booking).unwrap();
        let types: Vec<_> =
            seats.iter().map(|seat| (seat.seat_id, PriceType::ALL[self.dice.random_range(0..3)])).collect();
        let types = if self.dice.random() { types } else { Vec::new() };
        let _refusal_is_fine = refused(checkout(conn, booking, &contact, &types));
        let started = start_payment(conn, booking, &SalePolicy::default(), session_terms, &author());
        if let Ok(payment) = refused(started)
            && !self.payments.contains(&payment.id)
        {
            self.payments.push(payment.id);
        }
    }

    fn note_session(&mut self, conn: &mut PgConnection) {
        let Some(payment) = self.choose(|own| &own.payments) else { return };
        let session = Session { url: Some("https://pay.example/".into()), ..session(payment, SessionState::Open) };
        refused(note_session(conn, payment, &session, &author())).unwrap();
    }

    /// Mostly that a session was paid; sometimes of a wrong sum, of its end, or of a declined card.
    fn gateway_tells(&mut self, conn: &mut PgConnection) {
        let Some(payment) = self.choose(|own| &own.payments) else { return };
        let booking = payment::booking_of(conn, payment).unwrap().unwrap();
        let known = payment::of_booking(conn, booking).unwrap();
        let asked = known.iter().find(|known| known.id == payment).unwrap().amount;
        let (kind, more) = match self.dice.random_range(0..12) {
            0..7 => ("checkout.session.completed", json!({ "amount_total": asked, "currency": "inr" })),
            7 => ("checkout.session.completed", json!({ "amount_total": asked - 1, "currency": "inr" })),
            8 => ("checkout.session.expired", json!({})),
            9 => ("checkout.session.async_payment_failed", json!({})),
            _ => (
                "payment_intent.payment_failed",
                json!({ "last_payment_error": { "decline_code": "insufficient_funds" } }),
            ),
        };
        let id = format!("evt_{}", Uuid::now_v7());
        let body = session_event(&id, kind, payment, more);
        refused(settle::receive(conn, &id, kind, &body)).unwrap();
        refused(settle::process(conn, &id, &author())).unwrap();
    }

    fn give_up_payment(&mut self, conn: &mut PgConnection) {
        let Some(payment) = self.choose(|own| &own.payments) else { return };
        refused(give_up_payment(conn, payment, &author())).unwrap();
    }

    fn cancel(&mut self, conn: &mut PgConnection) {
        let Some(booking) = self.choose(|own| &own.bookings) else { return };
        let _refusal_is_fine = refused(cancel(conn, booking, &author()));
    }

    fn cancel_paid(&mut self, conn: &mut PgConnection) {
        let Some(booking) = self.choose(|own| &own.bookings) else { return };
        if let Err(CancelPaidRefusal::QuoteChanged(quoted)) = refused(cancel_paid(conn, booking, -1, &author())) {
            refused(cancel_paid(conn, booking, quoted.amount, &author())).unwrap();
        }
    }

    /// One of those that wait for the gateway's word, or that had its good word, now and then.
    fn choose_refund(&mut self, conn: &mut PgConnection, status: RefundStatus) -> Option<RefundId> {
        let among = refunds::table.filter(refunds::status.eq(status)).order(refunds::id).select(refunds::id);
        let among: Vec<RefundId> = among.load(conn).unwrap();
        (!among.is_empty()).then(|| among[self.dice.random_range(0..among.len())])
    }

    /// The gateway says how a refund stands; sometimes it takes back its word that one succeeded.
    fn refund(&mut self, conn: &mut PgConnection) {
        let taken_back = self.dice.random_range(0..6) == 0;
        let status = if taken_back { RefundStatus::Succeeded } else { RefundStatus::Requested };
        let Some(refund) = self.choose_refund(conn, status) else { return };
        match self.dice.random_range(0..6) {
            _ if taken_back => failed(conn, refund, "expired_or_canceled_card"),
            0..2 => told(conn, refund, |gateway_id| Word::Pending { gateway_id }),
            2..4 => told(conn, refund, |gateway_id| Word::Succeeded { gateway_id }),
            4 => failed(conn, refund, "insufficient_funds"),
            _ => told(conn, refund, |_| Word::Failed { gateway_id: None, reason: "charge_disputed".to_owned() }),
        };
    }

    fn staff_decide(&mut self, conn: &mut PgConnection) {
        let Some(refund) = self.choose_refund(conn, RefundStatus::NeedsAttention) else { return };
        let life = row(conn, refund).life;
        let paid = payment::of_booking(conn, life.booking_id).unwrap();
        let at_counter = paid.iter().any(|paid| paid.id == life.payment_id && paid.method == PaymentMethod::Counter);
        let again = !at_counter && self.dice.random();
        let decision = if again { Decision::Retry } else { Decision::Settled };
        decided(conn, refund, decision, "Agreed by telephone", &self.staff);
    }

    fn sell_at_counter(&mut self, conn: &mut PgConnection) {
        let (show, seats) = self.choose_seats(3);
        let seats = seats.into_iter().map(|seat| (seat, PriceType::Senior)).collect();
        let sale = CounterSale { show, seats, seller: VisitorId(Uuid::now_v7()), form: FormKey(Uuid::now_v7()) };
        let _refusal_is_fine = refused(sell_at_counter(conn, &sale, &SalePolicy::at_counter(), &author()));
    }

    fn block(&mut self, conn: &mut PgConnection) {
        let (show, seats) = self.choose_seats(2);
        let _refusal_is_fine = refused(block_seats(conn, show, &seats, "Broken seat", &self.staff));
    }

    fn unblock(&mut self, conn: &mut PgConnection) {
        let blocked = show_seats::table.filter(show_seats::show_id.eq(self.show));
        let blocked = blocked.filter(show_seats::status.eq("blocked")).select(show_seats::seat_id);
        let seats: Vec<SeatId> = blocked.order(show_seats::seat_id).limit(2).load(conn).unwrap();
        let _refusal_is_fine = refused(unblock_seats(conn, self.show, &seats, "Repaired", &self.staff));
    }

    /// Whether every kind of transition was among them: a replay proves nothing about what did not happen.
    pub fn assert_everything_happened(&self, conn: &mut PgConnection) {
        let happened = [
            ("a free seat is held", "entity = 'show_seat' AND from_status = 'available' AND to_status = 'locked'"),
            ("a lapsed seat is taken over", "to_status = 'locked' AND from_owner <> to_owner"),
            ("a lock's end moves", "entity = 'show_seat' AND from_owner = to_owner AND to_end > from_end"),
            ("a held seat is booked", "entity = 'show_seat' AND to_status = 'booked'"),
            (
                "a held seat is given back",
                "entity = 'show_seat' AND from_status = 'locked' AND to_status = 'available'",
            ),
            ("a seat is blocked", "to_status = 'blocked'"),
            ("a seat is unblocked", "from_status = 'blocked'"),
            ("a sum is frozen", "entity = 'booking' AND from_status = 'created' AND to_status = 'created'"),
            ("a booking is confirmed", "entity = 'booking' AND to_status = 'confirmed'"),
            (
                "an unpaid booking is given up",
                "entity = 'booking' AND from_status = 'created' AND cause = 'customer_cancels'",
            ),
            ("a booking ends with its show", "entity = 'booking' AND cause = 'show_cancelled'"),
            ("a session is noted", "entity = 'payment' AND detail ? 'session'"),
            ("a card is declined", "entity = 'payment' AND detail ? 'declined'"),
            ("a payment expires", "entity = 'payment' AND to_status = 'expired'"),
            ("a payment fails", "entity = 'payment' AND to_status = 'failed'"),
            ("a closed payment succeeds", "from_status IN ('expired', 'failed') AND to_status = 'succeeded'"),
            ("money is taken at the counter", "entity = 'payment' AND detail ->> 'method' = 'counter'"),
            ("a wrong sum arrives", "detail ->> 'outcome' = 'wrong_amount'"),
            ("late money finds its seats free", "detail ->> 'outcome' = 'take_again'"),
            ("late money finds its seats gone", "detail ->> 'outcome' = 'seats_lost'"),
            ("money comes for what was cancelled", "detail ->> 'outcome' = 'cancelled'"),
            ("money comes a second time", "detail ->> 'outcome' = 'already_paid'"),
            ("seats are taken again for late money", "to_status = 'locked' AND cause = 'paid'"),
            ("what was left of lost seats is released", "to_status = 'available' AND cause = 'paid'"),
            (
                "a sold seat is given back",
                "entity = 'show_seat' AND from_status = 'booked' AND to_status = 'available' AND cause = 'customer_cancels'",
            ),
            ("a sold seat ends with its show", "from_status = 'booked' AND cause = 'show_cancelled'"),
            ("a refund is requested", "entity = 'refund' AND from_status IS NULL AND to_status = 'requested'"),
            (
                "a refund is owed at the counter",
                "entity = 'refund' AND from_status IS NULL AND to_status = 'needs_attention'",
            ),
            (
                "the gateway has a refund",
                "entity = 'refund' AND from_status = 'requested' AND to_status = 'requested'",
            ),
            ("a refund succeeds", "entity = 'refund' AND to_status = 'succeeded'"),
            ("a refund fails", "entity = 'refund' AND from_status = 'requested' AND to_status = 'failed'"),
            ("a refund that had succeeded fails", "entity = 'refund' AND from_status = 'succeeded'"),
            (
                "a refund is asked for again",
                "entity = 'refund' AND from_status = 'failed' AND to_status = 'requested'",
            ),
            (
                "a refund is left to a person",
                "entity = 'refund' AND from_status = 'failed' AND to_status = 'needs_attention'",
            ),
            ("staff ask for a refund again", "from_status = 'needs_attention' AND to_status = 'requested'"),
            ("staff settle a refund", "to_status = 'settled_by_staff'"),
            ("a ticket is issued", "entity = 'ticket' AND to_status = 'valid'"),
            ("a ticket becomes void", "entity = 'ticket' AND to_status = 'void'"),
        ];
        let never = happened
            .into_iter()
            .filter(|(_, rows)| count(conn, &format!("SELECT count(*) FROM ledger WHERE {rows}")) == 0);
        let never: Vec<&str> = never.map(|(what, _)| what).collect();
        assert!(never.is_empty(), "never happened: {never:?}");
    }
}
