//! Security headers, the cross-site rule, and the throttle of the sign-in page.

use super::app::State;
use super::session::LinkSigner;
use actix_session::SessionExt;
use actix_web::http::header::{self, HeaderName};
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpRequest, web};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;
use url::{Position, Url};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The headers of every answer.
#[derive(Clone)]
pub struct Headers {
    content_security_policy: String,
    secure: bool,
}

impl Headers {
    /// `checkout` is named in `form-action`, because Chromium applies that to the redirect after a post too.
    pub fn new(checkout: &Url, secure: bool) -> Self {
        let checkout = &checkout[..Position::BeforePath];
        let content_security_policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src 'self'; form-action 'self' {checkout}; base-uri 'none'; frame-ancestors 'none'"
        );
        Self { content_security_policy, secure }
    }

    pub fn middleware(&self) -> DefaultHeaders {
        let headers = DefaultHeaders::new()
            .add((header::CONTENT_SECURITY_POLICY, self.content_security_policy.clone()))
            .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .add((header::REFERRER_POLICY, "same-origin"))
            .add((HeaderName::from_static("cross-origin-opener-policy"), "same-origin"));
        if self.secure { headers.add((header::STRICT_TRANSPORT_SECURITY, "max-age=63072000")) } else { headers }
    }
}

/// Whether a post may come from where it came: Sec-Fetch-Site decides, else Origin, else the form's token.
pub fn is_same_site(request: &HttpRequest, token: Option<&str>) -> bool {
    let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(site) = text(SEC_FETCH_SITE) {
        return matches!(site, "same-origin" | "none");
    }
    if let Some(origin) = text(header::ORIGIN) {
        return origin_is_ours(origin, request);
    }
    let links = request.app_data::<web::Data<State>>().map(|state| state.links.clone());
    has_token(links, request, token)
}

fn origin_is_ours(origin: &str, request: &HttpRequest) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    request.connection_info().host() == &origin[Position::BeforeHost..Position::AfterPort]
}

fn has_token(links: Option<LinkSigner>, request: &HttpRequest, token: Option<&str>) -> bool {
    match (links, token) {
        (Some(links), Some(token)) => links.accepts_token(&request.get_session(), token),
        _ => false,
    }
}

/// Slows down guessing of passwords, for each address and each pair of address and account, so that a stranger cannot
/// lock a member of staff out from elsewhere.
pub struct SignInThrottle {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_account: DefaultKeyedRateLimiter<(IpAddr, String)>,
}

impl Default for SignInThrottle {
    fn default() -> Self {
        let per_minute = |count| Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        Self { by_address: RateLimiter::keyed(per_minute(30)), by_account: RateLimiter::keyed(per_minute(5)) }
    }
}

impl SignInThrottle {
    /// Whether one more attempt may be made now; counts it.
    pub fn allows(&self, address: IpAddr, account: &str) -> bool {
        // As the look-up spells it, or spaces would make a new account of each guess.
        let account = account.trim().chars().take(254).collect::<String>().to_lowercase();
        self.by_address.check_key(&address).is_ok() && self.by_account.check_key(&(address, account)).is_ok()
    }
}
