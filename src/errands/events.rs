//! The gateway's events, read from its own list: whatever its webhooks did not bring is taken in all the same.

use super::{NotDone, inbox};
use crate::db::{Database, Failure};
use crate::ids::RequestId;
use crate::payment::gateway::{Gateway, Told};
use crate::payment::inbox::stored;
use std::collections::HashSet;
use uuid::Uuid;

/// Pages that one pass reads at most: a day without webhooks at one event a second would take nine times that, and
/// what is older is found by comparing the books.
const MOST_PAGES: usize = 100;
/// The same for a first pass, which does not know how far the list is known.
const FIRST_PAGES: usize = 5;

/// How far the list has been read: the newest event of the last pass. It is of one process and lasts as long; without it,
/// a pass reads until it meets nothing new.
#[derive(Debug, Default)]
pub struct Met(Option<String>);

/// Takes in what the webhooks did not bring, the oldest first, exactly as they would have. How many there were.
pub async fn catch_up(db: &Database, gateway: &Gateway, met: &mut Met) -> Result<usize, NotDone> {
    let Missed { newest, events } = missed(db, gateway, met).await?;
    let missed = events.len();
    for Told { outline, body } in events.into_iter().rev() {
        let event = outline.id.clone();
        match inbox::take_in(db, gateway, RequestId(Uuid::now_v7()), outline, body).await {
            Ok(effect) => tracing::info!(event, %effect, "an event that no webhook brought"),
            Err(NotDone::Gateway(why)) => tracing::warn!(event, %why, "an event is stored, and not done"),
            Err(why) => return Err(why),
        }
    }
    met.0 = newest.or(met.0.take());
    Ok(missed)
}

struct Missed {
    newest: Option<String>,
    /// Newest first.
    events: Vec<Told>,
}

/// Reads down to where the last pass began, and one page more: an event may be listed a little later than its neighbours.
async fn missed(db: &Database, gateway: &Gateway, met: &Met) -> Result<Missed, NotDone> {
    let mut missed = Missed { newest: None, events: Vec::new() };
    let (mut oldest, mut overlaps) = (None, false);
    for _ in 0..if met.0.is_some() { MOST_PAGES } else { FIRST_PAGES } {
        let page = gateway.events(oldest.as_deref()).await?;
        let ids: Vec<String> = page.items.iter().map(|told| told.outline.id.clone()).collect();
        missed.newest = missed.newest.or(ids.first().cloned());
        oldest = ids.last().cloned();
        let meets = met.0.as_ref().is_some_and(|met| ids.contains(met));
        let known = known(db, ids).await?;
        let new = page.items.into_iter().filter(|told| !known.contains(&told.outline.id));
        let before = missed.events.len();
        missed.events.extend(new);
        let nothing_new = missed.events.len() == before;
        if !page.more || overlaps || met.0.is_none() && nothing_new {
            return Ok(missed);
        }
        overlaps = meets;
    }
    tracing::warn!(events = missed.events.len(), "the list of events goes on beyond what one pass reads");
    Ok(missed)
}

async fn known(db: &Database, ids: Vec<String>) -> Result<HashSet<String>, Failure> {
    let known = db.run(move |conn| Ok::<_, Failure>(stored(conn, &ids)?)).await?;
    Ok(known.into_iter().collect())
}
