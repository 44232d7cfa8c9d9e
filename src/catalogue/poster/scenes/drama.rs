//! One person and a lot of room.

use super::{Layout, at_foot, at_head};
use crate::catalogue::poster::art::{Art, d, disc};
use crate::catalogue::poster::dice::Dice;
use crate::catalogue::poster::lettering::{Align, Face};

/// Light from a window falls on somebody.
pub(super) fn window(art: &mut Art, dice: &mut Dice) -> Layout {
    let [wall, floor, light, pool, ink] = dice.pick(&[
        ["#27405c", "#1b2e45", "#f6d99a", "#b98f55", "#f7ecd2"],
        ["#7d3b2a", "#5c281d", "#ffd9a0", "#c97b4a", "#ffeacb"],
        ["#3d4a3a", "#2c372a", "#f4e7b2", "#9b9a63", "#f6f0d2"],
        ["#4a3552", "#35243c", "#ffcfb3", "#a06a7c", "#ffe7d9"],
    ]);
    let right = dice.coin();
    art.ground(wall);
    let scene = |art: &mut Art| {
        art.rect(0.0, 330.0, 400.0, 270.0, floor);
        art.rect(56.0, 62.0, 116.0, 168.0, light);
        art.rect(111.0, 62.0, 6.0, 168.0, wall);
        art.rect(56.0, 140.0, 116.0, 6.0, wall);
        for (x, edge) in [(150.0, 0.0), (218.0, 0.0)] {
            art.polygon(&[(x + edge, 350.0), (x + 56.0, 350.0), (x + 112.0, 430.0), (x + 44.0, 430.0)], pool);
        }
        art.polygon(&[(222.0, 388.0), (238.0, 388.0), (330.0, 446.0), (306.0, 446.0)], floor);
        art.person((230.0, 390.0), 96.0, "#140f12");
    };
    if right {
        art.mirrored(scene)
    } else {
        scene(art)
    }
    at_foot(446.0, dice.pick(&[Face::Book, Face::Plain]), if right { Align::Right } else { Align::Left }, ink)
}

/// A boat on wide water under a low sun.
pub(super) fn water(art: &mut Art, dice: &mut Dice) -> Layout {
    let [sky, sun, sea, boat, ink, foot] = dice.pick(&[
        ["#f6cf8b", "#e4572e", "#1f5a66", "#10272e", "#7c2313", "#f6cf8b"],
        ["#1a3049", "#f2d8a7", "#0e1d30", "#f2d8a7", "#f2d8a7", "#f2d8a7"],
        ["#e9dcc9", "#d1495b", "#30638e", "#112d4e", "#112d4e", "#f3eadc"],
        ["#f4a896", "#fff1d0", "#358597", "#123b45", "#6b2133", "#fff1d0"],
    ]);
    art.ground(sky);
    let (x, horizon) = (dice.between(130.0, 270.0), 376.0);
    art.circle((x, horizon), 118.0, sun);
    art.rect(0.0, horizon, 400.0, 224.0, sea);
    art.inside(&disc((x, horizon), 118.0), |art| {
        for line in 0..7 {
            let y = horizon + 8.0 + 15.0 * f64::from(line);
            art.rect(0.0, y, 400.0, 8.5 - f64::from(line), sun);
        }
    });
    let at = if x < 200.0 { x + 70.0 } else { x - 70.0 };
    art.person((at + 26.0, 430.0), 62.0, boat);
    art.line((at + 40.0, 372.0), (at + 8.0, 470.0), boat, 2.6);
    let hull = d!(
        "M{},416C{},446 {},446 {},416C{},464 {},464 {},416Z",
        at - 74.0,
        at - 40.0,
        at + 40.0,
        at + 74.0,
        at + 44.0,
        at - 44.0,
        at - 74.0
    );
    art.path(&hull, boat);
    at_head(236.0, dice.pick(&[Face::Plain, Face::Book, Face::Airy]), Align::Left, ink, foot)
}

