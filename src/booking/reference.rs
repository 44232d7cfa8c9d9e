//! The booking reference: short, can be read out, and identifies only; it grants no access.

/// Letters and digits that cannot be taken for one another when read out or written by hand.
const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 8;

/// Draws a new reference at random. The schema refuses a repetition, and the hold then draws again.
pub fn draw() -> String {
    (0..LENGTH).map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())])).collect()
}

/// Reads a reference as people type it: lower case, with spaces or dashes. None when it cannot be one.
pub fn parse(text: &str) -> Option<String> {
    let letters: String =
        text.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase()).take(LENGTH + 1).collect();
    (letters.len() == LENGTH && letters.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(letters)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_drawn_reference_is_read_back_however_it_is_typed() {
        let drawn = super::draw();
        let typed = format!(" {}-{} ", &drawn[..4].to_lowercase(), &drawn[4..]);
        assert_eq!(super::parse(&typed), Some(drawn));
    }

    #[test]
    fn what_cannot_be_a_reference_is_none() {
        for text in ["", "ABC", "ABCDEFG1", "ABCDEFGHJ", "ÄBCDEFGH", "ABCDEFG\0"] {
            assert_eq!(super::parse(text), None, "{text:?}");
        }
    }
}
