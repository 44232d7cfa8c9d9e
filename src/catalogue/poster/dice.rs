//! Chance that is decided by a movie's title: the same on every machine and in every version of the standard library.

use sha2::{Digest, Sha256};

/// A row of dice that were thrown when the movie was named.
pub(super) struct Dice {
    bytes: [u8; 32],
    next: usize,
}

impl Dice {
    pub(super) fn new(words: &[&str]) -> Self {
        Self { bytes: Sha256::digest(words.join("\n")).into(), next: 0 }
    }

    /// A short name for the ids inside the drawing, so that several drawings can share a page.
    pub(super) fn name(&self) -> String {
        self.bytes.iter().take(4).fold("p".to_owned(), |name, byte| format!("{name}{byte:02x}"))
    }

    fn byte(&mut self) -> u8 {
        if self.next == self.bytes.len() {
            (self.bytes, self.next) = (Sha256::digest(self.bytes).into(), 0);
        }
        self.next += 1;
        self.bytes[self.next - 1]
    }

    /// One of the things, which must not be none.
    pub(super) fn pick<T: Copy>(&mut self, things: &[T]) -> T {
        let number = usize::from(self.byte()) << 8 | usize::from(self.byte());
        things[number % things.len()]
    }

    /// A number from `low` to `high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * f64::from(self.byte()) / 255.0
    }

    pub(super) fn coin(&mut self) -> bool {
        self.byte().is_multiple_of(2)
    }
}
