//! The compositions. Each draws its picture and says where title and credits go.

mod dark;
mod drama;
mod far;
mod love;
mod music;
mod play;
mod strike;

use super::art::Art;
use super::dice::Dice;
use super::lettering::{Align, Credits, Face, Gravity, Title};

/// Where the words go.
pub(super) struct Layout {
    pub title: Title,
    pub credits: Credits,
}

/// One composition.
pub(super) type Scene = fn(&mut Art, &mut Dice) -> Layout;

/// The compositions that suit a genre.
fn of_genre(genre: &str) -> &'static [Scene] {
    match genre {
        "Romance" => &[love::moons, love::threads, love::facade, love::umbrellas],
        "Drama" => &[drama::window, drama::water, drama::road, drama::beam],
        "Action" => &[strike::burst, strike::claws, strike::slash, strike::ranges],
        "Thriller" => &[dark::vertigo, dark::keyhole, dark::pit],
        "Crime" => &[strike::slash, dark::thumb, dark::keyhole],
        "Mystery" => &[dark::keyhole, dark::ajar, dark::vertigo, dark::thumb],
        "Horror" => &[dark::teeth, dark::ajar, dark::pit, dark::keyhole],
        "Comedy" => &[play::grin, play::tiles, play::gentleman],
        "Science fiction" => &[far::orbit, far::passage],
        "Epic" => &[strike::burst, far::dunes, far::arches],
        "Period" => &[far::arches, drama::window],
        "Fantasy" => &[far::moon_hill, far::arches],
        "Family" => &[play::kites, far::moon_hill],
        "Animation" => &[play::halftone, far::moon_hill, play::kites],
        "Musical" => &[music::record, music::strings],
        "Sport" => &[strike::lanes, strike::burst],
        "Adventure" => &[strike::ranges, far::dunes],
        _ => &[],
    }
}

/// The composition of a movie: the title decides among those of the first genre that has any.
pub(super) fn choose(genres: &[&str], dice: &mut Dice) -> Scene {
    let anything: &[Scene] = &[play::tiles, drama::water, love::moons];
    let fitting = genres.iter().map(|genre| of_genre(genre)).find(|scenes| !scenes.is_empty());
    dice.pick(fitting.unwrap_or(anything))
}

/// Title above the credits at the foot of the sheet, from `top` down.
fn at_foot(top: f64, face: Face, align: Align, color: &'static str) -> Layout {
    Layout {
        title: Title {
            at: (30.0, top),
            width: 340.0,
            height: 546.0 - top,
            face,
            align,
            gravity: Gravity::Bottom,
            color,
            largest: 104.0,
            turn: 0.0,
        },
        credits: credits(align, color),
    }
}

/// Title at the head of the sheet, down to `bottom`; the credits stay at the foot.
fn at_head(bottom: f64, face: Face, align: Align, color: &'static str, foot: &'static str) -> Layout {
    let head = at_foot(0.0, face, align, color);
    let title = Title { at: (30.0, 36.0), height: bottom - 36.0, gravity: Gravity::Top, ..head.title };
    Layout { title, credits: credits(align, foot) }
}

fn credits(align: Align, color: &'static str) -> Credits {
    Credits { at: (30.0, 574.0), width: 340.0, align, color }
}
