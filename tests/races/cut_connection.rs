//! The connection breaks at COMMIT, and nobody knows whether it happened. The verb is run again, and that settles it.

use crate::actor::Actor::{self, *};
use crate::contention::{Blocker, turn, until, until_waiting, waiting};
use crate::ended::Ended;
use crate::meeting::Meeting;
use crate::scene::{Moment, Stage};
use crate::support::consistency::assert_consistent;
use crate::support::count;
use crate::support::fixture::{author, form, try_sell};
use crate::support::proxy::Cut::{self, *};
use crate::support::proxy::Proxy;
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use marquee::booking::booking;
use marquee::db::{Database, Failure, Stop};
use marquee::ids::FormKey;
use marquee::sale::SalePolicy;
use marquee::sale::hold::{Held, HoldRefusal, HoldRequest, hold};
use marquee::sale::sell_at_counter::{CounterRefusal, CounterSale, sell_at_counter};
use std::thread;
use uuid::Uuid;

const CUTS: [Cut; 3] = [Before, During, After];

/// A pool of one connection that goes through a proxy.
fn through_a_proxy(stage: &Stage) -> (Proxy, Database) {
    let proxy = Proxy::start(&stage.database.url());
    let pool = Database::new(proxy.url(), 1);
    (proxy, pool)
}

/// The rows must be those of one quiet run, and so must the answer, except that who runs a second time is told what the
/// first had done.
fn cut(stage: &mut Stage, actor: Actor, moment: Moment, cut: Cut, second: &str) {
    let quiet = stage.pool(1);
    let expected = Meeting { actors: &[actor], moment }.serial(stage, &quiet).remove(0).ended;
    let scene = stage.scene(&[actor], moment);
    let (proxy, pool) = through_a_proxy(stage);
    proxy.cut_next(cut);
    let said = actor.act(&pool, &scene, 0);
    assert!(proxy.has_cut() && proxy.connections() == 2, "{actor:?} {cut:?}: {} connections", proxy.connections());
    let found_done = said == second;
    match cut {
        Before => assert_eq!(said, expected.said[0], "{actor:?}"),
        After => assert!(found_done, "{actor:?}: {said}"),
        During => assert!(found_done || said == expected.said[0], "{actor:?}: {said}"),
    }
    assert_eq!(Ended::read(&mut stage.conn, &scene, expected.said.clone()), expected, "{actor:?} {cut:?}");
    assert_consistent(&mut stage.conn);
}

#[test]
fn a_connection_cut_at_commit_leaves_what_one_quiet_run_leaves() {
    let _turn = turn();
    let mut stage = Stage::new();
    let verbs = [
        (Holds, Moment::Lapsed, "held, repeated: true"),
        (StartsPaying, Moment::Alive, "pays by the new payment"),
        (Settles, Moment::Alive, "repeated"),
        (SettlesLate, Moment::Lapsed, "repeated"),
        (Cancels, Moment::Alive, "cancelled, to be ended: None"),
        (Blocks, Moment::Lapsed, "blocked"),
    ];
    for (actor, moment, second) in verbs {
        CUTS.iter().for_each(|at| cut(&mut stage, actor, moment, *at, second));
    }
    stage.close();
}

#[test]
fn a_cancellation_cut_at_commit_still_names_the_session_that_is_to_be_ended() {
    let _turn = turn();
    let mut stage = Stage::new();
    for at in CUTS {
        let scene = stage.scene(&[Cancels, Settles], Moment::Alive);
        let (proxy, pool) = through_a_proxy(&stage);
        proxy.cut_next(at);
        assert_eq!(Cancels.act(&pool, &scene, 0), "cancelled, to be ended: Some(\"open\")", "{at:?}");
        assert!(proxy.has_cut());
        // Money that comes all the same is told by its event.
        assert_eq!(Settles.act(&pool, &scene, 1), "applied", "{at:?}");
        assert_consistent(&mut stage.conn);
    }
    stage.close();
}

#[test]
fn a_sale_at_the_counter_cut_at_commit_sells_once() {
    let _turn = turn();
    let mut stage = Stage::new();
    for cut in CUTS {
        let scene = stage.scene(&[], Moment::Lapsed);
        let (proxy, pool) = through_a_proxy(&stage);
        let seats = scene.seats.map(|seat| (seat, marquee::booking::PriceType::Adult)).to_vec();
        let HoldRequest { visitor, form, .. } = form(scene.show, &scene.seats);
        let sale = CounterSale { show: scene.show, seats, seller: visitor, form };
        proxy.cut_next(cut);
        let sold: Result<Held, Stop<CounterRefusal>> =
            pool.run_here(|conn| sell_at_counter(conn, &sale, &SalePolicy::at_counter(), &author()));
        let reference = sold.unwrap().reference;
        assert!(proxy.has_cut());
        assert_eq!(booking::find_by_form(&mut stage.conn, visitor, form).unwrap().unwrap().reference, reference);
        assert!(try_sell(&mut stage.conn, scene.show, &scene.seats).is_err());
    }
    assert_eq!(count(&mut stage.conn, "SELECT count(*) FROM bookings WHERE status = 'confirmed'"), 3);
    assert_eq!(count(&mut stage.conn, "SELECT count(*) FROM tickets"), 6);
    stage.close();
}

