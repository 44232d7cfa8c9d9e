//! The delivery worker. A delivery is leased in one short transaction, sent with none open, and its result recorded in
//! another, so a crash at any point only means one more attempt: at least once, in no promised order.

use super::schedule;
use crate::mock_gateway::database::{self, Pool, Trouble};
use crate::mock_gateway::event::{self, Event};
use crate::mock_gateway::faults::courier::{self, Course, Fate, Manner};
use crate::mock_gateway::schema::{deliveries, events, webhook_endpoints};
use crate::mock_gateway::wire;
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use futures_util::future::join;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time;
use tokio::sync::{Notify, Semaphore};

/// A merchant that takes longer has not answered.
const TIMEOUT: time::Duration = time::Duration::from_secs(10);

/// After this a leased delivery is taken again: its worker has died. Well past `TIMEOUT`.
const LEASE: Duration = Duration::seconds(30);

/// A merchant that hangs must not hold up the events that follow.
const AT_ONCE: usize = 16;

/// One attempt to make: everything that is needed to send it, and to record it afterwards.
#[derive(Debug)]
struct Attempt {
    event: Event,
    pending_webhooks: i64,
    endpoint_id: String,
    url: String,
    secret: String,
    /// Counts from one. Only the latest attempt may record its result.
    number: i32,
    manner: Manner,
}

/// What came of an attempt: the HTTP status, or why there is none.
type Reply = Result<u16, String>;

/// Sends what is due, again and again, a few at a time.
#[derive(Debug, Clone)]
pub struct Courier {
    pool: Pool,
    client: reqwest::Client,
    free: Arc<Semaphore>,
    /// Whether more may be due than there was room for.
    crowded: Arc<AtomicBool>,
    /// Room that has come free meanwhile.
    room: Arc<Notify>,
}

impl Courier {
    pub fn new(pool: Pool) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let free = Arc::new(Semaphore::new(AT_ONCE));
        Ok(Self { pool, client, free, crowded: Arc::default(), room: Arc::default() })
    }

    /// Starts every delivery that is due and for which there is room. Returns without waiting for the answers.
    pub async fn send_due(&self) -> Result<(), Trouble> {
        let room = self.free.available_permits();
        if room == 0 {
            return Ok(());
        }
        let (leased, crowded) = database::run(&self.pool, move |conn| lease(conn, room)).await?;
        self.crowded.store(crowded, Ordering::Relaxed);
        for attempt in leased {
            let courier = self.clone();
            let Ok(permit) = self.free.clone().acquire_owned().await else { return Ok(()) };
            actix_web::rt::spawn(async move {
                courier.carry_out(attempt).await;
                drop(permit);
                if courier.crowded.load(Ordering::Relaxed) {
                    courier.room.notify_one();
                }
            });
        }
        Ok(())
    }

    /// Returns when there is room again for what is waiting: a crowd of events is not sent at the pace of a clock.
    pub async fn has_room(&self) {
        self.room.notified().await;
    }

    /// Waits until nothing is under way, at the end of the process.
    pub async fn idle(&self) {
        if let Ok(everything) = self.free.acquire_many(AT_ONCE as u32).await {
            drop(everything);
        }
    }

    async fn carry_out(&self, attempt: Attempt) {
        let reply = self.send(&attempt).await;
        match &reply {
            Ok(200..=299) => {
                tracing::debug!(event = attempt.event.id, kind = attempt.event.kind, "webhook delivered")
            }
            Ok(status) => {
                tracing::warn!(event = attempt.event.id, status, number = attempt.number, "webhook refused")
            }
            Err(why) => {
                tracing::warn!(event = attempt.event.id, why, number = attempt.number, "webhook not delivered")
            }
        }
        let recorded = database::run(&self.pool, move |conn| {
            conn.transaction(|conn| record(conn, &attempt, &reply)).map_err(Trouble::from)
        });
        if let Err(trouble) = recorded.await {
            tracing::error!(%trouble, "the result of a webhook was not recorded; it will be sent again");
        }
    }

    /// One POST; or, when a switch wants it, two at the same moment, of which one has to be taken.
    async fn send(&self, attempt: &Attempt) -> Reply {
        if !attempt.manner.twice {
            return self.post(attempt).await;
        }
        let (one, other) = join(self.post(attempt), self.post(attempt)).await;
        if is_taken(&one) { one } else { other }
    }

    async fn post(&self, attempt: &Attempt) -> Reply {
        let body = wire::event(&attempt.event, attempt.pending_webhooks).to_string();
        // The receiver compares with its own system clock, so this is not `gateway_now()`, which a test may shift.
        let signature = attempt.manner.signature(&attempt.secret, Utc::now().timestamp(), &body);
        let request = self
            .client
            .post(&attempt.url)
            .header("Content-Type", "application/json; charset=utf-8")
            .header("User-Agent", "Stripe/1.0 (mock; +https://docs.stripe.com/webhooks)")
            .header("Stripe-Signature", signature)
            .body(body);
        let response = request.send().await.map_err(|error| error.without_url().to_string())?;
        Ok(response.status().as_u16())
    }
}

