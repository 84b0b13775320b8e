//! The one spelling of what people type (Unicode's form NFC).

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::secret::Secret;

const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();

/// The one spelling of a text that looks the same in several: what a keyboard sends for `é` depends on the system.
#[must_use]
pub fn nfc(plain: &str) -> Secret<String> {
    if plain.is_ascii() {
        return Secret::new(plain.to_owned());
    }
    Secret::new(NFC.normalize(plain).into_owned())
}

#[cfg(test)]
mod tests {
    use super::nfc;

    #[test]
    fn nothing_is_folded_that_people_can_tell_apart() {
        for text in ["ﬁ", "Å\u{2460}", "ｐａｓｓ", "ſ"] {
            let kept = nfc(text).expose().clone();
            assert_eq!(kept, text.replace('\u{212b}', "\u{c5}"), "{text}");
        }
    }
}
