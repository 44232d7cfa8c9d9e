//! A stage for races over the same two seats, set up again for each: an old booking has them, and others come.

use crate::actor::Actor;
use crate::contention::{deadlocks, hasty_database};
use crate::support::TestDatabase;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, form, house, refused, seats_of, staff};
use crate::support::money::{self, Started, hold_with_contact, row, session_event, start_payment_of};
use chrono::Duration;
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use marquee::booking::booking_seat;
use marquee::clock::Instant;
use marquee::db::Database;
use marquee::ids::{BookingId, PaymentId, SeatId, ShowId};
use marquee::programme::Staff;
use marquee::programme::schedule::schedule;
use marquee::sale::hold::HoldRequest;
use marquee::sale::refund::lease;
use marquee::sale::settle;
use serde_json::json;

/// How the old booking's locks stand when everybody acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Five minutes old: so old that the first payment start moves their end.
    Alive,
    /// The last microsecond before their end; the clock stands still.
    LastInstant,
    /// Their very end; the clock stands still.
    AtTheEnd,
    Lapsed,
    /// They lapse while everybody waits.
    LapsesMeanwhile,
    /// There are none: the booking is paid for.
    Paid,
}

/// A house on a database of its own, and seats enough for many scenes.
pub struct Stage {
    pub database: TestDatabase,
    pub conn: PgConnection,
    house: House,
    staff: Staff,
    free: Vec<(ShowId, [SeatId; 2])>,
    days: i64,
    deadlocks: i64,
}

/// One race's seats, who has them, and what those who come bring along.
pub struct Scene {
    pub show: ShowId,
    pub seats: [SeatId; 2],
    pub booking: BookingId,
    /// A payment that the gateway called closed; its money may come all the same.
    pub early: Option<Started>,
    pub open: Option<Started>,
    /// For each place a stranger's form.
    pub forms: Vec<HoldRequest>,
    pub staff: Staff,
    /// What the owner has agreed to have back, in paise.
    pub quoted: i64,
}

impl Stage {
    pub fn new() -> Self {
        let database = hasty_database();
        let before = deadlocks(&database);
        let mut conn = database.connect();
        conn.batch_execute(CLOCK).unwrap();
        let (house, staff) = (house(&mut conn), staff(&mut conn));
        Self { database, conn, house, staff, free: Vec::new(), days: 0, deadlocks: before }
    }

    pub fn pool(&self, connections: u32) -> Database {
        Database::new(&self.database.url(), connections)
    }

    /// One with a connection for each contender, and one with a single connection for all.
    pub fn pools(&self) -> [Database; 2] {
        [self.pool(4), self.pool(1)]
    }

    /// Sets the scene for these actors, and the clock to the moment.
    pub fn scene(&mut self, actors: &[Actor], moment: Moment) -> Scene {
        if actors.contains(&Actor::CancelsShow) {
            // Not the show of other scenes.
            self.free.clear();
        }
        let (show, seats) = self.next_seats();
        if actors.contains(&Actor::CancelsShow) {
            self.free.clear();
        }
        let conn = &mut self.conn;
        travel(conn, if moment == Moment::Lapsed { "-16 minutes" } else { "-5 minutes" });
        let booking = hold_with_contact(conn, show, &seats);
        let early = actors.contains(&Actor::SettlesLate).then(|| closed_payment(conn, booking));
        let pays = |actor: &Actor| matches!(actor, Actor::Settles | Actor::Tells(_));
        let open = (moment == Moment::Paid || actors.iter().any(pays)).then(|| start_payment_of(conn, booking));
        if moment == Moment::Paid {
            money::settle(conn, open.as_ref().unwrap());
        }
        let lock_expires_at = row(conn, booking).lock_expires_at;
        let forms = (0..actors.len()).map(|place| a_form(show, seats, place)).collect();
        let promised = booking_seat::of_booking(conn, booking).unwrap();
        let quoted = promised.iter().map(|seat| seat.price).sum::<i64>() * 3 / 4;
        let scene = Scene { show, seats, booking, early, open, forms, staff: self.staff, quoted };
        for (place, actor) in actors.iter().enumerate() {
            scene.receive(conn, *actor, place);
        }
        match moment {
            Moment::LastInstant => stop_clock(conn, lock_expires_at - Duration::microseconds(1)),
            Moment::AtTheEnd => stop_clock(conn, lock_expires_at),
            _ => travel(conn, "0"),
        }
        scene
    }

    /// Seats that nobody has, and somebody who wants them: a scene without an old booking.
    pub fn free_seats(&mut self) -> HoldRequest {
        let (show, seats) = self.next_seats();
        form(show, &seats)
    }

    /// A show of its own, with all its seats.
    pub fn a_show(&mut self) -> (ShowId, Vec<SeatId>) {
        travel(&mut self.conn, "0");
        self.days += 1;
        let starts_at = self.house.starts_at + Duration::days(self.days);
        let show = schedule(&mut self.conn, &self.house.request(starts_at), &author()).unwrap();
        (show, seats_of(&mut self.conn, show))
    }

