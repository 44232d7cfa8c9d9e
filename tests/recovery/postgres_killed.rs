//! PostgreSQL crashes while people book, and the application is not restarted.

use crate::forms::{Answer, Form, assert_every_connection_serves, fill_in};
use crate::support::count;
use crate::support::site::{Postgres, Site};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use futures_util::future::{join, join_all};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const CLIENTS: usize = 9;
const FORMS: usize = 36;
/// When the server crashes: in the middle of it all.
const HELD: usize = 9;
const MARQUEES: &str = "FROM pg_stat_activity WHERE application_name = 'marquee' AND pid <> pg_backend_pid()";

#[derive(Default)]
struct Story {
    /// Paths of bookings.
    held: BTreeSet<String>,
    /// How often somebody was shown a page with 503.
    told_later: usize,
    /// From the first press of the button to the booking, over everybody.
    longest_wait: Duration,
}

/// Books one seat after the other. Who is told to come later does.
async fn book(forms: &[Form], story: &RefCell<Story>) {
    for form in forms {
        let began = Instant::now();
        let path = loop {
            match form.send().await {
                Answer::Held(path) => break path,
                Answer::Later => story.borrow_mut().told_later += 1,
                Answer::Nothing => panic!("the application gave no answer"),
            }
            assert!(began.elapsed() < Duration::from_secs(20), "bookings do not flow again");
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        };
        let mut story = story.borrow_mut();
        story.held.insert(path);
        story.longest_wait = story.longest_wait.max(began.elapsed());
    }
}

/// Runs `crash` in the middle of the bookings; it returns when the server takes connections again.
async fn while_people_book(crash: impl FnOnce(&mut Postgres) + Send + 'static) -> Story {
    let mut site = Site::start();
    assert_every_connection_serves(&site).await;
    let forms = fill_in(&site, 0..FORMS).await;
    let story = RefCell::<Story>::default();
    let mut postgres = site.postgres;
    let crashing = async {
        while story.borrow().held.len() < HELD {
            actix_web::rt::time::sleep(Duration::from_millis(1)).await;
        }
        let crashed = Instant::now();
        let crash = actix_web::web::block(move || {
            crash(&mut postgres);
            postgres
        });
        (crash.await.unwrap(), crashed.elapsed())
    };
    let booking = join_all(forms.chunks(FORMS / CLIENTS).map(|forms| book(forms, &story)));
    let away;
    ((site.postgres, away), _) = join(crashing, booking).await;

    assert_every_connection_serves(&site).await;
    let story = story.into_inner();
    println!("away {away:?}, longest wait {:?}, {} times 503", story.longest_wait, story.told_later);
    assert_eq!(story.held.len(), FORMS, "one booking for each form");
    for path in &story.held {
        let reference = path.rsplit('/').next().unwrap();
        assert_eq!(site.count(&format!("SELECT count(*) FROM bookings WHERE reference = '{reference}'")), 1);
    }
    assert_eq!(site.count("SELECT count(*) FROM bookings"), FORMS as i64);
    site.assert_consistent();
    story
}

#[actix_web::test]
async fn after_kill_9_of_all_of_postgres_bookings_flow_again_within_five_seconds() {
    let story = while_people_book(|postgres| {
        postgres.kill_all();
        postgres.come_back();
    });
    let story = story.await;
    assert!(story.longest_wait < Duration::from_secs(5), "{:?}", story.longest_wait);
    assert!(story.told_later > 0, "a server that is away is noticed");
}

/// PostgreSQL then ends all its other backends too, and recovers by itself.
#[actix_web::test]
async fn after_kill_9_of_one_backend_bookings_flow_again_within_five_seconds() {
    let story = while_people_book(|postgres| {
        let conn = &mut PgConnection::establish(postgres.url()).unwrap();
        let backend = count(conn, &format!("SELECT min(pid)::bigint AS count {MARQUEES}"));
        kill(Pid::from_raw(backend.try_into().unwrap()), Signal::SIGKILL).unwrap();
    });
    let story = story.await;
    assert!(story.longest_wait < Duration::from_secs(5), "{:?}", story.longest_wait);
}

#[actix_web::test]
async fn connections_that_postgres_ends_cost_nobody_an_error_page() {
    let story = while_people_book(|postgres| {
        let mut conn = PgConnection::establish(postgres.url()).unwrap();
        conn.batch_execute(&format!("SELECT pg_terminate_backend(pid) {MARQUEES}")).unwrap();
    });
    assert_eq!(story.await.told_later, 0);
}
