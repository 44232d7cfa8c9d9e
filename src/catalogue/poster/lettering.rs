//! Title and credits: wrapped, made to fit their box, and held to it by `textLength` whatever font the reader has.

use super::art::{Art, Point, Short, escape};

/// Typefaces, all from the reader's generic families.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Face {
    /// Heavy capitals without serifs, set tight.
    Block,
    /// Light capitals, set wide.
    Airy,
    /// Heavy letters without serifs in upper and lower case.
    Plain,
    /// A book face.
    Book,
    /// A slanted book face.
    Slanted,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
}

/// Where the lines stand when they do not fill the height of their box.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Gravity {
    Top,
    Centre,
    Bottom,
}

/// The box of the title.
pub(super) struct Title {
    /// Upper left corner.
    pub at: Point,
    pub width: f64,
    pub height: f64,
    pub face: Face,
    pub align: Align,
    pub gravity: Gravity,
    pub color: &'static str,
    /// Largest letters that suit the composition.
    pub largest: f64,
    /// Degrees by which the box is turned around its centre.
    pub turn: f64,
}

/// The line with director and year.
pub(super) struct Credits {
    /// Left end of the baseline.
    pub at: Point,
    pub width: f64,
    pub align: Align,
    pub color: &'static str,
}

/// A longer word is broken, so that a hostile title cannot make the letters invisible.
const LONGEST_WORD: usize = 18;
/// More lines make a column of text rather than a title.
const MOST_LINES: usize = 6;
/// From baseline to baseline, in font sizes.
const LEADING: f64 = 1.02;
/// Height of capitals, in font sizes.
const CAPITAL: f64 = 0.74;

impl Face {
    fn set(self, text: &str) -> String {
        if matches!(self, Self::Block | Self::Airy) { text.to_uppercase() } else { text.to_owned() }
    }

    fn attributes(self) -> &'static str {
        match self {
            Self::Block | Self::Plain => r#"font-family="sans-serif" font-weight="bold""#,
            Self::Airy => r#"font-family="sans-serif" font-weight="normal""#,
            Self::Book => r#"font-family="serif" font-weight="bold""#,
            Self::Slanted => r#"font-family="serif" font-weight="normal" font-style="italic""#,
        }
    }

    /// Width of a text at font size 1: the average of common fonts, to which `textLength` then holds the reader's font.
    fn measure(self, text: &str) -> f64 {
        let (scale, tracking) = match self {
            Self::Block => (0.98, 0.0),
            Self::Plain => (1.02, 0.0),
            Self::Airy => (0.98, 0.22),
            Self::Book => (0.98, 0.0),
            Self::Slanted => (0.92, 0.0),
        };
        let count = text.chars().count() as f64;
        text.chars().map(glyph_width).sum::<f64>() * scale + tracking * (count - 1.0).max(0.0)
    }
}

fn glyph_width(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | '\'' | '’' | '.' | ',' | '·' | '|' | '!' | ' ' | 'I' => 0.31,
        'f' | 't' | 'r' | '-' | ':' | ';' | '(' | ')' | '/' | '"' => 0.38,
        'm' | 'M' => 0.88,
        'w' | 'W' => 0.88,
        'a'..='z' | '0'..='9' | 'J' => 0.58,
        'L' | 'E' | 'F' | 'S' | 'T' | 'Z' | 'P' => 0.65,
        'A'..='Z' | '&' => 0.73,
        character if (character as u32) < 0x250 => 0.66,
        character if (0x1100..0x2_0000).contains(&(character as u32)) => 1.0,
        _ => 0.75,
    }
}

/// Cuts words that are too long for any line.
fn words(text: &str) -> Vec<String> {
    let cut = |word: &str| {
        let letters: Vec<char> = word.chars().collect();
        letters.chunks(LONGEST_WORD).map(|chunk| chunk.iter().collect()).collect::<Vec<String>>()
    };
    text.split_whitespace().flat_map(cut).collect()
}

