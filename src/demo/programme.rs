//! What the demo's cinemas show: a believable programme, made up from the data and the date alone.
//!
//! Each day depends on nothing but its date. So the same day is the same on every machine, and a demo that is filled
//! again tomorrow finds the days that it already has unchanged.

#[cfg(test)]
mod tests;

use super::data::{CinemaData, CityData, DemoData, MovieData, ScreenData, is_weekend};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Starts are announced in steps of five minutes.
const STEP_MINUTES: i64 = 5;
/// The earliest start of a day, 09:45, in minutes; each screen opens up to an hour later.
const OPENING_MINUTES: i64 = 9 * 60 + 45;
/// The latest start of a day, 23:00. The longest movie then ends before the business day does, at 06:00.
const LAST_START_HOUR: u32 = 23;
/// Two starts of one movie in one cinema are at least this far apart.
const APART_MINUTES: i64 = 60;
/// Turns below this come before a loved movie's second show of the day, so whoever has one is certain to be shown.
const EARLY_TURNS: i64 = 8;

/// One show of the demo.
#[derive(Debug, Clone)]
pub struct PlannedShow<'a> {
    pub cinema: &'a CinemaData,
    pub screen: &'a ScreenData,
    pub movie: &'a MovieData,
    /// Spoken language.
    pub language: &'a str,
    /// Language of the subtitles, where the audience needs them.
    pub subtitles: Option<&'static str>,
    /// `2D`, `3D` or `IMAX`.
    pub format: &'a str,
    /// In the cinema's time zone.
    pub starts_at: NaiveDateTime,
    /// When the screen is clean again, in the cinema's time zone.
    pub free_at: NaiveDateTime,
    /// How much of the house should be sold when the demo begins; 100 means sold out.
    pub occupancy_percent: u8,
}

/// The programme of seven business days from `first` on, in every city.
pub fn week(data: &DemoData, first: NaiveDate) -> Vec<PlannedShow<'_>> {
    first.iter_days().take(7).flat_map(|date| day(data, date)).collect()
}

/// The programme of one business day in every city, by city and start.
pub fn day(data: &DemoData, date: NaiveDate) -> Vec<PlannedShow<'_>> {
    data.cities.iter().flat_map(|city| CityDay::new(data, city, date).fill()).collect()
}

/// A screen and when it can start its next show.
struct OpenScreen<'a> {
    cinema: &'a CinemaData,
    screen: &'a ScreenData,
    next_start: NaiveDateTime,
}

/// One city's day while it is being filled, start by start.
struct CityDay<'a> {
    data: &'a DemoData,
    city: &'a CityData,
    date: NaiveDate,
    screens: Vec<OpenScreen<'a>>,
    shows: Vec<PlannedShow<'a>>,
    times_shown: HashMap<&'a str, i64>,
}

impl<'a> CityDay<'a> {
    fn new(data: &'a DemoData, city: &'a CityData, date: NaiveDate) -> Self {
        let cinemas = data.cinemas.iter().filter(|cinema| cinema.city == city.slug);
        let screens = cinemas.flat_map(|cinema| cinema.screens.iter().map(move |screen| (cinema, screen)));
        let screens = screens.map(|(cinema, screen)| {
            let steps = dice(&["opens", &cinema.slug, &screen.name], 13);
            let opens = OPENING_MINUTES + steps * STEP_MINUTES;
            OpenScreen { cinema, screen, next_start: date.and_time(NaiveTime::MIN) + TimeDelta::minutes(opens) }
        });
        Self { data, city, date, screens: screens.collect(), shows: Vec::new(), times_shown: HashMap::new() }
    }

