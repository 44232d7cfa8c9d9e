//! What an incident came to, for machines: `marquee incident replay --help` explains the fields.

use super::look::{Seen, Story};
use super::text::said;
use crate::commands::replay;
use crate::history::incident::Incident;
use serde_json::{Value, json};

pub fn of(incident: &Incident, seen: &Seen) -> Value {
    json!({
        "show": incident.show,
        "exported_at": incident.exported_at,
        "marquee": incident.marquee,
        "as_exported": seen.as_exported,
        "walls": seen.walls,
        "replay": replay::json::of(&seen.replay),
        "picture": seen.picture.as_ref().map(replay::json::of),
        "audit": seen.audit.json(),
        "stories": seen.stories.iter().map(story).collect::<Vec<_>>(),
    })
}

fn story(story: &Story) -> Value {
    let moments = story.moments.iter().map(|moment| {
        json!({
            "at": moment.time.instant,
            "what": said(&moment.what),
            "details": moment.details.iter().map(|part| said(part)).collect::<Vec<_>>(),
            "who": moment.who,
        })
    });
    json!({ "of": story.of, "name": story.name, "moments": moments.collect::<Vec<_>>() })
}
