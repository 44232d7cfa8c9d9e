//! `/v1/payment_intents`

use super::error::ApiError;
use super::expand;
use super::params::Params;
use crate::mock_gateway::wire::IntentDetails;
use crate::mock_gateway::{Gateway, database, payment_intent};
use actix_web::{HttpRequest, HttpResponse, web};

/// `GET /v1/payment_intents/{id}`
pub async fn retrieve(
    gateway: web::Data<Gateway>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut params = Params::parse(request.query_string().as_bytes())?;
    let expand = expand::read(&mut params, "", &["latest_charge"])?;
    params.finish()?;
    let found = database::run(&gateway.pool, move |conn| {
        let intent =
            payment_intent::find(conn, &id)?.ok_or_else(|| ApiError::no_such("payment_intent", &id, "intent"))?;
        Ok::<_, ApiError>(IntentDetails::load(conn, intent)?.to_json(expand))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
