//! What an incident came to, for people.

use super::look::{Seen, Story};
use crate::commands::replay;
use crate::history::incident::Incident;
use crate::web::timeline::Piece;
use chrono::SecondsFormat;
use std::io::{self, Write};

pub fn write(out: &mut impl Write, incident: &Incident, seen: &Seen) -> io::Result<()> {
    let exported = incident.exported_at.with_timezone(&seen.replay.facts.zone);
    let exported = exported.to_rfc3339_opts(SecondsFormat::Micros, false);
    writeln!(out, "Exported {exported} by marquee {}", incident.marquee)?;
    match &seen.picture {
        Some(picture) => {
            replay::text::write(out, picture)?;
            writeln!(out, "\nAt the export:")?;
            replay::text::verdict(out, &seen.replay)?;
        }
        None => replay::text::write(out, &seen.replay)?,
    }
    writeln!(out, "{}", if seen.as_exported { AS_EXPORTED } else { OTHERWISE })?;
    for wall in &seen.walls {
        writeln!(out, "BROKEN WALL  {wall}: the rows break this rule of the schema")?;
    }
    writeln!(out, "\n{}", seen.audit)?;
    seen.stories.iter().try_for_each(|told| story(out, told))
}

const AS_EXPORTED: &str = "Where the file is from, the answer was the same.";
const OTHERWISE: &str = "NOT AS EXPORTED: where the file is from, other rows and columns were named; its version differs, or it \
                         was changed.";

fn story(out: &mut impl Write, story: &Story) -> io::Result<()> {
    writeln!(out, "\nThe story of {} {}", story.of, story.name)?;
    for moment in &story.moments {
        if let Some(day) = &moment.day {
            writeln!(out, "  {day}")?;
        }
        let who = if moment.who.is_empty() { String::new() } else { format!("  ({})", moment.who) };
        writeln!(out, "    {}  {}{who}", moment.time.text, said(&moment.what))?;
        for part in &moment.details {
            writeln!(out, "              {}", said(part))?;
        }
    }
    Ok(())
}

/// A sentence without its links.
pub fn said(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}
