//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, thirty seconds, which is what every authenticator app reads.

use std::fmt::Write as _;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use crate::clock::{Seconds, Timestamp};
use crate::code::digits::Code;
use crate::random::Random;
use crate::secret::Secret;

/// A step of the clock: how often thirty seconds have passed since 1970 (RFC 6238 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(pub i64);

/// How long one code is shown.
pub const STEP: Seconds = Seconds(30);

/// How many steps a user's clock may be off, either way (RFC 6238 §5.2, §6). Each is one more code that a guess may meet.
const DRIFT: i64 = 1;

impl Step {
    /// The step of that moment.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self(now.unix().div_euclid(STEP.0))
    }
}

/// The secret that a user shares with an authenticator app.
#[derive(Debug)]
pub struct Totp(Secret<Vec<u8>>);

/// The length of SHA-1's output (RFC 4226 §4, R6).
const LENGTH: usize = 20;

impl Totp {
    /// Draws a secret.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        Self(Secret::new(random.bytes::<LENGTH>().to_vec()))
    }

    /// A secret that there is.
    #[must_use]
    pub const fn of(secret: Secret<Vec<u8>>) -> Self {
        Self(secret)
    }

    /// The bytes, to be sealed.
    #[must_use]
    pub const fn secret(&self) -> &Secret<Vec<u8>> {
        &self.0
    }

    /// The step that `code` is of, if it is one that a user may be in, and later than the last that was used: each is good
    /// once (RFC 6238 §5.2).
    #[must_use]
    pub fn step_of(&self, code: &Code, last: Option<Step>, now: Timestamp) -> Option<Step> {
        let Step(current) = Step::at(now);
        let steps = (current - DRIFT..=current + DRIFT).map(Step);
        // All are compared, so that the time does not tell which it was.
        let matching = steps.filter(|step| {
            verify_slices_are_equal(self.code(*step).expose().as_bytes(), code.expose().as_bytes()).is_ok()
        });
        matching.fold(None, |found, step| found.or(Some(step).filter(|step| last.is_none_or(|last| *step > last))))
    }

    /// The six digits of a step (RFC 4226 §5.3).
    #[must_use]
    pub fn code(&self, Step(step): Step) -> Secret<String> {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.expose());
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let bytes = tag.as_ref();
        let offset = bytes.last().map_or(0, |last| usize::from(last & 0x0f));
        let four = bytes.iter().skip(offset).take(4).fold(0, |number, byte| number << 8 | u32::from(*byte));
        Secret::new(format!("{:06}", (four & 0x7fff_ffff) % 1_000_000))
    }

    /// The secret as text, for whom the QR code is of no use: base32 without padding (RFC 4648 §6).
    #[must_use]
    pub fn text(&self) -> Secret<String> {
        const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut text = String::with_capacity(LENGTH.div_ceil(5) * 8);
        for chunk in self.0.expose().chunks(5) {
            let bits = chunk.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte)) << (8 * (5 - chunk.len()));
            for position in 0..(chunk.len() * 8).div_ceil(5) {
                let digit = usize::try_from(bits >> (35 - 5 * position) & 31).unwrap_or_default();
                text.push(char::from(DIGITS[digit]));
            }
        }
        Secret::new(text)
    }

    /// What the QR code says (the key URI format of Google Authenticator, which the others read, too).
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &str) -> Secret<String> {
        let (issuer, account) = (escape(issuer), escape(account));
        Secret::new(format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", self.text().expose()))
    }
}

/// A part of a URI (RFC 3986 §2.1).
fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::{Step, Totp};
    use crate::clock::{Seconds, Timestamp};
    use crate::code::digits::Code;
    use crate::secret::Secret;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    /// RFC 6238 Appendix B.
    fn totp() -> Totp {
        Totp::of(Secret::new(b"12345678901234567890".to_vec()))
    }

    fn code(text: &str) -> Code {
        Code::read(text).expect("six digits")
    }

    /// The last six of the eight digits there.
    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        for (at, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_unix(at);
            assert_eq!(totp().code(Step::at(now)).expose(), digits, "{at}");
            assert_eq!(totp().step_of(&code(digits), None, now), Some(Step::at(now)), "{at}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_one_step_late_and_not_beyond() {
        let step = Step::at(NOW);
        let shown = code(totp().code(step).expose());
        for (seconds, good) in [(-31, false), (-30, true), (0, true), (29, true), (59, true), (60, false)] {
            let found = totp().step_of(&shown, None, NOW.plus(Seconds(seconds)));
            assert_eq!(found, good.then_some(step), "{seconds}");
        }
    }

    #[test]
    fn a_step_that_was_used_and_those_before_it_are_not_good_again() {
        let step = Step::at(NOW);
        let shown = code(totp().code(step).expose());
        for (last, good) in [(step.0 - 1, true), (step.0, false), (step.0 + 1, false)] {
            assert_eq!(totp().step_of(&shown, Some(Step(last)), NOW).is_some(), good, "{last}");
        }
    }

    #[test]
    fn another_code_is_of_no_step() {
        assert_eq!(totp().step_of(&code("000000"), None, NOW), None);
    }

    #[test]
    fn the_text_is_base32_and_stands_in_the_uri() {
        // RFC 4648 §10.
        for (plain, text) in [("f", "MY"), ("fo", "MZXQ"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(Totp::of(Secret::new(plain.into())).text().expose(), text);
        }
        let uri = totp().uri("Demo & Co", "ada@example.com");
        assert_eq!(
            uri.expose(),
            "otpauth://totp/Demo%20%26%20Co:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Demo%20%26%20Co"
        );
    }
}
