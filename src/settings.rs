//! The settings of the application, each a flag and an environment variable.

use crate::booking::deadline::DeadlinePolicy;
use crate::booking::quote::FeePolicy;
use crate::booking::refund_policy::{RefundPolicy, RefundStep};
use crate::payment::gateway::{Gateway, GatewayError};
use crate::sale::SalePolicy;
use chrono::Duration;
use url::Url;

/// What the application needs to know to serve.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// PostgreSQL to use; an ordinary role that owns the database suffices
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "POSTGRES_URL")]
    pub database_url: String,

    /// Most connections to PostgreSQL at a time
    #[arg(long, env = "MARQUEE_DATABASE_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub database_connections: u32,

    /// Address of the site as its visitors see it, without a path: https://tickets.example
    #[arg(long, env = "MARQUEE_SITE_URL", value_name = "URL", value_parser = origin)]
    pub site_url: Url,

    /// Secret that signs cookies, links and tickets: at least 64 random bytes in hex; keep it for as long as tickets
    /// are out
    #[arg(long, env = "MARQUEE_SESSION_KEY", hide_env_values = true, value_name = "HEX", value_parser = session_key)]
    pub session_key: SessionKey,

    /// Where the gateway's hosted payment pages are
    #[arg(long, env = "STRIPE_CHECKOUT_URL", default_value = "https://checkout.stripe.com", value_name = "URL", value_parser = origin)]
    pub stripe_checkout_url: Url,

    #[command(flatten)]
    pub gateway: GatewaySettings,

    /// Secret of the webhook endpoint; two, with a comma between, while they rotate
    #[arg(
        long,
        env = "STRIPE_WEBHOOK_SECRET",
        hide_env_values = true,
        required = true,
        value_parser = webhook_secret,
        value_delimiter = ',',
        value_name = "WHSEC"
    )]
    pub stripe_webhook_secret: Vec<String>,

    #[command(flatten)]
    pub sale: SaleSettings,
}

/// How the payment gateway is asked.
#[derive(Clone, Debug, clap::Args)]
pub struct GatewaySettings {
    /// Address of the payment gateway's API
    #[arg(long, env = "STRIPE_API_URL", default_value = "https://api.stripe.com", value_name = "URL", value_parser = origin)]
    stripe_api_url: Url,

    /// The gateway's secret key
    #[arg(long, env = "STRIPE_SECRET_KEY", hide_env_values = true, value_name = "KEY", value_parser = secret_key)]
    stripe_secret_key: String,

    /// Seconds that a call to the gateway may take, all tries included
    #[arg(long, env = "MARQUEE_GATEWAY_SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=60))]
    gateway_seconds: u64,
}

impl GatewaySettings {
    /// The client; without webhook secrets it can ask and verify nothing.
    ///
    /// # Errors
    /// When the URL or the key cannot be used in a request.
    pub fn client(&self, webhook_secrets: Vec<String>) -> Result<Gateway, GatewayError> {
        let within = std::time::Duration::from_secs(self.gateway_seconds);
        Gateway::new(self.stripe_api_url.as_str(), &self.stripe_secret_key, webhook_secrets, within)
    }
}

/// The house's rules for online sales.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Rules of the sale")]
pub struct SaleSettings {
    /// Minutes from the hold to the first payment
    #[arg(long, env = "MARQUEE_CHOOSE_MINUTES", default_value_t = 8, value_parser = clap::value_parser!(i64).range(1..=30))]
    pub choose_minutes: i64,

    /// Minutes that the first payment start guarantees
    #[arg(long, env = "MARQUEE_PAY_MINUTES", default_value_t = 5, value_parser = clap::value_parser!(i64).range(1..=30))]
    pub pay_minutes: i64,

    /// Minutes that a lock outlasts the deadline shown, for money on its way
    #[arg(long, env = "MARQUEE_GRACE_MINUTES", default_value_t = 2, value_parser = clap::value_parser!(i64).range(0..=10))]
    pub grace_minutes: i64,

