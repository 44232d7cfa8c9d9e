//! Histories by hand. Instants are whole seconds since the run began.

use crate::history::{Place, Rule, Terms, check};
use crate::journal::{Answer, Ask, Entry, Map, Nanos, Said, Seat, Show, State};
use std::ops::Range;

pub const SECOND: Nanos = 1_000_000_000;
/// The application's own, and a clock that may be off by a second.
pub const TERMS: Terms =
    Terms { choose: 480 * SECOND, grace: 120 * SECOND, ceiling: 900 * SECOND, skew: SECOND, unknown_for: Nanos::MAX };
/// A lock lasts from its hold: the time to choose, and the grace.
pub const LOCK: Nanos = 600;
pub const SHOW: Show = 7;

pub const ASHA: u32 = 1;
pub const BINA: u32 = 2;
pub const CHIRAG: u32 = 3;

/// When it was sent and when it was answered.
type When = Range<Nanos>;

#[derive(Default)]
pub struct Script(pub Vec<Entry>);

impl Script {
    pub fn say(&mut self, client: u32, when: When, ask: Ask, said: Said) -> Place {
        self.write(client, when.start, ask, Some(Answer { at: when.end * SECOND, said }))
    }

    /// Sent then, and never answered.
    pub fn unknown(&mut self, client: u32, sent: Nanos, ask: Ask) -> Place {
        self.write(client, sent, ask, None)
    }

    fn write(&mut self, client: u32, sent: Nanos, ask: Ask, answer: Option<Answer>) -> Place {
        let number = self.0.iter().filter(|entry| entry.client == client).count().try_into().unwrap();
        self.0.push(Entry { client, number, sent: sent * SECOND, ask, answer });
        (client, number)
    }

    /// A hold that is acknowledged; its form is called as its booking.
    pub fn held(&mut self, client: u32, when: When, reference: &str, seats: &[Seat]) -> Place {
        self.say(client, when, hold(reference, seats), Said::Held { reference: reference.to_owned() })
    }

    pub fn lost(&mut self, client: u32, when: When, form: &str, seats: &[Seat]) -> Place {
        self.say(client, when, hold(form, seats), Said::Lost { seats: seats.to_vec() })
    }

    /// Seats 1, 2, 3 .. as `.` available, `Y` yours, `L` locked, `B` booked, `X` blocked.
    pub fn map(&mut self, client: u32, when: When, looks: &str) -> Place {
        let with = |wanted: char| {
            let seats = looks.chars().zip(1..).filter(move |(look, _)| *look == wanted);
            seats.map(|(_, seat)| seat).collect::<Vec<Seat>>()
        };
        let map =
            Map { available: with('.'), yours: with('Y'), locked: with('L'), booked: with('B'), blocked: with('X') };
        self.say(client, when, Ask::Map { show: SHOW }, Said::Map(map))
    }

    pub fn page(&mut self, client: u32, when: When, reference: &str, seats: &[Seat], state: State) -> Place {
        let said = Said::Booking { seats: seats.to_vec(), state };
        self.say(client, when, Ask::Page { reference: reference.to_owned() }, said)
    }

    pub fn pay(&mut self, client: u32, when: When, reference: &str) -> Place {
        self.say(client, when, Ask::Pay { reference: reference.to_owned() }, Said::Done)
    }

    pub fn cancel(&mut self, client: u32, when: When, reference: &str) -> Place {
        self.say(client, when, cancel(reference), Said::Done)
    }

    /// Held from 0 to 1, confirmed from 2 to 5.
    pub fn bought(&mut self, client: u32, reference: &str, seats: &[Seat]) -> (Place, Place) {
        let held = self.held(client, 0..1, reference, seats);
        self.pay(client, 2..3, reference);
        (held, self.page(client, 4..5, reference, seats, State::Confirmed))
    }

    /// That nothing else is found.
    #[track_caller]
    pub fn breaks(&self, rule: Rule, seat: Option<Seat>, entries: &[Place]) {
        self.breaks_all(&[(rule, seat, entries)]);
    }

    #[track_caller]
    pub fn breaks_all(&self, expected: &[(Rule, Option<Seat>, &[Place])]) {
        self.breaks_under(&TERMS, expected);
    }

    #[track_caller]
    pub fn breaks_under(&self, terms: &Terms, expected: &[(Rule, Option<Seat>, &[Place])]) {
        let found = check(&self.0, terms);
        let told: Vec<_> = found.iter().map(|found| (found.rule, found.seat, found.entries.as_slice())).collect();
        assert_eq!(told, expected, "{found:#?}");
    }

    #[track_caller]
    pub fn is_good(&self) {
        self.breaks_all(&[]);
    }
}

pub fn hold(form: &str, seats: &[Seat]) -> Ask {
    Ask::Hold { show: SHOW, seats: seats.to_vec(), form: form.to_owned() }
}

pub fn cancel(reference: &str) -> Ask {
    Ask::Cancel { reference: reference.to_owned() }
}

/// Held, and its page does not say until when.
pub const HELD: State = State::Held { seconds_left: None };

pub fn left(seconds: u64) -> State {
    State::Held { seconds_left: Some(seconds) }
}
