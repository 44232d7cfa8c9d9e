//! The walls in the schema: what wrong code, or a person with `psql`, cannot do. Each is refused by name.
//!
//! A statement that a wall should stop stands beside one that it must let through, so that no wall is only thought to
//! stand: a typing error would be refused too.

mod states;

use crate::support;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, screen, try_hold, try_sell};
use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use marquee::programme::schedule::schedule;

/// One show; the booking of A1 and A2 is paid for, that of B1 and B2 is not.
pub struct Walls {
    pub house: House,
    pub conn: PgConnection,
    /// Ids of the two bookings.
    sold: i64,
    held: i64,
    pub database: support::TestDatabase,
}

impl Walls {
    pub fn new() -> Self {
        let database = support::database();
        let mut conn = database.connect();
        let house = house(&mut conn);
        let sold = try_sell(&mut conn, house.show, &house.seats("A1 A2")).unwrap();
        let held = try_hold(&mut conn, house.show, &house.seats("B1 B2")).unwrap();
        let id = |conn: &mut PgConnection, reference: &str| {
            marquee::booking::booking::find(conn, reference).unwrap().unwrap().id.0
        };
        let (sold, held) = (id(&mut conn, &sold.reference), id(&mut conn, &held.reference));
        Self { house, conn, sold, held, database }
    }

    /// Fills in `$show`, `$sold` and `$held` (bookings), and seats by their labels: `$A1`.
    pub fn sql(&self, template: &str) -> String {
        let mut sql = template
            .replace("$show", &self.house.show.to_string())
            .replace("$sold", &self.sold.to_string())
            .replace("$held", &self.held.to_string());
        for label in ["A1", "A2", "A3", "A4", "B1", "B2"] {
            sql = sql.replace(&format!("${label}"), &self.house.seat(label).to_string());
        }
        sql
    }

    /// Runs the statements and takes them back: the constraint that refused them, if one did.
    fn try_out(&mut self, template: &str) -> Option<String> {
        let sql = self.sql(template);
        let ended: Result<(), DieselError> = self.conn.transaction(|conn| {
            conn.batch_execute(&sql)?;
            Err(DieselError::RollbackTransaction)
        });
        match ended {
            Err(DieselError::RollbackTransaction) => None,
            Err(DieselError::DatabaseError(_, info)) => {
                let name = info.constraint_name().unwrap_or_else(|| panic!("{sql}: {}", info.message()));
                Some(name.to_owned())
            }
            ended => panic!("{sql}: {ended:?}"),
        }
    }

    pub fn refuses(&mut self, constraint: &str, template: &str) {
        assert_eq!(self.try_out(template).as_deref(), Some(constraint), "{template}");
    }

    pub fn accepts(&mut self, template: &str) {
        assert_eq!(self.try_out(template), None, "{template}");
    }
}

impl Drop for Walls {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_consistent(&mut self.conn);
        }
    }
}

const CLAIM: &str = "INSERT INTO booking_seats (booking_id, show_id, seat_id, price_type, adult_price)";

#[test]
fn a_seat_has_one_live_claim() {
    let mut walls = Walls::new();
    walls.refuses("booking_seats_one_live_claim", &format!("{CLAIM} VALUES ($held, $show, $A1, 'adult', 20000)"));
    walls.accepts(&format!("{CLAIM} VALUES ($held, $show, $A3, 'adult', 20000)"));
    walls.accepts(&format!(
        "UPDATE booking_seats SET released_at = marquee_now() WHERE seat_id = $A1;
         {CLAIM} VALUES ($held, $show, $A1, 'adult', 20000)"
    ));
}

#[test]
fn a_seat_has_one_valid_ticket() {
    let mut walls = Walls::new();
    // Of a booking that once wanted the seat too, so that every other wall lets its ticket through.
    let with_ticket = |status: &str, voided_at: &str| {
        format!(
            "INSERT INTO booking_seats (booking_id, show_id, seat_id, price_type, adult_price, released_at)
             VALUES ($held, $show, $A1, 'adult', 20000, now());
             INSERT INTO tickets (id, booking_id, show_id, seat_id, status, issued_at, voided_at, version)
             VALUES (gen_random_uuid(), $held, $show, $A1, '{status}', now(), {voided_at}, 1)"
        )
    };
    walls.refuses("tickets_one_valid_per_seat", &with_ticket("valid", "NULL"));
    walls.accepts(&with_ticket("void", "now()"));
    walls.accepts(&format!(
        "UPDATE tickets SET status = 'void', voided_at = now() WHERE seat_id = $A1; {}",
        with_ticket("valid", "NULL")
    ));
}

