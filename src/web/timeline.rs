//! A timeline as its partial draws it: moments in the cinema's time, and the band of who had a seat when.

use super::page::{clock_time, local};
use crate::clock::Instant;
use crate::history::timeline::band::{Standing, Stretch};
use crate::history::timeline::load::Story;
use crate::history::timeline::{Audience, Names, Subject, Word, words};
use crate::ids::BookingId;
use chrono::SecondsFormat;

/// A moment, written out.
pub struct MomentView {
    /// Set on the first moment of a day.
    pub day: Option<String>,
    pub kind: &'static str,
    pub time: Piece,
    pub what: Vec<Piece>,
    pub details: Vec<Vec<Piece>>,
    pub who: String,
}

/// Text that may lead somewhere, or is an instant.
pub struct Piece {
    pub text: String,
    pub link: Option<String>,
    /// RFC 3339 with microseconds.
    pub instant: Option<String>,
}

/// Tells a story in the time of a zone (IANA name): to the second for staff, to the minute for customers.
pub fn view(story: &Story, subject: Subject, zone: &str, audience: Audience) -> Vec<MomentView> {
    let mut day_before = None;
    let mut views = Vec::new();
    for moment in words::moments(&story.happenings, &story.names, subject, audience) {
        let day = local(moment.at, zone).format("%A, %-d %B %Y").to_string();
        let pieces = |words: &[Word]| words.iter().map(|word| piece(word, zone, audience)).collect();
        views.push(MomentView {
            day: (day_before.as_ref() != Some(&day)).then(|| day.clone()),
            kind: moment.kind.as_str(),
            time: piece(&Word::Time(moment.at), zone, audience),
            what: pieces(&moment.what),
            details: moment.details.iter().map(|words| pieces(words)).collect(),
            who: moment.who,
        });
        day_before = Some(day);
    }
    views
}

fn piece(word: &Word, zone: &str, audience: Audience) -> Piece {
    let plain = |text: String| Piece { text, link: None, instant: None };
    match word {
        Word::Text(text) => plain(text.clone()),
        Word::Time(at) => Piece { instant: Some(exact(*at, zone)), ..plain(clock(*at, zone, audience)) },
        Word::Booking(reference) => {
            Piece { link: Some(format!("/admin/bookings/{reference}")), ..plain(reference.clone()) }
        }
        Word::Payment(id) => Piece { link: Some(format!("/admin/payments/{id}")), ..plain(id.to_string()) },
    }
}

/// `19:02:11` for staff, `7:02 pm` for customers.
fn clock(at: Instant, zone: &str, audience: Audience) -> String {
    let at = local(at, zone);
    match audience {
        Audience::Staff => at.format("%H:%M:%S").to_string(),
        Audience::Customer => clock_time(&at),
    }
}

/// `28 Nov 19:02:11`
fn dated(at: Instant, zone: &str) -> String {
    local(at, zone).format("%-d %b %H:%M:%S").to_string()
}

/// With microseconds and the zone's offset, as machines read it.
fn exact(at: Instant, zone: &str) -> String {
    local(at, zone).to_rfc3339_opts(SecondsFormat::Micros, false)
}

/// Who had a seat when, drawn from left to right. Widths are in percent of the whole and tell the order and roughly
/// the length: a hold of ten minutes stays in sight beside a day on sale.
pub struct Band {
    pub parts: Vec<BandPart>,
}

pub struct BandPart {
    pub x: String,
    pub middle: String,
    pub width: String,
    /// `free`, `held`, `sold` or `blocked`, for the style sheet.
    pub state: &'static str,
    /// What is said before the owner, if there is one.
    pub words: &'static str,
    /// What stands in it: a letter for each booking, in order of appearance.
    pub mark: String,
    pub from: Piece,
    /// None while it lasts.
    pub until: Option<Piece>,
    pub lasted: String,
    pub owner: Option<Piece>,
}

impl Band {
    pub fn new(stretches: &[Stretch], names: &Names, zone: &str) -> Self {
        let total: f64 = stretches.iter().map(weight).sum();
        let mut owners: Vec<BookingId> = Vec::new();
        let mut x = 0.0;
        let last = stretches.len().saturating_sub(1);
        let parts = stretches.iter().enumerate().map(|(place, stretch)| {
            let width = weight(stretch) / total * 100.0;
            let owner = owner(stretch.standing);
            let (state, words) = told(stretch.standing);
            let time = |at| Piece { text: dated(at, zone), ..piece(&Word::Time(at), zone, Audience::Staff) };
            let same_day = local(stretch.from, zone).date_naive() == local(stretch.until, zone).date_naive();
            let until =
                if same_day { piece(&Word::Time(stretch.until), zone, Audience::Staff) } else { time(stretch.until) };
            let part = BandPart {
                x: percent(x),
                middle: percent(x + width / 2.0),
                width: percent(width),
                state,
                words,
                mark: owner.filter(|_| width > 4.0).map(|id| mark(id, &mut owners)).unwrap_or_default(),
                from: time(stretch.from),
                until: (place < last).then_some(until),
                lasted: lasted(stretch),
                owner: owner.map(|id| booking(id, names, zone)),
            };
            x += width;
            part
        });
        Self { parts: parts.collect() }
    }

