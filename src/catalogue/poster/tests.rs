use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

const GENRES: [&str; 18] = [
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
    "Something new",
];
const TITLES: [&str; 6] = [
    "RRR",
    "Manichitrathazhu",
    "The Long Way to the Sea",
    "96",
    "Singin' in the Rain",
    "Spider-Man: Into the Spider-Verse",
];

/// A poster of every title in every genre.
fn posters() -> Vec<String> {
    let one = |genre: &'static str| TITLES.iter().map(move |title| poster(title, genre));
    GENRES.into_iter().flat_map(one).collect()
}

fn poster(title: &str, genre: &str) -> String {
    // The genre goes into the year so that each is a movie of its own.
    svg(title, 1900 + genre.len() as i32, &format!("Director of {genre}"), &[genre, "Drama"])
}

/// The values of an attribute, in order.
fn values<'a>(svg: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    svg.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// Checks what a reader of XML would: elements nest, attributes are quoted, text is escaped. Enough for our own output.
fn assert_well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "stray > in {:?}", &rest[..start]);
        let entities = rest[..start].split('&').skip(1);
        entities.for_each(|text| {
            assert!(text.split(';').next().is_some_and(|name| name.len() <= 4), "bare & in {text:?}")
        });
        let end = start + rest[start..].find('>').expect("a tag should end");
        let tag = &rest[start + 1..end];
        assert!(!tag.contains('<') && tag.matches('"').count().is_multiple_of(2), "broken tag {tag:?}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().unwrap()),
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty() && rest.is_empty(), "{open:?} {rest:?}");
}

fn assert_self_contained(svg: &str) {
    for forbidden in [
        " style=",
        "<style",
        "<script",
        "href",
        "<image",
        "<foreignObject",
        "@import",
        "data:",
        " onload",
        " onclick",
    ] {
        assert!(!svg.contains(forbidden), "{forbidden} in {}", &svg[..200]);
    }
    assert_eq!(svg.matches("http").count(), 1, "only the name space is an address");
    assert_eq!(svg.matches("url(").count(), svg.matches("url(#").count());
}

/// No line of text leaves the sheet, before the whole is turned.
fn assert_text_fits(svg: &str) {
    let number = |text: &str| text.parse::<f64>().unwrap();
    let texts: Vec<&str> = svg.split("<text").skip(1).collect();
    assert!(!texts.is_empty());
    for text in texts {
        let value = |attribute| number(values(text, attribute)[0]);
        let (x, y, length, size) = (value("x"), value("y"), value("textLength"), value("font-size"));
        assert!(x >= 0.0 && x + length <= 400.5 && y - size * 0.8 >= 0.0 && y <= 600.0, "{text}");
    }
}

#[test]
fn every_poster_is_sound() {
    for svg in posters() {
        assert_well_formed(&svg);
        assert_self_contained(&svg);
        assert_text_fits(&svg);
        assert!(svg.len() < 40_000, "{} bytes", svg.len());
    }
    assert_eq!(posters(), posters(), "the same movie has the same poster");
}

#[test]
fn posters_differ() {
    let posters: HashSet<String> = posters().into_iter().collect();
    assert_eq!(posters.len(), GENRES.len() * TITLES.len());
    // The sequence of elements tells compositions apart, whatever their colours and words.
    let shape = |svg: &String| {
        let tags = svg.split('<').map(|tag| tag.split([' ', '>']).next().unwrap_or("").to_owned());
        tags.filter(|tag| tag != "text" && tag != "/text").collect::<Vec<_>>().join(" ")
    };
    let compositions: HashSet<String> = posters.iter().map(shape).collect();
    assert!(compositions.len() >= 20, "only {} compositions", compositions.len());
}

#[test]
fn several_posters_can_share_a_page() {
    let posters = posters();
    let ids: Vec<&str> = posters.iter().flat_map(|svg| values(svg, "id")).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
}

#[test]
fn the_name_is_there_for_those_who_cannot_see_it() {
    let svg = svg("Tom & Jerry's <Big> \"Day\"", 1999, "A. Nobody", &["Comedy"]);
    assert!(svg.contains("<title>Tom &amp; Jerry&#39;s &lt;Big&gt; &quot;Day&quot; (1999)</title>"), "{svg}");
    assert_well_formed(&svg);
}

#[test]
fn odd_words_are_drawn_all_the_same() {
    let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk".repeat(4);
    let many = "and then there was another one ".repeat(10);
    let odd =
        ["", " ", "\0\u{7}\u{fffe}", "पथेर पांचाली", "七人の侍", "🎬🍿", "<script>alert(1)</script>", &long, &many];
    for title in odd {
        for genre in ["Action", "Animation", "Drama", "Horror", "no such genre"] {
            let svg = svg(title, -1, title, &[genre]);
            assert_well_formed(&svg);
            assert_text_fits(&svg);
        }
    }
    assert_well_formed(&svg("No genre at all", 2000, "", &[]));
}

proptest! {
    #[test]
    fn any_title_gives_a_poster(title in ".{0,80}", director in ".{0,60}", genre in "Romance|Crime|Musical|Epic|Comedy|Sport") {
        let svg = svg(&title, 2001, &director, &[&genre]);
        assert_well_formed(&svg);
        assert_text_fits(&svg);
    }
}