#[test]
fn shows_on_one_screen_do_not_overlap() {
    let mut walls = Walls::new();
    let copy = |shift: &str| {
        format!(
            "INSERT INTO shows (movie_id, screen_id, layout_id, language, format, starts_at, ends_at, free_at,
                                sale_ends_at, currency, status, version)
             SELECT movie_id, screen_id, layout_id, language, format, starts_at + {shift}, ends_at + {shift},
                    free_at + {shift}, sale_ends_at + {shift}, currency, status, version
             FROM shows WHERE id = $show"
        )
    };
    walls.refuses("shows_do_not_overlap", &copy("interval '0'"));
    walls.refuses("shows_do_not_overlap", &copy("interval '159 minutes'"));
    walls.refuses("shows_do_not_overlap", &copy("interval '-159 minutes'"));
    walls.accepts(&copy("interval '160 minutes'"));
    walls.accepts(&copy("interval '-160 minutes'"));
    // Neither a range without an end nor one without a length, which would overlap nothing.
    walls.refuses(
        "shows_times_in_order",
        "UPDATE shows SET ends_at = starts_at, free_at = starts_at WHERE id = $show",
    );
}

#[test]
fn a_seat_of_a_show_is_in_one_whole_state() {
    let mut walls = Walls::new();
    let lock = |values: &str| {
        format!(
            "UPDATE show_seats SET status = 'locked', version = version + 1, {values}
             WHERE show_id = $show AND seat_id = $A3"
        )
    };
    let whole = "booking_id = $held, locked_at = now(), lock_expires_at = now() + interval '8 minutes'";
    walls.accepts(&lock(whole));
    for half in [
        "booking_id = $held, locked_at = now(), lock_expires_at = NULL",
        "booking_id = $held, locked_at = NULL, lock_expires_at = now() + interval '8 minutes'",
        "booking_id = NULL, locked_at = now(), lock_expires_at = now() + interval '8 minutes'",
        "booking_id = $held, locked_at = now(), lock_expires_at = now()",
        "booking_id = $held, locked_at = now(), lock_expires_at = now() + interval '61 minutes'",
    ] {
        walls.refuses("show_seats_state", &lock(half));
    }
    for reason in ["NULL", "''"] {
        let block = format!(
            "UPDATE show_seats SET status = 'blocked', version = version + 1, block_reason = {reason}
             WHERE show_id = $show AND seat_id = $A3"
        );
        walls.refuses("show_seats_state", &block);
    }
}

#[test]
fn a_seat_changes_hands_only_by_a_legal_transition() {
    let mut walls = Walls::new();
    let (sold, locked) = ("WHERE show_id = $show AND seat_id = $A1", "WHERE show_id = $show AND seat_id = $B1");
    let set = |values: &str, rows: &str| format!("UPDATE show_seats SET {values}, version = version + 1 {rows}");
    let legal = "show_seats_legal_transition";
    // A booked seat, to another booking: booked, or locked.
    walls.refuses(legal, &set("booking_id = $held", sold));
    walls.refuses(
        legal,
        &set(
            "status = 'locked', booking_id = $held, locked_at = now(), lock_expires_at = now() + interval '1 min'",
            sold,
        ),
    );
    let freed = "status = 'available', booking_id = NULL, locked_at = NULL, lock_expires_at = NULL";
    walls.accepts(&set(freed, sold));
    // An unlapsed lock, to another booking; a lapsed one may go.
    let handed =
        |at: &str| format!("booking_id = $sold, locked_at = {at}, lock_expires_at = {at} + interval '8 minutes'");
    walls.refuses(legal, &set(&handed("lock_expires_at - interval '1 microsecond'"), locked));
    walls.accepts(&set(&handed("lock_expires_at"), locked));
    // Booked without having been locked, and blocked over somebody's lock.
    let bare = "WHERE show_id = $show AND seat_id = $A3";
    walls.refuses(legal, &set("status = 'booked', booking_id = $held, locked_at = now()", bare));
    walls.refuses(
        legal,
        &set(
            "status = 'blocked', block_reason = 'x', booking_id = NULL, locked_at = NULL, lock_expires_at = NULL",
            locked,
        ),
    );
}

#[test]
fn a_seat_counts_its_versions_one_by_one() {
    let mut walls = Walls::new();
    let block = |version: &str| {
        format!(
            "UPDATE show_seats SET status = 'blocked', block_reason = 'x', version = {version}
             WHERE show_id = $show AND seat_id = $A3"
        )
    };
    walls.accepts(&block("version + 1"));
    for version in ["version", "version + 2", "version - 1"] {
        walls.refuses("show_seats_legal_transition", &block(version));
    }
}

#[test]
fn the_ledger_only_grows() {
    let mut walls = Walls::new();
    let row = |version: &str| {
        format!(
            "INSERT INTO ledger (at, entity, show_id, seat_id, version, to_status, actor, request_id, cause)
             VALUES (now(), 'show_seat', $show, $A3, {version}, 'blocked', 'test', gen_random_uuid(), 'test')"
        )
    };
    walls.accepts(&row("1"));
    walls.refuses("ledger_show_seat_version", &format!("{}; {}", row("1"), row("1")));
    walls.refuses("ledger_version_counts_up", &row("0"));
    for change in ["UPDATE ledger SET cause = 'x'", "DELETE FROM ledger", "TRUNCATE ledger"] {
        walls.refuses("ledger_only_grows", change);
    }
    // Even one that finds no row.
    walls.refuses("ledger_only_grows", "DELETE FROM ledger WHERE false");
}

