//! What one can see of music.

use super::{Layout, at_foot};
use crate::catalogue::poster::art::{Art, Point, d};
use crate::catalogue::poster::dice::Dice;
use crate::catalogue::poster::lettering::{Align, Face};

/// A record, half out of its sleeve.
pub(super) fn record(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, vinyl, groove, label, ink] = dice.pick(&[
        ["#f0b429", "#1d1a20", "#3a343d", "#d6402b", "#1d1a20"],
        ["#e8e0cf", "#20303c", "#3b5060", "#e4572e", "#20303c"],
        ["#c8374a", "#1b1018", "#3d2735", "#f6c15b", "#ffe8c9"],
        ["#2a9d8f", "#10292b", "#28494a", "#f4a261", "#f7f0dd"],
    ]);
    let left = dice.coin();
    art.ground(ground);
    let player = |art: &mut Art| {
        let centre: Point = (256.0, 206.0);
        art.circle(centre, 186.0, vinyl);
        for number in 0..9 {
            art.ring(centre, 82.0 + 11.6 * f64::from(number), groove, 1.6);
        }
        art.circle(centre, 64.0, label);
        art.ring(centre, 50.0, ground, 1.6);
        art.circle(centre, 8.0, ground);
        art.circle((46.0, 60.0), 20.0, vinyl);
        art.stroke("M46,60L70,296L118,330", vinyl, 9.0);
        art.stroke("M112,322L136,342", label, 17.0);
    };
    if left {
        art.mirrored(player)
    } else {
        player(art)
    }
    at_foot(414.0, dice.pick(&[Face::Block, Face::Slanted]), if left { Align::Right } else { Align::Left }, ink)
}

/// A bundle of strings in full swing.
pub(super) fn strings(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, cool, warm, knot, ink] = dice.pick(&[
        ["#191532", "#6a7fdb", "#f7a072", "#fff1d6", "#fff1d6"],
        ["#f6ecd9", "#c8553d", "#1f5a66", "#2c1b18", "#2c1b18"],
        ["#0e2f2b", "#e9c46a", "#e76f51", "#f8f1de", "#f8f1de"],
        ["#4a0d24", "#f2a65a", "#ee6c82", "#ffe9cf", "#ffe9cf"],
    ]);
    art.ground(ground);
    let (bellies, top, bottom) = (dice.pick(&[2, 3]), 34.0, 400.0);
    let tall = (bottom - top) / f64::from(bellies);
    for string in -8..=8 {
        let reach = 21.0 * f64::from(string);
        let mut path = d!("M200,{}", top);
        for belly in 0..bellies {
            let side = if belly % 2 == 0 { reach } else { -reach };
            let (from, to) = (top + tall * f64::from(belly), top + tall * f64::from(belly + 1));
            path.push_str(&d!(
                "C{},{} {},{} 200,{}",
                200.0 + side,
                from + tall * 0.30,
                200.0 + side,
                to - tall * 0.30,
                to
            ));
        }
        art.stroke(&path, if string < 0 { cool } else { warm }, 2.2);
    }
    for node in 0..=bellies {
        art.circle((200.0, top + tall * f64::from(node)), 8.0, knot);
    }
    at_foot(424.0, dice.pick(&[Face::Slanted, Face::Book]), Align::Middle, ink)
}
