//! What is asked of a restored incident: the questions of `marquee replay`, `marquee audit` and the staff's why pages.

use crate::booking::{booking, reference};
use crate::catalogue::show;
use crate::clock::{self, Instant};
use crate::db::{Failure, snapshot};
use crate::history::audit::{self, audit};
use crate::history::incident::{Answers, Incident};
use crate::history::replay::{NoReplay, Replay, replay};
use crate::history::timeline::load::{of_booking, of_seat};
use crate::history::timeline::{Audience, Subject};
use crate::ids::ShowId;
use crate::seating::hall::Halls;
use crate::web::timeline::{self, MomentView};
use diesel::PgConnection;
use std::error::Error;
use std::time::Duration;

/// As long as `marquee audit` takes at most, unless it is told otherwise.
const AUDIT_WITHIN: Duration = Duration::from_secs(300);

/// What is to be told beside what always is.
pub struct Asked<'a> {
    pub at: Option<Instant>,
    pub booking: Option<&'a str>,
    pub seat: Option<&'a str>,
}

/// What was found.
pub struct Seen {
    /// Compared with the tables.
    pub replay: Replay,
    /// At the instant that was asked for.
    pub picture: Option<Replay>,
    pub as_exported: bool,
    pub walls: Vec<String>,
    pub audit: audit::Report,
    pub stories: Vec<Story>,
}

impl Seen {
    /// Whether nothing is wrong with the show. That an older program said something else is no fault of the show's.
    pub fn is_well(&self) -> bool {
        self.replay.agrees()
            && self.picture.as_ref().is_none_or(Replay::agrees)
            && self.walls.is_empty()
            && self.audit.broken() == 0
    }
}

/// The story of a booking or a seat, in the staff's words.
pub struct Story {
    /// `booking` or `seat`
    pub of: &'static str,
    pub name: String,
    pub moments: Vec<MomentView>,
}

pub fn look(
    conn: &mut PgConnection,
    incident: &Incident,
    walls: Vec<String>,
    asked: &Asked<'_>,
) -> Result<Seen, Box<dyn Error>> {
    let show = incident.show;
    let at_hand = |why| match why {
        NoReplay::UnknownShow => format!("the file does not have all that the show {show} needs"),
        NoReplay::InFuture => format!("--at is after the export, which was {}", incident.exported_at.to_rfc3339()),
    };
    let told = replay(conn, show, None)?.map_err(at_hand)?;
    let picture = match asked.at {
        Some(at) => Some(replay(conn, show, Some(at))?.map_err(at_hand)?),
        None => None,
    };
    let stories = snapshot(conn, |conn| stories(conn, show, asked))??;
    let audit = audit(conn, AUDIT_WITHIN)?;
    let as_exported = Answers::of(&told) == incident.answers;
    Ok(Seen { replay: told, picture, as_exported, walls, audit, stories })
}

fn stories(conn: &mut PgConnection, id: ShowId, asked: &Asked<'_>) -> Result<Result<Vec<Story>, String>, Failure> {
    let now = clock::now(conn)?;
    let Some(details) = show::details(conn, id)? else { return Ok(Err(format!("the file does not have show {id}"))) };
    let hall = Halls::default().get(conn, details.show.layout_id)?;
    let zone = details.cinema.time_zone.as_str();
    let mut stories = Vec::new();
    if let Some(text) = asked.booking {
        let named = reference::parse(text).map(|parsed| booking::find(conn, &parsed)).transpose()?.flatten();
        let Some(booking) = named else { return Ok(Err(format!("there is no booking {text} in the file"))) };
        let story = of_booking(conn, &booking, &hall, now)?;
        let moments = timeline::view(&story, Subject::Booking(booking.id), zone, Audience::Staff);
        stories.push(Story { of: "booking", name: booking.reference, moments });
    }
    if let Some(text) = asked.seat {
        let named = hall.places.iter().find(|place| place.label().eq_ignore_ascii_case(text));
        let Some(place) = named else { return Ok(Err(format!("the hall has no seat {text}"))) };
        let told = of_seat(conn, id, place.seat_id, &hall, now)?;
        let moments = timeline::view(&told.story, Subject::Seat(place.seat_id), zone, Audience::Staff);
        stories.push(Story { of: "seat", name: place.label(), moments });
    }
    Ok(Ok(stories))
}