#[test]
fn a_seat_belongs_to_the_shows_layout_and_its_owner_to_the_show() {
    let mut walls = Walls::new();
    screen(&mut walls.conn, "Screen 2");
    walls.refuses(
        "show_seats_seat_of_layout",
        "INSERT INTO show_seats (show_id, seat_id, layout_id, status, version)
         SELECT $show, (SELECT max(id) FROM seats), layout_id, 'available', 0 FROM shows WHERE id = $show",
    );
    let other = walls.house.request(walls.house.starts_at + Duration::days(2));
    let other = schedule(&mut walls.conn, &other, &author()).unwrap();
    let lock = |show: &str| {
        format!(
            "UPDATE show_seats SET status = 'locked', version = version + 1, booking_id = $held, locked_at = now(),
                                   lock_expires_at = now() + interval '8 minutes'
             WHERE show_id = {show} AND seat_id = $A3"
        )
    };
    walls.accepts(&lock("$show"));
    walls.refuses("show_seats_owner_of_show", &lock(&other.to_string()));
    let claim = format!("{CLAIM} VALUES ($held, {other}, $A3, 'adult', 20000)");
    walls.refuses("booking_seats_booking_fkey", &claim);
}

#[test]
fn a_layout_that_a_show_uses_never_changes() {
    let mut walls = Walls::new();
    let seat = |layout: &str| {
        format!(
            "INSERT INTO seats (layout_id, zone, row_label, number, kind, grid_row, grid_column, width, segment)
             SELECT {layout}, 'gold', 'Z', 1, 'standard', 30, 30, 1, 99"
        )
    };
    let used = "(SELECT layout_id FROM shows WHERE id = $show)";
    walls.refuses("seats_fixed_once_used", &seat(used));
    walls.refuses("seats_fixed_once_used", "UPDATE seats SET number = number + 100 WHERE id = $A3");
    walls.refuses("seats_fixed_once_used", "DELETE FROM seats WHERE id = $A3");
    screen(&mut walls.conn, "Screen 2");
    walls.accepts(&seat("(SELECT max(id) FROM layouts)"));
    // Nor are seats carried over into a layout that is used.
    walls.refuses(
        "seats_fixed_once_used",
        &format!("UPDATE seats SET layout_id = {used}, row_label = 'Z', grid_row = 30 WHERE id = (SELECT max(id) FROM seats)"),
    );
}

#[test]
fn confirmed_means_paid_for_by_ones_own_payment() {
    let mut walls = Walls::new();
    let confirm = |paid_by: &str| {
        format!(
            "UPDATE bookings SET status = 'confirmed', confirmed_at = now(), amount = 100, refund_policy = '[]',
                                 paid_by = {paid_by}, version = version + 1
             WHERE id = $held"
        )
    };
    walls.refuses("bookings_state", &confirm("NULL"));
    walls.refuses("bookings_paid_by_own_payment", &confirm("(SELECT paid_by FROM bookings WHERE id = $sold)"));
    let unpaid = "UPDATE bookings SET paid_by = NULL WHERE id = $sold";
    walls.refuses("bookings_state", unpaid);
}

fn payment(columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO payments (id, booking_id, amount, currency, started_at, version, {columns})
         VALUES (gen_random_uuid(), $held, 100, 'INR', now(), 1, {values})"
    )
}

#[test]
fn a_booking_has_one_open_payment_and_any_number_of_closed_ones() {
    let mut walls = Walls::new();
    let gateway = |status: &str| payment("method, create_params, status", &format!("'gateway', '{{}}', '{status}'"));
    walls.refuses("payments_one_open", &format!("{}; {}", gateway("started"), gateway("started")));
    walls.accepts(&format!("{}; {}; {}", gateway("expired"), gateway("expired"), gateway("started")));
    walls.refuses("payments_state", &gateway("succeeded"));
}

#[test]
fn money_over_the_counter_is_there_and_has_no_session() {
    let mut walls = Walls::new();
    let paid = "method, status, succeeded_at, captured_amount, captured_currency, outcome";
    let counter = "'counter', 'succeeded', now(), 100, 'INR', 'confirm'";
    walls.accepts(&payment(&format!("create_params, {paid}"), &format!("'{{}}', {counter}")));
    let wall = "payments_counter_has_no_session";
    walls.refuses(
        wall,
        &payment(&format!("create_params, session_id, {paid}"), &format!("'{{}}', 'cs_1', {counter}")),
    );
    walls.refuses(wall, &payment(&format!("create_params, {paid}"), &format!("'{{\"a\": 1}}', {counter}")));
    walls.refuses(wall, &payment("create_params, method, status", "'{}', 'counter', 'started'"));
    walls.refuses("payments_method_known", &payment("create_params, method, status", "'{}', 'barter', 'started'"));
}
