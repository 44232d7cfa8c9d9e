//! The gateway's events for pages, without a lock: the newest first, page by page.

use super::inbox::Effect;
use crate::clock::Instant;
use crate::ids::PaymentId;
use crate::schema::gateway_events;
use diesel::prelude::*;

/// An event without its body.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = gateway_events, check_for_backend(diesel::pg::Pg))]
pub struct Event {
    pub id: String,
    pub kind: String,
    pub received_at: Instant,
    /// Set with the effect, once it is done.
    pub processed_at: Option<Instant>,
    pub effect: Option<Effect>,
    pub payment_id: Option<PaymentId>,
}

/// Which events are looked for; every part that is set must fit.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub state: Option<State>,
    /// The gateway's name for what happened, such as `charge.refunded`.
    pub kind: Option<String>,
    pub payment: Option<PaymentId>,
    /// Only those that came before this event; one that there is not leaves none out.
    pub before: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Waiting,
    Done(Effect),
}

/// The newest events that fit, newest first.
pub fn newest(conn: &mut PgConnection, wanted: &Wanted, most: i64) -> QueryResult<Vec<Event>> {
    let mut events = gateway_events::table
        .order((gateway_events::received_at.desc(), gateway_events::id.desc()))
        .limit(most)
        .select(Event::as_select())
        .into_boxed();
    events = match wanted.state {
        None => events,
        Some(State::Waiting) => events.filter(gateway_events::processed_at.is_null()),
        Some(State::Done(effect)) => events.filter(gateway_events::effect.eq(effect)),
    };
    if let Some(kind) = &wanted.kind {
        events = events.filter(gateway_events::kind.eq(kind));
    }
    if let Some(payment) = wanted.payment {
        events = events.filter(gateway_events::payment_id.eq(payment));
    }
    if let Some(last) = wanted.before.as_deref().map(|id| find(conn, id)).transpose()?.flatten() {
        let same_instant = gateway_events::received_at.eq(last.received_at).and(gateway_events::id.lt(last.id));
        events = events.filter(gateway_events::received_at.lt(last.received_at).or(same_instant));
    }
    events.load(conn)
}

/// Finds an event.
pub fn find(conn: &mut PgConnection, id: &str) -> QueryResult<Option<Event>> {
    gateway_events::table.find(id).select(Event::as_select()).first(conn).optional()
}