    /// Always serves the screen that is free first, so that the whole city's day is spread over the movies.
    fn fill(mut self) -> Vec<PlannedShow<'a>> {
        let last_start = self.date.and_time(NaiveTime::MIN) + TimeDelta::hours(i64::from(LAST_START_HOUR));
        while let Some(index) = (0..self.screens.len()).min_by_key(|index| self.screens[*index].next_start) {
            let open = &self.screens[index];
            let movie = (open.next_start <= last_start).then(|| self.choose(open)).flatten();
            match movie {
                Some(movie) => self.add(index, movie),
                None => drop(self.screens.swap_remove(index)),
            }
        }
        self.shows.sort_by_key(|show| (show.starts_at, &show.cinema.slug, &show.screen.name));
        self.shows
    }

    /// The movie whose turn it is: the less it was shown today for its weight, the sooner; the dice decide near ties.
    fn choose(&self, open: &OpenScreen<'a>) -> Option<&'a MovieData> {
        let turn = |movie: &&MovieData| {
            let shown = self.times_shown.get(movie.slug.as_str()).copied().unwrap_or(0);
            if shown == 0 && self.is_its_day(movie) {
                return dice(&["hour", &self.city.slug, &movie.slug], EARLY_TURNS);
            }
            let chance = dice(&["turn", &self.date.to_string(), &self.city.slug, &movie.slug], 1_000);
            (1_000 * shown + 1 + chance) / self.weight(movie)
        };
        self.data.movies.iter().filter(|movie| self.suits(open, movie)).min_by_key(turn)
    }

    /// Once a week each movie has its day, on which it comes first, so that rarities are seen in every city.
    fn is_its_day(&self, movie: &MovieData) -> bool {
        (i64::from(self.date.num_days_from_ce()) + dice(&["its day", &self.city.slug, &movie.slug], 7)) % 7 == 0
    }

    /// How strongly a movie is asked for in this city.
    fn weight(&self, movie: &MovieData) -> i64 {
        let spoken = |language: &String| self.city.languages.iter().position(|spoken| spoken == language);
        let local = match movie.languages.iter().filter_map(spoken).min() {
            Some(0) => 4,
            Some(_) => 3,
            None => 2,
        };
        i64::from(movie.popularity * movie.popularity * local)
    }

    fn suits(&self, open: &OpenScreen<'a>, movie: &MovieData) -> bool {
        let hour = open.next_start.hour();
        let grown_up = movie.certificate == "A";
        let for_children = movie.genres.iter().any(|genre| genre == "Family" || genre == "Animation");
        let wrong_time = grown_up && hour < 12 || for_children && hour >= 21;
        let apart = TimeDelta::minutes(APART_MINUTES);
        let too_close = |show: &PlannedShow<'a>| {
            let same_screen = show.screen.name == open.screen.name;
            show.cinema.slug == open.cinema.slug
                && show.movie.slug == movie.slug
                && (open.next_start - show.starts_at < apart || same_screen && show.free_at > open.next_start - apart)
        };
        // The giant screen is kept for what was made for it.
        let made_for_it = !open.screen.formats.iter().any(|format| format == "IMAX")
            || movie.formats.iter().any(|format| format == "IMAX");
        let playable = movie.formats.iter().any(|format| open.screen.formats.contains(format));
        !wrong_time && made_for_it && playable && !self.shows.iter().any(too_close)
    }

    fn add(&mut self, index: usize, movie: &'a MovieData) {
        let OpenScreen { cinema, screen, next_start: starts_at } = self.screens[index];
        let seed = format!("{} {} {} {starts_at}", cinema.slug, screen.name, movie.slug);
        let language = self.language(movie, &seed);
        let needs_subtitles = language != "English" && !self.city.languages.iter().any(|spoken| spoken == language);
        let free_at = starts_at + cinema.turnaround.occupies(movie.running_minutes);
        self.screens[index].next_start =
            next_step(free_at) + TimeDelta::minutes(dice(&["pause", &seed], 4) * STEP_MINUTES);
        *self.times_shown.entry(&movie.slug).or_default() += 1;
        self.shows.push(PlannedShow {
            cinema,
            screen,
            movie,
            language,
            subtitles: needs_subtitles.then_some("English"),
            format: format(movie, screen, &seed),
            starts_at,
            free_at,
            occupancy_percent: occupancy_percent(movie, self.date, starts_at, &seed),
        });
    }

    /// Mostly the original, if the city speaks it; else mostly the version that the city speaks best.
    fn language(&self, movie: &'a MovieData, seed: &str) -> &'a str {
        let spoken = self.city.languages.iter();
        let versions: Vec<&'a String> =
            spoken.filter_map(|language| movie.languages.iter().find(|version| *version == language)).collect();
        let original = movie.original_language();
        match (versions.as_slice(), dice(&["language", seed], 10)) {
            ([], _) => original,
            (_, 0..=4) if versions.iter().any(|version| *version == original) => original,
            ([best, ..], 0..=7) => best,
            (versions, _) => versions[dice(&["version", seed], versions.len() as i64) as usize],
        }
    }
}

/// The grandest format that movie and screen share; a movie in 3D also plays flat now and then.
fn format<'a>(movie: &'a MovieData, screen: &ScreenData, seed: &str) -> &'a str {
    let shared =
        |wanted: &str| movie.formats.iter().find(|format| *format == wanted && screen.formats.contains(*format));
    let flat_today = dice(&["flat", seed], 3) == 0;
    let grand = shared("IMAX").or_else(|| if flat_today { None } else { shared("3D") });
    grand.or_else(|| shared("2D")).or_else(|| movie.formats.first()).map_or("2D", String::as_str)
}

/// Evenings, weekends and well-loved movies fill up; most other shows have room.
fn occupancy_percent(movie: &MovieData, date: NaiveDate, starts_at: NaiveDateTime, seed: &str) -> u8 {
    let evening = (18..=21).contains(&starts_at.hour());
    let loved = movie.popularity >= 4;
    let pull = i64::from(evening) + i64::from(is_weekend(date)) + i64::from(loved);
    let (sold_out, nearly_full) = (1 + pull, 4 + 6 * pull);
    let within = |low: i64, high: i64| low + dice(&["seats", seed], high - low + 1);
    let percent = match dice(&["house", seed], 100) {
        roll if roll < sold_out => 100,
        roll if roll < sold_out + nearly_full => within(85, 99),
        _ => within(10, 36 + 8 * pull),
    };
    u8::try_from(percent).unwrap_or(100)
}

/// The time itself or the next announced start after it.
fn next_step(time: NaiveDateTime) -> NaiveDateTime {
    let over = i64::from(time.minute()) % STEP_MINUTES;
    time + TimeDelta::minutes((STEP_MINUTES - over) % STEP_MINUTES)
}

/// A number from 0 up to but without `sides` that depends on nothing but the words.
fn dice(words: &[&str], sides: i64) -> i64 {
    let digest = Sha256::digest(words.join("/"));
    let number = digest.iter().take(4).fold(0, |number, byte| number << 8 | i64::from(*byte));
    number % sides.max(1)
}
