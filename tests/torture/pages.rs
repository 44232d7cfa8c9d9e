//! What the pages say, read by their marks. The crowds read tens of thousands of pages, so there is no parser of HTML here.

use crate::journal::{Map, Seat, State};

/// Seats by their labels: `A1` is the first.
pub struct Labels<'a>(pub &'a [Seat]);

impl Labels<'_> {
    /// Of a house with rows of ten.
    fn seat(&self, label: &str) -> Option<Seat> {
        let (row, number) = (label.chars().next()?, label.get(1..)?.parse::<usize>().ok()?);
        let row = "ABCD".find(row)?;
        self.0.get(row * 10 + number.checked_sub(1)?).copied()
    }
}

/// What stands between two marks, the first time.
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let rest = text.split_once(before)?.1;
    Some(rest.split_once(after)?.0)
}

/// The value of a hidden field.
pub fn field(body: &str, name: &str) -> Option<String> {
    between(body, &format!("name=\"{name}\" value=\""), "\"").map(str::to_owned)
}

/// The seats of a map by their look.
pub fn map(body: &str) -> Map {
    let mut map = Map::default();
    for drawn in body.split("class=\"seat ").skip(1) {
        let tag = drawn.split_once('>').map_or(drawn, |(tag, _)| tag);
        let Some(id) = between(tag, "id=\"seat-", "\"").or(between(tag, "id=\"taken-", "\"")) else { continue };
        let (Ok(seat), Some(look)) = (id.parse(), tag.split([' ', '"']).next()) else { continue };
        match look {
            "available" => map.available.push(seat),
            "yours" => map.yours.push(seat),
            "locked" => map.locked.push(seat),
            "booked" => map.booked.push(seat),
            "blocked" => map.blocked.push(seat),
            other => panic!("a seat that looks {other}"),
        }
    }
    map
}

/// The seats that just went.
pub fn lost(body: &str, labels: &Labels) -> Vec<Seat> {
    let title = between(body, "id=\"refusal\">", "just went</h2>").and_then(|title| title.split_once("<h2>"));
    let named = title.map(|(_, named)| named.trim().split(", ")).into_iter().flatten();
    named.filter_map(|label| labels.seat(label)).collect()
}

/// How a booking stands and which seats its page names. None: it says something else.
pub fn booking(body: &str, labels: &Labels) -> Option<(Vec<Seat>, State)> {
    let seconds_left = || between(body, "data-seconds-left=\"", "\"").and_then(|seconds| seconds.parse().ok());
    let state = match between(body, "<h1>", "</h1>")?.trim() {
        "Almost yours" => State::Held { seconds_left: seconds_left() },
        "Waiting for your payment" | "The time to pay has run out" => State::Held { seconds_left: None },
        "Enjoy the show" => State::Confirmed,
        "Booking cancelled" => State::Cancelled,
        "This booking has expired" => State::Expired,
        "These seats could not be booked" => State::NotBought,
        _ => return None,
    };
    let named: Vec<&str> = match state {
        State::Confirmed => body.split("<span>Seat</span> <strong>").skip(1).collect(),
        _ => between(body, "class=\"seat-labels\">", "</p>")?.split("<span class=\"badge\">").skip(1).collect(),
    };
    let labelled = named.into_iter().filter_map(|rest| labels.seat(rest.split_once('<')?.0));
    Some((labelled.collect(), state))
}
