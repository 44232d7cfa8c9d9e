//! Forms of seat maps, filled in while all is well, and sent while it is not.

use crate::support::processes::wait_until;
use crate::support::site::{CONNECTIONS, Site};
use crate::support::{Browser, Page, count};
use diesel::connection::SimpleConnection;
use diesel::{Connection, RunQueryDsl};
use futures_util::future::join_all;
use nix::unistd::Pid;
use reqwest::{Method, StatusCode};
use std::time::{Duration, Instant};

/// One seat of a visitor of its own.
pub struct Form {
    browser: Browser,
    to: String,
    fields: Vec<(&'static str, String)>,
}

/// What the person who sent it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Held: the booking's path.
    Held(String),
    /// An honest page with 503.
    Later,
    /// No answer at all.
    Nothing,
}

impl Form {
    pub async fn send(&self) -> Answer {
        let Ok(response) = self.browser.request(Method::POST, &self.to).form(&self.fields).send().await else {
            return Answer::Nothing;
        };
        match response.status() {
            StatusCode::SEE_OTHER => Answer::Held(response.headers()["location"].to_str().unwrap().to_owned()),
            StatusCode::SERVICE_UNAVAILABLE => Answer::Later,
            status => panic!("{status}: {}", response.text().await.unwrap_or_default()),
        }
    }

    /// Sends it until it is held; the booking's path, and the moment it was known.
    pub async fn send_until_held(&self) -> (String, Instant) {
        let began = Instant::now();
        loop {
            if let Answer::Held(path) = self.send().await {
                return (path, Instant::now());
            }
            assert!(began.elapsed() < Duration::from_secs(20), "never held");
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A form for each of these seats.
pub async fn fill_in(site: &Site, seats: std::ops::Range<usize>) -> Vec<Form> {
    let show = site.house.show;
    let fill = async |seat: usize| {
        let browser = site.browser();
        let map = browser.get(&format!("/shows/{show}")).await;
        let fields = vec![
            ("token", map.value("token")),
            ("form_key", map.value("form_key")),
            ("seat", site.house.seats[seat].to_string()),
        ];
        Form { browser, to: format!("/shows/{show}/bookings"), fields }
    };
    let mut forms = Vec::new();
    for seat in seats {
        forms.push(fill(seat).await);
    }
    forms
}

/// As many requests as there are connections, all in the database at the same moment, so that each connection is used.
pub async fn use_every_connection(site: &Site) -> Vec<Page> {
    let mut blocker = site.connect();
    blocker.batch_execute("BEGIN; LOCK TABLE movies IN ACCESS EXCLUSIVE MODE").unwrap();
    let browser = site.browser();
    let asking = join_all((0..CONNECTIONS).map(|_| browser.get("/")));
    let url = site.postgres.url().to_owned();
    let letting_go = actix_web::web::block(move || {
        let mut conn = diesel::PgConnection::establish(&url).unwrap();
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE application_name = 'marquee' AND wait_event_type = 'Lock'";
        let all_wait = wait_until(Duration::from_secs(1), || count(&mut conn, waiting) == CONNECTIONS as i64);
        blocker.batch_execute("ROLLBACK").unwrap();
        all_wait
    });
    let (pages, all_waited) = futures_util::future::join(asking, letting_go).await;
    assert!(all_waited.unwrap(), "{CONNECTIONS} requests at once need that many connections");
    pages
}

/// The server's processes behind the application's connections.
pub fn backends(site: &Site) -> Vec<Pid> {
    #[derive(diesel::QueryableByName)]
    struct Backend {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        pid: i32,
    }
    let query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'marquee'";
    let backends: Vec<Backend> = diesel::sql_query(query).load(&mut site.connect()).unwrap();
    backends.into_iter().map(|backend| Pid::from_raw(backend.pid)).collect()
}

/// Nobody is shown an error, whichever connection they get.
pub async fn assert_every_connection_serves(site: &Site) {
    for page in use_every_connection(site).await {
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    }
}
