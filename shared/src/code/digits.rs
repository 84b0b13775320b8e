//! Six digits, as people read them off one screen and type them into another.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::id::AppId;
use crate::random::Random;
use crate::secret::Secret;
use crate::token::ring::KeyRing;
use crate::typed;

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

    /// The code that belongs to 32 bytes which nobody can guess. One code is likelier than another by one in 10^13.
    #[must_use]
    pub(super) fn of(bytes: [u8; 32]) -> Self {
        let number = bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        Self(Secret::new(format!("{:06}", number % u64::from(Self::VALUES))))
    }

    /// Reads what somebody typed or pasted. Full-width digits are digits (Unicode's form NFKC); spaces, dashes and
    /// invisible characters, which mails and keyboards put between them, are dropped.
    ///
    /// # Errors
    /// [`NotACode`]: what is left is not six digits. It is not to cost a try.
    pub fn read(text: &str) -> Result<Self, NotACode> {
        let code = typed::fold(text).ok_or(NotACode)?;
        let is_code = |text: &str| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_code(code.expose()).then_some(Self(code)).ok_or(NotACode)
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

/// The text is not six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a code of six digits")]
pub struct NotACode;

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
    fn what_people_type_and_paste_is_read_and_what_is_no_code_is_none() {
        for text in [
            "012345",
            " 012345\r\n",
            "012 345",
            "012-345",
            "012\u{2013}345",
            "\u{200b}012\u{a0}345\u{feff}",
            "０１２３４５",
            "０１２　３４５",
            "0 1 2 3 4 5",
            "\u{202a}012345\u{202c}",
        ] {
            assert_eq!(Code::read(text).expect(text).reveal(), "012345", "{text:?}");
        }
        let long = format!("012345{}", " ".repeat(200));
        for text in ["", " ", "01234", "0123456", "01234x", "O12345", "01.2345", "０１２３４", "+12345", &long] {
            assert!(Code::read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_number_that_would_favour_some_codes_is_drawn_again() {
        assert_eq!(drawn(&[u32::MAX, 4_294_000_000, 4_293_999_999]), "999999");
    }
}
