//! Posters that the application draws itself, so that every movie has one and none infringes anybody's art.
//!
//! A poster is one of some thirty minimal compositions. The movie's main genre offers a few of them, and the title decides
//! among these, over the colours and over the small differences; so the same movie has the same poster everywhere. The
//! SVG is complete in itself: presentation attributes only, no style, script, link or font file. It works as an image
//! under a strict content security policy and may also stand in a page, several times over.

mod art;
mod dice;
mod lettering;
mod scenes;
#[cfg(test)]
mod tests;

use art::{Art, HEIGHT, WIDTH, escape};
use dice::Dice;
use std::fmt::Write;

/// Draws the poster of a movie: 2 wide by 3 high, scalable to any size.
///
/// `genres` has the main one first; unknown ones, and none at all, are fine. Any text is fine too: long titles are wrapped
/// and made smaller until they fit, and what XML cannot hold is left out.
pub fn svg(title: &str, year: i32, director: &str, genres: &[&str]) -> String {
    let title = title.trim();
    let mut dice = Dice::new(&[title, &year.to_string(), director]);
    let mut art = Art::new(&dice.name());
    let scene = scenes::choose(genres, &mut dice);
    art.inside(&art::area(0.0, 0.0, WIDTH, HEIGHT), |art| {
        let layout = scene(art, &mut dice);
        lettering::title(art, &layout.title, title);
        lettering::credits(art, &layout.credits, director, year);
    });
    let (name, drawing) = (escape(&format!("{title} ({year})")), art.finish());
    let mut svg = String::with_capacity(drawing.len() + 300);
    // Writing to a String cannot fail.
    let _ = write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img"><title>{name}</title>{drawing}</svg>"#
    );
    svg
}
