//! Payments whose time is up: their sessions end at the gateway, which would take money for an hour. Without this errand
//! such money is late money.

use super::{NotDone, sessions};
use crate::db::Database;
use crate::ledger::Author;
use crate::payment::gateway::Gateway;
use crate::sale::start_payment::overdue;

/// Looked at in one turn.
const MOST: i64 = 50;

/// Ends the sessions of payments that can no longer be made in time. How many were tried.
pub async fn passed(db: &Database, gateway: &Gateway) -> Result<usize, NotDone> {
    let payments = db.run(|conn| overdue(conn, MOST)).await?;
    for payment in &payments {
        if let Err(why) = sessions::end(db, gateway, payment, Author::system("deadlines")).await {
            tracing::warn!(payment = %payment.id, %why, "a session could not be ended");
        }
    }
    Ok(payments.len())
}
