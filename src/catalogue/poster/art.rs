//! The sheet that a poster is drawn on: plain shapes in, SVG elements out.

use std::fmt::Write;

/// Width of the sheet in its own units.
pub(super) const WIDTH: f64 = 400.0;
/// Height of the sheet in its own units.
pub(super) const HEIGHT: f64 = 600.0;

/// A point of the sheet, from its upper left corner.
pub(super) type Point = (f64, f64);

/// The drawing so far.
pub(super) struct Art {
    /// Prefix of every id in this drawing.
    name: String,
    ids: usize,
    body: String,
}

/// Text as XML can hold it: the five special characters escaped, forbidden ones left out.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => {}
            character if character.is_control() => safe.push(' '),
            character => safe.push(character),
        }
    }
    safe
}

/// A length with at most one decimal, which is finer than anybody sees.
fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    match text.strip_suffix(".0").unwrap_or(&text) {
        "-0" => "0".to_owned(),
        short => short.to_owned(),
    }
}

/// Path data from a template: `{}` stands for the next number.
macro_rules! d {
    ($template:literal $(, $number:expr)* $(,)?) => { format!($template $(, $crate::catalogue::poster::art::Short($number))*) };
}
pub(super) use d;

/// A number that prints itself shortly.
pub(super) struct Short(pub f64);

impl std::fmt::Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&short(self.0))
    }
}

impl Art {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ids: 0, body: String::with_capacity(4_096) }
    }

    pub(super) fn finish(self) -> String {
        self.body
    }

    /// Adds ready-made elements; the callers escape what is not theirs.
    pub(super) fn raw(&mut self, element: &str) {
        self.body.push_str(element);
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.body.write_fmt(element);
    }

    /// Paints the whole sheet.
    pub(super) fn ground(&mut self, fill: &str) {
        self.rect(0.0, 0.0, WIDTH, HEIGHT, fill);
    }

    pub(super) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str) {
        let (x, y, width, height) = (short(x), short(y), short(width), short(height));
        self.add(format_args!(r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}"/>"#));
    }

    pub(super) fn circle(&mut self, (x, y): Point, radius: f64, fill: &str) {
        let (x, y, radius) = (short(x), short(y), short(radius));
        self.add(format_args!(r#"<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}"/>"#));
    }

    pub(super) fn ring(&mut self, (x, y): Point, radius: f64, color: &str, width: f64) {
        let (x, y, radius, width) = (short(x), short(y), short(radius), short(width));
        self.add(format_args!(
            r#"<circle cx="{x}" cy="{y}" r="{radius}" fill="none" stroke="{color}" stroke-width="{width}"/>"#
        ));
    }

    /// An ellipse in outline around a point, turned by degrees.
    pub(super) fn loop_around(&mut self, (x, y): Point, (rx, ry): Point, turn: f64, color: &str, width: f64) {
        let (x, y, rx, ry, turn, width) = (short(x), short(y), short(rx), short(ry), short(turn), short(width));
        self.add(format_args!(
            r#"<ellipse cx="{x}" cy="{y}" rx="{rx}" ry="{ry}" transform="rotate({turn} {x} {y})" fill="none" stroke="{color}" stroke-width="{width}"/>"#
        ));
    }

    pub(super) fn polygon(&mut self, points: &[Point], fill: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", short(*x), short(*y))).collect();
        self.add(format_args!(r#"<polygon points="{}" fill="{fill}"/>"#, points.join(" ")));
    }

    pub(super) fn path(&mut self, d: &str, fill: &str) {
        self.add(format_args!(r#"<path d="{d}" fill="{fill}"/>"#));
    }

    pub(super) fn stroke(&mut self, d: &str, color: &str, width: f64) {
        let width = short(width);
        self.add(format_args!(
            r#"<path d="{d}" fill="none" stroke="{color}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"/>"#
        ));
    }

    pub(super) fn line(&mut self, from: Point, to: Point, color: &str, width: f64) {
        self.stroke(&d!("M{},{}L{},{}", from.0, from.1, to.0, to.1), color, width);
    }

    /// Draws turned by degrees around a point.
    pub(super) fn turned(&mut self, turn: f64, (x, y): Point, draw: impl FnOnce(&mut Self)) {
        let (turn, x, y) = (short(turn), short(x), short(y));
        self.add(format_args!(r#"<g transform="rotate({turn} {x} {y})">"#));
        draw(self);
        self.raw("</g>");
    }

    /// Draws with the sheet mirrored left to right.
    pub(super) fn mirrored(&mut self, draw: impl FnOnce(&mut Self)) {
        self.add(format_args!(r#"<g transform="matrix(-1 0 0 1 {WIDTH} 0)">"#));
        draw(self);
        self.raw("</g>");
    }

    /// Draws only inside of a path.
    pub(super) fn inside(&mut self, d: &str, draw: impl FnOnce(&mut Self)) {
        self.ids += 1;
        let id = format!("{}-{}", self.name, self.ids);
        self.add(format_args!(r#"<clipPath id="{id}"><path d="{d}"/></clipPath><g clip-path="url(#{id})">"#));
        draw(self);
        self.raw("</g>");
    }

    /// A small person who stands there, seen from afar: the measure of everything else.
    pub(super) fn person(&mut self, (x, y): Point, height: f64, fill: &str) {
        let h = height / 100.0;
        self.circle((x, y - 90.0 * h), 9.5 * h, fill);
        let body = d!(
            "M{},{}Q{},{} {},{}L{},{}L{},{}L{},{}L{},{}L{},{}L{},{}L{},{}Z",
            x - 15.0 * h,
            y - 74.0 * h,
            x,
            y - 84.0 * h,
            x + 15.0 * h,
            y - 74.0 * h,
            x + 12.0 * h,
            y - 38.0 * h,
            x + 10.0 * h,
            y,
            x + 2.0 * h,
            y,
            x,
            y - 34.0 * h,
            x - 2.0 * h,
            y,
            x - 10.0 * h,
            y,
            x - 12.0 * h,
            y - 38.0 * h,
        );
        self.path(&body, fill);
    }
}

/// Path of a full circle, for clips.
pub(super) fn disc((x, y): Point, radius: f64) -> String {
    let r = radius;
    d!("M{},{}A{},{} 0 1 1 {},{}A{},{} 0 1 1 {},{}Z", x - r, y, r, r, x + r, y, r, r, x - r, y)
}

/// Path of a rectangle, for clips.
pub(super) fn area(x: f64, y: f64, width: f64, height: f64) -> String {
    d!("M{},{}h{}v{}h{}Z", x, y, width, height, -width)
}

/// The point at a distance from another, in degrees clockwise from the right.
pub(super) fn polar((x, y): Point, distance: f64, degrees: f64) -> Point {
    let angle = degrees.to_radians();
    (x + distance * angle.cos(), y + distance * angle.sin())
}
