//! Background work: deliver webhooks, close overdue sessions, speak for the banks, forget old idempotency keys.

use super::api::idempotency;
use super::database::{self, Pool, Trouble};
use super::webhook::delivery::Courier;
use super::{checkout, refund, refunding};
use diesel::{Connection, PgConnection, QueryResult};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Short enough that a customer who returns from paying finds the webhook already there.
const DELIVER_EVERY: Duration = Duration::from_millis(200);
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How many refunds one sweep asks the bank about.
const REFUNDS_AT_ONCE: i64 = 100;
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// How long the end waits for webhooks under way; what is cut off is sent again after the next start.
const FINISH_WITHIN: Duration = Duration::from_secs(3);

/// Works until `stop` says so. Trouble with the database is logged and tried again: it may be restarting.
pub async fn run(pool: Pool, courier: Courier, mut stop: watch::Receiver<bool>) {
    let mut deliver = ticks(DELIVER_EVERY);
    let mut sweep = ticks(SWEEP_EVERY);
    let mut prune = ticks(PRUNE_EVERY);
    loop {
        let (what, done) = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            _ = deliver.tick() => ("deliver webhooks", courier.send_due().await),
            () = courier.has_room() => ("deliver webhooks", courier.send_due().await),
            _ = sweep.tick() => ("expire sessions, take late money, settle payments and refunds", do_what_is_due(&pool).await),
            _ = prune.tick() => ("forget idempotency keys", in_transaction(&pool, idempotency::prune).await),
        };
        if let Err(trouble) = done {
            tracing::warn!(%trouble, "could not {what} now");
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    }
    if timeout(FINISH_WITHIN, courier.idle()).await.is_err() {
        tracing::warn!("stopped while webhooks were under way");
    }
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn do_what_is_due(pool: &Pool) -> Result<(), Trouble> {
    for sweep in [checkout::expire_overdue, checkout::capture_late, checkout::settle_due] {
        in_transaction(pool, sweep).await?;
    }
    settle_refunds(pool).await
}

async fn in_transaction(pool: &Pool, sweep: fn(&mut PgConnection) -> QueryResult<usize>) -> Result<(), Trouble> {
    database::run(pool, move |conn| conn.transaction(sweep).map(drop).map_err(Trouble::from)).await
}

/// Each refund in a transaction of its own, so none ever waits for a session's lock while it holds another's.
async fn settle_refunds(pool: &Pool) -> Result<(), Trouble> {
    database::run(pool, |conn| {
        let now = database::now(conn)?;
        for id in refund::due(conn, now, REFUNDS_AT_ONCE)? {
            conn.transaction(|conn| refunding::settle(conn, &id))?;
        }
        Ok(())
    })
    .await
}
