//! How fast the sale is, as ratios against PostgreSQL itself, measured in one run on one machine.
//!
//! Load goes to 127.0.0.1 only, from 16 clients, for a few seconds at a time. `bin/bench` runs it.

#![allow(clippy::unwrap_used)] // a benchmark may stop at the first surprise

mod browser;
mod clients;
mod house;
mod reference;
mod server;

use std::time::Duration;

/// Concurrent clients, of the application and of pgbench alike.
const CLIENTS: usize = 16;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(5);

fn main() {
    let server = server::Server::start();
    println!("PostgreSQL {}, {CLIENTS} clients, {ROUNDS} rounds of {} s, medians", server.version(), ROUND.as_secs());
    println!();
    // A cinema that has sold before: plans made for empty tables are nobody's everyday.
    clients::holds(&server, &house::build(&server, ROUNDS));
    let (mut holds, mut maps) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let house = house::build(&server, round);
        let booking = reference::six_trip_booking(&server);
        holds.push(told("holds", Pair { application: clients::holds(&server, &house), reference: booking }));
        let rows = reference::map_rows(&server, &house);
        maps.push(told("maps", Pair { application: clients::map_pages(&server, &house), reference: rows }));
    }
    println!();
    report("holds of 3 seats", "six-trip booking of 3 seats in pgbench", holds);
    report("full map pages of a 320-seat show", "reading the same 320 rows in pgbench", maps);
}

/// Operations per second of the application and of its reference, measured one after the other.
#[derive(Clone, Copy)]
struct Pair {
    application: f64,
    reference: f64,
}

impl Pair {
    fn ratio(self) -> f64 {
        self.application / self.reference
    }
}

fn told(what: &str, pair: Pair) -> Pair {
    println!("  {what:5} {:>7.0} /s of {:>7.0} /s = {:.2}", pair.application, pair.reference, pair.ratio());
    pair
}

fn report(what: &str, against: &str, mut pairs: Vec<Pair>) {
    pairs.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    let median = pairs[pairs.len() / 2];
    println!(
        "{what}: {:.0} /s; {against}: {:.0} /s; ratio {:.2}",
        median.application,
        median.reference,
        median.ratio()
    );
}
