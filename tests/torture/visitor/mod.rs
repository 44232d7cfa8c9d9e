//! A visitor: one cookie, one journal, and forms that are sent again, as they are, until it is known what became of them.

mod asking;

use crate::journal::{Ask, Clock, Entry, Journal, Said, Seat};
use crate::pages;
use crate::support::shows::OnSale;
use crate::watch::Watch;
pub use asking::Wish;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::time::{Duration, Instant};

/// The application answers within two seconds, or never will.
const PATIENCE: Duration = Duration::from_secs(4);
/// Nothing that a person does stays unknown for longer, whatever is killed.
const TOLD_WITHIN: Duration = Duration::from_secs(90);

/// Names of the tallies.
pub const HOLDS: &str = "hold attempts";
pub const HELD: &str = "holds acknowledged";
pub const UNKNOWN: &str = "forms with an unknown outcome";
pub const RECOVERED: &str = "unknown outcomes learnt by sending the form again";

/// What all clients of a wave share.
pub struct World<'a> {
    http: Client,
    site: String,
    clock: Clock,
    pub watch: &'a Watch,
    pub shows: &'a [OnSale],
    seed: u64,
    visitors: Cell<u32>,
    entries: RefCell<Vec<Entry>>,
}

impl<'a> World<'a> {
    pub fn new(site: String, clock: Clock, watch: &'a Watch, shows: &'a [OnSale], seed: u64) -> Self {
        let http = Client::builder().redirect(Policy::none()).timeout(PATIENCE).no_proxy().build().unwrap();
        Self { http, site, clock, watch, shows, seed, visitors: Cell::new(0), entries: RefCell::default() }
    }

    /// A new visitor, who chooses as the same one of another run with this seed does.
    pub fn visitor(&self) -> Visitor<'_> {
        let number = self.visitors.get();
        self.visitors.set(number + 1);
        Visitor {
            world: self,
            journal: Journal::new(number, self.clock),
            cookie: String::new(),
            token: String::new(),
            dice: StdRng::seed_from_u64(self.seed.wrapping_mul(1_000_003).wrapping_add(number.into())),
        }
    }

    pub fn labels(&self) -> Vec<Seat> {
        self.shows[0].seats.iter().map(|seat| seat.0).collect()
    }

    /// What everybody wrote who has left.
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries.into_inner()
    }
}

pub struct Visitor<'a> {
    pub world: &'a World<'a>,
    journal: Journal,
    cookie: String,
    token: String,
    pub dice: StdRng,
}

/// An answer that tells what happened.
pub struct Reply {
    pub status: u16,
    /// By the application itself, not by the gateway.
    from_site: bool,
    /// How often the request was sent until somebody told.
    sendings: u32,
    pub location: Option<String>,
    pub body: String,
}

impl Visitor<'_> {
    /// Sends until there is an answer that tells what happened, each time with an entry of its own. `read` is what it
    /// says, none for an answer that nobody should be given.
    ///
    /// None, and a surprise: nobody ever told.
    pub async fn told(
        &mut self,
        ask: Ask,
        request: impl Fn(&Self) -> RequestBuilder,
        read: impl Fn(&Reply) -> Option<Said>,
    ) -> Option<Reply> {
        let (began, mut sendings) = (Instant::now(), 0);
        let watch = self.world.watch;
        let is_form = !matches!(ask, Ask::Map { .. } | Ask::Page { .. });
        while began.elapsed() < TOLD_WITHIN {
            sendings += 1;
            let asked = self.journal.ask(ask.clone());
            let sent = Instant::now();
            if let Some(mut reply) = self.send(request(self)).await {
                reply.sendings = sendings;
                let Some(said) = read(&reply) else {
                    watch.surprise(format!("{ask:?} was answered {}: {}", reply.status, title(&reply.body)));
                    return None;
                };
                if reply.from_site && reply.status != 503 {
                    watch.served(sent);
                }
                self.journal.told(asked, said);
                if sendings > 1 && is_form {
                    watch.met.add(RECOVERED);
                }
                return Some(reply);
            }
            if sendings == 1 && is_form {
                watch.met.add(UNKNOWN);
            }
            self.pause().await;
        }
        watch.surprise(format!("nobody ever told what became of {ask:?}"));
        None
    }

    /// None: nobody knows what happened. A page that says that nothing was changed has 503 too, and tells to try again
    /// after one second; 408 says that the request did not arrive in time, so it was none.
    async fn send(&mut self, request: RequestBuilder) -> Option<Reply> {
        let response = request.send().await.ok()?;
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let (status, location) = (response.status().as_u16(), header("location"));
        let nothing_changed = status == 503 && header("retry-after").as_deref() == Some("1");
        let from_site = response.url().as_str().starts_with(&self.world.site);
        if let Some(cookie) = header("set-cookie") {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let body = response.text().await.ok()?;
        if status >= 500 && status != 503 {
            self.world.watch.surprise(format!("an answer with {status}: {}", title(&body)));
        }
        (status < 500 && status != 408 || nothing_changed).then_some(Reply {
            status,
            from_site,
            sendings: 1,
            location,
            body,
        })
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str, fields: &[(&str, String)]) -> RequestBuilder {
        self.request(Method::POST, path).form(fields)
    }

    /// Of the site by a path, of the gateway by a whole address.
    fn request(&self, method: Method, to: &str) -> RequestBuilder {
        if to.starts_with("http") {
            return self.world.http.request(method, to);
        }
        self.world.http.request(method, format!("{}{to}", self.world.site)).header("cookie", &self.cookie)
    }

    pub async fn pause(&mut self) {
        self.rest(200..600).await;
    }

    /// As the page asked that had no time.
    pub async fn come_later(&mut self) {
        self.rest(500..1_000).await;
    }

    async fn rest(&mut self, milliseconds: Range<u64>) {
        let milliseconds = self.dice.random_range(milliseconds);
        actix_web::rt::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// Leaves its journal behind.
    pub fn leave(self) {
        self.world.entries.borrow_mut().extend(self.journal.into_entries());
    }
}

fn title(body: &str) -> &str {
    pages::between(body, "<h1>", "</h1>").unwrap_or(body)
}
