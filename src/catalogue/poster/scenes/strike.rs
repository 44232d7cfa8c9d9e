//! Speed and force.

use super::{Layout, at_foot, credits};
use crate::catalogue::poster::art::{Art, area, d, polar};
use crate::catalogue::poster::dice::Dice;
use crate::catalogue::poster::lettering::{Align, Face, Gravity, Title};

/// Rays behind those who stand their ground.
pub(super) fn burst(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, ray, sun, dark, ink] = dice.pick(&[
        ["#e85d2a", "#f6a13a", "#ffe0a3", "#20100d", "#ffe0a3"],
        ["#b3121d", "#d9302f", "#f7d046", "#160a0a", "#f7d046"],
        ["#0f5257", "#17747a", "#f4c95d", "#081c1e", "#f4efd9"],
        ["#e9b824", "#f3d35b", "#fff6d6", "#3a1212", "#f3d35b"],
    ]);
    art.ground(ground);
    let centre = (dice.between(160.0, 240.0), 372.0);
    let (rays, lean) = (dice.pick(&[14, 18, 22]), dice.between(0.0, 12.0));
    for number in 0..rays {
        let width = 360.0 / f64::from(rays);
        let angle = lean + width * f64::from(number);
        art.polygon(&[centre, polar(centre, 640.0, angle), polar(centre, 640.0, angle + width / 2.0)], ray);
    }
    art.circle(centre, 104.0, sun);
    let ridge = "M0,600V404L60,392L118,408L176,386L232,382L300,402L352,390L400,400V600Z";
    art.path(ridge, dark);
    match dice.pick(&[1, 2, 2]) {
        1 => art.person((centre.0, 394.0), 132.0, dark),
        _ => {
            art.person((centre.0 - 30.0, 396.0), 116.0, dark);
            art.person((centre.0 + 32.0, 396.0), 124.0, dark);
        }
    }
    at_foot(424.0, Face::Block, Align::Middle, ink)
}

/// A disc cut by bars, the title on the widest.
pub(super) fn slash(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, disc, bar, thin, ink] = dice.pick(&[
        ["#efe6d5", "#d1281f", "#17171a", "#d1281f", "#efe6d5"],
        ["#d1281f", "#f4e3c1", "#17171a", "#f4e3c1", "#f4e3c1"],
        ["#1b1d23", "#f2b705", "#d13b2a", "#f2f0e6", "#fff4dd"],
        ["#f2b705", "#17171a", "#a3201d", "#17171a", "#fff0c9"],
        ["#20494a", "#ee8434", "#f3efe0", "#0f2425", "#20302f"],
    ]);
    let rising = dice.coin();
    art.ground(ground);
    let turn = if rising { -20.0 } else { 20.0 };
    let disc_at = if rising { (262.0, 168.0) } else { (138.0, 168.0) };
    art.circle(disc_at, 124.0, disc);
    art.turned(turn, (200.0, 318.0), |art| {
        art.rect(-120.0, 208.0, 640.0, 9.0, thin);
        art.rect(-120.0, 230.0, 640.0, 20.0, bar);
        art.rect(-120.0, 264.0, 640.0, 108.0, bar);
        art.rect(-120.0, 386.0, 640.0, 14.0, thin);
        for notch in 0..9 {
            art.rect(-60.0 + 62.0 * f64::from(notch), 414.0, 40.0, 10.0, bar);
        }
    });
    art.person(if rising { (70.0, 548.0) } else { (330.0, 548.0) }, 112.0, bar);
    Layout {
        title: Title {
            at: (36.0, 272.0),
            width: 328.0,
            height: 96.0,
            face: Face::Block,
            align: Align::Middle,
            gravity: Gravity::Centre,
            color: ink,
            largest: 76.0,
            turn,
        },
        credits: credits(if rising { Align::Right } else { Align::Left }, disc),
    }
}

