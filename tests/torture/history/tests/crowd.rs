//! Clients who book at the small server, all at once: each request is sent at one instant, done at a later one, and
//! answered at one later still. Some are never done, some are done and never answered, and some are done long after
//! their client has stopped waiting.

use super::script::SECOND;
use super::server::{Mistake, SEATS, Server, booking};
use crate::journal::{Answer, Ask, Entry, Nanos, Said, Seat, Show, State};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const SHOW: Show = 7;
const CLIENTS: u32 = 10;
const LASTS: Nanos = 120 * SECOND;
const MILLISECOND: Nanos = SECOND / 1000;

/// In the order in which they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A client does something.
    Turn {
        client: u32,
    },
    /// The server does what an entry asks.
    Done {
        client: u32,
        number: usize,
        answered: Option<Nanos>,
    },
    /// The gateway's word comes.
    Paid {
        booking: usize,
    },
    Crash,
}

#[derive(Default)]
struct Client {
    journal: Vec<Entry>,
    /// What it holds, or wants to.
    wants: Option<Wants>,
    forms: u32,
}

struct Wants {
    form: String,
    seats: Vec<Seat>,
    reference: Option<String>,
    seen_confirmed: bool,
}

struct Crowd {
    dice: StdRng,
    server: Server,
    events: BinaryHeap<Reverse<(Nanos, Event)>>,
    clients: Vec<Client>,
}

/// The journals of a run.
pub fn play(seed: u64, mistake: Option<Mistake>) -> Vec<Entry> {
    let clients = (0..=CLIENTS).map(|_| Client::default()).collect();
    let dice = StdRng::seed_from_u64(seed);
    let mut crowd = Crowd { dice, server: Server::new(mistake), events: BinaryHeap::new(), clients };
    for client in 0..=CLIENTS {
        crowd.at(u64::from(client) * 10 * MILLISECOND, Event::Turn { client });
    }
    for crash in 1..6 {
        crowd.at(crash * LASTS / 6, Event::Crash);
    }
    while let Some(Reverse((at, event))) = crowd.events.pop() {
        crowd.happens(at, event);
    }
    crowd.clients.into_iter().flat_map(|client| client.journal).collect()
}

impl Crowd {
    fn at(&mut self, at: Nanos, event: Event) {
        self.events.push(Reverse((at, event)));
    }

    fn up_to(&mut self, milliseconds: u64) -> Nanos {
        self.dice.random_range(1..=milliseconds) * MILLISECOND
    }

    fn happens(&mut self, at: Nanos, event: Event) {
        match event {
            Event::Turn { client } if at < LASTS => self.take_turn(at, client),
            Event::Turn { .. } => {}
            Event::Done { client, number, answered } => self.serve(at, client, number, answered),
            Event::Paid { booking } => self.server.settle(at, booking),
            Event::Crash => self.server.crash(&mut self.dice),
        }
    }

    fn take_turn(&mut self, at: Nanos, client: u32) {
        let ask = self.choose(client);
        let journal = &mut self.clients[client as usize].journal;
        let number = journal.len();
        journal.push(Entry { client, number: number.try_into().unwrap(), sent: at, ask, answer: None });
        let done = at + self.up_to(300);
        match self.dice.random_range(0..100) {
            0..85 => {
                let answered = done + self.up_to(300);
                self.at(done, Event::Done { client, number, answered: Some(answered) });
                let next = answered + self.up_to(1500);
                return self.at(next, Event::Turn { client });
            }
            85..92 => self.at(done, Event::Done { client, number, answered: None }),
            92..95 => {
                let late = done + self.up_to(5000);
                self.at(late, Event::Done { client, number, answered: None });
            }
            _ => {}
        }
        let next = at + SECOND + self.up_to(500);
        self.at(next, Event::Turn { client });
    }

    fn choose(&mut self, client: u32) -> Ask {
        let throw = self.dice.random_range(0..100);
        if client == 0 {
            // Whoever drives the run.
            let jumps = throw < 5;
            return if jumps { Ask::Jump { nanos: 4 * SECOND } } else { Ask::Map { show: SHOW } };
        }
        if throw < 25 {
            return Ask::Map { show: SHOW };
        }
        let (first, party) = (self.dice.random_range(1..=SEATS), self.dice.random_range(1..=3));
        let me = &mut self.clients[client as usize];
        if throw >= 97 && me.wants.as_ref().is_some_and(|wants| !wants.seen_confirmed) {
            me.wants = None;
        }
        let forms = &mut me.forms;
        let wants = me.wants.get_or_insert_with(|| {
            *forms += 1;
            let seats = (first..=SEATS.min(first + party - 1)).collect();
            Wants { form: format!("form {forms}"), seats, reference: None, seen_confirmed: false }
        });
        match (throw, wants.reference.clone()) {
            // A form is sometimes sent again though it was answered.
            (_, None) | (25..30, _) => Ask::Hold { show: SHOW, seats: wants.seats.clone(), form: wants.form.clone() },
            (30..60, Some(reference)) => Ask::Page { reference },
            (60..85, Some(reference)) => Ask::Pay { reference },
            (_, Some(reference)) => Ask::Cancel { reference },
        }
    }

    /// The server does it now, and the client is told later, if ever.
    fn serve(&mut self, at: Nanos, client: u32, number: usize, answered: Option<Nanos>) {
        let me = &mut self.clients[client as usize];
        let judged_at = self.dice.random_range(me.journal[number].sent..=at);
        let agrees = me.wants.as_ref().is_some_and(|wants| wants.seen_confirmed);
        let said = match &me.journal[number].ask {
            Ask::Hold { seats, form, .. } => self.server.hold(at, client, form, seats),
            Ask::Map { .. } => self.server.map(at, judged_at, client),
            Ask::Pay { reference } => self.server.start_payment(at, booking(reference)),
            Ask::Cancel { reference } => self.server.cancel(at, booking(reference), agrees),
            Ask::Page { reference } => self.server.page(at, booking(reference)),
            Ask::Jump { nanos } => {
                self.server.jump(*nanos);
                Said::Done
            }
        };
        if let (Ask::Pay { reference }, Said::Done) = (&me.journal[number].ask, &said) {
            let paid = Event::Paid { booking: booking(reference) };
            let comes = at + self.up_to(12_000);
            self.at(comes, paid);
        }
        if let Some(answered) = answered {
            self.clients[client as usize].is_told(number, Answer { at: answered, said });
        }
    }
}

impl Client {
    fn is_told(&mut self, number: usize, answer: Answer) {
        let entry = &mut self.journal[number];
        match (&entry.ask, &answer.said, &mut self.wants) {
            (Ask::Hold { .. }, Said::Held { reference }, Some(wants)) => wants.reference = Some(reference.clone()),
            (Ask::Hold { .. }, Said::Lost { .. }, wants) | (Ask::Cancel { .. }, Said::Done, wants) => *wants = None,
            (Ask::Page { .. }, Said::Booking { state, .. }, Some(wants)) => {
                wants.seen_confirmed |= *state == State::Confirmed;
            }
            _ => {}
        }
        entry.answer = Some(answer);
    }
}