    /// In one sentence, for whoever does not see it.
    pub fn spoken(&self) -> String {
        let said = self.parts.iter().map(|part| {
            let owner = part.owner.as_ref().map(|owner| format!(" {}", owner.text)).unwrap_or_default();
            format!("{}{owner} from {}", part.words, part.from.text)
        });
        said.collect::<Vec<_>>().join(", ")
    }
}

/// For the style sheet, and for whoever reads.
fn told(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Free => ("free", "free"),
        Standing::Held(_) => ("held", "held by"),
        Standing::Sold(_) => ("sold", "sold to"),
        Standing::KeptBack => ("blocked", "kept back"),
    }
}

fn owner(standing: Standing) -> Option<BookingId> {
    match standing {
        Standing::Held(id) | Standing::Sold(id) => Some(id),
        Standing::Free | Standing::KeptBack => None,
    }
}

fn booking(id: BookingId, names: &Names, zone: &str) -> Piece {
    match names.bookings.get(&id) {
        Some(name) => piece(&Word::Booking(name.reference.clone()), zone, Audience::Staff),
        None => Piece { text: format!("booking {id}"), link: None, instant: None },
    }
}

/// `A`, `B`, .. and numbers when the letters are used up.
fn mark(id: BookingId, owners: &mut Vec<BookingId>) -> String {
    let place = owners.iter().position(|known| *known == id).unwrap_or_else(|| {
        owners.push(id);
        owners.len() - 1
    });
    match u8::try_from(place) {
        Ok(place @ 0..26) => char::from(b'A' + place).to_string(),
        _ => (place + 1).to_string(),
    }
}

/// Grows with the length, much slower than it.
fn weight(stretch: &Stretch) -> f64 {
    let seconds = (stretch.until - stretch.from).num_seconds().max(0) as f64;
    1.0 + (1.0 + seconds / 30.0).ln()
}

fn percent(share: f64) -> String {
    format!("{share:.2}%")
}

/// `10 min 4 s`
fn lasted(stretch: &Stretch) -> String {
    let seconds = (stretch.until - stretch.from).num_seconds().max(0);
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, seconds) => format!("{seconds} s"),
        (0, 0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (0, hours, minutes, _) => format!("{hours} h {minutes} min"),
        (days, hours, ..) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeDelta, TimeZone, Utc};

    #[test]
    fn staff_read_the_second_and_customers_the_minute_in_the_cinemas_time() {
        let at = Utc.with_ymd_and_hms(2026, 11, 28, 13, 32, 11).unwrap() + TimeDelta::microseconds(42);
        let said = |audience| piece(&Word::Time(at), "Asia/Kolkata", audience);
        assert_eq!(said(Audience::Staff).text, "19:02:11");
        assert_eq!(said(Audience::Customer).text, "7:02 pm");
        assert_eq!(said(Audience::Staff).instant.unwrap(), "2026-11-28T19:02:11.000042+05:30");
    }

    #[test]
    fn the_band_fills_its_width_and_each_owner_keeps_a_letter() {
        let start = Utc.with_ymd_and_hms(2026, 11, 28, 13, 0, 0).unwrap();
        let standings = [
            Standing::Free,
            Standing::Held(BookingId(7)),
            Standing::Free,
            Standing::Held(BookingId(9)),
            Standing::Sold(BookingId(9)),
        ];
        let stretches: Vec<Stretch> = standings
            .iter()
            .zip(0..)
            .map(|(standing, place)| Stretch {
                from: start + TimeDelta::minutes(10 * place),
                until: start + TimeDelta::minutes(10 * place + 10),
                standing: *standing,
            })
            .collect();
        let band = Band::new(&stretches, &Names::default(), "Asia/Kolkata");
        let marks: Vec<&str> = band.parts.iter().map(|part| part.mark.as_str()).collect();
        assert_eq!(marks, ["", "A", "", "B", "B"]);
        let widths: f64 =
            band.parts.iter().map(|part| part.width.trim_end_matches('%').parse::<f64>().unwrap()).sum();
        assert!((widths - 100.0).abs() < 0.1, "{widths}");
        assert!(band.parts[4].until.is_none(), "the last one lasts");
        assert_eq!(band.parts[1].lasted, "10 min 0 s");
    }
}
