use super::*;
use crate::demo::data::load;
use std::collections::{BTreeMap, BTreeSet};

/// A Wednesday, so that the week has a weekend in its middle.
fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 4).unwrap()
}

fn key(show: &PlannedShow) -> String {
    let PlannedShow { cinema, screen, movie, language, format, starts_at, occupancy_percent, .. } = show;
    format!("{} {} {} {language} {format} {starts_at} {occupancy_percent}", cinema.slug, screen.name, movie.slug)
}

#[test]
fn a_day_depends_on_its_date_alone() {
    let data = load().unwrap();
    let tomorrow = first().succ_opt().unwrap();
    let keys = |shows: Vec<PlannedShow>| shows.iter().map(key).collect::<Vec<_>>();
    let today = day(&data, first()).len();
    assert_eq!(
        keys(week(&data, first()))[today..],
        keys(week(&data, tomorrow))[..keys(week(&data, first())).len() - today]
    );
    assert_ne!(keys(day(&data, first())), keys(day(&data, tomorrow)));
}

#[test]
fn no_screen_is_used_twice_at_once() {
    let data = load().unwrap();
    for start in
        [first(), NaiveDate::from_ymd_opt(2025, 12, 29).unwrap(), NaiveDate::from_ymd_opt(2027, 2, 25).unwrap()]
    {
        let mut by_screen: BTreeMap<(&str, &str), Vec<PlannedShow>> = BTreeMap::new();
        for show in week(&data, start) {
            by_screen.entry((&show.cinema.slug, &show.screen.name)).or_default().push(show);
        }
        assert_eq!(by_screen.len(), 16, "every screen plays");
        for (screen, mut shows) in by_screen {
            shows.sort_by_key(|show| show.starts_at);
            for pair in shows.windows(2) {
                assert!(pair[0].free_at <= pair[1].starts_at, "{screen:?}: {} and {}", key(&pair[0]), key(&pair[1]));
            }
            assert!(shows.len() >= 7 * 3, "{screen:?} has only {} shows a week", shows.len());
        }
    }
}

#[test]
fn starts_are_those_of_a_cinema() {
    let data = load().unwrap();
    for show in week(&data, first()) {
        let (hour, minute) = (show.starts_at.hour(), show.starts_at.minute());
        assert!((9..=23).contains(&hour) && minute % 5 == 0, "{}", key(&show));
        assert!((hour, minute) >= (9, 45) && (hour, minute) <= (23, 0), "{}", key(&show));
        let next_business_day = show.starts_at.date().succ_opt().unwrap().and_hms_opt(6, 0, 0).unwrap();
        assert!(show.free_at <= next_business_day, "{}", key(&show));
        let minutes = (show.free_at - show.starts_at).num_minutes();
        let turnaround = show.cinema.turnaround;
        let around = turnaround.trailers + turnaround.interval + turnaround.cleaning;
        assert_eq!(minutes, i64::from(show.movie.running_minutes + around));
    }
}

#[test]
fn shows_are_what_movie_and_screen_can_do() {
    let data = load().unwrap();
    for show in week(&data, first()) {
        let key = key(&show);
        assert!(show.movie.languages.iter().any(|language| language == show.language), "{key}");
        assert!(show.movie.formats.iter().any(|format| format == show.format), "{key}");
        assert!(show.screen.formats.iter().any(|format| format == show.format), "{key}");
        let city = data.cities.iter().find(|city| city.slug == show.cinema.city).unwrap();
        let understood =
            show.language == "English" || city.languages.iter().any(|language| language == show.language);
        assert_eq!(show.subtitles.is_none(), understood, "{key}");
    }
}

#[test]
fn every_city_shows_most_movies_and_the_loved_ones_more_often() {
    let data = load().unwrap();
    let shows = week(&data, first());
    for city in &data.cities {
        let count = |movie: &MovieData| {
            shows.iter().filter(|show| show.cinema.city == city.slug && show.movie.slug == movie.slug).count()
        };
        let shown = data.movies.iter().filter(|movie| count(movie) > 0).count();
        assert!(shown * 100 >= data.movies.len() * 90, "{} shows {shown} of {}", city.name, data.movies.len());
        let average = |popularity: i32| {
            let movies: Vec<_> = data.movies.iter().filter(|movie| movie.popularity == popularity).collect();
            movies.iter().map(|movie| count(movie)).sum::<usize>() as f64 / movies.len() as f64
        };
        assert!(average(5) >= 2.0 * average(2), "{}: {} and {}", city.name, average(5), average(2));
    }
}

#[test]
fn one_cinema_spreads_a_movie_over_the_day() {
    let data = load().unwrap();
    let mut starts: BTreeMap<(&str, &str), Vec<NaiveDateTime>> = BTreeMap::new();
    for show in week(&data, first()) {
        starts.entry((&show.cinema.slug, &show.movie.slug)).or_default().push(show.starts_at);
    }
    for (what, mut starts) in starts {
        starts.sort();
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= TimeDelta::hours(1)), "{what:?} {starts:?}");
    }
}

#[test]
fn some_houses_are_full_and_most_have_room() {
    let data = load().unwrap();
    let shows = week(&data, first());
    for city in &data.cities {
        let here: Vec<_> = shows.iter().filter(|show| show.cinema.city == city.slug).collect();
        let share = |low: u8, high: u8| {
            let within = here.iter().filter(|show| (low..=high).contains(&show.occupancy_percent)).count();
            within * 100 / here.len()
        };
        assert!(here.iter().any(|show| show.occupancy_percent == 100), "{}: none sold out", city.name);
        assert!((5..=30).contains(&share(85, 99)), "{}: {} % nearly full", city.name, share(85, 99));
        assert!(share(10, 60) >= 60, "{}: {} % with room", city.name, share(10, 60));
    }
    let distinct: BTreeSet<_> = shows.iter().map(|show| show.occupancy_percent).collect();
    assert!(distinct.len() >= 40, "{distinct:?}");
}
