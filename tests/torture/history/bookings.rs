//! What the journals tell of each booking, gathered.

use super::{Rule, Terms, Violation};
use crate::journal::{Ask, Entry, Nanos, Said, Seat, Show, State};
use std::collections::HashMap;

/// True at this instant, as this entry shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    pub at: Nanos,
    /// Its index in the history.
    pub entry: usize,
}

/// What happened at one instant from its sending to its answer; or, without one, perhaps, and as long as it may.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub from: Nanos,
    pub to: Nanos,
    pub entry: usize,
    /// It was answered, so it did happen.
    pub is_sure: bool,
}

/// One that was acknowledged, or that an unanswered form may have made.
#[derive(Debug)]
pub struct Booking {
    pub show: Show,
    pub client: u32,
    /// None: nobody was ever told.
    pub reference: Option<String>,
    pub seats: Vec<Seat>,
    /// Not made before; the form that was sent.
    pub sent: Known,
    /// Made by then, or never.
    pub made_by: Nanos,
    /// Acknowledged.
    pub held: Option<Known>,
    /// What its page said, in the order of asking.
    pub pages: Vec<(Window, State)>,
    /// The first attempt to pay.
    pub pay_sent: Option<Nanos>,
    /// Attempts to end it that may have done so.
    pub cancels: Vec<Window>,
    /// A map shows its seats locked or booked, and nobody else can have had them.
    pub seen: Option<Known>,
    /// The same, booked.
    pub seen_booked: Option<Known>,
}

/// A form, however often it was sent.
struct Form<'a> {
    show: Show,
    client: u32,
    seats: &'a [Seat],
    /// The first sending whose outcome is unknown.
    unknown: Option<Known>,
    /// Until then they may still be done.
    unknown_until: Nanos,
    /// It had made nothing yet when this one was sent, whose seats were lost.
    nothing_by: Nanos,
    /// What it was answered with, when that was first sent for, and when first told.
    made: Vec<(&'a str, Known, Known)>,
}

/// # Panics
/// When the journals are no journals: a booking that no hold was answered with, or an answer that does not fit.
pub fn gather(entries: &[Entry], terms: &Terms, violations: &mut Vec<Violation>) -> Vec<Booking> {
    let mut bookings: Vec<Booking> = forms(entries, terms, violations).into_iter().flat_map(Form::bookings).collect();
    let mut by_reference: HashMap<String, usize> = HashMap::new();
    for (index, booking) in bookings.iter().enumerate() {
        let Some(reference) = &booking.reference else { continue };
        if let Some(other) = by_reference.insert(reference.clone(), index) {
            let shown = [bookings[other].held, booking.held].into_iter().flatten().map(|known| known.entry);
            let why = format!("two forms were answered with booking {reference}");
            violations.push(Violation::new(entries, Rule::TwoBookings, booking.show, None, shown, why));
        }
    }
    for (index, entry) in entries.iter().enumerate() {
        if let Ask::Pay { reference } | Ask::Cancel { reference } | Ask::Page { reference } = &entry.ask {
            let known = by_reference.get(reference.as_str());
            let booking = *known.unwrap_or_else(|| panic!("no hold was answered with {reference}: {entry:?}"));
            bookings[booking].add(entries, index, terms, violations);
        }
    }
    bookings
}

/// All forms, in the order of their first sending.
fn forms<'a>(entries: &'a [Entry], terms: &Terms, violations: &mut Vec<Violation>) -> Vec<Form<'a>> {
    let mut forms: Vec<Form<'a>> = Vec::new();
    let mut by_key: HashMap<(u32, &str), usize> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let Ask::Hold { show, seats, form } = &entry.ask else { continue };
        let place = *by_key.entry((entry.client, form)).or_insert_with(|| {
            forms.push(Form {
                show: *show,
                client: entry.client,
                seats,
                unknown: None,
                unknown_until: 0,
                nothing_by: 0,
                made: Vec::new(),
            });
            forms.len() - 1
        });
        forms[place].add(entries, index, terms, violations);
    }
    forms
}