/// A road to the horizon, with the poles that go along.
pub(super) fn road(art: &mut Art, dice: &mut Dice) -> Layout {
    let [sky, field, way, pole, ink, foot_ink] = dice.pick(&[
        ["#f1ead8", "#b7a16a", "#efe3c0", "#2e2a25", "#2e2a25", "#2e2a25"],
        ["#e2583e", "#7a2419", "#f4b183", "#2a0e0b", "#fff0dd", "#f4b183"],
        ["#bcd8d2", "#5e8c61", "#e6e2b8", "#1e3b33", "#1e3b33", "#f1f3d6"],
        ["#2d3a5e", "#1c2440", "#e2b66b", "#0e1226", "#f5e4c0", "#e2b66b"],
    ]);
    art.ground(sky);
    let (horizon, vanish) = (330.0, dice.between(110.0, 290.0));
    art.circle((400.0 - vanish, 258.0), 34.0, way);
    art.rect(0.0, horizon, 400.0, 270.0, field);
    let side = if vanish < 200.0 { 1.0 } else { -1.0 };
    let foot = 200.0 + side * 100.0;
    art.polygon(&[(vanish - 2.0, horizon), (vanish + 2.0, horizon), (foot + 84.0, 600.0), (foot - 84.0, 600.0)], way);
    let mut wire = String::new();
    for step in 0..6 {
        let near = 0.62_f64.powi(step);
        let (x, foot, tall) = (vanish + side * 250.0 * near, horizon + 150.0 * near, 330.0 * near);
        art.line((x, foot), (x, foot - tall), pole, 6.0 * near);
        art.line((x - 24.0 * near, foot - tall * 0.93), (x + 24.0 * near, foot - tall * 0.93), pole, 4.0 * near);
        let (start, bend) = (if step == 0 { "M" } else { "Q" }, foot - tall * 0.80);
        let middle = if step == 0 { String::new() } else { d!("{},{} ", x + side * 60.0 * near, bend) };
        wire.push_str(&format!("{start}{middle}{}", d!("{},{}", x, foot - tall * 0.93)));
    }
    art.stroke(&wire, pole, 1.2);
    art.person((vanish + (foot - vanish) * 0.3, 412.0), 48.0, pole);
    at_head(
        210.0,
        dice.pick(&[Face::Book, Face::Plain]),
        if side > 0.0 { Align::Left } else { Align::Right },
        ink,
        foot_ink,
    )
}

/// The beam of a projector, and the one who cannot look away.
pub(super) fn beam(art: &mut Art, dice: &mut Dice) -> Layout {
    let [hall, haze, light, dark, ink] = dice.pick(&[
        ["#1d1a26", "#453f56", "#f7e3b0", "#0d0b13", "#f7ecd2"],
        ["#16302f", "#3d6660", "#f9e2ae", "#081716", "#f5eedb"],
        ["#43161c", "#86404a", "#ffdcb0", "#22090d", "#ffe9d2"],
    ]);
    let left = dice.coin();
    art.ground(hall);
    let show = |art: &mut Art| {
        art.polygon(&[(388.0, 44.0), (388.0, 56.0), (40.0, 318.0), (40.0, 70.0)], haze);
        art.polygon(&[(388.0, 47.0), (388.0, 53.0), (40.0, 262.0), (40.0, 126.0)], light);
        art.polygon(&[(40.0, 66.0), (96.0, 92.0), (96.0, 272.0), (40.0, 322.0)], light);
        art.rect(376.0, 34.0, 24.0, 32.0, dark);
        for row in 0..3 {
            let (y, seats) = (364.0 + 26.0 * f64::from(row), 7 + row);
            let step = 400.0 / f64::from(seats);
            for seat in 0..seats {
                art.path(
                    &d!("M{},{}v-22a14,14 0 0 1 28,0v22Z", step * (f64::from(seat) + 0.5) - 14.0, y + 20.0),
                    dark,
                );
            }
            art.rect(0.0, y + 18.0, 400.0, 40.0, if row == 2 { dark } else { hall });
        }
        art.person((258.0, 408.0), 86.0, dark);
    };
    if left {
        art.mirrored(show)
    } else {
        show(art)
    }
    art.rect(0.0, 420.0, 400.0, 180.0, dark);
    at_foot(446.0, dice.pick(&[Face::Plain, Face::Book]), Align::Left, ink)
}
