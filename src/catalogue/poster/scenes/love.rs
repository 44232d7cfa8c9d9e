//! Two of something.

use super::{Layout, at_foot};
use crate::catalogue::poster::art::{Art, Point, d, disc, polar};
use crate::catalogue::poster::dice::Dice;
use crate::catalogue::poster::lettering::{Align, Face};

/// Two discs that meet over still water.
pub(super) fn moons(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, left, right, both, ink] = dice.pick(&[
        ["#f4e6d4", "#d8483a", "#24365a", "#7a1f3d", "#24365a"],
        ["#1d2340", "#f0a04b", "#e4572e", "#ffe3b3", "#f6e7d3"],
        ["#f7d9d3", "#e76f7a", "#fbb45c", "#c2324e", "#5c1a33"],
        ["#123b3a", "#e9c46a", "#f2efe4", "#e76f51", "#f2efe4"],
    ]);
    art.ground(ground);
    let (radius, apart) = (106.0, dice.between(46.0, 62.0));
    let slope = dice.between(-26.0, 26.0);
    let (a, b): (Point, Point) = ((200.0 - apart, 190.0 + slope), (200.0 + apart, 190.0 - slope));
    art.circle(a, radius, left);
    art.circle(b, radius, right);
    art.inside(&disc(a, radius), |art| art.circle(b, radius, both));
    for (line, width) in [156.0, 140.0, 122.0, 100.0, 74.0, 44.0].into_iter().enumerate() {
        let (y, height) = (346.0 + 14.0 * line as f64, 5.0 - 0.5 * line as f64);
        art.rect(200.0 - width, y, width, height, left);
        art.rect(200.0, y, width, height, right);
        art.rect(200.0 - width * 0.3, y, width * 0.6, height, both);
    }
    at_foot(440.0, dice.pick(&[Face::Slanted, Face::Book]), Align::Middle, ink)
}

/// Two threads that tie a heart and part again.
pub(super) fn threads(art: &mut Art, dice: &mut Dice) -> Layout {
    let [ground, one, other, ink] = dice.pick(&[
        ["#f5efe4", "#c8102e", "#1b1b1e", "#1b1b1e"],
        ["#c7362f", "#fff3df", "#2b0d12", "#fff3df"],
        ["#20344c", "#f2a65a", "#f4efe6", "#f4efe6"],
        ["#f3c6b8", "#8c1c3b", "#1f4e5f", "#5d1128"],
    ]);
    art.ground(ground);
    let (tip, drift) = (dice.between(380.0, 404.0), dice.between(20.0, 70.0));
    let thread = d!(
        "M{},-10C150,90 196,120 200,204C204,110 346,88 346,204C346,290 248,322 200,{}C176,{} 90,{} -10,{}",
        200.0 - drift,
        tip,
        tip + 26.0,
        tip + 30.0,
        tip + 4.0
    );
    art.stroke(&thread, one, 9.0);
    art.mirrored(|art| art.stroke(&thread, other, 9.0));
    // The first thread passes over the second at the tip, as in a real knot.
    art.inside(&d!("M170,{}h60v60h-60Z", tip - 22.0), |art| art.stroke(&thread, one, 9.0));
    at_foot(446.0, dice.pick(&[Face::Slanted, Face::Airy]), Align::Middle, ink)
}

/// A sleeping house with two windows lit.
pub(super) fn facade(art: &mut Art, dice: &mut Dice) -> Layout {
    let [wall, shutter, light, guest, ink] = dice.pick(&[
        ["#12312b", "#0b211d", "#f2b544", "#12312b", "#f3e3bd"],
        ["#5b1420", "#430d17", "#ffc971", "#5b1420", "#ffe6c2"],
        ["#1f2a4d", "#151d38", "#ffb4a2", "#1f2a4d", "#ffe1d6"],
    ]);
    art.ground(wall);
    let lit = [(dice.pick(&[0, 1]), dice.pick(&[2, 3])), (dice.pick(&[3, 4]), dice.pick(&[0, 1, 2]))];
    for column in 0..5 {
        for row in 0..5 {
            let (x, y) = (34.0 + 70.0 * f64::from(column), 40.0 + 80.0 * f64::from(row));
            let window = d!("M{},{}v-34a26,22 0 0 1 52,0v34Z", x, y + 58.0);
            let awake = lit.contains(&(column, row));
            art.path(&window, if awake { light } else { shutter });
            if awake {
                art.inside(&window, |art| art.person((x + 26.0, y + 90.0), 84.0, guest));
            }
            art.rect(x - 4.0, y + 58.0, 60.0, 3.0, shutter);
        }
    }
    at_foot(454.0, dice.pick(&[Face::Book, Face::Slanted]), Align::Left, ink)
}

/// Two umbrellas in the rain, seen from a balcony.
pub(super) fn umbrellas(art: &mut Art, dice: &mut Dice) -> Layout {
    let [street, rain, one, other, ink] = dice.pick(&[
        ["#26374d", "#5d7a99", "#e63946", "#f1c453", "#f1efe6"],
        ["#e9dfd0", "#b9a98f", "#1f4e5f", "#d1495b", "#1f3540"],
        ["#2f2440", "#6b5a86", "#f2a65a", "#7bc8bd", "#f6ead9"],
        ["#7fa99b", "#a9c8bb", "#fbe3b5", "#b23a48", "#17332c"],
    ]);
    art.ground(street);
    let mut drops = String::new();
    for drop in 0..44 {
        let length = 14.0 + f64::from(drop % 3) * 8.0;
        let (x, y) = (dice.between(-10.0, 400.0), dice.between(-20.0, 420.0));
        drops.push_str(&d!("M{},{}l{},{}", x, y, -length * 0.35, length));
    }
    art.stroke(&drops, rain, 1.8);
    let mut umbrella = |art: &mut Art, centre: Point, radius: f64, color: &str| {
        let lean = dice.between(0.0, 45.0);
        let corners: Vec<Point> = (0..8).map(|rib| polar(centre, radius, lean + 45.0 * f64::from(rib))).collect();
        let mut cloth = d!("M{},{}", corners[0].0, corners[0].1);
        for rib in 1..=8 {
            let (hem, end) =
                (polar(centre, radius * 0.86, lean + 45.0 * f64::from(rib) - 22.5), corners[rib as usize % 8]);
            cloth.push_str(&d!("Q{},{} {},{}", hem.0, hem.1, end.0, end.1));
        }
        art.path(&cloth, color);
        corners.iter().for_each(|corner| art.line(centre, *corner, street, 1.6));
        art.circle(centre, 5.0, street);
    };
    let high = 170.0;
    umbrella(art, (142.0, high), 98.0, one);
    umbrella(art, (256.0, high + 96.0), 98.0, other);
    at_foot(420.0, dice.pick(&[Face::Slanted, Face::Plain]), Align::Left, ink)
}
