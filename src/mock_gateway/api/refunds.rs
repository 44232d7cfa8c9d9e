//! `/v1/refunds`

use super::error::ApiError;
use super::paging::{self, Created, Page, read_rows};
use super::params::Params;
use super::{Answer, Call, expand, idempotency, metadata};
use crate::mock_gateway::payment_intent::{self, Charge};
use crate::mock_gateway::refund::{self, Reason, Refund};
use crate::mock_gateway::refunding::{self, Cancellation, Outcome, Request, Target};
use crate::mock_gateway::schema::{charges, refunds};
use crate::mock_gateway::wire::{Expand, RefundDetails};
use crate::mock_gateway::{Gateway, database, money};
use actix_web::{HttpRequest, HttpResponse, web};
use diesel::prelude::*;

/// `POST /v1/refunds`
pub async fn create(call: Call) -> Answer {
    let mut params = call.params()?;
    let expand = read_expand(&mut params, "")?;
    idempotency::once(
        call,
        move |_now| read(params),
        move |conn, request, origin| {
            let missing = no_such_payment(&request.target);
            match refunding::create(conn, request, origin)? {
                Outcome::Refunded(details) => Ok(details.to_json(expand)),
                Outcome::NoSuchPayment => Err(missing),
                Outcome::NotPaid => Err(not_refundable()),
                Outcome::AlreadyRefunded(charge) => Err(already_refunded(&charge)),
                Outcome::TooMuch { charge, amount, currency } => Err(too_much(&charge, amount, &currency)),
            }
        },
    )
    .await
}

/// `GET /v1/refunds/{id}`
pub async fn retrieve(gateway: web::Data<Gateway>, id: web::Path<String>, request: HttpRequest) -> Answer {
    let mut params = Params::parse(request.query_string().as_bytes())?;
    let expand = read_expand(&mut params, "")?;
    params.finish()?;
    let found = database::run(&gateway.pool, move |conn| {
        let refund = refund::find(conn, &id)?.ok_or_else(|| no_such_refund(&id))?;
        Ok::<_, ApiError>(RefundDetails::load(conn, refund)?.to_json(expand))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// `POST /v1/refunds/{id}/cancel`
pub async fn cancel(call: Call, id: web::Path<String>) -> Answer {
    let mut params = call.params()?;
    let expand = read_expand(&mut params, "")?;
    idempotency::once(
        call,
        move |_now| params.finish(),
        move |conn, (), origin| match refunding::cancel(conn, &id, origin)? {
            Cancellation::Canceled(details) => Ok(details.to_json(expand)),
            Cancellation::NotPending(status) => {
                Err(ApiError::bad_request(format!("A refund with status `{status}` cannot be canceled.")))
            }
            Cancellation::NoSuchRefund => Err(no_such_refund(&id)),
        },
    )
    .await
}

/// What a list of refunds is narrowed to.
#[derive(Debug)]
struct Filter {
    charge: Option<String>,
    payment_intent: Option<String>,
    created: Created,
}

/// `GET /v1/refunds`
pub async fn list(gateway: web::Data<Gateway>, request: HttpRequest) -> Answer {
    let mut params = Params::parse(request.query_string().as_bytes())?;
    let page = Page::read(&mut params)?;
    let expand = read_expand(&mut params, "data.")?;
    let filter = Filter {
        charge: params.text("charge")?,
        payment_intent: params.text("payment_intent")?,
        created: Created::read(&mut params)?,
    };
    params.finish()?;
    let read = move |conn: &mut _, page: &_| read_page(conn, page, filter);
    let show = move |conn: &mut _, refund| Ok(RefundDetails::load(conn, refund)?.to_json(expand));
    paging::answer(&gateway, "/v1/refunds", page, read, show).await
}

fn read_page(conn: &mut PgConnection, page: &Page, filter: Filter) -> Result<Vec<Refund>, ApiError> {
    use refunds::{charge_id, created_at};
    let mut query = refunds::table.select(Refund::as_select()).into_boxed();
    query = query.filter(created_at.ge(filter.created.from).and(created_at.lt(filter.created.to)));
    if let Some(id) = filter.charge {
        payment_intent::find_charge(conn, &id)?.ok_or_else(|| ApiError::no_such("charge", &id, "charge"))?;
        query = query.filter(charge_id.eq(id));
    }
    if let Some(id) = filter.payment_intent {
        let target = Target::PaymentIntent(id.clone());
        payment_intent::find(conn, &id)?.ok_or_else(|| no_such_payment(&target))?;
        let of_intent = charges::table.filter(charges::payment_intent_id.eq(id)).select(charges::id);
        query = query.filter(charge_id.eq_any(of_intent));
    }
    read_rows!(conn, page, query, refunds::sequence, "refund", refund::find)
}

fn read(mut params: Params) -> Result<Request, ApiError> {
    let target = match (params.text("payment_intent")?, params.text("charge")?) {
        (Some(intent), None) => Target::PaymentIntent(intent),
        (None, Some(charge)) => Target::Charge(charge),
        (None, None) => {
            let message =
                "One of the following params should be provided for this request: payment_intent or charge.";
            return Err(ApiError::bad_request(message).code("parameter_missing"));
        }
        (Some(_), Some(_)) => {
            let message = "You may only specify one of these parameters: charge, payment_intent.";
            return Err(ApiError::bad_request(message).code("parameters_exclusive"));
        }
    };
    let amount = params.integer("amount")?;
    if amount.is_some_and(|amount| amount < 1) {
        return Err(ApiError::invalid("amount", "This value must be greater than or equal to 1.")
            .code("parameter_invalid_integer"));
    }
    let request =
        Request { target, amount, reason: read_reason(&mut params)?, metadata: metadata::read(&mut params)? };
    params.finish()?;
    Ok(request)
}

fn read_reason(params: &mut Params) -> Result<Option<Reason>, ApiError> {
    let Some(word) = params.text("reason")? else { return Ok(None) };
    let known = Reason::ALL.iter().map(|reason| reason.as_str()).collect::<Vec<_>>().join(", ");
    let reason = Reason::parse(&word);
    reason.map(Some).ok_or_else(|| ApiError::invalid("reason", format!("Invalid reason: must be one of {known}")))
}

fn read_expand(params: &mut Params, prefix: &str) -> Result<Expand, ApiError> {
    expand::read(params, prefix, &["charge", "payment_intent", "payment_intent.latest_charge"])
}

fn not_refundable() -> ApiError {
    ApiError::bad_request("This payment does not have a successful charge to refund.").code("charge_not_refundable")
}

fn already_refunded(charge: &Charge) -> ApiError {
    ApiError::bad_request(format!("Charge {} has already been refunded.", charge.id)).code("charge_already_refunded")
}

fn too_much(charge: &Charge, amount: i64, currency: &str) -> ApiError {
    let bound = if charge.amount_refunded == 0 { "charge amount" } else { "unrefunded amount on charge" };
    let left = money::format(charge.amount - charge.amount_refunded, currency);
    let amount = money::format(amount, currency);
    ApiError::invalid("amount", format!("Refund amount ({amount}) is greater than {bound} ({left})"))
        .code("amount_too_large")
}

fn no_such_payment(target: &Target) -> ApiError {
    match target {
        Target::Charge(id) => ApiError::no_such("charge", id, "charge"),
        Target::PaymentIntent(id) => ApiError::no_such("payment_intent", id, "payment_intent"),
    }
}

fn no_such_refund(id: &str) -> ApiError {
    ApiError::no_such("refund", id, "id")
}
