//! Payments whose time is up: their sessions end at the gateway, which would take money for an hour. Without this errand
//! such money is late money.

use super::{NotDone, sessions};
use crate::db::Database;
use crate::ids::PaymentId;
use crate::ledger::Author;
use crate::payment::gateway::Gateway;
use crate::sale::start_payment::overdue;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Looked at in one turn.
const MOST: i64 = 50;
/// After the first try that left a session as it was; twice as long after each other one.
const FIRST_PAUSE: Duration = Duration::from_secs(4);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Payments that were tried and may not be over: a bank can think for days about one, and the gateway may be away. They
/// keep no other waiting, and the gateway is not asked about them at every turn. It is of one process and lasts as long.
#[derive(Debug, Default)]
pub struct Tried(HashMap<PaymentId, Try>);

#[derive(Clone, Copy, Debug)]
struct Try {
    next: Instant,
    pause: Duration,
}

impl Tried {
    /// Whose next try has not come.
    fn not_yet(&self, now: Instant) -> Vec<PaymentId> {
        self.0.iter().filter(|(_, tried)| tried.next > now).map(|(id, _)| *id).collect()
    }

    /// Notes a try of these, which is all that was due: whoever else was due is over.
    fn note(&mut self, ids: &[PaymentId], now: Instant) {
        self.0.retain(|id, tried| tried.next > now || ids.contains(id));
        for id in ids {
            let pause = self.0.get(id).map_or(FIRST_PAUSE, |tried| (tried.pause * 2).min(LONGEST_PAUSE));
            self.0.insert(*id, Try { next: now + pause, pause });
        }
    }
}

/// Ends the sessions of payments that can no longer be made in time. How many were tried.
pub async fn passed(db: &Database, gateway: &Gateway, tried: &mut Tried) -> Result<usize, NotDone> {
    let now = Instant::now();
    let not_yet = tried.not_yet(now);
    let payments = db.run(move |conn| overdue(conn, &not_yet, MOST)).await?;
    tried.note(&payments.iter().map(|payment| payment.id).collect::<Vec<_>>(), now);
    for payment in &payments {
        if let Err(why) = sessions::end(db, gateway, payment, Author::system("deadlines")).await {
            tracing::warn!(payment = %payment.id, %why, "a session could not be ended");
        }
    }
    Ok(payments.len())
}

#[cfg(test)]
#[path = "deadlines_tests.rs"]
mod tests;
