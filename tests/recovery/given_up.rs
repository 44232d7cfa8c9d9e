//! A hold that PostgreSQL was asked for and said nothing about: the person was told that nobody knows.

use crate::forms::{Answer, Form, assert_every_connection_serves, backends, fill_in};
use crate::support::site::Site;
use nix::sys::signal::{Signal, kill};
use std::time::{Duration, Instant};

/// Sends the form while the server says nothing on any connection.
async fn given_up(site: &mut Site) -> Form {
    let form = fill_in(site, 0..1).await.remove(0);
    assert_every_connection_serves(site).await;
    site.postgres.silence_only(backends(site));
    let sent = Instant::now();
    assert_eq!(form.send().await, Answer::Later);
    assert!(sent.elapsed() < Duration::from_secs(2), "{:?}", sent.elapsed());
    form
}

/// All connections serve, so nothing that was given up is still at work.
async fn holds_behind_the_persons_back(site: &Site) -> i64 {
    assert_every_connection_serves(site).await;
    site.count("SELECT count(*) FROM bookings")
}

#[actix_web::test]
async fn a_hold_that_was_given_up_is_done_when_the_server_speaks_and_sent_again_it_is_the_same() {
    let mut site = Site::start();
    let form = given_up(&mut site).await;
    site.postgres.come_back();
    assert_eq!(holds_behind_the_persons_back(&site).await, 1);
    assert!(matches!(form.send().await, Answer::Held(_)));
    assert_eq!(site.count("SELECT count(*) FROM bookings"), 1);
    site.assert_consistent();
}

#[actix_web::test]
async fn a_hold_that_was_given_up_and_then_died_is_not_tried_behind_the_persons_back() {
    let mut site = Site::start();
    let form = given_up(&mut site).await;
    for backend in backends(&site) {
        kill(backend, Signal::SIGTERM).unwrap(); // heard when it wakes, before anything else
    }
    site.postgres.come_back();
    assert_eq!(holds_behind_the_persons_back(&site).await, 0);
    assert!(matches!(form.send().await, Answer::Held(_)));
    site.assert_consistent();
}
