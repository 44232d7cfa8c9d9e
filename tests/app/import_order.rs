//! Imports point one way: fronts → readers → verbs → nouns → ground.
//!
//! The compiler cannot say so within one crate, so this test reads what every source file names after `crate::`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The rooms, bottom up; on the ground also two macros, which are named like rooms. A room may name itself and what lies
/// below it; the exceptions are in [`may_import`].
const STOREYS: [(Storey, &[&str]); 7] = [
    (Storey::Ground, &["clock", "db", "fault", "ids", "ledger", "money", "schema", "statement", "text_enum"]),
    (Storey::Noun, &["accounts", "booking", "catalogue", "payment", "seating", "ticketing"]),
    (Storey::Verb, &["programme", "sale"]),
    (Storey::Reader, &["history"]),
    (Storey::Errand, &["errands"]),
    (Storey::Front, &["demo", "local_postgres", "mail", "settings", "web", "workers"]),
    (Storey::Commands, &["commands"]),
];

/// A separate product that shares the binary: it names nobody, and only its command starts it.
const GATEWAY: &str = "mock_gateway";

/// These name the rooms without living in one.
const MAPS: [&str; 2] = ["lib.rs", "main.rs"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Storey {
    Ground,
    Noun,
    Verb,
    Reader,
    Errand,
    Front,
    Commands,
}

fn storey(room: &str) -> Option<Storey> {
    STOREYS.iter().find(|(_, rooms)| rooms.contains(&room)).map(|(storey, _)| *storey)
}

/// Rooms on one storey do not name each other. Exceptions: the ground, the programme's verbs, which build on the sale's,
/// and whoever reads the settings. Readers tell and never act, so they pass by the verbs.
fn may_import(from: &str, to: &str) -> bool {
    if from == to {
        return true;
    }
    if from == GATEWAY || to == GATEWAY {
        return from == "commands";
    }
    match (storey(from), storey(to)) {
        (Some(Storey::Ground), Some(Storey::Ground)) => true,
        (Some(Storey::Reader), Some(Storey::Verb)) => false,
        // The house takes and gives back seats too, and there is one function for each.
        (Some(Storey::Verb), Some(Storey::Verb)) => (from, to) == ("programme", "sale"),
        // They name the rules of the sale, and whoever serves is told by them.
        (Some(Storey::Front), Some(Storey::Front)) => to == "settings",
        (Some(from), Some(to)) => to < from,
        _ => false,
    }
}

/// Every import that points the wrong way, as a sentence. Paths are relative to `src`.
fn violations<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources {
        if MAPS.contains(&path) {
            continue;
        }
        let room = path.split('/').next().unwrap_or(path).trim_end_matches(".rs");
        if room != GATEWAY && storey(room).is_none() {
            found.push(format!("{path}: the room `{room}` is not on the list; say on which storey it is"));
        }
        let named = rooms_named(text);
        found.extend(named.iter().filter(|to| !may_import(room, to)).map(|to| format!("{path}: {room} names {to}")));
    }
    found
}

/// What follows `crate::` anywhere outside comments: one room, or several in braces.
fn rooms_named(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join(" ");
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = code[at + "crate::".len()..].trim_start();
        match rest.strip_prefix('{') {
            Some(group) => rooms.extend(first_names(group)),
            None => rooms.extend([leading_name(rest)]),
        }
    }
    rooms.retain(|room| is_module_name(room));
    rooms
}

/// The first name of each branch of `a::b, c::{d, e}, f}`.
fn first_names(group: &str) -> Vec<String> {
    let mut names = vec![leading_name(group.trim_start())];
    let mut depth = 0;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(leading_name(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    names
}

fn leading_name(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

/// Macros and types at the crate's root are not rooms; nor is the end of a list.
fn is_module_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
}

fn read_sources(folder: &Path, root: &Path, sources: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, root, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            sources.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn imports_point_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    read_sources(&root, &root, &mut sources);
    assert!(sources.len() > 10, "the sources were not found");
    let found = violations(sources.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn each_wrong_way_is_found_in_a_made_up_tree() {
    let wrong = [
        ("db.rs", "use crate::booking::Booking;"),
        ("seating/show_seat.rs", "use crate::booking::Booking;"),
        ("booking/quote.rs", "use crate::{money::Money, sale::hold, ids};"),
        ("sale/hold.rs", "use crate::programme::schedule;"),
        ("sale/confirm.rs", "use crate::{\n    db,\n    web::{error, routes},\n};"),
        ("history/audit.rs", "fn fix() { crate::sale::cancel::cancel() }"),
        ("web/pay.rs", "use crate::mock_gateway::card;"),
        ("mail.rs", "use crate::web::routes;"),
        ("mock_gateway/page/mod.rs", "use crate::settings::Settings;"),
        ("popcorn/mod.rs", ""),
    ];
    for source in wrong {
        assert_eq!(violations([source]).len(), 1, "{source:?}");
    }
}

#[test]
fn each_right_way_passes_in_a_made_up_tree() {
    let right = [
        ("lib.rs", "pub use crate::web::app;"),
        ("db.rs", "use crate::ids::ShowId; // never crate::booking"),
        (
            "seating/show_seat.rs",
            "//! Unlike [`crate::booking`].\nuse crate::{db, schema::show_seats, seating::seat_map};",
        ),
        ("sale/hold.rs", "use crate::{booking::Booking, seating};"),
        ("programme/block_seats.rs", "use crate::sale::taking;"),
        ("history/why.rs", "use crate::ledger;\nuse crate::payment::Payment;"),
        ("web/shows.rs", "use crate::sale::hold;\nuse crate::history::timeline;\nuse crate::settings::Settings;"),
        ("commands/mock_gateway.rs", "use crate::mock_gateway::serve;"),
        ("commands/serve.rs", "use crate::web::app;\nuse crate::workers;"),
        ("mock_gateway/api/mod.rs", "use crate::mock_gateway::wire;"),
    ];
    assert_eq!(violations(right), Vec::<String>::new());
}
