//! Webhook endpoints: where events are sent, and the secret that signs them.

use crate::mock_gateway::schema::webhook_endpoints;
use crate::mock_gateway::{database, ids};
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// Makes the endpoint of the settings what the settings say. Deliveries that still wait for it go to the new URL;
/// without a URL the endpoint is disabled and they wait.
pub fn configure(conn: &mut PgConnection, url: Option<&str>, secret: &str) -> QueryResult<()> {
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
            webhook_endpoints::enabled_events.eq(vec!["*"]),
            webhook_endpoints::status.eq("enabled"),
            webhook_endpoints::from_settings.eq(true),
            webhook_endpoints::created_at.eq(now),
        ))
        .on_conflict(webhook_endpoints::from_settings)
        .filter_target(diesel::dsl::sql::<Bool>("from_settings"))
        .do_update()
        .set((
            webhook_endpoints::url.eq(url),
            webhook_endpoints::secret.eq(secret),
            webhook_endpoints::status.eq("enabled"),
        ))
        .execute(conn)?;
    Ok(())
}
