//! Stands between the application and PostgreSQL, and cuts the connection at its next COMMIT.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
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

/// Lasts as long as the process.
pub struct Proxy {
    url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    armed: Mutex<Option<Cut>>,
    connections: AtomicUsize,
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
                let server = TcpStream::connect((server.0.as_str(), server.1)).unwrap();
                let line = Arc::new(Line { client, server, swallows: AtomicBool::new(false) });
                let (answers, state) = (line.clone(), shared.clone());
                thread::spawn(move || answers.forward_answers());
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

    fn forward_answers(&self) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(length @ 1..) = (&self.server).read(&mut buffer) {
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
