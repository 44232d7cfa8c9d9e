//! Stripe's error object: `{"error": {"type", "code", "message", "param"}}`, always with a 4xx or 5xx status.

use crate::mock_gateway::bank::Decline;
use crate::mock_gateway::database::Trouble;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use diesel::result::Error as Sql;
use serde_json::{Value, json};
use std::fmt;

#[derive(Debug, Clone)]
pub struct ApiError {
    pub status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    param: Option<String>,
    /// What only errors about cards have.
    card: Option<Box<CardDetails>>,
}

#[derive(Debug, Clone)]
struct CardDetails {
    decline_code: Option<&'static str>,
    payment_intent: Value,
}

const INVALID_REQUEST: &str = "invalid_request_error";
const LOCK_TIMEOUT: &str = "lock_timeout";

impl ApiError {
    /// A parameter whose value cannot be taken.
    pub fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self::bad_request(message).about(param)
    }

    /// A request that cannot be carried out, for no one parameter's fault.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: INVALID_REQUEST,
            code: None,
            message: message.into(),
            param: None,
            card: None,
        }
    }

    pub fn missing(param: &str) -> Self {
        Self::invalid(param, format!("Missing required param: {param}.")).code("parameter_missing")
    }

    pub fn unknown(param: &str) -> Self {
        Self::invalid(param, format!("Received unknown parameter: {param}")).code("parameter_unknown")
    }

    /// `kind` is Stripe's word for the object, such as `checkout.session`; `param` where its id stood.
    pub fn no_such(kind: &str, id: &str, param: &str) -> Self {
        let shown: String = id.chars().filter(|c| !c.is_control()).take(80).collect();
        Self::invalid(param, format!("No such {kind}: '{shown}'"))
            .code("resource_missing")
            .status(StatusCode::NOT_FOUND)
    }

    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::bad_request(message).status(StatusCode::UNAUTHORIZED)
    }

    /// The key is good, but not for this.
    pub fn forbidden() -> Self {
        let message = "The provided restricted key does not have the required permissions for this endpoint: it may \
                       only read. Use the account's secret key.";
        Self::bad_request(message).status(StatusCode::FORBIDDEN)
    }

    /// The bank said no. `payment_intent` is the object as it is after the attempt.
    pub fn declined(decline: Decline, payment_intent: Value) -> Self {
        Self {
            kind: "card_error",
            card: Some(Box::new(CardDetails { decline_code: decline.decline_code, payment_intent })),
            ..Self::bad_request(decline.message).code(decline.code).status(StatusCode::PAYMENT_REQUIRED)
        }
    }

    pub fn unrecognized_url(method: &str, path: &str) -> Self {
        let shown: String = path.chars().take(200).collect();
        Self::bad_request(format!("Unrecognized request URL ({method}: {shown}).")).status(StatusCode::NOT_FOUND)
    }

    /// The key was used before, for a request with other parameters.
    pub fn idempotency_mismatch(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. \
             Try using a key other than '{key}' if you meant to execute a different request."
        );
        Self { kind: "idempotency_error", ..Self::bad_request(message) }
    }

    /// A request with the key is being executed right now; clients try again.
    pub fn idempotency_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key: {key}. Please try again later."
        );
        Self::bad_request(message).code("idempotency_key_in_use").status(StatusCode::CONFLICT)
    }

    /// Another request has held the object for too long. Nothing was done; clients may try again with the same key.
    pub fn lock_timeout() -> Self {
        let message = "This object cannot be accessed right now because another API request or process is currently \
                       accessing it. Please try again in a moment.";
        Self::bad_request(message).code(LOCK_TIMEOUT).status(StatusCode::TOO_MANY_REQUESTS)
    }

    pub fn is_lock_timeout(&self) -> bool {
        self.code == Some(LOCK_TIMEOUT)
    }

    /// `known` lists the faults that there are.
    pub fn no_such_fault(fault: &str, known: &str) -> Self {
        Self::invalid("fault", format!("There is no fault '{fault}'. There are: {known}"))
            .code("resource_missing")
            .status(StatusCode::NOT_FOUND)
    }

    /// The client asks too often.
    pub fn rate_limit() -> Self {
        Self::bad_request("Too many requests hit the gateway too quickly. Please try again later.")
            .code("rate_limit")
            .status(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Something broke on the gateway's side; the log has the cause, the client does not.
    pub fn internal() -> Self {
        let message = "Something went wrong on the gateway's end. Please try again.";
        Self { kind: "api_error", ..Self::bad_request(message).status(StatusCode::INTERNAL_SERVER_ERROR) }
    }

    pub fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    fn about(self, param: &str) -> Self {
        Self { param: Some(param.to_owned()), ..self }
    }

    pub fn to_json(&self) -> Value {
        let mut error = json!({"type": self.kind, "message": self.message});
        if let Some(code) = self.code {
            error["code"] = code.into();
        }
        if let Some(param) = &self.param {
            error["param"] = param.as_str().into();
        }
        if let Some(card) = &self.card {
            error["charge"] = card.payment_intent["latest_charge"].clone();
            error["decline_code"] = card.decline_code.into();
            error["payment_intent"] = card.payment_intent.clone();
        }
        json!({"error": error})
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status, self.message)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if self.is_lock_timeout() {
            // The one answer with 429 that official clients try again, because this header says so.
            response.insert_header(("Stripe-Should-Retry", "true"));
        }
        response.json(self.to_json())
    }
}

impl From<Trouble> for ApiError {
    fn from(trouble: Trouble) -> Self {
        // Diesel does not tell this by type (2.3): the text is PostgreSQL's with lc_messages = C.
        if matches!(&trouble, Trouble::Sql(Sql::DatabaseError(_, info)) if info.message().contains("lock timeout")) {
            return Self::lock_timeout();
        }
        tracing::error!(%trouble, "an API request failed");
        Self::internal()
    }
}

impl From<Sql> for ApiError {
    fn from(error: Sql) -> Self {
        Trouble::from(error).into()
    }
}
