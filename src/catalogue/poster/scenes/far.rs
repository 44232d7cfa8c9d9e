//! Other worlds, and other times.

use super::{Layout, at_foot};
use crate::catalogue::poster::art::{Art, d, disc};
use crate::catalogue::poster::dice::Dice;
use crate::catalogue::poster::lettering::{Align, Face};

fn stars(art: &mut Art, dice: &mut Dice, number: i32, lowest: f64, color: &str) {
    for _ in 0..number {
        let at = (dice.between(8.0, 392.0), dice.between(8.0, lowest));
        art.circle(at, dice.pick(&[0.8, 0.8, 1.2, 1.2, 2.0]), color);
    }
}

/// A planet, its ring, and somebody on the ground who looks up.
pub(super) fn orbit(art: &mut Art, dice: &mut Dice) -> Layout {
    let [space, planet, shade, ring, ground, ink] = dice.pick(&[
        ["#0f1730", "#e9803a", "#b4512b", "#f7d9a8", "#070b1a", "#f7e9cf"],
        ["#12102b", "#67c6c0", "#2f7f8c", "#f3e9d2", "#080618", "#e9f4ee"],
        ["#201335", "#f05d7a", "#a8325f", "#ffd9a0", "#0d0719", "#ffe6d3"],
        ["#e9e1d0", "#d1442f", "#9c2b23", "#22304a", "#22304a", "#f4ead6"],
    ]);
    let left = dice.coin();
    art.ground(space);
    stars(art, dice, 60, 420.0, ring);
    let (centre, radius, turn) = ((252.0, 184.0), 122.0, dice.between(-28.0, -12.0));
    let sky = |art: &mut Art| {
        let ring_path = "M28,184A224,50 0 0 1 476,184";
        art.turned(turn, centre, |art| art.stroke(ring_path, ring, 7.0));
        art.circle(centre, radius, planet);
        art.inside(&disc(centre, radius), |art| {
            art.circle((centre.0 + 46.0, centre.1 + 40.0), radius, shade);
            art.turned(turn, centre, |art| {
                for (y, height) in [(126.0, 9.0), (150.0, 16.0), (214.0, 7.0), (236.0, 12.0)] {
                    art.rect(90.0, y, 330.0, height, planet);
                }
            });
        });
        art.turned(turn, centre, |art| art.stroke("M28,184A224,50 0 0 0 476,184", ring, 7.0));
        art.circle((70.0, 330.0), 15.0, ring);
    };
    if left {
        art.mirrored(sky)
    } else {
        sky(art)
    }
    art.circle((200.0, 1_010.0), 590.0, ground);
    art.person((if left { 282.0 } else { 118.0 }, 428.0), 44.0, if space == "#e9e1d0" { ground } else { ring });
    at_foot(450.0, Face::Airy, Align::Middle, ink)
}

/// Dunes under a great sun.
pub(super) fn dunes(art: &mut Art, dice: &mut Dice) -> Layout {
    let [sky, sun, far, middle, near, ink] = dice.pick(&[
        ["#f0a868", "#fdf0d5", "#d9793d", "#a8452a", "#4a1a1c", "#fdf0d5"],
        ["#26415e", "#f4b860", "#8a6a5c", "#4f3b45", "#191a2b", "#f9e2bd"],
        ["#f6dfb4", "#e2582f", "#e3b063", "#b9763a", "#5a2d1e", "#fbe9c6"],
    ]);
    let left = dice.coin();
    art.ground(sky);
    let sun_at = (dice.between(200.0, 280.0), 206.0);
    let desert = |art: &mut Art| {
        art.circle(sun_at, 116.0, sun);
        art.path("M0,600V312Q110,262 214,300T400,284V600Z", far);
        art.path("M0,600V380Q40,330 150,322Q210,330 270,372Q330,398 400,380V600Z", middle);
        art.path("M150,322Q176,372 120,430Q90,470 130,600H0V380Q40,330 150,322Z", near);
        art.path("M0,600V452Q150,396 400,446V600Z", near);
        art.person((150.0, 324.0), 40.0, near);
    };
    if left {
        art.mirrored(desert)
    } else {
        desert(art)
    }
    at_foot(446.0, dice.pick(&[Face::Airy, Face::Block]), Align::Middle, ink)
}

/// A cusped arch of the Mughal kind in the middle of the sheet, from the floor up.
fn arch(width: f64, top: f64, floor: f64) -> String {
    let (half, spring) = (width / 2.0, top + width * 0.62);
    let at = |x: f64, y: f64| (200.0 + x * half, spring - y * (spring - top));
    let cusps = [(1.0, 0.0), (0.93, 0.32), (0.72, 0.60), (0.42, 0.80)];
    let mut path = d!("M{},{}V{}", 200.0 - half, floor, spring);
    let lobe = |(x, y): (f64, f64)| d!("A{},{} 0 0 1 {},{}", half * 0.33, half * 0.33, at(x, y).0, at(x, y).1);
    cusps[1..].iter().for_each(|(x, y)| path.push_str(&lobe((-x, *y))));
    let (tip, bend) = (at(0.0, 1.06), at(-0.10, 0.84));
    path.push_str(&d!("Q{},{} {},{}", bend.0, bend.1, tip.0, tip.1));
    path.push_str(&d!("Q{},{} {},{}", 400.0 - bend.0, bend.1, at(0.42, 0.80).0, at(0.42, 0.80).1));
    cusps[..3].iter().rev().for_each(|cusp| path.push_str(&lobe(*cusp)));
    path + &d!("V{}Z", floor)
}

