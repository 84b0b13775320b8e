//! Digits as people type them, or paste them from another program.

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::secret::Secret;

/// More bytes than a code or a phone number with anything between its digits; a longer text is not even normalised.
const LONGEST: usize = 128;

const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();

/// The text with ordinary digits in place of full-width ones, and without what stands between digits. `None`: it is too long.
pub(crate) fn fold(text: &str) -> Option<Secret<String>> {
    if text.len() > LONGEST {
        return None;
    }
    let folded = Secret::new(NFKC.normalize(text).into_owned());
    Some(Secret::new(folded.expose().chars().filter(|character| !is_between_digits(*character)).collect()))
}

/// Spaces, dashes, and what is not seen at all: zero-width characters, and the marks that turn the direction of writing.
fn is_between_digits(character: char) -> bool {
    let is_dash = matches!(character, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let is_unseen =
        matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    character.is_whitespace() || is_dash || is_unseen
}