/// Keeps every COMMIT of a hold waiting for the advisory lock 7, longer than anybody else may wait for a lock.
const SLOW_COMMIT: &str = "
    CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0
    AS $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER wait_at_commit AFTER INSERT ON bookings DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION wait_at_commit()";

/// A hold whose connection is gone while the server is still at its COMMIT. `run` goes through the cut; `meanwhile` runs
/// when `waiting` wait.
fn while_still_committing<T: Send>(
    stage: &mut Stage,
    waiting: i64,
    run: impl FnOnce(&Database) -> T + Send,
    meanwhile: impl FnOnce(&mut PgConnection),
) -> T {
    stage.conn.batch_execute(SLOW_COMMIT).unwrap();
    let (proxy, pool) = through_a_proxy(stage);
    let blocker = Blocker::lock(&stage.database, "SELECT pg_advisory_xact_lock(7)");
    proxy.cut_next(During);
    let ran = thread::scope(|scope| {
        let running = scope.spawn(|| run(&pool));
        until_waiting(&mut stage.conn, waiting);
        meanwhile(&mut stage.conn);
        drop(blocker);
        running.join().unwrap()
    });
    assert!(proxy.has_cut());
    ran
}

fn found(conn: &mut PgConnection, request: &HoldRequest) -> Option<String> {
    booking::find_by_form(conn, request.visitor, request.form).unwrap().map(|booking| booking.reference)
}

#[test]
fn who_runs_again_while_the_first_is_still_committing_waits_for_it_and_finds_its_booking() {
    let _turn = turn();
    let mut stage = Stage::new();
    let request = stage.free_seats();
    let again = |pool: &Database| pool.run_here(|conn| hold(conn, &request, &SalePolicy::default(), &author()));
    let held = while_still_committing(&mut stage, 2, again, |_| ()).unwrap();
    assert!(held.repeated);
    assert_eq!(found(&mut stage.conn, &request), Some(held.reference));
    assert_eq!(count(&mut stage.conn, "SELECT count(*) FROM bookings"), 1);
    stage.close();
}

#[test]
fn who_runs_again_and_gets_no_lock_is_not_told_that_nothing_was_changed() {
    let _turn = turn();
    let mut stage = Stage::new();
    let request = stage.free_seats();
    let again = |pool: &Database| pool.run_here(|conn| hold(conn, &request, &SalePolicy::default(), &author()));
    // The first commits when the second has waited in vain.
    let ended = while_still_committing(&mut stage, 2, again, |conn| until("one waits", || waiting(conn) == 1));
    assert!(matches!(ended, Err(Stop::Failed(Failure::Away(_)))), "{ended:?}");
    let conn = &mut stage.conn;
    until("the first has held", || found(conn, &request).is_some());
}

#[test]
fn control_who_looks_instead_finds_nothing_while_the_first_is_still_committing() {
    let _turn = turn();
    let mut stage = Stage::new();
    let request = stage.free_seats();
    let once = |pool: &Database| {
        let mut runs = 0;
        pool.run_here(|conn| {
            runs += 1;
            if runs > 1 {
                return Ok(());
            }
            hold(conn, &request, &SalePolicy::default(), &author()).map(|_| ())
        })
    };
    let mut looked = None;
    while_still_committing(&mut stage, 1, once, |conn| looked = Some(found(conn, &request))).unwrap();
    assert_eq!(looked, Some(None));
    let conn = &mut stage.conn;
    until("it is there all the same", || found(conn, &request).is_some());
}

#[test]
fn control_without_the_forms_key_a_visitor_who_runs_again_loses_the_seats_to_themselves() {
    let _turn = turn();
    let mut stage = Stage::new();
    let scene = stage.scene(&[Holds], Moment::Lapsed);
    let (proxy, pool) = through_a_proxy(&stage);
    proxy.cut_next(After);
    let ended: Result<Held, Stop<HoldRefusal>> = pool.run_here(|conn| {
        let request = HoldRequest { form: FormKey(Uuid::now_v7()), ..scene.forms[0].clone() };
        hold(conn, &request, &SalePolicy::default(), &author())
    });
    assert!(matches!(ended, Err(Stop::Refused(HoldRefusal::Lost(_)))), "{ended:?}");
}

#[test]
fn control_who_does_not_run_again_is_told_that_the_database_is_away_while_the_seats_are_locked() {
    let _turn = turn();
    let mut stage = Stage::new();
    let scene = stage.scene(&[Holds], Moment::Lapsed);
    let proxy = Proxy::start(&stage.database.url());
    let conn = &mut <PgConnection as diesel::Connection>::establish(proxy.url()).unwrap();
    proxy.cut_next(After);
    let ended = hold(conn, &scene.forms[0], &SalePolicy::default(), &author());
    assert!(matches!(ended, Err(Stop::Failed(Failure::Away(_)))), "{ended:?}");
    assert_eq!(count(&mut stage.conn, "SELECT count(*) FROM bookings"), 2);
}
