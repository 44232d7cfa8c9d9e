//! The audiences that buy while the demo is open already, so that nobody waits for them.

use crate::db::Database;
use crate::demo::fill::fill;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A thread that fills the houses, today's first. Ends when it is done or this is dropped, whatever comes first.
pub struct Filling {
    wanted: Arc<AtomicBool>,
}

impl Filling {
    pub fn start(database: Database) -> Self {
        let wanted = Arc::new(AtomicBool::new(true));
        let keep_going = wanted.clone();
        std::thread::spawn(move || match fill(&database, || keep_going.load(Ordering::Relaxed)) {
            Ok(filled) if filled.seats > 0 => {
                tracing::info!(filled.seats, filled.shows, "the audiences have bought their tickets");
            }
            Ok(_) => {}
            Err(_) if !keep_going.load(Ordering::Relaxed) => {}
            Err(error) => tracing::warn!(%error, "some houses stay emptier than they should; the next start goes on"),
        });
        Self { wanted }
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
    }
}
