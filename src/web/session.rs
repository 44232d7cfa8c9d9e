//! Who is asking: the visitor of the session cookie, a member of staff, or the holder of a signed link.

use super::app::State;
use super::error::PageError;
use super::security::is_same_site;
use crate::accounts::person::{self, Person};
use crate::ids::{PersonId, RequestId, VisitorId};
use crate::ledger::{Actor, Author};
use actix_session::config::{CookieContentSecurity, PersistentSession};
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionExt, SessionMiddleware};
use actix_web::cookie::{Key, SameSite, time::Duration};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::future::{Ready, ready};
use uuid::Uuid;

/// The name of the session cookie.
pub const COOKIE: &str = "marquee";
const VISITOR: &str = "visitor";
const STAFF: &str = "staff";

/// The cookie's key, apart from the other uses of the same secret.
pub fn cookie_key(secret: &[u8]) -> Key {
    Key::derive_from(secret)
}

/// The session cookie: signed, HttpOnly, SameSite=Lax, thirty days. Set only by pages that need it.
pub fn cookie(key: &Key, secure: bool) -> SessionMiddleware<CookieSessionStore> {
    SessionMiddleware::builder(CookieSessionStore::default(), key.clone())
        .cookie_name(COOKIE.to_owned())
        .cookie_secure(secure)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(PersistentSession::default().session_ttl(Duration::days(30)))
        .build()
}

/// A browser; made known by a cookie the first time a page asks who it is.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    pub id: VisitorId,
    pub request: RequestId,
}

impl Visitor {
    pub fn author(&self) -> Author {
        Author { actor: Actor::Visitor(self.id), request: self.request }
    }
}

impl FromRequest for Visitor {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(visitor_id(request).map(|id| Self { id, request: request_id(request) }))
    }
}

/// A post from another site comes without our cookie, and the browser would keep the one in its refusal: the visitor's
/// bookings, or the staff's session, would be gone. So a post makes nobody known unless it says that it is ours.
fn visitor_id(request: &HttpRequest) -> Result<VisitorId, PageError> {
    let session = request.get_session();
    if let Ok(Some(id)) = session.get(VISITOR) {
        return Ok(VisitorId(id));
    }
    if !request.method().is_safe() && !is_same_site(request, None) {
        return Err(PageError::CrossSite);
    }
    let id = Uuid::new_v4();
    session.insert(VISITOR, id).map_err(PageError::internal)?;
    Ok(VisitorId(id))
}

/// The visitor, if the browser is known already; sets no cookie.
pub fn known_visitor(request: &HttpRequest) -> Option<VisitorId> {
    request.get_session().get(VISITOR).ok().flatten().map(VisitorId)
}

/// The id of this request, the same in log, ledger and staff log.
pub fn request_id(request: &HttpRequest) -> RequestId {
    let traced = request.extensions().get::<tracing_actix_web::RequestId>().map(|id| **id);
    RequestId(traced.unwrap_or_else(Uuid::now_v7))
}

/// A member of staff, signed in and not disabled since.
#[derive(Clone, Debug)]
pub struct Staff {
    pub person: Person,
    pub request: RequestId,
}

/// What the cookie says of a member of staff.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct StaffClaim {
    person: i64,
    epoch: i32,
}

impl FromRequest for Staff {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let claimed: Option<StaffClaim> = request.get_session().get(STAFF).ok().flatten();
        let state = request.app_data::<web::Data<State>>().cloned();
        let id = request_id(request);
        Box::pin(async move {
            let (Some(claimed), Some(state)) = (claimed, state) else { return Err(PageError::SignInNeeded) };
            // Asked at every request, so that a disabled person is out at once.
            let person = state
                .db
                .run(move |conn| {
                    person::find_active(conn, PersonId(claimed.person)).map_err(crate::db::Failure::from)
                })
                .await?;
            person
                .filter(|person| person.session_epoch == claimed.epoch)
                .map(|person| Self { person, request: id })
                .ok_or(PageError::SignInNeeded)
        })
    }
}

/// Begins a staff session in place of whatever the cookie held.
pub fn sign_in(session: &Session, person: &Person) -> Result<(), PageError> {
    session.clear();
    session.renew();
    let claim = StaffClaim { person: person.id.0, epoch: person.session_epoch };
    session.insert(STAFF, claim).map_err(PageError::internal)
}

pub fn sign_out(session: &Session) {
    session.purge();
}

/// Signs what is handed out to be brought back: links to bookings, and tokens of forms.
#[derive(Clone)]
pub struct LinkSigner {
    key: Vec<u8>,
}

impl LinkSigner {
    pub fn new(secret: &[u8]) -> Self {
        Self { key: secret.to_vec() }
    }

    /// The key in a booking's signed link.
    pub fn booking_key(&self, reference: &str) -> String {
        self.sign("booking", reference)
    }

    pub fn opens_booking(&self, reference: &str, key: &str) -> bool {
        self.verify("booking", reference, key)
    }

    /// The token that a form of this session carries, for browsers that tell nothing of where a post came from. Empty
    /// without a session: a token for everybody would be nobody's.
    pub fn form_token(&self, session: &Session) -> String {
        session_identity(session).map(|identity| self.sign("form", &identity)).unwrap_or_default()
    }

    pub fn accepts_token(&self, session: &Session, token: &str) -> bool {
        session_identity(session).is_some_and(|identity| self.verify("form", &identity, token))
    }

    fn mac(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        mac.update(b":");
        mac.update(text.as_bytes());
        mac
    }

    fn sign(&self, purpose: &str, text: &str) -> String {
        hex::encode(&self.mac(purpose, text).finalize().into_bytes()[..16])
    }

    fn verify(&self, purpose: &str, text: &str, signature: &str) -> bool {
        let Ok(bytes) = hex::decode(signature) else { return false };
        bytes.len() == 16 && self.mac(purpose, text).verify_truncated_left(&bytes).is_ok()
    }
}

fn session_identity(session: &Session) -> Option<String> {
    let visitor: Option<Uuid> = session.get(VISITOR).ok().flatten();
    let staff: Option<StaffClaim> = session.get(STAFF).ok().flatten();
    (visitor.is_some() || staff.is_some()).then(|| format!("{visitor:?}/{staff:?}"))
}
