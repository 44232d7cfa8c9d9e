//! The parameters of `POST /v1/checkout/sessions`, and what Stripe demands of them.

use super::error::ApiError;
use super::metadata;
use super::params::Params;
use crate::mock_gateway::method::Kind;
use crate::mock_gateway::money;
use crate::mock_gateway::session::{NewLine, NewSession};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value};
use url::Url;

/// The hosted page must stay open for at least this long, and for at most a day (Stripe's rule for `expires_at`).
const SHORTEST: Duration = Duration::minutes(30);
const LONGEST: Duration = Duration::hours(24);

/// Stripe counts whole seconds and allows for the journey; a request made for exactly 30 minutes must not miss by a blink.
const JOURNEY: Duration = Duration::seconds(30);

/// Stripe's bounds on a charge, in minor units: 50 (for INR, 50 paise) up to eight digits.
const SMALLEST_CHARGE: i64 = 50;
const LARGEST_CHARGE: i64 = 99_999_999;

const MOST_LINES: usize = 100;
const LONGEST_NAME: usize = 250;
const LONGEST_REFERENCE: usize = 200;

/// Reads and checks the parameters at `now`. The first fault found is named.
pub fn read(mut params: Params, now: DateTime<Utc>) -> Result<NewSession, ApiError> {
    read_mode(&mut params)?;
    let success_url = read_url(&mut params, "success_url")?.ok_or_else(|| ApiError::missing("success_url"))?;
    let cancel_url = read_url(&mut params, "cancel_url")?;
    let (currency, lines) = read_lines(&mut params)?;
    let payment_method_types = read_methods(&mut params, &currency)?;
    let amount_total = total(&lines, &currency)?;
    let new = NewSession {
        payment_method_types,
        currency,
        lines,
        amount_total,
        success_url,
        cancel_url,
        client_reference_id: params.short_text("client_reference_id", LONGEST_REFERENCE)?,
        customer_email: read_email(&mut params)?,
        metadata: metadata::read(&mut params)?,
        payment_intent_metadata: match params.group("payment_intent_data")? {
            Some(mut intent) => {
                let metadata = metadata::read(&mut intent)?;
                intent.finish()?;
                metadata
            }
            None => Value::Object(Map::new()),
        },
        expires_at: read_expiry(&mut params, now)?,
    };
    params.finish()?;
    Ok(new)
}

/// What the mock can do at all: one payment on the hosted page.
fn read_mode(params: &mut Params) -> Result<(), ApiError> {
    only(params, "mode", &["payment"])?.ok_or_else(|| ApiError::missing("mode"))?;
    only(params, "ui_mode", &["hosted_page", "hosted"])?;
    params.short_text("locale", 20)?;
    Ok(())
}

/// What the customer may choose from: what the merchant names, else whatever the currency can be paid with.
fn read_methods(params: &mut Params, currency: &str) -> Result<Vec<Kind>, ApiError> {
    let possible = Kind::of_currency(currency);
    let mut wanted = Vec::new();
    for name in ["payment_method_types", "allowed_payment_method_types"] {
        for word in params.texts(name)? {
            match Kind::parse(&word).filter(|kind| possible.contains(kind)) {
                Some(kind) if wanted.contains(&kind) => {}
                Some(kind) => wanted.push(kind),
                None => return Err(not_taken(name, &word, currency)),
            }
        }
    }
    Ok(if wanted.is_empty() { possible.to_vec() } else { wanted })
}

fn not_taken(name: &str, word: &str, currency: &str) -> ApiError {
    let shown: String = word.chars().take(40).collect();
    let taken: Vec<&str> = Kind::of_currency(currency).iter().map(|kind| kind.as_str()).collect();
    ApiError::invalid(name, format!("For {currency} this gateway takes {}, not '{shown}'.", taken.join(" and ")))
}

fn only(params: &mut Params, name: &str, allowed: &[&str]) -> Result<Option<String>, ApiError> {
    match params.text(name)? {
        Some(word) if !allowed.contains(&word.as_str()) => {
            Err(ApiError::invalid(name, format!("Invalid {name}: must be one of {}", allowed.join(", "))))
        }
        word => Ok(word),
    }
}

