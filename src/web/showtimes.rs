//! Days and showtimes, as the pages of a movie and of a cinema show them.

use super::page::{clock_time, local};
use crate::booking::quote;
use crate::catalogue::business_day;
use crate::catalogue::listing::ListedShow;
use crate::catalogue::show::Format;
use crate::clock::Instant;
use crate::ids::ShowId;
use crate::money::Money;
use crate::sale::SalePolicy;
use crate::seating::availability::{Availability, Level};
use chrono::{Days, NaiveDate};
use std::collections::{BTreeSet, HashMap};

/// Days that a page offers, today among them.
const DAYS: u64 = 7;

/// The business day of a show, where its cinema is.
pub fn day_of(show: &ListedShow) -> NaiveDate {
    business_day::of(local(show.starts_at, &show.cinema.time_zone).naive_local())
}

/// The days ahead of a programme, and the one that is looked at.
pub struct Week {
    /// The business day that it is now.
    pub today: NaiveDate,
    pub chosen: NaiveDate,
    with_shows: BTreeSet<NaiveDate>,
    /// What the calendar says: after midnight the business day is still the evening's.
    calendar: NaiveDate,
}

impl Week {
    /// `asked` is a day as the URL names it; what is no day of this week falls back to the first with shows.
    pub fn new(shows: &[ListedShow], asked: &str, now: Instant, time_zone: &str) -> Self {
        let here = local(now, time_zone).naive_local();
        let today = business_day::of(here);
        let is_ahead = |day: &NaiveDate| *day >= today && *day < today + Days::new(DAYS);
        let with_shows: BTreeSet<NaiveDate> = shows.iter().map(day_of).filter(is_ahead).collect();
        let first = with_shows.first().copied().unwrap_or(today);
        let chosen = asked.parse().ok().filter(is_ahead).unwrap_or(first);
        Self { today, chosen, with_shows, calendar: here.date() }
    }

    /// The next day with shows after the chosen one, else the first.
    pub fn next_with_shows(&self) -> Option<Day> {
        let later = self.with_shows.range(self.chosen..).chain(&self.with_shows);
        later.copied().find(|date| *date != self.chosen).map(|date| self.day(date))
    }

    pub fn days(&self) -> Vec<Day> {
        self.today.iter_days().take(DAYS as usize).map(|date| self.day(date)).collect()
    }

    /// The chosen day's: `Saturday`
    pub fn weekday(&self) -> String {
        self.day(self.chosen).weekday()
    }

    fn day(&self, date: NaiveDate) -> Day {
        let (chosen, has_shows) = (date == self.chosen, self.with_shows.contains(&date));
        Day { date, chosen, has_shows, name: self.name(date) }
    }

    fn name(&self, date: NaiveDate) -> String {
        match date {
            _ if date == self.calendar => "Today".to_owned(),
            _ if date == self.today => "Tonight".to_owned(),
            _ => date.format("%a").to_string(),
        }
    }
}

/// A day to pick.
pub struct Day {
    pub date: NaiveDate,
    pub chosen: bool,
    pub has_shows: bool,
    /// `Today` or `Sat`
    pub name: String,
}

impl Day {
    /// `28`
    pub fn number(&self) -> String {
        self.date.format("%-d").to_string()
    }

    /// `Nov`
    pub fn month(&self) -> String {
        self.date.format("%b").to_string()
    }

    /// `Saturday`
    pub fn weekday(&self) -> String {
        self.date.format("%A").to_string()
    }
}

/// Shows in one language and format, by start.
pub struct VersionGroup {
    pub language: String,
    pub format: Format,
    pub subtitles: Option<String>,
    pub shows: Vec<Showtime>,
}

/// A show to click on.
pub struct Showtime {
    pub id: ShowId,
    /// `7:30 pm`, where the cinema is.
    pub time: String,
    /// RFC 3339, for machines.
    pub starts_at: String,
    /// The weekday, for a show after midnight, which the evening before is named for.
    pub early_hours_of: Option<String>,
    pub screen: String,
    /// `₹180`: an adult in the cheapest zone.
    pub price_from: Option<String>,
    pub level: Level,
}

impl Showtime {
    fn new(show: &ListedShow, free: &HashMap<ShowId, Availability>) -> Self {
        let starts = local(show.starts_at, &show.cinema.time_zone);
        let is_next_day = starts.date_naive() != day_of(show);
        Self {
            id: show.id,
            time: clock_time(&starts),
            starts_at: starts.to_rfc3339(),
            early_hours_of: is_next_day.then(|| starts.format("%a").to_string()),
            screen: show.screen.clone(),
            price_from: show.price_from.map(|price| Money::new(price, &show.currency).brief()),
            level: free.get(&show.id).copied().unwrap_or_default().level(),
        }
    }

    /// The badge's class and words.
    pub fn badge(&self) -> (&'static str, &'static str) {
        match self.level {
            Level::Plenty => ("plenty", "Plenty of seats"),
            Level::FillingFast => ("filling", "Filling fast"),
            Level::AlmostFull => ("almost", "Almost full"),
            Level::SoldOut => ("soldout", "Sold out"),
        }
    }
}

/// Groups shows by language, format and subtitles, keeping their order.
pub fn by_version<'a>(
    shows: impl IntoIterator<Item = &'a ListedShow>,
    free: &HashMap<ShowId, Availability>,
) -> Vec<VersionGroup> {
    let mut groups: Vec<VersionGroup> = Vec::new();
    for show in shows {
        let showtime = Showtime::new(show, free);
        let group = groups.iter_mut().find(|group| {
            group.language == show.language && group.format == show.format && group.subtitles == show.subtitles
        });
        match group {
            Some(group) => group.shows.push(showtime),
            None => groups.push(VersionGroup {
                language: show.language.clone(),
                format: show.format,
                subtitles: show.subtitles.clone(),
                shows: vec![showtime],
            }),
        }
    }
    groups
}

/// What comes on top of the prices shown: `₹35.40`, tax included, per ticket. None when nothing does.
pub fn fee_per_ticket(policy: &SalePolicy, now: Instant, shows: &[ListedShow]) -> Option<String> {
    let fee = policy.fee.per_ticket + quote::fee_tax(policy.fee.per_ticket, now);
    shows.first().filter(|_| fee > 0).map(|show| Money::new(fee, &show.currency).to_string())
}