    pub fn staff(&self) -> Staff {
        self.staff
    }

    fn next_seats(&mut self) -> (ShowId, [SeatId; 2]) {
        if let Some(next) = self.free.pop() {
            return next;
        }
        let (show, seats) = self.a_show();
        self.free = seats.chunks(2).map(|two| (show, [two[0], two[1]])).collect();
        self.free.pop().unwrap()
    }

    /// All rows agree, and nobody ever stood in a deadlock.
    pub fn close(self) {
        self.close_after(0);
    }

    /// As [`Stage::close`], after so many deadlocks. Whatever clock was ever shown is past then.
    pub fn close_after(self, wanted: i64) {
        let Self { database, mut conn, deadlocks: before, .. } = self;
        travel(&mut conn, "1 hour");
        // Nobody has asked for the refunds: the worker comes late.
        refused(lease(&mut conn, i64::MAX)).unwrap();
        assert_consistent(&mut conn);
        drop(conn);
        assert_eq!(deadlocks(&database) - before, wanted, "deadlocks");
    }
}

/// A clock that is moved by an update: much cheaper than a new function, for scenes by the hundred.
const CLOCK: &str = "
    CREATE TABLE stage_clock (stopped_at timestamptz, moved_by interval NOT NULL);
    INSERT INTO stage_clock VALUES (NULL, '0');
    CREATE OR REPLACE FUNCTION marquee_now() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS $$ SELECT coalesce(stopped_at, clock_timestamp() + moved_by) FROM stage_clock $$";

/// Moves the stage's clock to `by` from real time.
pub fn travel(conn: &mut PgConnection, by: &str) {
    conn.batch_execute(&format!("UPDATE stage_clock SET stopped_at = NULL, moved_by = '{by}'")).unwrap();
}

fn stop_clock(conn: &mut PgConnection, at: Instant) {
    conn.batch_execute(&format!("UPDATE stage_clock SET stopped_at = '{}'", at.to_rfc3339())).unwrap();
}

/// Strangers name the seats in one order and in the other.
fn a_form(show: ShowId, mut seats: [SeatId; 2], place: usize) -> HoldRequest {
    if place % 2 == 1 {
        seats.reverse();
    }
    form(show, &seats)
}

fn closed_payment(conn: &mut PgConnection, booking: BookingId) -> Started {
    let started = start_payment_of(conn, booking);
    let (event, kind) = (format!("evt_{}_closed", started.payment), "checkout.session.expired");
    let body = session_event(&event, kind, started.payment, json!({}));
    refused(settle::receive(conn, &event, kind, &body)).unwrap();
    refused(settle::process(conn, &event, &author())).unwrap();
    started
}

impl Scene {
    /// The event that the actor at this place brings; each has its own, also about the same payment.
    pub fn event(&self, place: usize) -> String {
        format!("evt_{}_{place}", self.booking)
    }

    fn receive(&self, conn: &mut PgConnection, actor: Actor, place: usize) {
        let (kind, payment) = match actor {
            Actor::Settles => ("checkout.session.completed", &self.open),
            Actor::SettlesLate => ("checkout.session.completed", &self.early),
            Actor::Tells(kind) => (kind, &self.open),
            _ => return,
        };
        let Started { payment, amount, .. } = payment.as_ref().unwrap();
        let (event, more) = (self.event(place), json!({ "amount_total": amount, "currency": "inr" }));
        let body = session_event(&event, kind, *payment, more);
        refused(settle::receive(conn, &event, kind, &body)).unwrap();
    }

    pub fn payment_role(&self, id: PaymentId) -> &'static str {
        let is = |known: &Option<Started>| known.as_ref().is_some_and(|known| known.payment == id);
        if is(&self.early) {
            "closed"
        } else if is(&self.open) {
            "open"
        } else {
            "new"
        }
    }

    /// A refusal's text with the scene's names for its seats.
    pub fn without_ids(&self, text: &str) -> String {
        let [first, second] = self.seats;
        text.replace(&format!("{first:?}"), "first seat").replace(&format!("{second:?}"), "second seat")
    }

    /// A statement that stands in everybody's way: each of [`crate::actor::EVERYBODY`] locks this seat.
    pub fn first_seat(&self) -> String {
        self.lock_seat(0)
    }

    pub fn second_seat(&self) -> String {
        self.lock_seat(1)
    }

    fn lock_seat(&self, n: usize) -> String {
        format!("SELECT 1 FROM show_seats WHERE show_id = {} AND seat_id = {} FOR UPDATE", self.show, self.seats[n])
    }

    /// A statement that stands in the way of all but strangers and staff.
    pub fn booking_row(&self) -> String {
        format!("SELECT 1 FROM bookings WHERE id = {} FOR NO KEY UPDATE", self.booking)
    }
}
