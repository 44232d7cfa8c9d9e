use super::*;
use crate::catalogue::plan::SeatKind;
use std::collections::{BTreeSet, HashSet};
use std::hash::Hash;

const LANGUAGES: [&str; 15] = [
    "Bengali",
    "Cantonese",
    "English",
    "French",
    "Gujarati",
    "Hindi",
    "Japanese",
    "Kannada",
    "Korean",
    "Malayalam",
    "Marathi",
    "Persian",
    "Tamil",
    "Telugu",
    "Urdu",
];
const GENRES: [&str; 17] = [
    "Action",
    "Adventure",
    "Animation",
    "Comedy",
    "Crime",
    "Drama",
    "Epic",
    "Family",
    "Fantasy",
    "Horror",
    "Musical",
    "Mystery",
    "Period",
    "Romance",
    "Science fiction",
    "Sport",
    "Thriller",
];
const CERTIFICATES: [&str; 5] = ["U", "UA7", "UA13", "UA16", "A"];
const FORMATS: [&str; 3] = ["2D", "3D", "IMAX"];

fn data() -> DemoData {
    load().unwrap()
}

fn assert_unique<T: Hash + Eq + std::fmt::Debug>(what: &str, items: impl IntoIterator<Item = T>) {
    let mut seen = HashSet::new();
    for item in items {
        let text = format!("{item:?}");
        assert!(seen.insert(item), "{what} {text} occurs twice");
    }
}

fn assert_slug(slug: &str) {
    let plain = slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    assert!(plain && !slug.is_empty() && !slug.starts_with('-') && !slug.ends_with('-'), "{slug:?} is no slug");
}

fn assert_text(what: &str, text: &str, longest: usize) {
    let length = text.chars().count();
    assert!(text.trim() == text && (1..=longest).contains(&length), "{what} {text:?} is {length} characters long");
}

#[test]
fn movies_are_many_and_each_is_there_once() {
    let movies = data().movies;
    assert!(movies.len() >= 32, "only {} movies", movies.len());
    assert_unique("slug", movies.iter().map(|movie| &movie.slug));
    assert_unique("title and year", movies.iter().map(|movie| (&movie.title, movie.year)));
    assert_unique("synopsis", movies.iter().map(|movie| &movie.synopsis));
}

#[test]
fn movies_are_within_their_ranges() {
    for movie in data().movies {
        let title = &movie.title;
        assert_slug(&movie.slug);
        assert_text("title", title, 60);
        assert_text("director", &movie.director, 60);
        assert_text("synopsis", &movie.synopsis, 160);
        assert!(movie.synopsis.ends_with('.'), "{title}: a synopsis is a sentence");
        assert!((1913..=2025).contains(&movie.year), "{title}: {}", movie.year);
        assert!((60..=240).contains(&movie.running_minutes), "{title}: {} minutes", movie.running_minutes);
        assert!((1..=5).contains(&movie.popularity), "{title}: popularity {}", movie.popularity);
        assert!(CERTIFICATES.contains(&movie.certificate.as_str()), "{title}: {}", movie.certificate);
    }
}

#[test]
fn movies_use_the_words_of_the_lists() {
    for movie in data().movies {
        let title = &movie.title;
        let lists = [("language", &movie.languages), ("genre", &movie.genres), ("format", &movie.formats)];
        for (what, words) in lists {
            assert!(!words.is_empty(), "{title} has no {what}");
            assert_unique(what, words);
        }
        assert!(
            movie.languages.iter().all(|word| LANGUAGES.contains(&word.as_str())),
            "{title}: {:?}",
            movie.languages
        );
        assert!(movie.genres.iter().all(|word| GENRES.contains(&word.as_str())), "{title}: {:?}", movie.genres);
        assert!(movie.genres.len() <= 3, "{title}: {:?}", movie.genres);
        assert!(movie.formats.iter().all(|word| FORMATS.contains(&word.as_str())), "{title}: {:?}", movie.formats);
    }
}

#[test]
fn indian_cinema_is_well_represented() {
    let movies = data().movies;
    let made_in = |language: &str| movies.iter().filter(|movie| movie.original_language() == language).count();
    for (language, at_least) in
        [("Hindi", 8), ("Tamil", 3), ("Telugu", 3), ("Malayalam", 4), ("Kannada", 3), ("Bengali", 2), ("Marathi", 2)]
    {
        assert!(made_in(language) >= at_least, "only {} movies in {language}", made_in(language));
    }
    let certificates: BTreeSet<_> = movies.iter().map(|movie| movie.certificate.as_str()).collect();
    assert_eq!(certificates.len(), CERTIFICATES.len(), "every certificate should occur");
    let genres: BTreeSet<_> = movies.iter().map(|movie| movie.genres[0].as_str()).collect();
    assert!(genres.len() >= 10, "the posters need variety, but the main genres are {genres:?}");
}

