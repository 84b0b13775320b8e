//! Six digits, as people read them off one screen and type them into another.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::id::AppId;
use crate::random::Random;
use crate::secret::Secret;
use crate::token::ring::KeyRing;

/// A code as a person reads it: six digits.
#[derive(Debug)]
pub struct Code(Secret<String>);

impl Code {
    const VALUES: u32 = 1_000_000;
    /// Random numbers from here on would make some codes likelier than others.
    const FAIR: u32 = u32::MAX - u32::MAX % Self::VALUES;

    /// Draws a new code, each as likely as any other.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        loop {
            let number = u32::from_be_bytes(random.bytes());
            if number < Self::FAIR {
                return Self(Secret::new(format!("{:06}", number % Self::VALUES)));
            }
        }
    }

    /// What somebody presented: any text, most of which is no code.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(Secret::new(text.to_owned()))
    }

    /// What is stored. A million codes are hashed in a moment, so the hash is keyed; and it is bound to its kind, its
    /// app and whomever it is for, so that it means nothing in another record.
    #[must_use]
    pub(super) fn digest(&self, kind: &'static str, app: &AppId, whose: &str, ring: &KeyRing) -> CodeDigest {
        let bound = Secret::new(format!("{whose}:{}", self.0.expose()));
        CodeDigest(ring.blind(kind, app, bound.expose()))
    }

    /// The digits, for a letter's two parts.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The digits, for the one message that carries them.
    #[must_use]
    pub fn reveal(self) -> String {
        self.0.reveal()
    }
}

/// A code at rest.
#[derive(Clone, Debug)]
pub struct CodeDigest(String);

impl CodeDigest {
    /// The text, for the store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store had.
    #[must_use]
    pub const fn stored(text: String) -> Self {
        Self(text)
    }
}

/// Compares in the same time for any two.
impl PartialEq for CodeDigest {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes()).is_ok()
    }
}

impl Eq for CodeDigest {}

#[cfg(test)]
mod tests {
    use super::Code;
    use crate::random::{Entropy, Random};

    struct Numbers(std::sync::Mutex<Vec<u32>>);

    impl Entropy for Numbers {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.copy_from_slice(&self.0.lock().expect("no panic").remove(0).to_be_bytes());
        }
    }

    fn drawn(numbers: &[u32]) -> String {
        Code::draw(&Random::from_entropy(Numbers(std::sync::Mutex::new(numbers.to_vec())))).reveal()
    }

    #[test]
    fn a_code_has_six_digits_and_keeps_its_leading_zeros() {
        assert_eq!([drawn(&[0]), drawn(&[42]), drawn(&[1_999_999])], ["000000", "000042", "999999"]);
    }

    #[test]
    fn a_number_that_would_favour_some_codes_is_drawn_again() {
        assert_eq!(drawn(&[u32::MAX, 4_294_000_000, 4_293_999_999]), "999999");
    }
}
