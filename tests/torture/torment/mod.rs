//! Everything that is done to a site while people book. Each tormentor is a thread with dice of its own; it stops when it
//! is over, and what it struck is up again then.

pub mod application;
mod clock;
pub mod connections;
pub mod postgres;

use crate::support::proxy::Proxy;
use crate::support::site::{Postgres, Program};
use crate::watch::Watch;
use crate::wave::Orders;
pub use clock::ClockSetter;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use std::ops::Range;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Under way until it ends or is dropped.
pub struct Torment {
    watch: Arc<Watch>,
    threads: Option<Threads>,
}

struct Threads {
    application: JoinHandle<Program>,
    postgres: JoinHandle<Postgres>,
    connections: JoinHandle<()>,
    clock: JoinHandle<ClockSetter>,
}

impl Torment {
    pub fn start(
        app: Program,
        postgres: Postgres,
        proxy: Proxy,
        clock: ClockSetter,
        watch: Arc<Watch>,
        orders: &Orders,
    ) -> Self {
        let (seed, peace) = (orders.seed, orders.peace);
        let dice = |number: u64| StdRng::seed_from_u64(seed.wrapping_mul(7_919).wrapping_add(number));
        let on = || watch.clone();
        let threads = Threads {
            application: with(on(), dice(1), move |watch, dice| application::torment(app, peace, watch, dice)),
            postgres: with(on(), dice(2), move |watch, dice| postgres::torment(postgres, peace, watch, dice)),
            connections: with(on(), dice(3), move |watch, dice| connections::torment(&proxy, peace, watch, dice)),
            clock: with(on(), dice(4), move |watch, dice| clock.torment(peace, watch, dice)),
        };
        Self { watch, threads: Some(threads) }
    }

    /// Returns everything in good health.
    pub fn end(mut self) -> (Program, Postgres, ClockSetter) {
        self.watch.end();
        let threads = self.threads.take().unwrap();
        threads.connections.join().unwrap();
        // The application starts when PostgreSQL is there.
        let postgres = threads.postgres.join().unwrap();
        (threads.application.join().unwrap(), postgres, threads.clock.join().unwrap())
    }
}

/// A wave that failed: what it started ends with it.
impl Drop for Torment {
    fn drop(&mut self) {
        self.watch.end();
        if let Some(threads) = self.threads.take() {
            let _ = threads.connections.join();
            let _ = threads.postgres.join();
            let _ = threads.application.join();
            let _ = threads.clock.join();
        }
    }
}

fn with<T: Send + 'static>(
    watch: Arc<Watch>,
    dice: StdRng,
    work: impl FnOnce(&Watch, StdRng) -> T + Send + 'static,
) -> JoinHandle<T> {
    thread::spawn(move || work(&watch, dice))
}

fn milliseconds(dice: &mut StdRng, range: Range<u64>) -> Duration {
    Duration::from_millis(dice.random_range(range))
}

/// Each of some kinds once, in the order of the dice, then each once more: so a minute has some of all.
struct Turns<T: 'static> {
    all: &'static [T],
    left: Vec<T>,
}

impl<T: Copy> Turns<T> {
    fn of(all: &'static [T]) -> Self {
        Self { all, left: Vec::new() }
    }

    fn next(&mut self, dice: &mut StdRng) -> T {
        if self.left.is_empty() {
            self.left = self.all.to_vec();
            self.left.shuffle(dice);
        }
        self.left.pop().expect("there are kinds")
    }
}