#[test]
fn cities_and_cinemas_are_enough_and_each_is_there_once() {
    let data = data();
    assert_eq!(data.cities.len(), 3);
    assert!(data.cinemas.len() >= 6);
    assert!(data.cinemas.iter().map(|cinema| cinema.screens.len()).sum::<usize>() >= 14);
    assert_unique("city", data.cities.iter().map(|city| &city.slug));
    assert_unique("cinema", data.cinemas.iter().map(|cinema| &cinema.slug));
    assert_unique("cinema", data.cinemas.iter().map(|cinema| &cinema.name));
    for city in &data.cities {
        assert_slug(&city.slug);
        assert_unique("language", &city.languages);
        assert!(city.languages.iter().all(|word| LANGUAGES.contains(&word.as_str())), "{:?}", city.languages);
        let cinemas = data.cinemas.iter().filter(|cinema| cinema.city == city.slug).count();
        assert!(cinemas >= 2, "{} has {cinemas} cinemas", city.name);
    }
    for cinema in &data.cinemas {
        assert_slug(&cinema.slug);
        assert_text("address", &cinema.address, 100);
        assert!(data.cities.iter().any(|city| city.slug == cinema.city), "{} is in no city", cinema.name);
        assert!(cinema.time_zone.parse::<chrono_tz::Tz>().is_ok(), "{}: {}", cinema.name, cinema.time_zone);
        assert_eq!(cinema.currency, "INR");
        assert_unique("screen", cinema.screens.iter().map(|screen| &screen.name));
        let Turnaround { trailers, interval, cleaning } = cinema.turnaround;
        for (minutes, range) in [(trailers, 5..=20), (interval, 10..=20), (cleaning, 15..=30)] {
            assert!(range.contains(&minutes), "{}: {:?}", cinema.name, cinema.turnaround);
        }
    }
}

#[test]
fn every_plan_parses_and_counts_as_promised() {
    let data = data();
    let screens = || data.cinemas.iter().flat_map(|cinema| &cinema.screens);
    assert_unique("plan", screens().map(|screen| &screen.plan));
    let named: BTreeSet<_> = screens().map(|screen| screen.plan.as_str()).collect();
    assert_eq!(named, PLANS.iter().map(|(name, _)| *name).collect(), "a plan is named by no screen");
    for screen in screens() {
        let plan = screen.plan().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(plan.seats.len(), screen.seats, "{}", screen.plan);
        assert_eq!(Plan::parse(&plan.to_string()).unwrap(), plan, "{}", screen.plan);
        let remark = PLANS.iter().find(|(name, _)| *name == screen.plan).unwrap().1.lines().next().unwrap();
        assert!(remark.contains(&format!("{} seats", screen.seats)), "{}: {remark}", screen.plan);
        let bays = plan.seats.iter().filter(|seat| seat.kind == SeatKind::Wheelchair).count();
        assert!(bays >= 1, "{} has no wheelchair bay", screen.plan);
        assert!(screen.formats.iter().all(|word| FORMATS.contains(&word.as_str())), "{:?}", screen.formats);
    }
}

#[test]
fn the_promised_halls_are_there() {
    let data = data();
    let hall = |seats: usize| {
        let screen = data.cinemas.iter().flat_map(|cinema| &cinema.screens).find(|screen| screen.seats == seats);
        screen.unwrap_or_else(|| panic!("no hall of {seats}")).clone()
    };
    let count = |plan: &Plan, kind| plan.seats.iter().filter(|seat| seat.kind == kind).count();
    assert!(count(&hall(60).plan().unwrap(), SeatKind::Sofa) >= 30);
    hall(180).plan().unwrap();
    let three_zones = hall(320).plan().unwrap();
    assert_eq!(three_zones.zones.len(), 3);
    assert!(count(&three_zones, SeatKind::Wheelchair) >= 4);
    assert!(count(&three_zones, SeatKind::Companion) >= 4);
    assert!(hall(450).formats.contains(&"IMAX".to_owned()));
}

#[test]
fn every_zone_is_priced_within_reason() {
    let data = data();
    let mut all = Vec::new();
    for cinema in &data.cinemas {
        let mut zones = BTreeSet::new();
        for screen in &cinema.screens {
            let plan = screen.plan().unwrap();
            zones.extend(plan.zones.iter().map(|zone| zone.code.clone()));
            let adult = |zone: &str| cinema.prices[zone].weekday.adult;
            assert!(plan.zones.is_sorted_by_key(|zone| adult(&zone.code)), "{}: cheapest zone first", screen.plan);
        }
        assert_eq!(zones, cinema.prices.keys().cloned().collect(), "zones and prices of {}", cinema.name);
        for (zone, prices) in &cinema.prices {
            for (weekday, weekend) in [
                (prices.weekday.adult, prices.weekend.adult),
                (prices.weekday.child, prices.weekend.child),
                (prices.weekday.senior, prices.weekend.senior),
            ] {
                assert!(weekday < weekend, "{} {zone}: the weekend costs more", cinema.name);
                all.extend([weekday, weekend]);
            }
            for levels in [prices.weekday, prices.weekend] {
                assert!((12_000..=65_000).contains(&levels.adult), "{} {zone}: {levels:?}", cinema.name);
                assert!(levels.child < levels.senior && levels.senior < levels.adult, "{} {zone}", cinema.name);
            }
        }
        for (format, surcharge) in &cinema.surcharge {
            assert!(
                FORMATS.contains(&format.as_str()) && (1_000..=10_000).contains(surcharge),
                "{format} {surcharge}"
            );
        }
    }
    assert!(all.iter().all(|price| (8_000..=65_000).contains(price) && price % 500 == 0));
    let band_limit = 10_000; // The lower GST rate holds up to 100 rupees.
    assert!(all.iter().any(|price| *price <= band_limit) && all.iter().any(|price| *price > band_limit));
}

#[test]
fn prices_follow_the_day_and_the_format() {
    let data = data();
    let prism = data.cinemas.iter().find(|cinema| cinema.slug == "prism-cineplex").unwrap();
    let friday = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
    let price = |day, format| prism.price_levels("classic", day, format).unwrap().adult;
    assert_eq!(price(friday, "2D"), prism.prices["classic"].weekday.adult);
    assert_eq!(price(friday.succ_opt().unwrap(), "2D"), prism.prices["classic"].weekend.adult);
    assert_eq!(price(friday, "IMAX") - price(friday, "2D"), prism.surcharge["IMAX"]);
    assert_eq!(prism.price_levels("throne", friday, "2D"), None);
}
