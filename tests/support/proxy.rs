//! Stands between the application and PostgreSQL: cuts the connection at its next COMMIT, cuts all at once, delays what it
//! passes on, or says nothing for a while.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread;
use std::time::Duration;
use url::Url;

/// When a connection breaks, as a COMMIT goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The server never hears of the COMMIT.
    Before,
    /// The server hears it and may still be at it when the client knows that the connection is gone.
    During,
    /// The server has committed; its answer is lost.
    After,
}

/// How it passes on what comes, in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    #[default]
    AtOnce,
    After(Duration),
    /// Nothing, and no connection is refused or ended either. What came is passed on when the pace changes.
    Never,
}

/// Lasts as long as the process.
#[derive(Clone)]
pub struct Proxy {
    url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    armed: Mutex<Option<Cut>>,
    pace: Mutex<Pace>,
    pace_changed: Condvar,
    lines: Mutex<Vec<Weak<Line>>>,
    connections: AtomicUsize,
}

impl State {
    fn keep_pace(&self) {
        let pace = self.pace.lock().unwrap();
        let pace = *self.pace_changed.wait_while(pace, |pace| *pace == Pace::Never).unwrap();
        if let Pace::After(delay) = pace {
            thread::sleep(delay);
        }
    }

    fn add(&self, line: &Arc<Line>) {
        let mut lines = self.lines.lock().unwrap();
        lines.retain(|line| line.strong_count() > 0);
        lines.push(Arc::downgrade(line));
    }
}

/// PostgreSQL's message for the simple query COMMIT, which clients send whole and by itself.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

impl Proxy {
    /// Listens in front of the server at `url`.
    pub fn start(url: &str) -> Self {
        let mut url = Url::parse(url).unwrap();
        let server = (url.host_str().unwrap().to_owned(), url.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        url.set_ip_host([127, 0, 0, 1].into()).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        // The messages must be there to be read.
        url.query_pairs_mut().append_pair("sslmode", "disable").append_pair("gssencmode", "disable");
        let state = Arc::new(State::default());
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                // A server that is away refuses the client too.
                let Ok(server) = TcpStream::connect((server.0.as_str(), server.1)) else { continue };
                let line = Arc::new(Line { client, server, swallows: AtomicBool::new(false) });
                shared.add(&line);
                let (answers, pace) = (line.clone(), shared.clone());
                let state = shared.clone();
                thread::spawn(move || answers.forward_answers(&pace));
                thread::spawn(move || line.forward_queries(&state));
            }
        });
        Self { url: url.into(), state }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Cuts the connection of whoever commits next, once.
    pub fn cut_next(&self, cut: Cut) {
        *self.state.armed.lock().unwrap() = Some(cut);
    }

    /// Cuts every connection that there is.
    pub fn cut_all(&self) {
        self.state.lines.lock().unwrap().iter().filter_map(Weak::upgrade).for_each(|line| line.hang_up());
    }

    pub fn set_pace(&self, pace: Pace) {
        *self.state.pace.lock().unwrap() = pace;
        self.state.pace_changed.notify_all();
    }

    /// Whether the cut has happened.
    pub fn has_cut(&self) -> bool {
        self.state.armed.lock().unwrap().is_none()
    }

    /// How many were ever made.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

/// One connection through the proxy.
struct Line {
    client: TcpStream,
    server: TcpStream,
    /// The server's next answer is for nobody.
    swallows: AtomicBool,
}

impl Line {
    fn forward_queries(&self, state: &State) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(length @ 1..) = (&self.client).read(&mut buffer) {
            let query = &buffer[..length];
            state.keep_pace();
            let cut = if query.ends_with(COMMIT) { state.armed.lock().unwrap().take() } else { None };
            match cut {
                Some(Cut::Before) => break,
                // Before the COMMIT goes on: its answer may come at once.
                Some(Cut::During | Cut::After) => self.swallows.store(true, Ordering::SeqCst),
                None => {}
            }
            if (&self.server).write_all(query).is_err() || cut == Some(Cut::During) {
                break;
            }
        }
        self.hang_up();
    }

    fn forward_answers(&self, state: &State) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(length @ 1..) = (&self.server).read(&mut buffer) {
            state.keep_pace();
            if self.swallows.load(Ordering::SeqCst) || (&self.client).write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        self.hang_up();
    }

    fn hang_up(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}
