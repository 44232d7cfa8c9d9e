//! A refund's row and its transitions. The row is the outbox: while it says requested, a worker asks the gateway.

pub mod life;

use super::{Payment, PaymentMethod};
use crate::clock::Instant;
use crate::db::expect_rows;
use crate::ids::{BookingId, PaymentId, RefundId};
use crate::ledger::{self, Entry, Stamp};
use crate::money::Money;
use crate::schema::{payments, refunds};
use chrono::Duration;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Interval, Timestamptz};
use life::{Life, Step};
use std::fmt;
use uuid::Uuid;

text_enum! {
    pub enum RefundStatus {
        Requested = "requested",
        Succeeded = "succeeded",
        /// Passed through only: it is asked for again or left to a person in the same transaction.
        Failed = "failed",
        NeedsAttention = "needs_attention",
        SettledByStaff = "settled_by_staff",
    }
}

text_enum! {
    /// Why money goes back; once per payment and cause.
    pub enum RefundCause {
        WrongAmount = "wrong_amount",
        AlreadyPaid = "already_paid",
        /// The booking or its show was cancelled before the money came, or the show was over.
        Cancelled = "cancelled",
        SeatsLost = "seats_lost",
        /// The customer gave a paid booking back.
        CustomerCancelled = "customer_cancelled",
        /// The cinema cancelled the show of a paid booking.
        ShowCancelled = "show_cancelled",
    }
}

/// Between two questions to the gateway about one refund, at least and at most. It grows with the refund's age.
const PATIENCE: (Duration, Duration) = (Duration::seconds(15), Duration::minutes(10));

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = refunds, check_for_backend(diesel::pg::Pg))]
pub struct Refund {
    pub id: RefundId,
    #[diesel(embed)]
    pub life: Life,
}

impl Refund {
    pub fn money(&self) -> Money {
        Money::new(self.life.amount, self.life.currency.clone())
    }
}

/// One attempt at one refund, as the gateway knows it: its idempotency key, and what its refund is marked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub refund: RefundId,
    pub number: i32,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.refund, self.number)
    }
}

impl Attempt {
    /// The key of the gateway's metadata that the attempt is written under.
    pub const METADATA: &str = "refund";

    /// The attempt that [`Display`](fmt::Display) writes so; none for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (refund, number) = text.split_once('/')?;
        Some(Self { refund: RefundId(Uuid::parse_str(refund).ok()?), number: number.parse().ok()? })
    }
}

/// What became of an attempt, as the gateway tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// It has the request and is working on it.
    Pending {
        gateway_id: String,
    },
    Succeeded {
        gateway_id: String,
    },
    /// With the gateway's reason; without its name when it refused to begin.
    Failed {
        gateway_id: Option<String>,
        reason: String,
    },
}

impl Word {
    /// The gateway's name of the refund that it is about.
    pub fn gateway_id(&self) -> Option<&str> {
        match self {
            Self::Pending { gateway_id } | Self::Succeeded { gateway_id } => Some(gateway_id),
            Self::Failed { gateway_id, .. } => gateway_id.as_deref(),
        }
    }

    /// What a refund of the gateway's says. `requires_action` waits for the customer, who may never act; it is pending as
    /// long as the gateway says nothing else.
    pub fn read(gateway_id: String, status: Option<&str>, failure: Option<String>) -> Self {
        match status {
            Some("succeeded") => Self::Succeeded { gateway_id },
            Some(end @ ("failed" | "canceled")) => {
                let reason = failure.filter(|reason| !reason.is_empty()).unwrap_or_else(|| end.to_owned());
                Self::Failed { gateway_id: Some(gateway_id), reason }
            }
            _ => Self::Pending { gateway_id },
        }
    }
}

/// A refund that a worker has leased.
#[derive(Clone, Debug)]
pub struct Job {
    pub attempt: Attempt,
    pub money: Money,
    /// Set once the gateway has taken it: then it is only asked how it stands.
    pub gateway_id: Option<String>,
    pub payment_intent: Option<String>,
    pub session: Option<String>,
}

/// Requests a refund of a locked payment, once per cause. Money from the counter never saw the gateway: a person is
/// to give it back. None: it was requested before.
pub fn request(
    conn: &mut PgConnection,
    payment: &Payment,
    cause: RefundCause,
    sum: &Money,
    stamp: &Stamp,
) -> QueryResult<Option<Refund>> {
    // Looked for under the payment's lock: the trigger that bounds the sum speaks before the unique key could.
    let same = refunds::table.filter(refunds::payment_id.eq(payment.id)).filter(refunds::cause.eq(cause));
    if diesel::select(diesel::dsl::exists(same)).get_result(conn)? {
        return Ok(None);
    }
    let life = match payment.method {
        PaymentMethod::Gateway => Life::requested(payment.id, payment.booking_id, cause, sum, stamp.at),
        PaymentMethod::Counter => Life::owed_at_counter(payment.id, payment.booking_id, cause, sum, stamp.at),
    };
    let id = RefundId(Uuid::now_v7());
    diesel::insert_into(refunds::table)
        .values((refunds::id.eq(id), &life, refunds::next_try_at.eq(stamp.at)))
        .execute(conn)?;
    ledger::write(conn, &[entry(id, None, &life, life.first_detail(), stamp)])?;
    Ok(Some(Refund { id, life }))
}

