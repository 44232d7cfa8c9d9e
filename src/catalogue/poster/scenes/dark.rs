//! Something is wrong here.

use super::{Layout, at_foot};
use crate::catalogue::poster::art::{Art, Point, d, disc, polar};
use crate::catalogue::poster::dice::Dice;
use crate::catalogue::poster::lettering::{Align, Face};

/// A turning spiral of ellipses with somebody falling into it.
pub(super) fn vertigo(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, line, falling, ink] = dice.pick(&[
        ["#d6402b", "#fbe9d0", "#1a1413", "#1a1413"],
        ["#14212b", "#e8d9b5", "#e4572e", "#e8d9b5"],
        ["#e2a72e", "#2a1a1f", "#b3202c", "#2a1a1f"],
        ["#0f4c4a", "#d9e8c5", "#f26b3a", "#f0f4dc"],
        ["#efe6d5", "#1d1d22", "#c1121f", "#1d1d22"],
        ["#3a1f4d", "#f4c9a3", "#f26b8a", "#ffe9d2"],
        ["#1c1b22", "#e84a3c", "#f6e6cb", "#f6e6cb"],
    ]);
    art.ground(ground);
    let (centre, lean, flat) = ((200.0, 214.0), dice.between(0.0, 20.0), dice.between(52.0, 78.0));
    for step in 0..20 {
        let turn = lean + 9.0 * f64::from(step);
        art.loop_around(centre, (178.0, flat), turn, line, 1.6);
    }
    art.circle(centre, flat * 0.66, ground);
    art.turned(dice.between(24.0, 50.0), centre, |art| art.person((200.0, 252.0), 76.0, falling));
    at_foot(416.0, Face::Block, Align::Left, ink)
}

/// Light through a blind, and the keyhole through which we look.
pub(super) fn keyhole(art: &mut Art, dice: &mut Dice) -> Layout {
    let [dark, light, watcher, ink] = dice.pick(&[
        ["#16161a", "#e9b44c", "#e9b44c", "#f4e8cf"],
        ["#1c0f13", "#d7263d", "#f6e7d8", "#f6e7d8"],
        ["#0d2230", "#7fc8c2", "#f4f1de", "#f4f1de"],
        ["#2a1e3f", "#f2789f", "#ffe9d6", "#ffe9d6"],
    ]);
    art.ground(dark);
    let (centre, radius): (Point, f64) = ((200.0, 208.0), 158.0);
    art.inside(&disc(centre, radius), |art| {
        art.circle(centre, radius, light);
        art.turned(dice.between(-12.0, 12.0), centre, |art| {
            for slat in 0..16 {
                let thickness = 2.0 + f64::from(slat) * 0.8;
                art.rect(20.0, 44.0 + 21.0 * f64::from(slat), 360.0, thickness, dark);
            }
        });
        art.circle((200.0, 178.0), 52.0, dark);
        art.polygon(&[(182.0, 210.0), (218.0, 210.0), (246.0, 324.0), (154.0, 324.0)], dark);
    });
    art.person((200.0, 312.0), 98.0, watcher);
    at_foot(408.0, dice.pick(&[Face::Block, Face::Plain]), Align::Left, ink)
}

/// A door that somebody left open, and a light that should not be on.
pub(super) fn ajar(art: &mut Art, dice: &mut Dice) -> Layout {
    let [dark, wall, light, floor, ink] = dice.pick(&[
        ["#0e0d10", "#18161b", "#e8312f", "#8f1719", "#f3e9df"],
        ["#0b1512", "#12201b", "#cfe86b", "#6d8a2d", "#eef4d8"],
        ["#14101c", "#1e182a", "#ffd166", "#a5762a", "#fff1cf"],
    ]);
    let left = dice.coin();
    art.ground(dark);
    let door = |art: &mut Art| {
        art.rect(0.0, 0.0, 400.0, 352.0, wall);
        art.polygon(&[(212.0, 70.0), (262.0, 70.0), (262.0, 352.0), (212.0, 352.0)], light);
        art.polygon(&[(212.0, 352.0), (262.0, 352.0), (190.0, 446.0), (46.0, 446.0)], floor);
        art.polygon(&[(262.0, 70.0), (352.0, 44.0), (352.0, 388.0), (262.0, 352.0)], dark);
        art.circle((336.0, 226.0), 5.0, light);
        art.person((236.0, 352.0), 190.0, dark);
        art.polygon(&[(226.0, 352.0), (246.0, 352.0), (150.0, 446.0), (92.0, 446.0)], dark);
    };
    if left {
        art.mirrored(door)
    } else {
        door(art)
    }
    at_foot(456.0, dice.pick(&[Face::Book, Face::Airy]), if left { Align::Left } else { Align::Right }, ink)
}

