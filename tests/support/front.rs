//! Stands in front of the gateway and answers badly, or passes on.

use serde_json::Value;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use url::Url;

/// What a request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meets {
    /// The gateway itself.
    Gateway,
    /// Nobody: the connection stays open and no answer comes.
    Silence,
    /// The gateway, whose answer is lost.
    LostAnswer,
    /// The gateway, whose answer has nothing under this name, wherever it stands.
    Without(&'static str),
    /// An error with a body that is not the gateway's.
    Html(u16),
    /// An error in the gateway's own shape.
    Json(u16),
}

/// Lasts as long as the process.
pub struct Front {
    url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    gateway: Mutex<Option<(String, u16)>>,
    next: Mutex<VecDeque<Meets>>,
    afterwards: Mutex<Option<Meets>>,
    requests: Mutex<Vec<Request>>,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `POST /v1/refunds HTTP/1.1`
    pub line: String,
    pub idempotency_key: Option<String>,
    pub body: Vec<u8>,
}

impl Front {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State::default());
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let state = shared.clone();
                thread::spawn(move || state.serve(client));
            }
        });
        Self { url, state }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Which gateway it stands in front of.
    pub fn pass_to(&self, gateway: &str) {
        let url = Url::parse(gateway).unwrap();
        *self.state.gateway.lock().unwrap() = Some((url.host_str().unwrap().to_owned(), url.port().unwrap()));
    }

    /// What the next requests meet, one after the other; those after them meet the gateway.
    pub fn next(&self, meets: &[Meets]) {
        *self.state.next.lock().unwrap() = meets.iter().copied().collect();
        *self.state.afterwards.lock().unwrap() = None;
        self.state.requests.lock().unwrap().clear();
    }

    /// What all requests meet from now on.
    pub fn always(&self, meets: Meets) {
        self.next(&[]);
        *self.state.afterwards.lock().unwrap() = Some(meets);
    }

    /// What came since it was last told what to do.
    pub fn requests(&self) -> Vec<Request> {
        self.state.requests.lock().unwrap().clone()
    }
}

impl State {
    /// One request for each connection: its answer says so.
    fn serve(&self, mut client: TcpStream) {
        let Some((head, body)) = read_message(&mut client) else { return };
        let meets = self.next.lock().unwrap().pop_front();
        let meets = meets.or(*self.afterwards.lock().unwrap()).unwrap_or(Meets::Gateway);
        self.requests.lock().unwrap().push(Request {
            line: head.lines().next().unwrap_or_default().to_owned(),
            idempotency_key: header(&head, "idempotency-key"),
            body: body.clone(),
        });
        match meets {
            Meets::Gateway => {
                let _ = client.write_all(&self.ask(&head, &body));
            }
            Meets::LostAnswer => drop(self.ask(&head, &body)),
            Meets::Without(name) => {
                let told = String::from_utf8(self.ask(&head, &body)).unwrap();
                let mut told = serde_json::from_str(told.split_once("\r\n\r\n").unwrap().1).unwrap();
                empty(&mut told, name);
                answer(&mut client, 200, "application/json", &told.to_string());
            }
            // Until the client hangs up.
            Meets::Silence => drop(client.read(&mut [0; 1])),
            Meets::Html(status) => answer(&mut client, status, "text/html", "<h1>Bad gateway</h1>"),
            Meets::Json(status) => {
                let body = r#"{"error":{"type":"api_error","message":"Something is wrong here."}}"#;
                answer(&mut client, status, "application/json", body);
            }
        }
    }

    fn ask(&self, head: &str, body: &[u8]) -> Vec<u8> {
        let (host, port) = self.gateway.lock().unwrap().clone().expect("a gateway to pass to");
        let mut server = TcpStream::connect((host.as_str(), port)).unwrap();
        let (line, headers) = head.split_once("\r\n").unwrap();
        server.write_all(format!("{line}\r\nconnection: close\r\n{headers}").as_bytes()).unwrap();
        server.write_all(body).unwrap();
        let mut told = Vec::new();
        let _ = server.read_to_end(&mut told);
        told
    }
}

fn empty(told: &mut Value, name: &str) {
    match told {
        Value::Object(fields) => {
            for (field, value) in fields {
                if field == name {
                    *value = Value::Null;
                }
                empty(value, name);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| empty(value, name)),
        _ => {}
    }
}

fn answer(client: &mut TcpStream, status: u16, kind: &str, body: &str) {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} No\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close");
    let _ = client.write_all(format!("{head}\r\n\r\n{body}").as_bytes());
}

/// Head, with its empty line, and body of one request.
fn read_message(client: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let end = read.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
            if read.len() >= end + length {
                return Some((head, read[end..].to_vec()));
            }
        }
        match client.read(&mut buffer) {
            Ok(length @ 1..) => read.extend_from_slice(&buffer[..length]),
            _ => return None,
        }
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
}
