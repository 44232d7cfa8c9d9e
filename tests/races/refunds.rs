//! Refunds under many hands: workers that lease, the gateway's word said often, and staff who decide meanwhile.

use crate::contention::{Blocker, all_at_once, hasty_database, turn, until_waiting};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{House, author, house, refused, staff};
use crate::support::money::{Started, attempt, paid_booking, the_refund};
use crate::support::{TestDatabase, count};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use marquee::ids::{BookingId, RefundId};
use marquee::payment::RefundStatus;
use marquee::payment::inbox::Effect;
use marquee::payment::refund::{Job, Word};
use marquee::programme::cancel_show::cancel_show;
use marquee::sale::refund::{Decision, StaffRefusal, decide, lease, note};
use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

/// A cancelled show, and so many bookings that are owed their money.
fn owed(bookings: usize) -> (TestDatabase, PgConnection, House, Vec<Started>) {
    let database = hasty_database();
    let mut conn = database.connect();
    let house = house(&mut conn);
    let manager = staff(&mut conn);
    let bought = house.seats[..bookings].iter().map(|seat| paid_booking(&mut conn, house.show, &[*seat])).collect();
    refused(cancel_show(&mut conn, house.show, "Flooded", &manager)).unwrap();
    (database, conn, house, bought)
}

fn failed(id: &str) -> Word {
    Word::Failed { gateway_id: Some(id.to_owned()), reason: "expired_or_canceled_card".to_owned() }
}

fn succeeded(id: &str) -> Word {
    Word::Succeeded { gateway_id: id.to_owned() }
}

fn hear(conn: &mut PgConnection, booking: BookingId, word: &Word) -> Effect {
    let attempt = attempt(&the_refund(conn, booking));
    refused(note(conn, attempt, word, &author())).unwrap().unwrap()
}

#[test]
fn workers_that_lease_at_once_never_lease_the_same() {
    const WORKERS: [(); 8] = [(); 8];
    let _turn = turn();
    let (database, mut conn, _, bought) = owed(40);
    for _ in 0..5 {
        diesel::sql_query("UPDATE refunds SET next_try_at = marquee_now()").execute(&mut conn).unwrap();
        let leased = all_at_once(&database, &WORKERS, |conn, ()| refused(lease(conn, 20)).unwrap());
        let jobs: Vec<&Job> = leased.iter().flatten().collect();
        let distinct: BTreeSet<String> = jobs.iter().map(|job| job.attempt.to_string()).collect();
        assert_eq!(jobs.len(), distinct.len());
        // Those that were passed over because somebody was leasing them are leased.
        assert!(distinct.len() >= 20, "{} of {}", distinct.len(), bought.len());
        assert!(leased.iter().filter(|leased| !leased.is_empty()).count() > 1, "nobody raced");
    }
    assert_consistent(&mut conn);
}

#[test]
fn a_worker_that_finds_refunds_being_leased_waits_for_nobody() {
    let _turn = turn();
    let (database, mut conn, _, bought) = owed(3);
    let under_way = the_refund(&mut conn, bought[0].booking).id;
    let _blocker =
        Blocker::lock(&database, &format!("SELECT 1 FROM refunds WHERE id = '{under_way}' FOR NO KEY UPDATE"));
    // Who waited all the same would be told so, and not wait for ever.
    conn.batch_execute("SET lock_timeout = '1s'").unwrap();
    let leased: Vec<RefundId> = refused(lease(&mut conn, 20)).unwrap().iter().map(|job| job.attempt.refund).collect();
    assert_eq!((leased.len(), leased.contains(&under_way)), (2, false));
}

/// All have looked before any writes.
#[test]
fn control_workers_that_look_and_then_note_the_lease_all_ask_for_the_same() {
    const WORKERS: [(); 4] = [(); 4];
    let _turn = turn();
    let (database, ..) = owed(10);
    let looked = Barrier::new(WORKERS.len());
    let leased = all_at_once(&database, &WORKERS, |conn, ()| {
        #[derive(QueryableByName)]
        struct Due {
            #[diesel(sql_type = Text)]
            id: String,
        }
        let due = "SELECT id::text FROM refunds WHERE status = 'requested' AND next_try_at <= marquee_now()";
        let due: Vec<Due> = diesel::sql_query(due).load(conn).unwrap();
        looked.wait();
        for Due { id } in &due {
            let lease = format!("UPDATE refunds SET next_try_at = marquee_now() + interval '15 s' WHERE id = '{id}'");
            diesel::sql_query(lease).execute(conn).unwrap();
        }
        due.len()
    });
    assert_eq!(leased, [10; 4]);
}

#[test]
fn a_word_that_is_said_twenty_times_at_once_has_one_effect() {
    let _turn = turn();
    let (database, mut conn, _, bought) = owed(1);
    let booking = bought[0].booking;
    let now = attempt(&the_refund(&mut conn, booking));
    for word in [Word::Pending { gateway_id: "re_1".to_owned() }, succeeded("re_1"), failed("re_1")] {
        let effects = all_at_once(&database, &[(); 20], |conn, ()| {
            refused(note(conn, now, &word, &author())).unwrap().unwrap()
        });
        assert_eq!(effects.iter().filter(|effect| **effect == Effect::Applied).count(), 1, "{word:?}");
    }
    // Requested, pending, succeeded, failed, left to a person.
    assert_eq!(the_refund(&mut conn, booking).life.version, 5);
    assert_eq!(count(&mut conn, "SELECT count(*) FROM cases WHERE closed_at IS NULL"), 1);
    assert_consistent(&mut conn);
}