fn read_url(params: &mut Params, name: &str) -> Result<Option<String>, ApiError> {
    let Some(text) = params.short_text(name, 5000)? else { return Ok(None) };
    match Url::parse(&text) {
        // The parser passes over line ends, which no header may have.
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() && !text.contains(char::is_control) => {
            Ok(Some(text))
        }
        _ => Err(ApiError::invalid(name, "Not a valid URL").code("url_invalid")),
    }
}

fn read_lines(params: &mut Params) -> Result<(String, Vec<NewLine>), ApiError> {
    let groups = params.groups("line_items")?;
    if groups.len() > MOST_LINES {
        return Err(ApiError::invalid("line_items", format!("At most {MOST_LINES} line items are allowed.")));
    }
    let mut lines = Vec::with_capacity(groups.len());
    let mut currency: Option<String> = None;
    for mut group in groups {
        let price_called = group.called("price_data");
        let (line, line_currency) = read_line(&mut group)?;
        group.finish()?;
        if currency.get_or_insert_with(|| line_currency.clone()) != &line_currency {
            let param = format!("{price_called}[currency]");
            return Err(ApiError::invalid(&param, "All line items must have the same currency."));
        }
        lines.push(line);
    }
    match currency {
        Some(currency) => Ok((currency, lines)),
        None => Err(ApiError::missing("line_items")),
    }
}

fn read_line(line: &mut Params) -> Result<(NewLine, String), ApiError> {
    let quantity = line.required_integer("quantity")?;
    if quantity < 1 {
        return Err(ApiError::invalid(&line.called("quantity"), "This value must be greater than or equal to 1.")
            .code("parameter_invalid_integer"));
    }
    let mut price = line.required_group("price_data")?;
    let currency = price.required_text("currency")?.to_lowercase();
    if !money::is_supported(&currency) {
        let message = format!("Invalid currency. This gateway supports: {}", money::supported());
        return Err(ApiError::invalid(&price.called("currency"), message));
    }
    let unit_amount = price.required_integer("unit_amount")?;
    if unit_amount < 0 {
        return Err(ApiError::invalid(
            &price.called("unit_amount"),
            "This value must be greater than or equal to 0.",
        )
        .code("parameter_invalid_integer"));
    }
    let mut product = price.required_group("product_data")?;
    let missing_name = ApiError::missing(&product.called("name"));
    let name = product.short_text("name", LONGEST_NAME)?.ok_or(missing_name)?;
    let description = product.short_text("description", LONGEST_NAME * 2)?;
    product.finish()?;
    price.finish()?;
    Ok((NewLine { name, description, unit_amount, quantity }, currency))
}

fn total(lines: &[NewLine], currency: &str) -> Result<i64, ApiError> {
    let total = lines.iter().try_fold(0i64, |sum, line| {
        line.unit_amount.checked_mul(line.quantity).and_then(|amount| sum.checked_add(amount))
    });
    match total {
        Some(total) if total < SMALLEST_CHARGE => {
            let least = money::format(SMALLEST_CHARGE, currency);
            Err(ApiError::invalid("line_items", format!("The total amount must be at least {least}."))
                .code("amount_too_small"))
        }
        Some(total) if total <= LARGEST_CHARGE => Ok(total),
        _ => {
            let most = money::format(LARGEST_CHARGE, currency);
            Err(ApiError::invalid("line_items", format!("The total amount must be at most {most}."))
                .code("amount_too_large"))
        }
    }
}

fn read_email(params: &mut Params) -> Result<Option<String>, ApiError> {
    let email = params.short_text("customer_email", 512)?;
    let plausible = |email: &String| {
        email.is_ascii()
            && email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
            && !email.contains(char::is_whitespace)
    };
    match email {
        Some(email) if !plausible(&email) => {
            Err(ApiError::invalid("customer_email", "Invalid email address.").code("email_invalid"))
        }
        email => Ok(email),
    }
}

fn read_expiry(params: &mut Params, now: DateTime<Utc>) -> Result<DateTime<Utc>, ApiError> {
    let Some(seconds) = params.integer("expires_at")? else { return Ok(now + LONGEST) };
    let refused = || {
        ApiError::invalid(
            "expires_at",
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.",
        )
    };
    let expires_at = DateTime::from_timestamp(seconds, 0).ok_or_else(refused)?;
    let soonest = now + SHORTEST - JOURNEY;
    let latest = now + LONGEST + JOURNEY;
    if (soonest..=latest).contains(&expires_at) { Ok(expires_at) } else { Err(refused()) }
}
