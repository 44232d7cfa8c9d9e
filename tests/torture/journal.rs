//! What one client asked and what it was told, in HTTP's words: no table, no lock, no payment is known here.
//!
//! A client is one visitor, with one cookie jar; it keeps a journal of its own and nobody else writes in it. An entry is
//! written when the request is sent, and completed when its answer has come. An entry without an answer has an unknown
//! outcome: the connection was cut, nothing came in time, or what came was a 5xx.
//!
//! All journals of a run tell time by the same monotonic clock ([`Clock`]), in nanoseconds since the run began. What the
//! server calls time (its deadlines) is told as it is shown: in seconds left.

use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Write};
use std::time::Instant;

/// Since the run began.
pub type Nanos = u64;
pub type Show = i64;
/// As the box on the map is called; the client knows which label it has.
pub type Seat = i64;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub client: u32,
    /// Its place in the client's journal.
    pub number: u32,
    pub sent: Nanos,
    pub ask: Ask,
    /// None: whether it was done, and when, is unknown.
    pub answer: Option<Answer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// When the last byte was read.
    pub at: Nanos,
    pub said: Said,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// `POST /shows/{show}/bookings`. Who sends the same form again names the same seats.
    Hold { show: Show, seats: Vec<Seat>, form: String },
    /// `GET /shows/{show}`, or its `/seats`.
    Map { show: Show },
    /// Whatever may lead to a confirmation, from the first on: `POST /bookings/{reference}/payments`, the gateway's form.
    Pay { reference: String },
    /// `POST /bookings/{reference}/cancellation`, of a paid booking after its page was seen to be confirmed.
    Cancel { reference: String },
    /// `GET /bookings/{reference}`
    Page { reference: String },
    /// No request: whoever drives the run sets the server's clock forward, so that deadlines come sooner.
    Jump { nanos: Nanos },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// To a hold: 303 to this booking.
    Held { reference: String },
    /// To a hold: 409, and these seats just went.
    Lost { seats: Vec<Seat> },
    /// To a hold: 409, this form made this booking of other seats before.
    FormUsed { reference: String },
    /// To a map: its seats by their look.
    Map(Map),
    /// To a page: the seats that it names, and how the booking stands.
    Booking { seats: Vec<Seat>, state: State },
    /// To a cancellation: 303. To a payment: 303, the money is on its way. To a jump: it is done.
    Done,
    /// Any other refusal: a 4xx, and nothing was changed.
    Refused,
}

/// How a booking's page says that it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Checkout, waiting, or past the time to pay: its seats are locked. `seconds_left`, where the page tells them, is
    /// `data-seconds-left`: whole seconds, rounded down, until the deadline shown.
    Held {
        seconds_left: Option<u64>,
    },
    /// Tickets; `seats` are those of the tickets.
    Confirmed,
    Cancelled,
    Expired,
    /// Money came that could not buy the seats.
    NotBought,
}

/// A seat map: which seats have the class of which look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Map {
    pub available: Vec<Seat>,
    pub yours: Vec<Seat>,
    pub locked: Vec<Seat>,
    pub booked: Vec<Seat>,
    pub blocked: Vec<Seat>,
}

/// The one clock of a run.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn now(&self) -> Nanos {
        self.0.elapsed().as_nanos().try_into().expect("a run lasts less than 584 years")
    }
}

/// The journal of one client.
#[derive(Debug)]
pub struct Journal {
    client: u32,
    clock: Clock,
    entries: Vec<Entry>,
}

/// A request under way.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Asked(usize);

impl Journal {
    pub fn new(client: u32, clock: Clock) -> Self {
        Self { client, clock, entries: Vec::new() }
    }

    /// Right before the request is sent.
    pub fn ask(&mut self, ask: Ask) -> Asked {
        let number = self.entries.len();
        let entry = Entry {
            client: self.client,
            number: number.try_into().expect("fewer than 2^32 entries"),
            sent: self.clock.now(),
            ask,
            answer: None,
        };
        self.entries.push(entry);
        Asked(number)
    }

    /// Right after the answer was read whole. Not called: its outcome stays unknown.
    pub fn told(&mut self, asked: Asked, said: Said) {
        let answer = Answer { at: self.clock.now(), said };
        let before = self.entries[asked.0].answer.replace(answer);
        assert_eq!(before, None, "a request has one answer");
    }

    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}

/// One entry a line, as JSON.
pub fn write<'a>(entries: impl IntoIterator<Item = &'a Entry>, mut to: impl Write) -> io::Result<()> {
    for entry in entries {
        serde_json::to_writer(&mut to, entry)?;
        to.write_all(b"\n")?;
    }
    to.flush()
}

/// What [`write`] wrote.
///
/// # Errors
/// When a line cannot be read, or is no entry.
pub fn read(from: impl BufRead) -> io::Result<Vec<Entry>> {
    from.lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}
