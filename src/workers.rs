//! Background work: each worker is a loop over one errand, and each can be off. Nothing is wrong while one is off, only
//! slower: locks lapse by the clock, and the gateway sends its events again.

use crate::db::Database;
use crate::errands::deadlines::Tried;
use crate::errands::events::Met;
use crate::errands::{NotDone, deadlines, events, inbox, reconcile, refunds};
use crate::payment::gateway::Gateway;
use clap::ValueEnum;
use std::fmt;
use std::time::Duration;
use tokio::sync::watch;

/// One kind of background work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Worker {
    /// Applies events that were stored and not done
    Inbox,
    /// Ends the gateway's sessions when the time to pay is over
    Deadlines,
    /// Asks the gateway to give money back
    Refunds,
    /// Reads the gateway's list of events, for those that its webhooks did not bring
    Events,
    /// Compares the gateway's books with ours
    Reconcile,
}

impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.to_possible_value().expect("no worker is hidden");
        f.write_str(name.get_name())
    }
}

impl Worker {
    /// Between two turns.
    fn pause(self) -> Duration {
        Duration::from_secs(match self {
            Self::Refunds => 1,
            Self::Deadlines => 2,
            Self::Inbox => 5,
            // What no webhook brought is here within half a minute.
            Self::Events => 20,
            Self::Reconcile => 300,
        })
    }

    /// One turn, as the first of a process: how much there was to do.
    ///
    /// # Errors
    /// The database or the gateway is away; the next turn tries again.
    pub async fn turn(self, db: &Database, gateway: &Gateway) -> Result<usize, NotDone> {
        self.next_turn(db, gateway, &mut Memory::default()).await
    }

    async fn next_turn(self, db: &Database, gateway: &Gateway, memory: &mut Memory) -> Result<usize, NotDone> {
        match self {
            Self::Events => events::catch_up(db, gateway, &mut memory.met).await,
            Self::Reconcile => {
                let report = reconcile::compare_books(db, gateway, reconcile::WINDOW, true).await?;
                Ok(report.findings.len() + report.closed.len())
            }
            Self::Inbox => inbox::left_over(db, gateway).await,
            Self::Deadlines => deadlines::passed(db, gateway, &mut memory.tried).await,
            Self::Refunds => refunds::due(db, gateway).await,
        }
    }
}

/// What a worker knows from its turns before.
#[derive(Default)]
struct Memory {
    met: Met,
    tried: Tried,
}

/// All workers but those that are switched off.
pub fn all_but(off: &[Worker]) -> Vec<Worker> {
    Worker::value_variants().iter().filter(|worker| !off.contains(worker)).copied().collect()
}

/// Workers under way. They stop when this is dropped, each after the turn that it is in.
#[must_use]
pub struct Running(#[expect(dead_code, reason = "dropping it is the message")] watch::Sender<()>);

/// Starts workers on the calling thread's runtime.
pub fn start(workers: &[Worker], db: &Database, gateway: &Gateway) -> Running {
    let (stop, stopped) = watch::channel(());
    for worker in workers {
        actix_web::rt::spawn(run(*worker, db.clone(), gateway.clone(), stopped.clone()));
    }
    Running(stop)
}

async fn run(worker: Worker, db: Database, gateway: Gateway, mut stopped: watch::Receiver<()>) {
    let mut memory = Memory::default();
    loop {
        match worker.next_turn(&db, &gateway, &mut memory).await {
            Ok(0) => {}
            Ok(done) => tracing::debug!(%worker, done, "a turn"),
            Err(why) => tracing::warn!(%worker, %why, "a turn failed; the next one tries again"),
        }
        tokio::select! {
            () = tokio::time::sleep(worker.pause()) => {}
            _ = stopped.changed() => return,
        }
    }
}
