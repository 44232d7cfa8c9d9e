//! Random operations on a show, by the verbs that the application calls, while the clock goes on.

use crate::support::fixture::{author, form, house, refused, screen, staff};
use crate::support::money::{session_event, session_terms};
use crate::support::{count, travel_on};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use marquee::booking::booking::{self, Contact};
use marquee::booking::{PriceType, booking_seat};
use marquee::catalogue::plan::Plan;
use marquee::ids::{BookingId, FormKey, PaymentId, SeatId, ShowId, VisitorId};
use marquee::payment::gateway::{Session, SessionState};
use marquee::payment::payment;
use marquee::programme::Staff;
use marquee::programme::block_seats::{block_seats, unblock_seats};
use marquee::programme::cancel_show::cancel_show;
use marquee::programme::publish_layout::publish_layout;
use marquee::programme::schedule::schedule;
use marquee::sale::SalePolicy;
use marquee::sale::cancel::cancel;
use marquee::sale::checkout::checkout;
use marquee::sale::hold::hold;
use marquee::sale::sell_at_counter::{CounterSale, sell_at_counter};
use marquee::sale::settle;
use marquee::sale::start_payment::{give_up_payment, note_session, start_payment};
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
            0..25 => self.hold(conn),
            25..50 => self.start_payment(conn),
            50..56 => self.note_session(conn),
            56..80 => self.gateway_tells(conn),
            80..83 => self.give_up_payment(conn),
            83..88 => self.cancel(conn),
            88..92 => self.sell_at_counter(conn),
            92..97 => self.block(conn),
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
        let session = Session {
            id: format!("cs_test_{payment}"),
            url: Some("https://pay.example/".into()),
            payment: Some(payment),
            state: SessionState::Open,
        };
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
        use diesel::prelude::*;
        use marquee::schema::show_seats;
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
                "a booking is cancelled",
                "entity = 'booking' AND to_status = 'cancelled' AND cause = 'customer_cancels'",
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
            ("a ticket is issued", "entity = 'ticket'"),
        ];
        let never = happened
            .into_iter()
            .filter(|(_, rows)| count(conn, &format!("SELECT count(*) FROM ledger WHERE {rows}")) == 0);
        let never: Vec<&str> = never.map(|(what, _)| what).collect();
        assert!(never.is_empty(), "never happened: {never:?}");
    }
}