    /// Minutes after the hold at which every lock has ended
    #[arg(long, env = "MARQUEE_CEILING_MINUTES", default_value_t = 15, value_parser = clap::value_parser!(i64).range(1..=60))]
    pub ceiling_minutes: i64,

    /// Convenience fee per ticket before its tax, in minor units (paise)
    #[arg(long, env = "MARQUEE_FEE_PER_TICKET", default_value_t = 3000, value_parser = clap::value_parser!(i64).range(0..=1_000_000))]
    pub fee_per_ticket: i64,

    /// Minutes before the start until which a customer who cancels gets the larger share back
    #[arg(long, env = "MARQUEE_REFUND_EARLY_MINUTES", default_value_t = 120, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    pub refund_early_minutes: i64,

    /// The larger share of the seats' price, in percent
    #[arg(long, env = "MARQUEE_REFUND_EARLY_PERCENT", default_value_t = 75, value_parser = clap::value_parser!(i64).range(0..=100))]
    pub refund_early_percent: i64,

    /// Minutes before the start until which the smaller share comes back; nothing does later
    #[arg(long, env = "MARQUEE_REFUND_LATE_MINUTES", default_value_t = 20, value_parser = clap::value_parser!(i64).range(0..=10_000))]
    pub refund_late_minutes: i64,

    /// The smaller share of the seats' price, in percent
    #[arg(long, env = "MARQUEE_REFUND_LATE_PERCENT", default_value_t = 50, value_parser = clap::value_parser!(i64).range(0..=100))]
    pub refund_late_percent: i64,

    /// Most seats in one online booking
    #[arg(long, env = "MARQUEE_MAX_SEATS", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=50))]
    pub max_seats: u8,
}

impl SaleSettings {
    pub fn policy(&self) -> SalePolicy {
        SalePolicy {
            deadlines: DeadlinePolicy {
                choose: Duration::minutes(self.choose_minutes),
                pay: Duration::minutes(self.pay_minutes),
                grace: Duration::minutes(self.grace_minutes),
                ceiling: Duration::minutes(self.ceiling_minutes),
            },
            fee: FeePolicy { per_ticket: self.fee_per_ticket },
            refunds: RefundPolicy([
                RefundStep { minutes_before: self.refund_early_minutes, percent: self.refund_early_percent },
                RefundStep { minutes_before: self.refund_late_minutes, percent: self.refund_late_percent },
            ]),
            max_seats: usize::from(self.max_seats),
        }
    }
}

/// 64 bytes or more of secret.
#[derive(Clone)]
pub struct SessionKey(Vec<u8>);

impl SessionKey {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// Reads a session key from hex.
///
/// # Errors
/// Says what is wrong with it.
pub fn session_key(text: &str) -> Result<SessionKey, String> {
    let bytes =
        hex::decode(text.trim()).map_err(|_| "is not hexadecimal; `openssl rand -hex 64` makes one".to_owned())?;
    if bytes.len() < 64 {
        return Err(format!("has {} bytes and needs at least 64; `openssl rand -hex 64` makes one", bytes.len()));
    }
    Ok(SessionKey(bytes))
}

/// Reads the secret of a webhook endpoint. An empty one would let anybody sign.
fn webhook_secret(text: &str) -> Result<String, String> {
    match text.trim() {
        secret if secret.starts_with("whsec_") && secret.len() > "whsec_".len() => Ok(secret.to_owned()),
        _ => Err("is not the secret of a webhook endpoint, which begins with whsec_".to_owned()),
    }
}

/// Reads the gateway's key, which travels in a header.
fn secret_key(text: &str) -> Result<String, String> {
    match text.trim() {
        key if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(key.to_owned()),
        _ => Err("must be the gateway's key, such as sk_test_...".to_owned()),
    }
}

fn origin(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match (url.scheme(), url.host(), url.path()) {
        ("http" | "https", Some(_), "/" | "")
            if url.query().is_none() && url.fragment().is_none() && url.username().is_empty() =>
        {
            Ok(url)
        }
        _ => Err("must look like https://host or http://host:port, without a path".to_owned()),
    }
}