/// Jaws, and the moon between them.
pub(super) fn teeth(art: &mut Art, dice: &mut Dice) -> Layout {
    let [dark, throat, moon, ink] = dice.pick(&[
        ["#120d0f", "#c1121f", "#fdf0d5", "#fdf0d5"],
        ["#1b1026", "#e07a1f", "#ffe8a3", "#ffe8a3"],
        ["#0c1f1e", "#7a9e3b", "#f1f0c0", "#f1f0c0"],
    ]);
    art.ground(throat);
    let moon_at = (dice.between(150.0, 250.0), 214.0);
    for halo in 0..4 {
        art.ring(moon_at, 62.0 + 22.0 * f64::from(halo), moon, 1.4 - 0.3 * f64::from(halo));
    }
    art.circle(moon_at, 44.0, moon);
    art.circle(polar(moon_at, 16.0, dice.between(0.0, 360.0)), 17.0, dark);
    let mut upper = "M0,0V84".to_owned();
    let mut lower = "M0,600V352".to_owned();
    for tooth in 0..6 {
        let (x, end) = (f64::from(tooth) * 400.0 / 6.0, f64::from(tooth + 1) * 400.0 / 6.0);
        let (tip, long) = ((x + end) / 2.0, if tooth % 2 == 0 { 92.0 } else { 58.0 } + dice.between(0.0, 16.0));
        let bulge = (end - x) * 0.2;
        upper.push_str(&d!(
            "Q{},{} {},{}Q{},{} {},84",
            x + bulge,
            84.0 + long * 0.62,
            tip,
            84.0 + long,
            end - bulge,
            84.0 + long * 0.62,
            end
        ));
        lower.push_str(&d!(
            "Q{},{} {},{}Q{},{} {},352",
            x + bulge,
            352.0 - long * 0.62,
            tip,
            352.0 - long,
            end - bulge,
            352.0 - long * 0.62,
            end
        ));
    }
    art.path(&format!("{upper}V0Z"), dark);
    art.path(&format!("{lower}V600Z"), dark);
    at_foot(410.0, dice.pick(&[Face::Block, Face::Book]), Align::Middle, ink)
}

/// The bottom of a pit, and the one who is let down on a rope.
pub(super) fn pit(art: &mut Art, dice: &mut Dice) -> Layout {
    let (walls, day, ink) = dice.pick(&[
        (["#3b2a22", "#2d1f19", "#211611", "#160e0b", "#0d0806"], "#f4d9a0", "#f6e4c3"),
        (["#1f4b4d", "#173a3d", "#102b2e", "#0a1d20", "#051112"], "#e9f1c9", "#eaf1d8"),
        (["#6b1f2a", "#521620", "#3b0e17", "#27080f", "#160408"], "#ffd2a8", "#ffe5cc"),
    ]);
    let [.., deepest] = walls;
    art.ground(deepest);
    let centre = (dice.between(176.0, 224.0), 156.0);
    for (ring, color) in (1..).map(f64::from).zip(walls.iter().rev().skip(1)) {
        let middle = (centre.0, centre.1 + 66.0 - 14.0 * ring);
        let mut reach = || (330.0 - 58.0 * ring) * dice.between(0.93, 1.06);
        let edge: Vec<Point> = (0..24).map(|corner| polar(middle, reach(), 15.0 * f64::from(corner))).collect();
        art.polygon(&edge, color);
    }
    art.circle(centre, 74.0, day);
    // The rope hangs straight, dark before the daylight and light before the dark.
    let hands = (centre.0, 342.0);
    art.line((centre.0, centre.1 - 73.0), hands, deepest, 2.6);
    art.line((centre.0, centre.1 + 76.0), hands, day, 2.6);
    art.person((hands.0, 408.0), 78.0, day);
    at_foot(424.0, Face::Block, Align::Middle, ink)
}

/// The print of a thumb.
pub(super) fn thumb(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, ridge, ink] = dice.pick(&[
        ["#efe7d8", "#20201f", "#c1121f"],
        ["#c1121f", "#f7e7ce", "#1b1112"],
        ["#18222d", "#e8b04a", "#f2ead6"],
        ["#e8b62c", "#3a1c1a", "#3a1c1a"],
    ]);
    art.ground(ground);
    let thumb = "M200,34C292,34 328,120 328,214C328,320 290,398 200,398C110,398 72,320 72,214C72,120 108,34 200,34Z";
    let core = (dice.between(186.0, 214.0), 226.0);
    art.inside(thumb, |art| {
        art.turned(dice.between(-14.0, 14.0), core, |art| {
            for ridge_number in 0..15 {
                let r = 10.0 + 14.0 * f64::from(ridge_number);
                let tall = r * 1.18;
                let arch = d!(
                    "M{},{}V{}A{},{} 0 0 1 {},{}V{}",
                    core.0 - r,
                    core.1 + 260.0 - r,
                    core.1,
                    r,
                    tall,
                    core.0 + r,
                    core.1,
                    core.1 + 240.0 - r * 0.4
                );
                art.stroke(&arch, ridge, 6.4);
            }
            for cut in 0..9 {
                let angle = dice.between(180.0, 360.0);
                let from = polar(core, 30.0 + 19.0 * f64::from(cut), angle);
                art.line(from, polar(core, 50.0 + 19.0 * f64::from(cut), angle + 3.0), ground, 5.0);
            }
        });
    });
    at_foot(420.0, Face::Block, Align::Middle, ink)
}
