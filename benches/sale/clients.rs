//! Clients that behave like browsers: a cookie of their own, kept connections, and the form of the page they opened.

use crate::browser::Browser;
use crate::house::House;
use crate::server::Server;
use crate::{CLIENTS, ROUND};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;
use uuid::Uuid;

/// Runs as many clients as pgbench has; answers per second of all together. `operation` gets the client's number and
/// how many operations it has done.
fn measure(server: &Server, operation: impl Fn(&mut Browser, usize, usize) + Sync) -> f64 {
    let started = Instant::now();
    let done: usize = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let operation = &operation;
                scope.spawn(move || {
                    let (mut browser, started, mut done) = (Browser::new(server.address), Instant::now(), 0);
                    while started.elapsed() < ROUND {
                        operation(&mut browser, number, done);
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    done as f64 / started.elapsed().as_secs_f64()
}

/// Holds of three neighbouring seats per second: the post that the seat map's form sends, answered by a redirect to the
/// booking. Every hold takes seats that no other has taken. A client's first operation also opens a seat map, which
/// gives it its cookie.
pub fn holds(server: &Server, house: &House) -> f64 {
    let next = AtomicUsize::new(0);
    measure(server, |browser, _, done| {
        if done == 0 {
            browser.get(&format!("/shows/{}", house.shows[0]));
        }
        let at = next.fetch_add(1, Ordering::Relaxed);
        // Neighbours in time are at different shows, as in life.
        let (show, place) = (house.shows[at % house.shows.len()], at / house.shows.len() * 3);
        let seats = house.seats.get(place..place + 3).expect("more seats than a round can sell");
        let key = Uuid::new_v4();
        let form = format!("form_key={key}&seat={}&seat={}&seat={}", seats[0], seats[1], seats[2]);
        let answer = browser.post(&format!("/shows/{show}/bookings"), &form);
        assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
    })
}

/// Whole seat-map pages per second, of shows that are partly sold.
pub fn map_pages(server: &Server, house: &House) -> f64 {
    measure(server, |browser, number, done| {
        let show = house.shows[(number * 31 + done) % house.shows.len()];
        let answer = browser.get(&format!("/shows/{show}"));
        assert_eq!(answer.status, 200);
        assert!(answer.body.len() > 20_000, "a page with 320 seats");
    })
}