/// Breaks words into that many lines so that the widest is as narrow as possible; later lines may stay empty.
fn wrap(words: &[String], lines: usize, face: Face) -> Vec<String> {
    let widths = |limit: f64| {
        let mut broken: Vec<String> = Vec::new();
        for word in words {
            let longer = broken.last().map(|line| format!("{line} {word}"));
            match (longer, broken.last_mut()) {
                (Some(longer), Some(line)) if face.measure(&longer) <= limit => *line = longer,
                _ => broken.push(word.clone()),
            }
        }
        broken
    };
    let whole = face.measure(&words.join(" "));
    let widest_word = words.iter().map(|word| face.measure(word)).fold(0.0, f64::max);
    let steps = 40;
    let limits = (0..=steps).map(|step| widest_word + (whole - widest_word) * f64::from(step) / f64::from(steps));
    limits.map(widths).find(|broken| broken.len() <= lines).unwrap_or_else(|| vec![words.join(" ")])
}

/// The lines of a text and the largest font size at which they fit the box.
fn fit(text: &str, face: Face, width: f64, height: f64, largest: f64) -> (Vec<String>, f64) {
    let words = words(&face.set(text));
    let layouts = (1..=MOST_LINES).map(|lines| {
        let lines = wrap(&words, lines, face);
        let widest = lines.iter().map(|line| face.measure(line)).fold(0.1, f64::max);
        let tall = CAPITAL + LEADING * (lines.len() as f64 - 1.0) + 0.24;
        let size = (width / widest).min(height / tall).min(largest);
        (lines, size)
    });
    layouts.fold((Vec::new(), 0.0), |best, next| if next.1 > best.1 * 1.04 { next } else { best })
}

/// Sets the title into its box.
pub(super) fn title(art: &mut Art, spec: &Title, text: &str) {
    let (lines, size) = fit(text, spec.face, spec.width, spec.height, spec.largest);
    let used = CAPITAL * size + LEADING * size * (lines.len() as f64 - 1.0).max(0.0);
    let (x, y) = spec.at;
    let spare = (spec.height - used - 0.24 * size).max(0.0);
    let top = y + match spec.gravity {
        Gravity::Top => 0.0,
        Gravity::Centre => spare / 2.0 + 0.12 * size,
        Gravity::Bottom => spare,
    };
    let centre = (x + spec.width / 2.0, y + spec.height / 2.0);
    let set = |art: &mut Art| {
        for (index, line) in lines.iter().enumerate() {
            let baseline = top + CAPITAL * size + LEADING * size * index as f64;
            let length = spec.face.measure(line) * size;
            set_line(
                art,
                line,
                spec.face,
                (start(x, spec.width, length, spec.align), baseline),
                size,
                length,
                spec.color,
            );
        }
    };
    if spec.turn == 0.0 { set(art) } else { art.turned(spec.turn, centre, set) }
}

/// Sets director and year under the title.
pub(super) fn credits(art: &mut Art, spec: &Credits, director: &str, year: i32) {
    let text = match director.trim() {
        "" => year.to_string(),
        director => format!("{director}  ·  {year}"),
    };
    let face = Face::Airy;
    let (lines, size) = fit(&text, face, spec.width, 26.0, 10.5);
    for (index, line) in lines.iter().rev().enumerate() {
        let length = face.measure(line) * size;
        let at = (start(spec.at.0, spec.width, length, spec.align), spec.at.1 - index as f64 * size * 1.35);
        set_line(art, line, face, at, size, length, spec.color);
    }
}

fn start(x: f64, width: f64, length: f64, align: Align) -> f64 {
    match align {
        Align::Left => x,
        Align::Middle => x + (width - length) / 2.0,
        Align::Right => x + width - length,
    }
}

fn set_line(art: &mut Art, line: &str, face: Face, (x, y): Point, size: f64, length: f64, color: &str) {
    let adjust = if face == Face::Airy { "spacing" } else { "spacingAndGlyphs" };
    let (x, y, size, length) = (Short(x), Short(y), Short(size), Short(length));
    art.raw(&format!(
        r#"<text x="{x}" y="{y}" {} font-size="{size}" textLength="{length}" lengthAdjust="{adjust}" fill="{color}">{}</text>"#,
        face.attributes(),
        escape(line)
    ));
}
