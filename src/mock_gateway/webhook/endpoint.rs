//! Webhook endpoints: where events are sent, and the secret that signs them.

use crate::mock_gateway::schema::webhook_endpoints;
use crate::mock_gateway::{database, ids};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde_json::{Value, json};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = webhook_endpoints)]
pub struct Endpoint {
    pub id: String,
    pub sequence: i64,
    pub url: String,
    pub secret: String,
    /// Kinds of events, or `*` for all.
    pub enabled_events: Vec<String>,
    pub status: String,
    pub description: Option<String>,
    pub metadata: Value,
    pub created_at: DateTime<Utc>,
}

/// An endpoint as a merchant asked for it, checked.
#[derive(Debug)]
pub struct NewEndpoint {
    pub url: String,
    pub enabled_events: Vec<String>,
    pub description: Option<String>,
    pub metadata: Value,
}

/// Writes an endpoint with a secret of its own. Events from now on are sent to it too.
pub fn insert(conn: &mut PgConnection, new: NewEndpoint, now: DateTime<Utc>) -> QueryResult<Endpoint> {
    diesel::insert_into(webhook_endpoints::table)
        .values((
            webhook_endpoints::id.eq(ids::webhook_endpoint()),
            webhook_endpoints::url.eq(new.url),
            webhook_endpoints::secret.eq(ids::webhook_secret()),
            webhook_endpoints::enabled_events.eq(new.enabled_events),
            webhook_endpoints::status.eq("enabled"),
            webhook_endpoints::from_settings.eq(false),
            webhook_endpoints::description.eq(new.description),
            webhook_endpoints::metadata.eq(new.metadata),
            webhook_endpoints::created_at.eq(now),
        ))
        .returning(Endpoint::as_returning())
        .get_result(conn)
}

pub fn find(conn: &mut PgConnection, id: &str) -> QueryResult<Option<Endpoint>> {
    if !ids::plausible(id) {
        return Ok(None);
    }
    webhook_endpoints::table.find(id).select(Endpoint::as_select()).first(conn).optional()
}

/// Makes the endpoint of the settings what the settings say. Deliveries that still wait for it go to the new URL;
/// without a URL the endpoint is disabled and they wait.
pub fn configure(conn: &mut PgConnection, url: Option<&str>, events: &[String], secret: &str) -> QueryResult<()> {
    let now = database::now(conn)?;
    let Some(url) = url else {
        diesel::update(webhook_endpoints::table.filter(webhook_endpoints::from_settings))
            .set(webhook_endpoints::status.eq("disabled"))
            .execute(conn)?;
        return Ok(());
    };
    diesel::insert_into(webhook_endpoints::table)
        .values((
            webhook_endpoints::id.eq(ids::webhook_endpoint()),
            webhook_endpoints::url.eq(url),
            webhook_endpoints::secret.eq(secret),
            webhook_endpoints::enabled_events.eq(events),
            webhook_endpoints::status.eq("enabled"),
            webhook_endpoints::from_settings.eq(true),
            webhook_endpoints::metadata.eq(json!({})),
            webhook_endpoints::created_at.eq(now),
        ))
        .on_conflict(webhook_endpoints::from_settings)
        .filter_target(diesel::dsl::sql::<Bool>("from_settings"))
        .do_update()
        .set((
            webhook_endpoints::url.eq(url),
            webhook_endpoints::secret.eq(secret),
            webhook_endpoints::enabled_events.eq(events),
            webhook_endpoints::status.eq("enabled"),
        ))
        .execute(conn)?;
    Ok(())
}

/// `*`, or words with dots between them.
pub fn is_event_kind(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    text == "*" || (text.contains('.') && text.split('.').all(is_word))
}