/// Mountains behind mountains, and the way up.
pub(super) fn ranges(art: &mut Art, dice: &mut Dice) -> Layout {
    let [sky, sun, far, middle, near, ink] = dice.pick(&[
        ["#f2c879", "#fff2cf", "#d9824a", "#9c3d2e", "#3a1519", "#fff2cf"],
        ["#a9d6d5", "#fff7e0", "#5fa3a8", "#2b6777", "#12303c", "#f4f7ec"],
        ["#33294f", "#f6a15b", "#5b3a68", "#2c1f45", "#150f26", "#ffd9ad"],
    ]);
    art.ground(sky);
    let sun_at = (dice.between(110.0, 290.0), 160.0);
    art.circle(sun_at, 70.0, sun);
    for (color, base, tall, step) in
        [(far, 300.0, 150.0, 118.0), (middle, 384.0, 190.0, 150.0), (near, 452.0, 120.0, 210.0)]
    {
        let mut x = -dice.between(30.0, 120.0);
        while x < 400.0 {
            let peak = (x + step * dice.between(0.75, 1.05), base - tall * dice.between(0.62, 1.0));
            let (left, right) = ((x - step * 0.2, base + 60.0), (x + step * 2.0, base + 60.0));
            art.polygon(&[left, peak, right], color);
            if color != near {
                let lit = (peak.0 + 16.0, base + 60.0);
                art.polygon(
                    &[peak, (peak.0 - 12.0, peak.1 + tall * 0.4), lit, right],
                    if color == far { middle } else { near },
                );
            }
            x += step;
        }
        art.rect(0.0, base + 58.0, 400.0, 600.0, color);
    }
    art.rect(0.0, 450.0, 400.0, 150.0, near);
    at_foot(432.0, Face::Block, Align::Left, ink)
}

/// The lanes of a track, and the one who leads.
pub(super) fn lanes(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, lane, leader, foot, ink] = dice.pick(&[
        ["#c8553d", "#f7ead8", "#ffd23f", "#2b1210", "#f7ead8"],
        ["#2e6f57", "#eef3df", "#f25f3a", "#10281f", "#eef3df"],
        ["#e3a72f", "#fff6dd", "#1d3557", "#1d3557", "#fff6dd"],
    ]);
    let left = dice.coin();
    art.ground(ground);
    let (centre, lead) = ((-30.0, 470.0), dice.between(-52.0, -34.0));
    let track = |art: &mut Art| {
        art.inside(&area(0.0, 0.0, 400.0, 410.0), |art| {
            for number in 0..9 {
                art.ring(centre, 130.0 + 52.0 * f64::from(number), lane, 3.0);
            }
            for (number, behind) in [(1.5, 18.0), (3.5, 27.0), (5.5, 20.0), (2.5, 10.0)] {
                art.circle(polar(centre, 130.0 + 52.0 * number, lead + behind), 15.0, lane);
            }
            for trace in 0..7 {
                let at = polar(centre, 130.0 + 52.0 * 4.5, lead + 5.0 + 2.2 * f64::from(trace));
                art.circle(at, 20.0 - 2.6 * f64::from(trace), leader);
            }
            art.circle(polar(centre, 130.0 + 52.0 * 4.5, lead), 24.0, leader);
        });
    };
    if left {
        art.mirrored(track)
    } else {
        track(art)
    }
    art.rect(0.0, 410.0, 400.0, 190.0, foot);
    at_foot(430.0, Face::Block, if left { Align::Right } else { Align::Left }, ink)
}

/// Something with claws has been here.
pub(super) fn claws(art: &mut Art, dice: &mut Dice) -> Layout {
    let [hide, wound, glow, ink] = dice.pick(&[
        ["#e4a11b", "#1c0f0a", "#b3202c", "#1c0f0a"],
        ["#17151a", "#e63b2e", "#f7c548", "#f6ead2"],
        ["#7d1118", "#f9d79b", "#f4992f", "#fbe6c2"],
        ["#1d4d3c", "#f1e4b8", "#e3862f", "#f3eccd"],
    ]);
    let left = dice.coin();
    art.ground(hide);
    let tear = |art: &mut Art| {
        for (x, top, bottom) in
            [(96.0, 60.0, 350.0), (176.0, 22.0, 396.0), (256.0, 34.0, 384.0), (334.0, 92.0, 330.0)]
        {
            let (dx, middle) = (74.0, (top + bottom) / 2.0);
            let gash = |wide: f64| {
                d!(
                    "M{},{}Q{},{} {},{}Q{},{} {},{}Z",
                    x + dx / 2.0,
                    top,
                    x + wide + 12.0,
                    middle - 10.0,
                    x - dx / 2.0,
                    bottom,
                    x - wide + 12.0,
                    middle + 14.0,
                    x + dx / 2.0,
                    top
                )
            };
            art.path(&gash(46.0), glow);
            art.path(&gash(34.0), wound);
        }
    };
    if left {
        art.mirrored(tear)
    } else {
        tear(art)
    }
    at_foot(416.0, Face::Block, if left { Align::Right } else { Align::Left }, ink)
}
