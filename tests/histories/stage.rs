//! A cinema on a database of its own, with a clock that stands still, on which programs are played one after the other.

use crate::model::{Mistakes, Model, POLICY, STARTS};
use crate::program::{MOST, Op};
use crate::run::Run;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, seats_of, staff};
use crate::support::{TestDatabase, database, freeze};
use chrono::{Duration, TimeZone, Utc};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use marquee::booking::refund_policy::{RefundPolicy, RefundStep};
use marquee::catalogue::plan::Plan;
use marquee::catalogue::price_list::Prices;
use marquee::catalogue::show;
use marquee::clock::Instant;
use marquee::history::replay::replay;
use marquee::ids::ShowId;
use marquee::programme::schedule::schedule;
use marquee::programme::{Staff, publish_layout::publish_layout};
use marquee::sale::SalePolicy;
use marquee::seating::hall::{Hall, Halls};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const PLAN: &str = "zone s silver Silver\nzone g gold Gold\nnumber from left\n\nA s ooo\nB g ooo\n";
const GOLD: Prices = Prices { adult: 300_00, child: Some(200_00), senior: None };
/// The invariants read the whole database, so it is not to grow for ever.
const PROGRAMS: i64 = 25;

/// Where the application and the model differ, or which invariant is broken.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// How many operations it took.
    pub operations: usize,
    pub what: String,
}

pub struct Stage {
    /// SQL that is run on each new database, for controls.
    spoil: Option<&'static str>,
    set: Option<Set>,
}

/// What stands on the stage for some programs.
struct Set {
    _database: TestDatabase,
    conn: PgConnection,
    house: House,
    hall: Option<Arc<Hall>>,
    staff: Staff,
    played: i64,
}

impl Stage {
    pub fn new(spoil: Option<&'static str>) -> Self {
        Self { spoil, set: None }
    }

    /// Plays a program beside the model: what it has come by, or where they part.
    pub fn play(&mut self, program: &[Op], mistakes: Mistakes) -> Result<BTreeSet<String>, Divergence> {
        let set = match self.set.take() {
            Some(set) if set.played < PROGRAMS => self.set.insert(set),
            _ => self.set.insert(Set::new(self.spoil)),
        };
        let played = set.play(program, mistakes);
        if played.is_err() {
            // Whatever is wrong in it must not be found again by the next program.
            self.set = None;
        }
        played
    }
}

impl Set {
    fn new(spoil: Option<&str>) -> Self {
        let database = database();
        let mut conn = database.connect();
        freeze(&mut conn, first_day());
        let house = house(&mut conn);
        publish_layout(&mut conn, house.screen, &Plan::parse(PLAN).unwrap()).unwrap();
        let staff = staff(&mut conn);
        if let Some(spoil) = spoil {
            conn.batch_execute(spoil).unwrap();
        }
        Self { _database: database, conn, house, hall: None, staff, played: 0 }
    }

    /// A show of its own, a day after the one of the program before.
    fn begin(&mut self) -> Run<'_> {
        self.played += 1;
        let began = first_day() + Duration::days(2 + self.played);
        freeze(&mut self.conn, began);
        let mut request = self.house.request(began + Duration::seconds(STARTS));
        request.prices.insert("gold".to_owned(), GOLD);
        let show = schedule(&mut self.conn, &request, &author()).unwrap();
        let hall = self.hall.get_or_insert_with(|| {
            let layout = show::find(&mut self.conn, show).unwrap().unwrap().layout_id;
            Halls::default().get(&mut self.conn, layout).unwrap()
        });
        let steps = POLICY.map(|(minutes_before, percent)| RefundStep { minutes_before, percent });
        Run {
            hall: hall.clone(),
            seats: seats_of(&mut self.conn, show),
            conn: &mut self.conn,
            staff: self.staff,
            policy: SalePolicy { max_seats: MOST, refunds: RefundPolicy(steps), ..SalePolicy::default() },
            show,
            began,
            now: began,
            bookings: Vec::new(),
            payments: Vec::new(),
            gateway: Vec::new(),
            events: Vec::new(),
            words: 0,
        }
    }

    fn play(&mut self, program: &[Op], mistakes: Mistakes) -> Result<BTreeSet<String>, Divergence> {
        let (mut model, mut run) = (Model::new(mistakes), self.begin());
        for (index, op) in program.iter().enumerate() {
            run.step_beside(&mut model, op).map_err(|what| Divergence { operations: index + 1, what })?;
        }
        let at_the_end = |what| Divergence { operations: program.len(), what };
        for event in model.waiting_events() {
            let op = Op::Again { event };
            run.step_beside(&mut model, &op)
                .map_err(|what| at_the_end(format!("when the gateway sends again what is not done: {what}")))?;
        }
        // And the worker comes at last, however late it has become.
        let leased = run.lease();
        assert!(leased.starts_with("leased"), "{leased}");
        let show = run.show;
        end_well(&mut self.conn, show).map_err(at_the_end)?;
        Ok(model.met)
    }
}

/// What is wrong at the end, however each operation went: a broken invariant, or a ledger that does not come to the tables.
fn end_well(conn: &mut PgConnection, show: ShowId) -> Result<(), String> {
    // It tells by a panic what is broken.
    catch_unwind(AssertUnwindSafe(|| assert_consistent(conn))).map_err(|panic| {
        format!("a broken invariant: {}", panic.downcast_ref::<String>().map_or("", String::as_str))
    })?;
    let replayed = replay(conn, show, None).expect("a snapshot").expect("the show is there");
    if replayed.agrees() {
        return Ok(());
    }
    Err(format!("the ledger tells another story: {:?} {:?}", replayed.faults, replayed.differences))
}

fn first_day() -> Instant {
    Utc.with_ymd_and_hms(2027, 1, 1, 12, 0, 0).unwrap()
}
