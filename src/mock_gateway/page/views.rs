//! What the hosted page's templates show, and the headers that every page carries.

use super::STYLE_PATH;
use super::closing::Closing;
use crate::mock_gateway::cards::Card;
use crate::mock_gateway::payment_intent;
use crate::mock_gateway::session::{PaymentStatus, Session, Status};
use crate::mock_gateway::wire::SessionDetails;
use crate::mock_gateway::{Gateway, money};
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;
use url::{Host, Url};

/// What every page's frame needs.
pub struct Frame {
    pub style_path: &'static str,
    /// Origins that a form on this page may lead to, for the content security policy.
    pub leads_to: String,
}

impl Frame {
    pub fn new() -> Self {
        Self { style_path: &STYLE_PATH, leads_to: String::new() }
    }

    /// Browsers hold the redirect that follows a form to `form-action` too, so the merchant's origin is named.
    pub fn leading_to(session: &Session) -> Self {
        Self { leads_to: csp_source(&session.success_url()), ..Self::new() }
    }
}

fn csp_source(url: &str) -> String {
    match Url::parse(url) {
        // A policy cannot name an IPv6 address; then any host of the scheme has to do.
        Ok(url) => match url.host() {
            Some(Host::Ipv6(_)) | None => format!("{}:", url.scheme()),
            Some(_) => url.origin().ascii_serialization(),
        },
        Err(_) => String::new(),
    }
}

/// Answers with a page, its content security policy, and orders not to keep it.
pub fn respond(template: &impl Template, status: StatusCode, leads_to: &str) -> HttpResponse {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {leads_to}; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    match template.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, policy))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::REFERRER_POLICY, "strict-origin"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(html),
        Err(error) => {
            tracing::error!(%error, "a template failed");
            HttpResponse::InternalServerError().content_type("text/plain").body("The page could not be made.")
        }
    }
}

/// The sum and its lines, as every page about a session shows them.
pub struct Summary {
    pub merchant: String,
    /// The merchant's first letter.
    pub initial: char,
    pub total: String,
    pub lines: Vec<SummaryLine>,
    pub email: Option<String>,
    /// Where the customer goes who does not pay.
    pub cancel_url: Option<String>,
}

pub struct SummaryLine {
    pub name: String,
    pub description: Option<String>,
    /// `2 × ₹350.00`, when there is more than one.
    pub each: Option<String>,
    pub amount: String,
}

impl Summary {
    pub fn new(gateway: &Gateway, details: &SessionDetails) -> Self {
        let currency = &details.session.currency;
        let lines = details.lines.iter().map(|line| SummaryLine {
            name: line.name.clone(),
            description: line.description.clone(),
            each: (line.quantity > 1)
                .then(|| format!("{} × {}", line.quantity, money::format(line.unit_amount, currency))),
            amount: money::format(line.unit_amount * line.quantity, currency),
        });
        Self {
            merchant: gateway.merchant_name.clone(),
            initial: gateway.merchant_name.chars().next().unwrap_or('·'),
            total: money::format(details.session.amount_total, currency),
            lines: lines.collect(),
            email: details.session.customer_email.clone(),
            cancel_url: details.session.cancel_url.clone(),
        }
    }
}

/// The bank's page, where a customer confirms that it is them.
#[derive(Template)]
#[template(path = "mock_gateway/confirm.html")]
pub struct Confirm {
    frame: Frame,
    summary: Summary,
    closing: Closing,
    action: String,
    pay_page: String,
    card: Option<&'static Card>,
}

impl Confirm {
    pub fn new(gateway: &Gateway, details: &SessionDetails) -> Self {
        let slug = details.intent.as_ref().and_then(|intent| intent.intent.confirming_card.as_deref());
        Self {
            frame: Frame::leading_to(&details.session),
            summary: Summary::new(gateway, details),
            closing: Closing::new(details.session.expires_at, details.now, &details.session.currency),
            action: format!("/pay/{}/confirmation", details.session.id),
            pay_page: format!("/pay/{}", details.session.id),
            card: slug.and_then(Card::by_slug),
        }
    }

    pub fn respond(&self, status: StatusCode) -> HttpResponse {
        respond(self, status, &self.frame.leads_to)
    }
}

/// Why a session takes no payment any more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Paid,
    /// The bank has yet to answer.
    Processing,
    /// The bank answered later, with a refusal.
    Failed,
    Expired,
}

impl Ending {
    fn of(details: &SessionDetails) -> Self {
        let intent = details.intent.as_ref().map(|details| details.intent.status);
        match (details.status(), details.session.payment_status) {
            (Status::Complete, PaymentStatus::Paid) => Ending::Paid,
            (Status::Complete, _) if intent == Some(payment_intent::Status::Processing) => Ending::Processing,
            (Status::Complete, _) => Ending::Failed,
            _ => Ending::Expired,
        }
    }
}

/// A session that can no longer be paid: it is paid, or in the bank's hands, or over.
#[derive(Template)]
#[template(path = "mock_gateway/closed.html")]
pub struct Closed {
    frame: Frame,
    summary: Summary,
    ending: Ending,
    /// The customer has just tried to pay it all the same.
    attempted: bool,
    success_url: String,
}

impl Closed {
    pub fn new(gateway: &Gateway, details: &SessionDetails, attempted: bool) -> Self {
        Self {
            frame: Frame::new(),
            summary: Summary::new(gateway, details),
            ending: Ending::of(details),
            attempted,
            success_url: details.session.success_url(),
        }
    }

    pub fn respond(&self, status: StatusCode) -> HttpResponse {
        respond(self, status, &self.frame.leads_to)
    }
}

/// A page with nothing but something to say.
#[derive(Template)]
#[template(path = "mock_gateway/message.html")]
pub struct Message {
    frame: Frame,
    title: &'static str,
    text: &'static str,
}

impl Message {
    fn new(title: &'static str, text: &'static str) -> Self {
        Self { frame: Frame::new(), title, text }
    }

    pub fn from_elsewhere() -> Self {
        Self::new("That form came from another site", "Nothing was changed. Open the page here and use its own form.")
    }

    pub fn trouble() -> Self {
        Self::new(
            "Something went wrong on our side",
            "We cannot say yet what became of your last step. Go back and open the payment page again: it shows where \
             your payment stands, and it never charges twice.",
        )
    }

    pub fn respond(&self, status: StatusCode) -> HttpResponse {
        respond(self, status, &self.frame.leads_to)
    }
}

pub fn no_such_page() -> HttpResponse {
    Message::new(
        "There is no such payment page",
        "The address may be incomplete. Go back to the shop and start the payment again; nothing was charged.",
    )
    .respond(StatusCode::NOT_FOUND)
}

pub fn bad_form() -> HttpResponse {
    Message::new(
        "That form could not be read",
        "Go back, reload the payment page, and try again; nothing was charged.",
    )
    .respond(StatusCode::BAD_REQUEST)
}

pub async fn not_found() -> HttpResponse {
    Message::new("There is nothing here", "Payment pages are opened from the shop where you are buying.")
        .respond(StatusCode::NOT_FOUND)
}

pub async fn welcome() -> HttpResponse {
    Message::new(
        "Mock payment gateway",
        "It speaks Stripe's wire format for shops under test: the API is under /v1, and customers pay on the page that \
         each checkout session names. No real money moves here.",
    )
    .respond(StatusCode::OK)
}