/// Arch behind arch, up to the light.
pub(super) fn arches(art: &mut Art, dice: &mut Dice) -> Layout {
    let [outer, inner, light, guest, ink] = dice.pick(&[
        ["#5a1326", "#8f2437", "#f6c667", "#3a0b18", "#f9dfa4"],
        ["#0d3b45", "#1b6570", "#f2d48f", "#072329", "#f5e6bf"],
        ["#3b1c4a", "#6a3572", "#f7b267", "#250f30", "#ffe0b0"],
        ["#8c3b14", "#c9672a", "#fff0c2", "#54210a", "#ffe9bd"],
    ]);
    art.ground(outer);
    let floor = 428.0;
    for (step, color) in (0..5).map(f64::from).zip([inner, outer, inner, outer, inner]) {
        art.path(&arch(376.0 - 66.0 * step, 34.0 + 44.0 * step, floor), color);
    }
    art.path(&arch(88.0, 262.0, floor), light);
    art.rect(0.0, floor, 400.0, 172.0, guest);
    art.polygon(&[(156.0, floor), (244.0, floor), (330.0, 600.0), (70.0, 600.0)], outer);
    art.person((200.0, floor + 6.0), dice.between(72.0, 84.0), guest);
    at_foot(440.0, Face::Book, Align::Middle, ink)
}

/// Somebody on a hill before an enormous moon.
pub(super) fn moon_hill(art: &mut Art, dice: &mut Dice) -> Layout {
    let [night, moon, crater, hill, cloud, ink] = dice.pick(&[
        ["#1d3461", "#ffe8a3", "#f5d07a", "#0d1b3e", "#f4f1e8", "#1d3461"],
        ["#3a2a63", "#ffd9c7", "#f6b8a6", "#1f1540", "#fbeee6", "#3a2a63"],
        ["#0f4c5c", "#fdf0c4", "#f0d792", "#06303b", "#eef6ee", "#0f4c5c"],
    ]);
    let left = dice.coin();
    art.ground(night);
    stars(art, dice, 46, 380.0, moon);
    let scene = |art: &mut Art| {
        art.circle((214.0, 190.0), 142.0, moon);
        for (at, radius) in
            [((160.0, 140.0), 22.0), ((262.0, 118.0), 13.0), ((282.0, 226.0), 26.0), ((196.0, 250.0), 10.0)]
        {
            art.circle(at, radius, crater);
        }
        art.path("M0,600V380C60,372 96,300 150,292C220,300 250,400 400,404V600Z", hill);
        art.person((142.0, 294.0), 62.0, hill);
        art.person((168.0, 298.0), 42.0, hill);
    };
    if left {
        art.mirrored(scene)
    } else {
        scene(art)
    }
    for puff in 0..9 {
        let x = 50.0 * f64::from(puff);
        art.circle((x, 452.0 + dice.between(-10.0, 14.0)), dice.between(34.0, 46.0), cloud);
    }
    art.rect(0.0, 458.0, 400.0, 142.0, cloud);
    at_foot(452.0, dice.pick(&[Face::Plain, Face::Book]), Align::Middle, ink)
}

/// A passage through space that turns as it narrows.
pub(super) fn passage(art: &mut Art, dice: &mut Dice) -> Layout {
    let (tones, light, guest, ink) = dice.pick(&[
        (["#10142f", "#16204a", "#20336b", "#2f5597"], "#ffe9b8", "#0a0d20", "#f3ead2"),
        (["#2a0f2f", "#431848", "#6f2560", "#a93b6c"], "#ffd9a0", "#1a081d", "#ffe8cc"),
        (["#07302f", "#0b4845", "#12706a", "#2c9d8c"], "#fbf2c7", "#041d1c", "#f1f5dc"),
    ]);
    art.ground(tones[0]);
    let (centre, twist) = ((200.0, 206.0), dice.between(5.0, 9.0) * if dice.coin() { 1.0 } else { -1.0 });
    let order = [0, 1, 1, 2, 1, 2, 2, 3, 2, 3, 3];
    for (step, tone) in (1..).zip(order) {
        let size = 410.0 * 0.83_f64.powi(step);
        art.turned(twist * f64::from(step), centre, |art| {
            art.rect(centre.0 - size, centre.1 - size, size * 2.0, size * 2.0, tones[tone]);
        });
    }
    art.turned(twist * 12.0, centre, |art| art.rect(centre.0 - 44.0, centre.1 - 44.0, 88.0, 88.0, light));
    art.turned(dice.between(-24.0, 24.0), centre, |art| art.person((200.0, 236.0), 58.0, guest));
    at_foot(430.0, Face::Airy, Align::Middle, ink)
}
