//! Idempotency keys, as Stripe keeps them: the first answer is stored with the change it reports, and replayed.
//!
//! The database decides. The unique key lets one row exist; that row's lock is held for as long as a request with the
//! key is being executed, so "running" needs no flag that a crash could leave behind. A change and its stored answer
//! commit together. A validation failure stores nothing; a refusal or a breakdown after validation is stored like a
//! success (its partial work rolled back to a savepoint).

use super::Call;
use super::error::ApiError;
use crate::mock_gateway::database;
use crate::mock_gateway::event::Origin;
use crate::mock_gateway::schema::idempotency_keys;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use serde_json::Value;

/// Stripe's limit on the length of a key.
pub const LONGEST_KEY: usize = 255;

/// Answers are kept at least this long; then the key may be used for another request.
const KEPT_FOR: Duration = Duration::hours(24);

/// What a client gets, now or again later. An `act` that changes something and still says no returns one itself.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    body: String,
    /// The request that was first answered so, when this is a replay.
    replay_of: Option<String>,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = idempotency_keys)]
struct Key {
    fingerprint: Option<Vec<u8>>,
    request_id: Option<String>,
    response_status: Option<i32>,
    response_body: Option<String>,
}

/// Carries out a POST once per idempotency key. `check` validates at the gateway's time; `act` makes the change.
pub async fn once<T, A: Into<Answer>>(
    call: Call,
    check: impl FnOnce(DateTime<Utc>) -> Result<T, ApiError> + Send + 'static,
    act: impl FnOnce(&mut PgConnection, T, &Origin) -> Result<A, ApiError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let pool = call.gateway.pool.clone();
    let answer = database::run(&pool, move |conn| match call.idempotency_key.clone() {
        Some(key) => with_key(conn, &key, call, check, act),
        None => conn.transaction(|conn| {
            let valid = check(database::now(conn)?)?;
            act(conn, valid, &call.origin()).map(A::into)
        }),
    })
    .await?;
    Ok(answer.into_response())
}

fn with_key<T, A: Into<Answer>>(
    conn: &mut PgConnection,
    key: &str,
    call: Call,
    check: impl FnOnce(DateTime<Utc>) -> Result<T, ApiError>,
    act: impl FnOnce(&mut PgConnection, T, &Origin) -> Result<A, ApiError>,
) -> Result<Answer, ApiError> {
    let now = database::now(conn)?;
    claim(conn, key, now)?;
    conn.transaction(|conn| {
        let Some(row) = lock(conn, key)? else { return while_locked(conn, key, &call) };
        if let Some(answer) = row.answer_to(key, &call)? {
            return Ok(answer);
        }
        let valid = check(database::now(conn)?)?;
        let answer = match conn.transaction(|conn| act(conn, valid, &call.origin())) {
            Ok(done) => done.into(),
            // It did not begin, so that the client may try again with the key.
            Err(busy) if busy.is_lock_timeout() => return Err(busy),
            Err(refusal) => Answer::refusal(&refusal),
        };
        store(conn, key, &call, &answer)?;
        Ok(answer)
    })
}

/// Makes the key's row exist, committed on its own, so that there is something to lock.
fn claim(conn: &mut PgConnection, key: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::insert_into(idempotency_keys::table)
        .values((idempotency_keys::key.eq(key), idempotency_keys::created_at.eq(now)))
        .on_conflict(idempotency_keys::key)
        .do_nothing()
        .execute(conn)
}

/// The key's row under its lock, or nothing when another request holds it.
fn lock(conn: &mut PgConnection, key: &str) -> QueryResult<Option<Key>> {
    idempotency_keys::table.find(key).select(Key::as_select()).for_update().skip_locked().first(conn).optional()
}

/// Somebody else holds the row: either they are only replaying a stored answer, as we may too, or they execute.
fn while_locked(conn: &mut PgConnection, key: &str, call: &Call) -> Result<Answer, ApiError> {
    let row = idempotency_keys::table.find(key).select(Key::as_select()).first(conn).optional()?;
    let stored = match row {
        Some(row) => row.answer_to(key, call)?,
        None => None,
    };
    stored.ok_or_else(|| ApiError::idempotency_in_use(key))
}

fn store(conn: &mut PgConnection, key: &str, call: &Call, answer: &Answer) -> QueryResult<usize> {
    diesel::update(idempotency_keys::table.find(key))
        .set((
            idempotency_keys::fingerprint.eq(call.fingerprint.as_slice()),
            idempotency_keys::request_id.eq(&call.request_id),
            idempotency_keys::response_status.eq(i32::from(answer.status)),
            idempotency_keys::response_body.eq(&answer.body),
        ))
        .execute(conn)
}

/// Forgets keys that Stripe would have forgotten too, but none that is in use. Returns how many.
pub fn prune(conn: &mut PgConnection) -> QueryResult<usize> {
    let before = database::now(conn)? - KEPT_FOR;
    let old = idempotency_keys::table
        .filter(idempotency_keys::created_at.lt(before))
        .select(idempotency_keys::key)
        .for_update()
        .skip_locked()
        .limit(1000)
        .load::<String>(conn)?;
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::key.eq_any(old))).execute(conn)
}

impl Key {
    /// The stored answer, if this row has one; an error if it belongs to a request with other parameters.
    fn answer_to(self, key: &str, call: &Call) -> Result<Option<Answer>, ApiError> {
        let Key {
            fingerprint: Some(fingerprint),
            request_id,
            response_status: Some(status),
            response_body: Some(body),
        } = self
        else {
            return Ok(None);
        };
        if fingerprint != call.fingerprint {
            return Err(ApiError::idempotency_mismatch(key));
        }
        let status = u16::try_from(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR.as_u16());
        Ok(Some(Answer { status, body, replay_of: request_id }))
    }
}

impl From<Value> for Answer {
    fn from(body: Value) -> Self {
        Self { status: StatusCode::OK.as_u16(), body: body.to_string(), replay_of: None }
    }
}

impl Answer {
    pub fn refusal(error: &ApiError) -> Self {
        Self { status: error.status.as_u16(), body: error.to_json().to_string(), replay_of: None }
    }

    fn into_response(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        response.content_type("application/json");
        if let Some(original) = self.replay_of {
            response.insert_header(("Idempotent-Replayed", "true")).insert_header(("Original-Request", original));
        }
        response.body(self.body)
    }
}