#[test]
fn refusals_at_once_of_one_attempt_begin_one_other() {
    let _turn = turn();
    let (database, mut conn, _, bought) = owed(1);
    let refusal = Word::Failed { gateway_id: None, reason: "no".to_owned() };
    let now = attempt(&the_refund(&mut conn, bought[0].booking));
    all_at_once(&database, &[(); 10], |conn, ()| refused(note(conn, now, &refusal, &author())).unwrap());
    assert_eq!(the_refund(&mut conn, bought[0].booking).life.attempt, 2);
}

/// Waits at the booking, the first row that both lock.
fn in_line(
    database: &TestDatabase,
    booking: BookingId,
    first: impl FnOnce(&mut PgConnection) + Send,
    second: impl FnOnce(&mut PgConnection) + Send,
) {
    let row = format!("SELECT 1 FROM bookings WHERE id = {booking} FOR NO KEY UPDATE");
    let blocker = Blocker::lock(database, &row);
    let watching = &mut database.connect();
    thread::scope(|scope| {
        scope.spawn(|| first(&mut database.connect()));
        until_waiting(watching, 1);
        scope.spawn(|| second(&mut database.connect()));
        until_waiting(watching, 2);
        drop(blocker);
    });
}

/// The order of locks: from the booking down, or two who come from either end stand in a deadlock.
#[test]
fn whoever_notes_or_decides_waits_for_the_booking_with_no_lock_below_it() {
    let _turn = turn();
    let (database, mut conn, _, bought) = owed(1);
    let (booking, conn) = (bought[0].booking, &mut conn);
    let now = attempt(&the_refund(conn, booking));
    let row = format!("SELECT 1 FROM bookings WHERE id = {booking} FOR NO KEY UPDATE");
    let below = ["payments", "refunds"].map(|table| format!("SELECT FROM {table} FOR UPDATE NOWAIT"));
    let look = |conn: &mut PgConnection| {
        for statement in &below {
            diesel::sql_query(statement).execute(conn).unwrap();
        }
    };
    let manager = staff(conn);
    let blocker = Blocker::lock(&database, &row);
    thread::scope(|scope| {
        scope.spawn(|| refused(note(&mut database.connect(), now, &succeeded("re_1"), &author())).unwrap());
        scope.spawn(|| refused(decide(&mut database.connect(), now.refund, Decision::Settled, "x", &manager)));
        until_waiting(conn, 2);
        look(conn);
        drop(blocker);
    });
    assert_eq!(the_refund(conn, booking).life.status, RefundStatus::Succeeded);
}

#[test]
fn staff_who_decide_beside_the_gateways_word_or_each_other_decide_on_what_is_true() {
    let _turn = turn();
    let (database, mut conn, _, bought) = owed(4);
    let conn = &mut conn;
    let refunds = bought.iter().map(|bought| the_refund(conn, bought.booking).id).collect::<Vec<_>>();
    let manager = staff(conn);
    let decides = |conn: &mut PgConnection, at: usize, decision| {
        refused(decide(conn, refunds[at], decision, "As we see fit", &manager))
    };

    // It succeeds, and while staff wait to decide the bank sends it back: they decide on that.
    hear(conn, bought[0].booking, &succeeded("re_0"));
    let mut decided = None;
    in_line(
        &database,
        bought[0].booking,
        |conn| assert_eq!(hear(conn, bought[0].booking, &failed("re_0")), Effect::Applied),
        |conn| decided = Some(decides(conn, 0, Decision::Settled)),
    );
    assert_eq!(decided, Some(Ok(())));
    assert_eq!(the_refund(conn, bought[0].booking).life.status, RefundStatus::SettledByStaff);

    // The other way round they decide too early, and it waits for them.
    hear(conn, bought[1].booking, &succeeded("re_1"));
    in_line(
        &database,
        bought[1].booking,
        |conn| decided = Some(decides(conn, 1, Decision::Settled)),
        |conn| assert_eq!(hear(conn, bought[1].booking, &failed("re_1")), Effect::Applied),
    );
    assert_eq!(decided, Some(Err(StaffRefusal::Underway)));
    assert_eq!(the_refund(conn, bought[1].booking).life.status, RefundStatus::NeedsAttention);

    // Ten who decide at once, one way and the other: one of them does.
    for (at, bought) in bought.iter().enumerate().skip(2) {
        hear(conn, bought.booking, &succeeded(&format!("re_{at}")));
        hear(conn, bought.booking, &failed(&format!("re_{at}")));
        let decisions = [[Decision::Settled, Decision::Retry]; 5].concat();
        let ended = all_at_once(&database, &decisions, |conn, decision| decides(conn, at, *decision));
        assert_eq!(ended.iter().filter(|ended| ended.is_ok()).count(), 1);
        let how = decisions[ended.iter().position(Result::is_ok).unwrap()];
        let status = if how == Decision::Retry { RefundStatus::Requested } else { RefundStatus::SettledByStaff };
        assert_eq!(the_refund(conn, bought.booking).life.status, status);
    }
    assert_consistent(conn);
}
