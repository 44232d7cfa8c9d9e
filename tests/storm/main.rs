//! The storm: crowds of customers buy over real HTTP while the gateway does everything wrong that it can, and time jumps.
//! When it is quiet again, our books are compared with the gateway's own, to the paisa.
//!
//! - `MARQUEE_PURCHASES=10000` is how many set out to buy; 150 unless told.
//! - `MARQUEE_STORM_SEED=17` makes customers and faults choose as they did in the run that printed it.

#![allow(clippy::unwrap_used)] // helpers of tests may stop at the first surprise, as tests may

#[path = "../support/mod.rs"]
mod support;

mod customer;

use customer::Customer;
use futures_util::StreamExt;
use futures_util::stream;
use std::env;
use std::time::Instant;
use support::tally::Tally;
use support::{TestApp, books, database, gateway_faults, quiet, shows, travel};

const PURCHASES: u64 = 150;
/// Seats on sale for each, or a few more: the later half of the customers finds most seats taken.
const SEATS_EACH: u64 = 2;
const SEATS_OF_A_SHOW: u64 = 40;
/// Customers under way at a time.
const CROWD: usize = 24;
/// The business clock jumps so often in a storm, past every deadline: whoever is paying then pays late.
const JUMPS: u64 = 4;
/// What a storm of the usual size has to come by.
const EXPECTED: [&str; 8] = [
    "held",
    "seats were gone",
    "sent to pay",
    "paid",
    "declined, then paid",
    "left",
    "gave up and paid",
    "gave back",
];

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text}")))
}

#[actix_web::test]
async fn whatever_the_gateway_does_every_payment_ends_in_tickets_a_refund_or_a_case() {
    let purchases = number("MARQUEE_PURCHASES").unwrap_or(PURCHASES);
    let seed = number("MARQUEE_STORM_SEED").unwrap_or_else(|| rand::random_range(1..1_000_000));
    println!("MARQUEE_STORM_SEED={seed} MARQUEE_PURCHASES={purchases}");
    let app = TestApp::start_working(database(), &["--database-connections", "24"]);
    let shows = shows::on_sale(&mut app.database.connect(), (purchases * SEATS_EACH).div_ceil(SEATS_OF_A_SHOW));
    let gateway = app.gateway_api();
    gateway_faults::switch_on(&gateway, seed).await;

    let (tally, began) = (Tally::default(), Instant::now());
    stream::iter(0..purchases)
        .for_each_concurrent(CROWD, |number| {
            if number > 0 && number % (purchases / JUMPS).max(1) == 0 {
                travel(&app.database, &format!("{} minutes", 16 * number / (purchases / JUMPS).max(1)));
            }
            Customer::new(&app, &shows, &tally, seed, number).buys()
        })
        .await;
    let took = began.elapsed();

    // The last who left are past their deadline too; then the gateway behaves, and everything heals by itself.
    travel(&app.database, &format!("{} minutes", 16 * (JUMPS + 2)));
    gateway_faults::switch_off(&gateway).await;
    let conn = &mut app.database.connect();
    quiet::wait_until(conn, &mut app.gateway_database.connect()).await;

    println!("{purchases} purchases in {took:.1?}\n{tally}");
    assert_eq!(quiet::violations(conn, &shows), [""; 0]);
    println!("{}", books::tied(&gateway, conn).await.unwrap());
    if purchases >= PURCHASES {
        assert_eq!(tally.missing(&EXPECTED), [""; 0], "nobody came by these, so nothing is proved about them");
    }
}
