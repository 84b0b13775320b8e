//! Codes by text message: six digits that prove a phone number.
//!
//! A phone has one record per app. A code is issued at most once a minute, five times an hour and ten times a day, and
//! lives five minutes; the record stays a day longer, so that an expired code is told from one that never was. Wrong
//! tries are counted over a day whatever code they were for: a new code buys nobody new guesses.

use crate::clock::{Seconds, Timestamp};
use crate::code::digits::{Code, CodeDigest};
use crate::id::AppId;
use crate::token::ring::KeyRing;
use crate::user::phone::Phone;

/// How long a code is good.
pub const LIFETIME: Seconds = Seconds::minutes(5);

/// How long a phone waits for its next code.
pub const COOLDOWN: Seconds = Seconds(60);

/// How long after it was issued a code can still be told from one that never was.
pub const REMEMBERED: Seconds = Seconds::days(1);

/// How many tries a phone has in a [`GUESS_WINDOW`]. With these, chance opens one account in 200,000 per day.
pub const GUESSES: u32 = 5;

/// How long a try counts, from the first one on.
pub const GUESS_WINDOW: Seconds = Seconds::days(1);

/// How many codes a phone is sent in how long a time, beside the cooldown.
const QUOTAS: [(usize, Seconds); 2] = [(5, Seconds::hours(1)), (10, Seconds::days(1))];

/// What is stored of a code for `phone`.
#[must_use]
pub fn digest(code: &Code, app: &AppId, phone: &Phone, ring: &KeyRing) -> CodeDigest {
    code.digest("sms-code", app, phone.as_e164(), ring)
}

/// Tries since the window began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guesses {
    /// How many, since `since`.
    pub count: u32,
    /// When the window began; `None` before the first try.
    pub since: Option<Timestamp>,
}

impl Guesses {
    /// How long until there are tries again; `None` while there are.
    #[must_use]
    pub fn rest(self, now: Timestamp) -> Option<Seconds> {
        let end = self.since?.plus(GUESS_WINDOW);
        (self.count >= GUESSES && now < end).then(|| end.since(now))
    }
}

/// What is on record for a phone in an app.
#[derive(Clone, Debug, Default)]
pub struct SmsRecord {
    /// Which request issued the last code; the store replaces only the record that was read.
    pub revision: Option<String>,
    /// When codes were issued, in the last day, oldest first.
    pub issued: Vec<Timestamp>,
    /// No new code before this.
    pub cooling_until: Option<Timestamp>,
    /// The tries.
    pub guesses: Guesses,
    /// The code that was good until another one took its place, and until when.
    pub replaced: Option<(CodeDigest, Timestamp)>,
}

/// Why no code is issued now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// The last one was less than [`COOLDOWN`] ago.
    Cooling,
    /// The phone has had its share of codes, or of wrong tries: a code could not be used.
    Resting(Seconds),
}

impl SmsRecord {
    /// Whether a code may be issued now.
    ///
    /// # Errors
    /// [`NotNow`]
    pub fn may_issue(&self, now: Timestamp) -> Result<(), NotNow> {
        if self.cooling_until.is_some_and(|until| now < until) {
            return Err(NotNow::Cooling);
        }
        let quotas = QUOTAS.iter().filter_map(|(limit, window)| {
            let oldest = *self.issued.iter().rev().nth(limit - 1)?;
            (now < oldest.plus(*window)).then(|| oldest.plus(*window).since(now))
        });
        quotas.chain(self.guesses.rest(now)).max().map_or(Ok(()), |wait| Err(NotNow::Resting(wait)))
    }

    /// When codes were issued, with one that is issued now; what no quota asks for any more is left out.
    #[must_use]
    pub fn issued_with(&self, now: Timestamp) -> Vec<Timestamp> {
        let kept = QUOTAS.iter().map(|(limit, _)| *limit).max().unwrap_or_default();
        let mut issued = self.issued.clone();
        issued.push(now);
        issued.drain(..issued.len().saturating_sub(kept));
        issued
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{COOLDOWN, GUESS_WINDOW, GUESSES, Guesses, NotNow, SmsRecord};
    use crate::clock::{Seconds, Timestamp};
    use crate::code::digits::Code;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::{KeyRing, SealedRing};
    use crate::token::seal::Kek;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn ring() -> KeyRing {
        let kek = Arc::new(Kek::new(&Secret::new("ours".to_owned())));
        SealedRing::create(&kek, &Random::system(), NOW).expect("a ring").open(kek).expect("our ring")
    }

    #[test]
    fn a_digest_is_bound_to_code_phone_and_app() {
        let ring = ring();
        let digest = |app: &str, phone: &str, code: &str| {
            let (app, phone) = (app.parse().expect("an app id"), phone.parse().expect("E.164"));
            super::digest(&Code::read(code).expect("six digits"), &app, &phone, &ring)
        };
        let ours = digest("a", "+8613800138000", "123456");
        assert_eq!(ours, digest("a", "+8613800138000", "123456"));
        for other in [
            digest("b", "+8613800138000", "123456"),
            digest("a", "+8613800138001", "123456"),
            digest("a", "+8613800138000", "123457"),
        ] {
            assert_ne!(ours, other);
        }
    }

    #[test]
    fn a_phone_waits_a_minute_for_its_next_code() {
        let record = SmsRecord { cooling_until: Some(NOW.plus(COOLDOWN)), ..SmsRecord::default() };
        assert_eq!(record.may_issue(NOW.plus(Seconds(59))), Err(NotNow::Cooling));
        assert_eq!(record.may_issue(NOW.plus(COOLDOWN)), Ok(()));
    }

    /// Issues a code every `step` until the record refuses, and says how many and how long to wait.
    fn issue_until_refused(step: Seconds) -> (usize, Seconds) {
        let (mut record, mut now) = (SmsRecord::default(), NOW);
        for count in 0.. {
            match record.may_issue(now) {
                Ok(()) => record.issued = record.issued_with(now),
                Err(NotNow::Resting(wait)) => {
                    assert!(record.may_issue(now.plus(wait).minus(Seconds(1))).is_err());
                    assert_eq!(record.may_issue(now.plus(wait)), Ok(()));
                    return (count, wait);
                }
                Err(NotNow::Cooling) => panic!("no cooldown was set"),
            }
            now = now.plus(step);
        }
        unreachable!("it refuses")
    }

    #[test]
    fn a_phone_gets_five_codes_in_any_hour_and_ten_in_any_day() {
        assert_eq!(issue_until_refused(Seconds(60)), (5, Seconds(3600 - 5 * 60)));
        assert_eq!(issue_until_refused(Seconds(1000)), (10, Seconds(86_400 - 10 * 1000)));
    }

    #[test]
    fn no_code_is_issued_that_could_not_be_used() {
        let guesses = Guesses { count: GUESSES, since: Some(NOW) };
        let record = SmsRecord { guesses, ..SmsRecord::default() };
        assert_eq!(record.may_issue(NOW.plus(Seconds(100))), Err(NotNow::Resting(Seconds(86_300))));
        assert_eq!(record.may_issue(NOW.plus(GUESS_WINDOW)), Ok(()));
        let fewer = SmsRecord { guesses: Guesses { count: GUESSES - 1, ..guesses }, ..record };
        assert_eq!(fewer.may_issue(NOW), Ok(()));
    }
}
