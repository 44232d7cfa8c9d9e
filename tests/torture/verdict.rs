//! What the clients were told beside what the database and the gateway hold: nothing acknowledged is lost, nothing that
//! was sent again has happened twice, and nothing was done that nobody knows of.

use crate::journal::{Ask, Entry, Said, State};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::{BTreeMap, BTreeSet};

/// Violations that are named; more of a kind are as good as some.
const NAMED: usize = 20;

/// What one client was told of its forms and bookings.
#[derive(Default)]
struct Told<'a> {
    /// Forms by what the last of their answers said; none for a form that nobody ever told about.
    forms: BTreeMap<&'a str, Option<&'a Said>>,
    /// Forms for which a sending had no answer: one of those may have been done late, after another was refused.
    unsure: BTreeSet<&'a str>,
    held: BTreeMap<&'a str, BTreeSet<&'a str>>,
    confirmed: BTreeSet<&'a str>,
    asked_to_pay: BTreeSet<&'a str>,
    asked_to_cancel: BTreeSet<&'a str>,
}

/// What is wrong, in words.
pub fn violations(ours: &mut PgConnection, theirs: &mut PgConnection, entries: &[Entry]) -> Vec<String> {
    let told = by_client(entries);
    let bookings = bookings(ours);
    let charges = charges(ours, theirs);
    let mut wrong: Vec<String> = told.values().flat_map(|told| judge(told, &bookings, &charges)).collect();
    let known: BTreeSet<&str> = told.values().flat_map(|told| told.forms.keys().copied()).collect();
    let unknown = bookings.iter().filter(|(form, _)| !known.contains(form.as_str()));
    wrong.extend(unknown.map(|(form, booking)| format!("{booking:?} was made of form {form}, which nobody sent")));
    wrong.truncate(NAMED);
    wrong
}

fn by_client(entries: &[Entry]) -> BTreeMap<u32, Told<'_>> {
    let mut clients: BTreeMap<u32, Told> = BTreeMap::new();
    for entry in entries {
        let told = clients.entry(entry.client).or_default();
        let said = entry.answer.as_ref().map(|answer| &answer.said);
        match (&entry.ask, said) {
            (Ask::Hold { form, .. }, None) => {
                told.forms.entry(form).or_insert(None);
                told.unsure.insert(form);
            }
            (Ask::Hold { form, .. }, Some(said)) => {
                told.forms.insert(form, Some(said));
                if let Said::Held { reference } = said {
                    told.held.entry(form).or_default().insert(reference);
                }
            }
            (Ask::Page { reference }, Some(Said::Booking { state: State::Confirmed, .. })) => {
                told.confirmed.insert(reference);
            }
            (Ask::Pay { reference }, _) => {
                told.asked_to_pay.insert(reference);
            }
            (Ask::Cancel { reference }, _) => {
                told.asked_to_cancel.insert(reference);
            }
            _ => {}
        }
    }
    clients
}

fn judge(told: &Told, bookings: &BTreeMap<String, Booking>, charges: &BTreeMap<String, i64>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (form, last) in &told.forms {
        let made = bookings.get(*form);
        let references: Vec<_> = told.held.get(form).into_iter().flatten().copied().collect();
        match (&references[..], made, last) {
            ([reference], Some(booking), _) if booking.reference == *reference => {}
            ([], None, Some(_)) => {}
            // A sending that was stopped on its way arrived after another had been refused: its seats lapse.
            ([], Some(booking), Some(_)) if told.unsure.contains(form) && booking.status == "created" => {}
            ([], _, None) => wrong.push(format!("nobody ever told what became of form {form}: {made:?}")),
            _ => wrong.push(format!("form {form} was told of {references:?}, last {last:?}, and there is {made:?}")),
        }
    }
    let by_reference: BTreeMap<&str, &Booking> = told
        .forms
        .keys()
        .filter_map(|form| bookings.get(*form))
        .map(|made| (made.reference.as_str(), made))
        .collect();
    for reference in &told.confirmed {
        let charged = charges.get(*reference).copied().unwrap_or_default();
        let status = by_reference.get(reference).map(|booking| booking.status.as_str());
        let stands = match status {
            Some("confirmed") => true,
            Some("cancelled") => told.asked_to_cancel.contains(reference),
            _ => false,
        };
        if !stands || charged != 1 {
            wrong.push(format!("{reference} had tickets, was charged {charged} times, and is {status:?}"));
        }
    }
    let paid: Vec<_> = told.asked_to_pay.iter().map(|reference| charges.get(*reference).unwrap_or(&0)).collect();
    // Who buys makes one purchase, however often a form was sent.
    if paid.iter().copied().sum::<i64>() > 1 || told.asked_to_pay.len() > 1 {
        wrong.push(format!("a buyer of one purchase paid {paid:?} times for {:?}", told.asked_to_pay));
    }
    wrong
}

#[derive(Debug, QueryableByName)]
struct Booking {
    #[diesel(sql_type = Text)]
    form: String,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = Text)]
    status: String,
}

/// By their forms.
fn bookings(conn: &mut PgConnection) -> BTreeMap<String, Booking> {
    let query = "SELECT form_key::text AS form, reference, status FROM bookings";
    let bookings: Vec<Booking> = diesel::sql_query(query).load(conn).unwrap();
    let number = bookings.len();
    let by_form: BTreeMap<_, _> = bookings.into_iter().map(|booking| (booking.form.clone(), booking)).collect();
    assert_eq!(by_form.len(), number, "every form has a key of its own");
    by_form
}

/// How often the gateway has charged for a booking, by reference; what it calls the payment leads to the booking.
fn charges(ours: &mut PgConnection, theirs: &mut PgConnection) -> BTreeMap<String, i64> {
    #[derive(QueryableByName)]
    struct Pair {
        #[diesel(sql_type = Text)]
        payment: String,
        #[diesel(sql_type = Text)]
        reference: String,
    }
    let query =
        "SELECT p.id::text AS payment, b.reference FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id";
    let pairs: Vec<Pair> = diesel::sql_query(query).load(ours).unwrap();
    let references: BTreeMap<_, _> = pairs.into_iter().map(|pair| (pair.payment, pair.reference)).collect();
    let query = "SELECT s.client_reference_id AS payment, c.id AS reference FROM charges AS c
                 JOIN payment_intents AS i ON i.id = c.payment_intent_id
                 JOIN checkout_sessions AS s ON s.id = i.checkout_session_id WHERE c.status = 'succeeded'";
    let charged: Vec<Pair> = diesel::sql_query(query).load(theirs).unwrap();
    let mut charges = BTreeMap::new();
    for charge in charged {
        *charges.entry(references[&charge.payment].clone()).or_default() += 1;
    }
    charges
}
