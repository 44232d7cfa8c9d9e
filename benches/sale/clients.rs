//! Clients that behave like browsers: a cookie of their own, kept connections, and the form of the page they opened.

use crate::house::House;
use crate::server::Server;
use crate::{CLIENTS, ROUND};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use uuid::Uuid;

fn browser() -> Client {
    Client::builder().cookie_store(true).redirect(Policy::none()).no_proxy().build().unwrap()
}

/// Runs `client` as often as there are clients until each has ended; answers per second of all together.
fn measure<F: Future<Output = usize> + 'static>(client: impl Fn(usize) -> F + 'static) -> f64 {
    actix_web::rt::System::new().block_on(async move {
        let started = Instant::now();
        let clients: Vec<_> = (0..CLIENTS).map(|number| actix_web::rt::spawn(client(number))).collect();
        let mut done = 0;
        for client in clients {
            done += client.await.unwrap();
        }
        done as f64 / started.elapsed().as_secs_f64()
    })
}

/// Holds of three neighbouring seats per second: the post that the seat map's form sends, answered by a redirect to the
/// booking. Every hold takes seats that no other has taken.
pub fn holds(server: &Server, house: &House) -> f64 {
    let triples: Vec<(i64, [i64; 3])> = house
        .shows
        .iter()
        .flat_map(|show| house.seats.chunks_exact(3).map(|seats| (show.0, [seats[0], seats[1], seats[2]])))
        .collect();
    // Neighbours in time are at different shows, as in life.
    let per_show = house.seats.len() / 3;
    let order: Arc<Vec<(i64, [i64; 3])>> =
        Arc::new((0..per_show).flat_map(|place| triples.iter().skip(place).step_by(per_show).copied()).collect());
    let next = Arc::new(AtomicUsize::new(0));
    let base = format!("http://{}", server.address);
    measure(move |_| {
        let (order, next, base) = (order.clone(), next.clone(), base.clone());
        async move {
            let http = browser();
            let page = http.get(format!("{base}/shows/{}", order[0].0)).send().await.unwrap().text().await.unwrap();
            let token = page.split_once("name=\"token\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
            let (started, mut done) = (Instant::now(), 0);
            while started.elapsed() < ROUND {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let (show, seats) = order.get(at).expect("more seats than a round can sell");
                let key = Uuid::new_v4();
                let body =
                    format!("token={token}&form_key={key}&seat={}&seat={}&seat={}", seats[0], seats[1], seats[2]);
                let answer = http
                    .post(format!("{base}/shows/{show}/bookings"))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .body(body)
                    .send()
                    .await
                    .unwrap();
                assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap());
                done += 1;
            }
            done
        }
    })
}

/// Whole seat-map pages per second, of shows that are partly sold.
pub fn map_pages(server: &Server, house: &House) -> f64 {
    let shows: Arc<Vec<i64>> = Arc::new(house.shows.iter().map(|show| show.0).collect());
    let base = format!("http://{}", server.address);
    measure(move |number| {
        let (shows, base) = (shows.clone(), base.clone());
        async move {
            let http = browser();
            let (started, mut done) = (Instant::now(), 0);
            while started.elapsed() < ROUND {
                let show = shows[(number * 31 + done) % shows.len()];
                let answer = http.get(format!("{base}/shows/{show}")).send().await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                let bytes = answer.bytes().await.unwrap();
                assert!(bytes.len() > 20_000, "a page with 320 seats");
                done += 1;
            }
            done
        }
    })
}
