//! For the fun of it.

use super::{Layout, at_foot, credits};
use crate::catalogue::poster::art::{Art, d, polar};
use crate::catalogue::poster::dice::Dice;
use crate::catalogue::poster::lettering::{Align, Face, Gravity, Title};

/// A face that is all grin.
pub(super) fn grin(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, ink, tongue] = dice.pick(&[
        ["#ffcb2d", "#2a1620", "#ee4c3a"],
        ["#f26b4e", "#24122b", "#ffd166"],
        ["#6fc7b4", "#14302f", "#f25c54"],
        ["#f5a3b7", "#3a1030", "#d7263d"],
    ]);
    art.ground(ground);
    let mouth = "M62,206H338A138,150 0 0 1 62,206Z";
    art.path(mouth, ink);
    art.inside(mouth, |art| {
        art.circle((dice.between(176.0, 224.0), 384.0), 82.0, tongue);
        art.rect(0.0, 190.0, 400.0, 44.0, "#fff8ea");
        for tooth in 1..7 {
            art.rect(62.0 + 39.4 * f64::from(tooth) - 1.0, 190.0, 2.0, 44.0, ink);
        }
    });
    let (open, wink) = if dice.coin() { (130.0, 270.0) } else { (270.0, 130.0) };
    art.circle((open, 122.0), 32.0, ink);
    art.circle((open + 10.0, 112.0), 10.0, "#fff8ea");
    art.stroke(&d!("M{},130Q{},88 {},130", wink - 36.0, wink, wink + 36.0), ink, 11.0);
    art.stroke(&d!("M{},62Q{},36 {},58", open - 34.0, open, open + 36.0), ink, 9.0);
    at_foot(396.0, dice.pick(&[Face::Block, Face::Plain]), Align::Middle, ink)
}

/// A wall of loose shapes.
pub(super) fn tiles(art: &mut Art, dice: &mut Dice) -> Layout {
    let colors = dice.pick(&[
        ["#f4ead7", "#e4572e", "#17bebb", "#ffc914", "#2e282a"],
        ["#fff3e2", "#ef476f", "#118ab2", "#ffd166", "#073b4c"],
        ["#f6e8dc", "#c8553d", "#588b8b", "#f2a541", "#3a2a2f"],
    ]);
    let ink = colors[4];
    art.ground(colors[0]);
    let size = 100.0;
    for cell in 0..16 {
        let (x, y) = (size * f64::from(cell % 4), size * f64::from(cell / 4));
        let back = dice.pick(&[0, 1, 2, 3]);
        let front = (back + dice.pick(&[1, 2, 3, 4])) % 5;
        let (back, front) = (colors[back], colors[front]);
        art.rect(x, y, size + 0.5, size + 0.5, back);
        let turn = dice.pick(&[0.0, 90.0, 180.0, 270.0]);
        let shape = dice.pick(&[0, 1, 2, 3, 4, 5]);
        art.turned(turn, (x + 50.0, y + 50.0), |art| match shape {
            0 => art.path(&d!("M{},{}h100a100,100 0 0 1 -100,100Z", x, y), front),
            1 => art.path(&d!("M{},{}h100a50,50 0 0 1 -100,0Z", x, y + 50.0), front),
            2 => art.circle((x + 50.0, y + 50.0), 34.0, front),
            3 => art.path(&d!("M{},{}a100,100 0 0 1 100,100a100,100 0 0 1 -100,-100Z", x, y), front),
            4 => (0..3).for_each(|bar| art.rect(x, y + 8.0 + 34.0 * f64::from(bar), 100.0, 17.0, front)),
            _ => art.polygon(&[(x, y), (x + 100.0, y), (x, y + 100.0)], front),
        });
    }
    at_foot(420.0, Face::Block, Align::Left, ink)
}

