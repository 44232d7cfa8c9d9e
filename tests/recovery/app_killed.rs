//! kill -9 of the application.

use crate::forms::{Answer, Form, fill_in};
use crate::support::count;
use crate::support::processes::wait_until;
use crate::support::site::Site;
use diesel::connection::SimpleConnection;
use futures_util::future::{join, join_all};
use nix::sys::signal::{Signal, kill};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

const CLIENTS: usize = 12;
const FORMS: usize = 36;
/// When the killing is done: in the middle of it all.
const HELD: usize = 9;

/// Holds wait at their COMMIT while somebody has the advisory lock 7.
const SLOW_COMMIT: &str = "
    CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER wait_at_commit AFTER INSERT ON bookings DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION wait_at_commit()";

/// Sends forms one after the other, whatever becomes of them.
async fn book<'a>(forms: &'a [Form], held: &Cell<usize>) -> Vec<(&'a Form, Answer)> {
    let mut answers = Vec::new();
    for form in forms {
        let answer = form.send().await;
        held.update(|held| held + usize::from(matches!(answer, Answer::Held(_))));
        answers.push((form, answer));
    }
    answers
}

/// Kills the application while holds are at their COMMIT, and lets PostgreSQL commit them.
async fn kill_in_the_middle(site: &Site, held: &Cell<usize>) {
    while held.get() < HELD {
        actix_web::rt::time::sleep(Duration::from_millis(1)).await;
    }
    let (application, mut blocker, mut conn) = (site.app.process(), site.connect(), site.connect());
    let killing = actix_web::web::block(move || {
        blocker.batch_execute("SELECT pg_advisory_lock(7)").unwrap();
        let at_commit = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'";
        assert!(wait_until(Duration::from_secs(1), || count(&mut conn, at_commit) > 1));
        kill(application, Signal::SIGKILL).unwrap();
        blocker.batch_execute("SELECT pg_advisory_unlock(7)").unwrap();
        let alive = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'marquee'";
        assert!(wait_until(Duration::from_secs(5), || count(&mut conn, alive) == 0), "orphans at work");
    });
    killing.await.unwrap();
}

#[actix_web::test]
async fn a_killed_application_serves_within_two_seconds_and_no_hold_is_lost_or_doubled() {
    let mut site = Site::start();
    site.connect().batch_execute(SLOW_COMMIT).unwrap();
    let forms = fill_in(&site, 0..FORMS).await;
    let held = Cell::new(0);
    let booking = join_all(forms.chunks(FORMS / CLIENTS).map(|forms| book(forms, &held)));
    let (answers, ()) = join(booking, kill_in_the_middle(&site, &held)).await;
    let answers: Vec<_> = answers.into_iter().flatten().collect();
    let unknown: Vec<_> = answers.iter().filter(|(_, answer)| *answer == Answer::Nothing).collect();
    assert_eq!(held.get() + unknown.len(), FORMS, "an application that is killed does not say that it is away");
    let done = site.count("SELECT count(*) FROM bookings") as usize - held.get();
    assert!(done > 1 && done < unknown.len(), "{done} of {} unknown holds are done", unknown.len());

    site.app.kill();
    let started = site.app.start_again();
    let (_, first) = unknown[0].0.send_until_held().await;
    let took = first - started;
    println!(
        "{} held, {done} done of {} unknown; the first one after the start took {took:?}",
        held.get(),
        unknown.len()
    );
    assert!(took < Duration::from_secs(2), "the application took {took:?}");

    let mut references = BTreeSet::new();
    for (form, answer) in &answers {
        let Answer::Held(path) = form.send().await else { panic!("not held again") };
        if let Answer::Held(acknowledged) = answer {
            assert_eq!(path, *acknowledged, "what was acknowledged is there, under the same key");
        }
        references.insert(path);
    }
    assert_eq!(references.len(), FORMS);
    for rows in ["bookings", "booking_seats", "show_seats WHERE status = 'locked'"] {
        assert_eq!(site.count(&format!("SELECT count(*) FROM {rows}")), FORMS as i64, "{rows}");
    }
    site.assert_consistent();
}