impl<'a> Form<'a> {
    fn add(&mut self, entries: &'a [Entry], index: usize, terms: &Terms, violations: &mut Vec<Violation>) {
        let entry = &entries[index];
        let sent = Known { at: entry.sent, entry: index };
        let mut twice = |before: Option<usize>, why| {
            let shown = before.into_iter().chain([index]);
            violations.push(Violation::new(entries, Rule::TwoBookings, self.show, None, shown, why));
        };
        match entry.answer.as_ref().map(|answer| (answer.at, &answer.said)) {
            None => {
                self.unknown = self.unknown.or(Some(sent));
                self.unknown_until = self.unknown_until.max(terms.until_done(entry.sent));
            }
            Some((at, Said::Held { reference })) => {
                if self.made.iter().any(|(made, ..)| made == reference) {
                    return;
                }
                if let Some((made, _, told)) = self.made.first() {
                    twice(Some(told.entry), format!("the same form made {made}, and then {reference}"));
                }
                self.made.push((reference, sent, Known { at, entry: index }));
            }
            Some((_, Said::FormUsed { reference })) => {
                twice(None, format!("the form is said to have made {reference} of other seats than it names"));
            }
            Some((_, Said::Lost { .. })) => {
                if let Some((made, _, told)) = self.made.first().filter(|(_, _, told)| told.at < entry.sent) {
                    twice(Some(told.entry), format!("the form made {made}, and then lost its seats"));
                }
                self.nothing_by = self.nothing_by.max(entry.sent);
            }
            Some((_, Said::Refused)) => {}
            Some(_) => panic!("a hold is not answered like this: {entry:?}"),
        }
    }

    fn bookings(self) -> Vec<Booking> {
        let mut seats = self.seats.to_vec();
        seats.sort_unstable();
        let booking = |reference: Option<&str>, sent: Known, held: Option<Known>| Booking {
            show: self.show,
            client: self.client,
            reference: reference.map(str::to_owned),
            seats: seats.clone(),
            sent: Known { at: sent.at.max(self.nothing_by), ..sent },
            made_by: held.map_or(self.unknown_until, |held| held.at),
            held,
            pages: Vec::new(),
            pay_sent: None,
            cancels: Vec::new(),
            seen: None,
            seen_booked: None,
        };
        if self.made.is_empty() {
            return self.unknown.map(|sent| booking(None, sent, None)).into_iter().collect();
        }
        let made = self.made.iter();
        made.map(|(reference, sent, told)| {
            // The answer may be to a repetition of one that was never answered.
            let first = self.unknown.map_or(*sent, |unknown| unknown.min(*sent));
            booking(Some(reference), first, Some(*told))
        })
        .collect()
    }
}

impl Booking {
    /// What a person would call it.
    pub fn name(&self) -> &str {
        self.reference.as_deref().unwrap_or("an unanswered form")
    }

    /// Adds an entry that names it.
    fn add(&mut self, entries: &[Entry], index: usize, terms: &Terms, violations: &mut Vec<Violation>) {
        let entry = &entries[index];
        let answer = entry.answer.as_ref().map(|answer| (answer.at, &answer.said));
        let to = answer.map_or(terms.until_done(entry.sent), |(at, _)| at);
        let window = Window { from: entry.sent, to, entry: index, is_sure: answer.is_some() };
        match (&entry.ask, answer) {
            (Ask::Pay { .. }, None | Some((_, Said::Done | Said::Refused))) => {
                self.pay_sent = Some(self.pay_sent.map_or(entry.sent, |sent| sent.min(entry.sent)));
            }
            (Ask::Cancel { .. }, None | Some((_, Said::Done))) => self.cancels.push(window),
            (Ask::Cancel { .. }, Some((_, Said::Refused))) | (Ask::Page { .. }, None | Some((_, Said::Refused))) => {}
            (Ask::Page { .. }, Some((_, Said::Booking { seats, state }))) => {
                let mut seats = seats.clone();
                seats.sort_unstable();
                if seats != self.seats {
                    let why = format!("{} was to be of {:?}, and its page names {seats:?}", self.name(), self.seats);
                    let shown = [self.sent.entry, index];
                    violations.push(Violation::new(entries, Rule::OtherSeats, self.show, None, shown, why));
                }
                self.pages.push((window, *state));
            }
            _ => panic!("this is not answered like this: {entry:?}"),
        }
    }

    /// When its page first said so.
    pub fn told_confirmed(&self) -> Option<Known> {
        let confirmed = self.pages.iter().filter(|(_, state)| *state == State::Confirmed);
        confirmed.map(|(window, _)| Known { at: window.to, entry: window.entry }).min()
    }
}