/// Kites over the hills.
pub(super) fn kites(art: &mut Art, dice: &mut Dice) -> Layout {
    let [sky, kite, other, hill, near, ink] = dice.pick(&[
        ["#f9e3b4", "#e4572e", "#2a9d8f", "#8ab17d", "#264653", "#fdf3d8"],
        ["#9ad4e3", "#ffb703", "#d62839", "#4f9d69", "#1b4332", "#f3f9e6"],
        ["#f7c59f", "#1a659e", "#ef3e36", "#ee964b", "#5f2a3c", "#ffeeda"],
    ]);
    art.ground(sky);
    let mut fly = |art: &mut Art, (x, y): (f64, f64), size: f64, turn: f64, colors: (&str, &str)| {
        let sway = dice.between(-30.0, 30.0);
        art.stroke(
            &d!("M{},{}C{},{} {},{} 200,470", x, y + size, x + sway, y + size * 1.7, 200.0 - sway, y + size * 2.4),
            near,
            1.4,
        );
        art.turned(turn, (x, y), |art| {
            art.polygon(
                &[(x, y - size), (x + size * 0.74, y - size * 0.1), (x, y + size), (x - size * 0.74, y - size * 0.1)],
                colors.0,
            );
            art.polygon(&[(x, y - size), (x + size * 0.74, y - size * 0.1), (x, y - size * 0.1)], colors.1);
            art.polygon(&[(x, y + size), (x - size * 0.74, y - size * 0.1), (x, y - size * 0.1)], colors.1);
        });
    };
    fly(art, (300.0, 92.0), 34.0, 24.0, (other, ink));
    fly(art, (86.0, 246.0), 28.0, -22.0, (ink, kite));
    fly(art, (172.0, 170.0), 104.0, -14.0, (kite, other));
    art.path("M0,600V420Q90,350 200,400T400,380V600Z", hill);
    art.person((200.0, 470.0), 46.0, near);
    art.path("M0,600V474Q120,430 230,464T400,446V600Z", near);
    at_foot(470.0, dice.pick(&[Face::Plain, Face::Block]), Align::Left, ink)
}

/// A bang on a sheet of printed dots.
pub(super) fn halftone(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, dot, shock, paper, ink] = dice.pick(&[
        ["#ffd60a", "#ff7b00", "#d00000", "#fff8e7", "#1a0b12"],
        ["#00b4d8", "#0077b6", "#ef233c", "#fff8e7", "#10162f"],
        ["#f72585", "#b5179e", "#ffd60a", "#fff8e7", "#240046"],
    ]);
    art.ground(ground);
    for row in 0..24 {
        for column in 0..17 {
            let shift = if row % 2 == 0 { 0.0 } else { 12.5 };
            let (x, y) = (25.0 * f64::from(column) + shift, 25.0 * f64::from(row) + 6.0);
            let radius = 13.0 * ((x + y) / 1_000.0);
            art.circle((x, y), radius, dot);
        }
    }
    let centre = (200.0, 278.0);
    let mut star = |art: &mut Art, inner: f64, outer: f64, color: &str| {
        let points: Vec<_> = (0..36)
            .map(|corner| {
                let reach = if corner % 2 == 0 { outer * dice.between(0.86, 1.1) } else { inner };
                polar(centre, reach, 10.0 * f64::from(corner) + 3.0)
            })
            .map(|(x, y)| (x, centre.1 + (y - centre.1) * 0.92))
            .collect();
        art.polygon(&points, color);
    };
    star(art, 172.0, 232.0, ink);
    star(art, 160.0, 212.0, shock);
    star(art, 138.0, 172.0, paper);
    art.rect(0.0, 548.0, 400.0, 52.0, ink);
    Layout {
        title: Title {
            at: (92.0, 188.0),
            width: 216.0,
            height: 180.0,
            face: Face::Block,
            align: Align::Middle,
            gravity: Gravity::Centre,
            color: ink,
            largest: 70.0,
            turn: -6.0,
        },
        credits: credits(Align::Middle, paper),
    }
}

/// A gentleman of whom only the best parts are left.
pub(super) fn gentleman(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, ink, tie, dot] = dice.pick(&[
        ["#f3e9d8", "#221b1d", "#d6402b", "#f3e9d8"],
        ["#8fc9c0", "#16302f", "#f25c54", "#fff3d6"],
        ["#f2b632", "#31161f", "#2f7f8c", "#fff1cc"],
        ["#e8684a", "#2a1222", "#ffd166", "#31161f"],
    ]);
    art.ground(ground);
    art.turned(dice.between(-14.0, 14.0), (200.0, 150.0), |art| {
        art.path("M118,136C112,20 288,20 282,136Z", ink);
        art.rect(116.0, 112.0, 168.0, 17.0, tie);
        art.path("M72,134Q200,116 328,134Q334,154 300,156Q200,140 100,156Q66,154 72,134Z", ink);
    });
    art.path("M200,232C176,206 138,214 122,238C112,252 92,252 84,240C88,282 152,292 200,250C248,292 312,282 316,240C308,252 288,252 278,238C262,214 224,206 200,232Z", ink);
    art.path("M200,350L112,306Q98,350 112,394Z", tie);
    art.path("M200,350L288,306Q302,350 288,394Z", tie);
    for at in [(136.0, 336.0), (142.0, 366.0), (166.0, 350.0), (264.0, 336.0), (258.0, 366.0), (234.0, 350.0)] {
        art.circle(at, 6.0, dot);
    }
    art.circle((200.0, 350.0), 19.0, ink);
    at_foot(420.0, dice.pick(&[Face::Plain, Face::Block]), Align::Middle, ink)
}
