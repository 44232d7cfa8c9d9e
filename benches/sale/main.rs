//! How fast the sale is, as ratios against PostgreSQL itself, measured in one run on one machine.
//!
//! Load goes to 127.0.0.1 only, from 16 clients, for a few seconds at a time. `bin/bench` runs it.

#![allow(clippy::unwrap_used)] // a benchmark may stop at the first surprise

mod browser;
mod clients;
mod house;
mod processor;
mod reference;
mod server;

use processor::Spent;
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
        let reference = measured(&server, || reference::six_trip_booking(&server));
        let application = measured(&server, || clients::holds(&server, &house));
        holds.push(Pair { application, reference }.told("holds"));
        let reference = measured(&server, || reference::map_rows(&server, &house));
        let application = measured(&server, || clients::map_pages(&server, &house));
        maps.push(Pair { application, reference }.told("maps"));
    }
    report("holds of 3 seats", "six-trip booking of 3 seats in pgbench", holds);
    report("full map pages of a 320-seat show", "reading the same 320 rows in pgbench", maps);
}

/// One measurement: operations per second, and whose work they were.
#[derive(Clone, Copy)]
struct Measured {
    rate: f64,
    spent: Spent,
}

fn measured(server: &server::Server, work: impl FnOnce() -> f64) -> Measured {
    let before = server.spent();
    let rate = work();
    Measured { rate, spent: server.spent() - before }
}

impl Measured {
    fn each(self) -> String {
        self.spent.for_each(self.rate * ROUND.as_secs_f64())
    }
}

/// The application and its reference, measured one after the other.
#[derive(Clone, Copy)]
struct Pair {
    application: Measured,
    reference: Measured,
}

impl Pair {
    fn ratio(self) -> f64 {
        self.application.rate / self.reference.rate
    }

    fn told(self, what: &str) -> Self {
        println!(
            "  {what:5} {:>7.0} /s of {:>7.0} /s = {:.2}",
            self.application.rate,
            self.reference.rate,
            self.ratio()
        );
        self
    }
}

/// The round with the median ratio.
fn report(what: &str, against: &str, mut pairs: Vec<Pair>) {
    pairs.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    let Pair { application, reference } = pairs[pairs.len() / 2];
    let ratio = application.rate / reference.rate;
    println!();
    println!("{what}: {:.0} /s; {against}: {:.0} /s; ratio {ratio:.2}", application.rate, reference.rate);
    println!("  processor time of each: {}", application.each());
    println!("  of its reference:       {}", reference.each());
}