/// Takes due deliveries for this worker alone: they are not due again until the lease ends. And whether more may be due.
fn lease(conn: &mut PgConnection, at_most: usize) -> Result<(Vec<Attempt>, bool), Trouble> {
    conn.transaction(|conn| {
        let now = database::now(conn)?;
        let due = lock_due(conn, now, at_most)?;
        let crowded = due.len() == at_most;
        let mut attempts = Vec::with_capacity(due.len());
        for (event, attempted, fate, endpoint_id, url, secret) in due {
            let number = attempted + 1;
            let due = courier::Due { event: &event, endpoint_id: &endpoint_id, attempt: number, fate };
            let row = diesel::update(deliveries::table.find((&event.id, &endpoint_id)));
            let manner = match courier::course(conn, due, now)? {
                Course::Send(manner) => manner,
                Course::SetAside(fate, until) => {
                    row.set((deliveries::fate.eq(fate), deliveries::next_attempt_at.eq(until))).execute(conn)?;
                    continue;
                }
            };
            row.set((deliveries::attempts.eq(number), deliveries::next_attempt_at.eq(now + LEASE))).execute(conn)?;
            let pending_webhooks = event::pending_webhooks(conn, &event.id)?;
            attempts.push(Attempt { event, pending_webhooks, endpoint_id, url, secret, number, manner });
        }
        Ok((attempts, crowded))
    })
}

type Due = (Event, i32, Option<Fate>, String, String, String);

fn lock_due(conn: &mut PgConnection, now: DateTime<Utc>, at_most: usize) -> QueryResult<Vec<Due>> {
    deliveries::table
        .inner_join(events::table)
        .inner_join(webhook_endpoints::table)
        .filter(deliveries::next_attempt_at.le(now).and(webhook_endpoints::status.eq("enabled")))
        .order((deliveries::next_attempt_at, events::sequence))
        .limit(i64::try_from(at_most).unwrap_or(1))
        .select((
            Event::as_select(),
            deliveries::attempts,
            deliveries::fate,
            webhook_endpoints::id,
            webhook_endpoints::url,
            webhook_endpoints::secret,
        ))
        .for_no_key_update()
        .skip_locked()
        .load(conn)
}

fn is_taken(reply: &Reply) -> bool {
    matches!(reply, Ok(200..=299))
}

/// Writes down what came of an attempt, unless a later one has taken over since.
fn record(conn: &mut PgConnection, attempt: &Attempt, reply: &Reply) -> QueryResult<()> {
    let now = database::now(conn)?;
    let delivered = is_taken(reply);
    let next = if delivered { None } else { schedule::next_attempt(attempt.event.created_at, now, attempt.number) };
    let row = deliveries::table.find((&attempt.event.id, &attempt.endpoint_id));
    diesel::update(row.filter(deliveries::attempts.eq(attempt.number).and(deliveries::delivered_at.is_null())))
        .set((
            deliveries::next_attempt_at.eq(next),
            deliveries::delivered_at.eq(delivered.then_some(now)),
            deliveries::last_status.eq(reply.as_ref().ok().map(|status| i32::from(*status))),
            deliveries::last_error.eq(reply.as_ref().err()),
        ))
        .execute(conn)?;
    if delivered {
        courier::let_go(conn, &attempt.event, &attempt.endpoint_id, now)?;
    }
    Ok(())
}
