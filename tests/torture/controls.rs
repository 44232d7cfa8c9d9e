//! What is wrong is seen: two holds of one client, and a journal in which it was told something else.

use crate::journal::{self, Answer, Ask, Clock, Entry, Said, State};
use crate::support::TestApp;
use crate::support::shows::on_sale;
use crate::verdict::violations;
use crate::visitor::{Wish, World};
use crate::watch::Watch;

/// What is said to be wrong when the client's journal is changed like this. Its last entries are two holds.
async fn wrong_after(change: impl FnOnce(&mut Vec<Entry>)) -> Vec<String> {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let (shows, watch) = (on_sale(conn, 2), Watch::default());
    let world = World::new(app.url.clone(), Clock::start(), &watch, &shows, 1);
    let (mut visitor, show) = (world.visitor(), shows[0].id.0);
    visitor.come(show).await;
    for seats in world.labels()[..4].chunks(2) {
        assert!(matches!(visitor.hold(show, seats).await, Wish::Held(_)));
    }
    visitor.leave();
    assert_eq!(watch.surprises(), [""; 0]);
    let mut entries = world.into_entries();
    change(&mut entries);
    let mut left = Vec::new();
    journal::write(&entries, &mut left).unwrap();
    assert_eq!(journal::read(&left[..]).unwrap(), entries, "what is left of a run can be read");
    violations(conn, &mut app.gateway_database.connect(), &entries)
}

fn last(entries: &mut [Entry]) -> &mut Entry {
    entries.last_mut().unwrap()
}

fn held(entry: &Entry) -> String {
    match &entry.answer {
        Some(Answer { said: Said::Held { reference }, .. }) => reference.clone(),
        other => panic!("{other:?}"),
    }
}

fn assert_named(wrong: &[String], what: &[&str]) {
    assert_eq!(wrong.len(), what.len(), "{wrong:?}");
    wrong.iter().zip(what).for_each(|(wrong, what)| assert!(wrong.contains(what), "{wrong}"));
}

#[actix_web::test]
async fn a_journal_that_tells_what_happened_is_beyond_reproach() {
    assert_named(&wrong_after(|_| {}).await, &[]);
}

#[actix_web::test]
async fn who_sends_an_unknown_hold_again_with_a_new_form_is_seen_to_have_two_bookings() {
    let wrong = wrong_after(|entries| {
        let number = entries.len();
        entries[number - 2].answer = None;
    });
    assert_named(&wrong.await, &["nobody ever told what became of form"]);
}

#[actix_web::test]
async fn an_acknowledged_hold_that_is_not_there_is_missed_and_so_is_one_that_nobody_asked_for() {
    let wrong = wrong_after(|entries| {
        let Ask::Hold { form, .. } = &mut last(entries).ask else { panic!() };
        *form = "another".to_owned();
    });
    assert_named(&wrong.await, &["and there is None", "which nobody sent"]);
}

#[actix_web::test]
async fn a_form_that_was_told_of_another_booking_is_noticed() {
    let wrong = wrong_after(|entries| {
        let at = last(entries).answer.as_ref().unwrap().at;
        last(entries).answer = Some(Answer { at, said: Said::Held { reference: "another".to_owned() } });
    });
    assert_named(&wrong.await, &["was told of"]);
}

#[actix_web::test]
async fn a_hold_that_was_refused_once_and_for_all_and_is_there_is_noticed() {
    let wrong = wrong_after(|entries| last(entries).answer.as_mut().unwrap().said = Said::Refused);
    assert_named(&wrong.await, &["was told of"]);
}

#[actix_web::test]
async fn tickets_that_were_seen_and_are_gone_are_missed() {
    let wrong = wrong_after(|entries| {
        let (hold, reference) = (last(entries).clone(), held(last(entries)));
        let said = Said::Booking { seats: Vec::new(), state: State::Confirmed };
        let answer = Some(Answer { at: hold.sent, said });
        entries.push(Entry { ask: Ask::Page { reference }, answer, number: hold.number + 1, ..hold });
    });
    assert_named(&wrong.await, &["had tickets, was charged 0 times"]);
}

#[actix_web::test]
async fn a_buyer_of_one_purchase_who_was_sent_to_pay_for_two_is_noticed() {
    let wrong = wrong_after(|entries| {
        let number = entries.len();
        let to_pay = entries[number - 2..].iter().map(|hold| {
            let ask = Ask::Pay { reference: held(hold) };
            Entry { ask, ..hold.clone() }
        });
        let to_pay: Vec<Entry> = to_pay.collect();
        entries.extend(to_pay);
    });
    assert_named(&wrong.await, &["a buyer of one purchase"]);
}
