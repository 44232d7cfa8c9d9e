//! The page where a customer chooses how to pay.

use super::closing::Closing;
use super::payment_form::{Fault, Refused, TYPED};
use super::views::{Frame, Summary, respond};
use crate::mock_gateway::Gateway;
use crate::mock_gateway::bank::Answer;
use crate::mock_gateway::cards::Card;
use crate::mock_gateway::method::{Kind, Method};
use crate::mock_gateway::payment_intent::{ChargeStatus, Status};
use crate::mock_gateway::upi::UpiId;
use crate::mock_gateway::wire::SessionDetails;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

#[derive(Template)]
#[template(path = "mock_gateway/pay.html")]
pub struct Pay {
    frame: Frame,
    summary: Summary,
    closing: Closing,
    action: String,
    panels: Vec<Panel>,
    refused: bool,
    /// Why the last attempt failed, until another is made.
    declined: Option<String>,
    /// The bank still waits for the customer's word about an earlier attempt.
    asking: bool,
}

/// One kind of payment method: what can be chosen, and what can be typed instead.
struct Panel {
    /// The value of the kind in the form, and the name of its choices there.
    name: &'static str,
    title: &'static str,
    /// Names of the marks beside the title.
    marks: &'static [&'static str],
    legend: &'static str,
    open: bool,
    choices: Vec<Choice>,
    choice_error: Option<&'static str>,
    typed_title: &'static str,
    typed_hint: &'static str,
    typing: bool,
    fields: Vec<Field>,
}

struct Choice {
    slug: &'static str,
    title: String,
    mark: &'static str,
    effect: &'static str,
    /// How the effect is coloured.
    tone: &'static str,
    checked: bool,
    /// The last attempt was made with it, and failed.
    failed: bool,
}

struct Field {
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    inputmode: &'static str,
    maxlength: u8,
    wide: bool,
    value: String,
    error: Option<&'static str>,
    /// Where the customer goes on.
    focus: bool,
}

impl Pay {
    pub fn new(gateway: &Gateway, details: &SessionDetails, refused: Option<Refused>) -> Self {
        let session = &details.session;
        let failed = details.intent.as_ref().and_then(|intent| intent.latest_charge.as_ref());
        let failed = failed.filter(|charge| charge.status == ChargeStatus::Failed && refused.is_none());
        let tried = failed.and_then(|charge| Method::by_slug(&charge.method));
        let refused = refused.unwrap_or_default();
        let open = refused.kind.or(tried.map(Method::kind)).filter(|kind| session.offers(*kind));
        let mut panels = Vec::new();
        for kind in Kind::ALL.iter().filter(|kind| session.offers(**kind)) {
            let open = open.map_or(panels.is_empty(), |open| open == *kind);
            panels.push(Panel::new(*kind, open, tried, &refused));
        }
        Self {
            frame: Frame::leading_to(session),
            summary: Summary::new(gateway, details),
            closing: Closing::new(session.expires_at, details.now, &session.currency),
            action: format!("/pay/{}", session.id),
            panels,
            refused: !refused.faults.is_empty(),
            declined: failed.and_then(|charge| charge.failure_message.clone()),
            asking: details.intent.as_ref().is_some_and(|it| it.intent.status == Status::RequiresAction),
        }
    }

    pub fn respond(&self, status: StatusCode) -> HttpResponse {
        respond(self, status, &self.frame.leads_to)
    }
}

impl Panel {
    fn new(kind: Kind, open: bool, tried: Option<Method>, refused: &Refused) -> Self {
        let choice_error = refused.message(Fault::NothingChosen).filter(|_| open);
        let typing = open && !refused.faults.is_empty() && choice_error.is_none();
        let (title, marks, legend, typed_title, typed_hint): (_, &[_], _, _, _) = match kind {
            Kind::Card => ("Card", &["visa", "mastercard"], "Test cards", "Another test card", "Type its number"),
            Kind::Upi => ("UPI", &["upi"], "Test UPI IDs", "Another test UPI ID", "Type its name"),
        };
        let methods: Vec<Method> = match kind {
            Kind::Card => Card::on_page().map(Method::Card).collect(),
            Kind::Upi => UpiId::all().map(Method::Upi).collect(),
        };
        let first = methods.first().map(|method| method.slug());
        let choice = |method: Method| Choice {
            checked: !typing && first == Some(method.slug()),
            failed: tried.is_some_and(|tried| tried.slug() == method.slug()),
            ..Choice::from(method)
        };
        Self {
            name: kind.as_str(),
            title,
            marks,
            legend,
            open,
            choices: methods.into_iter().map(choice).collect(),
            choice_error,
            typed_title,
            typed_hint,
            typing,
            fields: fields(kind, refused),
        }
    }
}

impl From<Method> for Choice {
    fn from(method: Method) -> Self {
        let (title, mark, effect) = match method {
            Method::Card(card) => (card.grouped_number(), card.brand.code(), card.label),
            Method::Upi(id) => (id.address.to_owned(), "upi", id.label),
        };
        let tone = match method.answer() {
            Answer::Approves => "good",
            Answer::Declines(_) => "bad",
            Answer::AsksForConfirmation => "ask",
            Answer::Processes(_) => "wait",
        };
        Self { slug: method.slug(), title, mark, effect, tone, checked: false, failed: false }
    }
}

fn fields(kind: Kind, refused: &Refused) -> Vec<Field> {
    let field = |fault, id, label, hint, maxlength| Field {
        id,
        label,
        hint,
        inputmode: "numeric",
        maxlength,
        wide: false,
        value: String::new(),
        error: refused.message(fault),
        focus: refused.faults.first() == Some(&fault),
    };
    let kept = |text: &Option<String>| text.clone().unwrap_or_default();
    match kind {
        Kind::Card => vec![
            Field {
                wide: true,
                value: kept(&refused.number),
                ..field(Fault::NotATestCard, "number", "Card number", "16 digits", 25)
            },
            Field { value: kept(&refused.expiry), ..field(Fault::Expiry, "expiry", "Expiry date", "MM / YY", 9) },
            field(Fault::Cvc, "cvc", "Security code", "3 digits", 4),
        ],
        Kind::Upi => vec![Field {
            wide: true,
            inputmode: "email",
            ..field(Fault::NotATestUpiId, "upi_id", "UPI ID", "name@bank", 80)
        }],
    }
}
