//! Journals that are written down.

use super::crowd::play;
use crate::journal::{Ask, Clock, Journal, Said, read, write};

#[test]
fn what_is_written_down_is_read_again() {
    let entries = play(1, None);
    let mut lines = Vec::new();
    write(&entries, &mut lines).unwrap();
    assert_eq!(read(lines.as_slice()).unwrap(), entries);
}

#[test]
fn a_request_that_is_never_answered_keeps_its_place() {
    let mut journal = Journal::new(3, Clock::start());
    let first = journal.ask(Ask::Map { show: 1 });
    let _ = journal.ask(Ask::Map { show: 2 });
    journal.told(first, Said::Refused);
    let entries = journal.into_entries();
    let places: Vec<_> = entries.iter().map(|entry| (entry.client, entry.number, entry.answer.is_some())).collect();
    assert_eq!(places, [(3, 0, true), (3, 1, false)]);
    assert!(entries[0].sent <= entries[1].sent);
}