/// What a refund belongs to, read without a lock to learn where to lock from.
pub fn payment_of(conn: &mut PgConnection, id: RefundId) -> QueryResult<Option<(BookingId, PaymentId)>> {
    refunds::table.find(id).select((refunds::booking_id, refunds::payment_id)).first(conn).optional()
}

/// Locks a refund, after its payment.
pub fn lock(conn: &mut PgConnection, id: RefundId) -> QueryResult<Refund> {
    refunds::table.find(id).for_no_key_update().select(Refund::as_select()).first(conn)
}

/// The booking's refunds, oldest first, without a lock: for pages.
pub fn of_booking(conn: &mut PgConnection, booking: BookingId) -> QueryResult<Vec<Refund>> {
    of_bookings(conn, &[booking])
}

/// The refunds of several bookings, oldest first, without a lock: for pages.
pub fn of_bookings(conn: &mut PgConnection, bookings: &[BookingId]) -> QueryResult<Vec<Refund>> {
    refunds::table
        .filter(refunds::booking_id.eq_any(bookings))
        .order((refunds::requested_at, refunds::id))
        .select(Refund::as_select())
        .load(conn)
}

/// Leases refunds that are due, the longest waiting first. Those that another worker is leasing are passed over, so it
/// waits for nobody. A lease that is not answered ends by itself.
pub fn lease(conn: &mut PgConnection, most: i64, now: Instant) -> QueryResult<Vec<Job>> {
    // Written out, so that a kept plan uses the index of those that are due.
    let due = diesel::dsl::sql::<diesel::sql_types::Bool>("refunds.status = 'requested'");
    let leased: Vec<Refund> = refunds::table
        .filter(due)
        .filter(refunds::next_try_at.le(now))
        .order(refunds::next_try_at)
        .limit(most)
        .for_no_key_update()
        .skip_locked()
        .select(Refund::as_select())
        .load(conn)?;
    if leased.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<RefundId> = leased.iter().map(|refund| refund.id).collect();
    diesel::sql_query(
        "UPDATE refunds SET next_try_at = $2 + least(greatest($2 - requested_at, $3), $4) WHERE id = ANY($1)",
    )
    .bind::<Array<sql_types::Uuid>, _>(&ids)
    .bind::<Timestamptz, _>(now)
    .bind::<Interval, _>(PATIENCE.0)
    .bind::<Interval, _>(PATIENCE.1)
    .execute(conn)?;
    jobs(conn, leased)
}

fn jobs(conn: &mut PgConnection, leased: Vec<Refund>) -> QueryResult<Vec<Job>> {
    type Charge = (PaymentId, Option<String>, Option<String>);
    let of: Vec<PaymentId> = leased.iter().map(|refund| refund.life.payment_id).collect();
    let charges: Vec<Charge> = payments::table
        .filter(payments::id.eq_any(of))
        .select((payments::id, payments::payment_intent_id, payments::session_id))
        .load(conn)?;
    let job = |refund: Refund| {
        let charge = charges.iter().find(|charge| charge.0 == refund.life.payment_id);
        Job {
            attempt: Attempt { refund: refund.id, number: refund.life.attempt },
            money: refund.money(),
            gateway_id: refund.life.gateway_id,
            payment_intent: charge.and_then(|charge| charge.1.clone()),
            session: charge.and_then(|charge| charge.2.clone()),
        }
    };
    Ok(leased.into_iter().map(job).collect())
}

/// Takes a step that [`Life::after`] allows on a locked refund: the row and its ledger row, from one transition.
/// Returns the refund as it then is.
pub fn take_step(conn: &mut PgConnection, refund: Refund, step: &Step, stamp: &Stamp) -> QueryResult<Refund> {
    let life = refund.life.after(step, stamp.at)?;
    let as_judged = refunds::table.find(refund.id).filter(refunds::version.eq(refund.life.version));
    let rows = diesel::update(as_judged).set(&life).execute(conn)?;
    expect_rows("refunds moved", rows, 1)?;
    ledger::write(conn, &[entry(refund.id, Some(refund.life.status), &life, step.detail(), stamp)])?;
    Ok(Refund { id: refund.id, life })
}

/// Lets a worker ask at once: after a retry, there is nothing to wait for.
pub fn make_due(conn: &mut PgConnection, refund: &Refund, at: Instant) -> QueryResult<()> {
    let rows = diesel::update(refunds::table.find(refund.id)).set(refunds::next_try_at.eq(at)).execute(conn)?;
    expect_rows("refunds due", rows, 1)
}

fn entry<'a>(
    id: RefundId,
    from: Option<RefundStatus>,
    to: &Life,
    detail: serde_json::Value,
    stamp: &'a Stamp,
) -> Entry<'a> {
    Entry {
        booking_id: Some(to.booking_id),
        payment_id: Some(to.payment_id),
        refund_id: Some(id),
        detail,
        ..Entry::new("refund", to.version, from.map(RefundStatus::as_str), to.status.as_str(), stamp)
    }
}
