//! Codes by text message: six digits that prove a phone number.
//!
//! A phone has one record per app. A code is issued at most once a minute, of a quota that refills, and lives five minutes; the
//! record stays a day longer, so that an expired code is told from one that never was.
//!
//! Wrong tries are counted over a day whatever code they were for: a new code buys nobody new guesses. They are counted apart for
//! the place that asked for the live code, for each place that the phone was proven from before, and for all others together. So
//! a stranger who guesses burns the strangers' tries, and not those of the person who reads the message. The quota of codes is
//! kept twice, too, for the places that are known and for all others.

use std::collections::BTreeMap;

use crate::clock::{Seconds, Timestamp};
use crate::code::digits::{Code, CodeDigest};
use crate::id::{AppId, SessionId, UserId};
use crate::refill::Refill;
use crate::token::ring::KeyRing;
use crate::user::lockout::{Place, Tries};
use crate::user::phone::Phone;

/// How long a code is good.
pub const LIFETIME: Seconds = Seconds::minutes(5);

/// How long a phone waits for its next code.
pub const COOLDOWN: Seconds = Seconds(60);

/// How long after it was issued a code can still be told from one that never was.
pub const REMEMBERED: Seconds = Seconds::days(1);

/// How many tries each place that asks for codes has in a [`GUESS_WINDOW`], and how many all others have together.
pub const GUESSES: u32 = 5;

/// How many tries all places have together that the phone was never proven from. With these, chance opens one account in 50,000
/// per day.
pub const GUESSES_IN_ALL: u32 = 20;

/// How long a try counts, from the first one on.
pub const GUESS_WINDOW: Seconds = Seconds::days(1);

/// How many codes a phone is sent, beside the cooldown.
pub const CODES: Refill = Refill { burst: 5, every: Seconds::minutes(30) };

/// How many moments of issue a release before quotas refilled looks at.
const ISSUED_KEPT: usize = 10;

/// What a code is for. It is good for nothing else.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'a> {
    /// Somebody signs in.
    SignIn,
    /// A user makes the phone theirs.
    NewPhone {
        /// Who.
        user: UserId,
        /// The session that asks.
        session: &'a SessionId,
    },
}

/// What is stored of a code for `phone`.
#[must_use]
pub fn digest(code: &Code, app: &AppId, phone: &Phone, purpose: Purpose<'_>, ring: &KeyRing) -> CodeDigest {
    match purpose {
        Purpose::SignIn => code.digest("sms-code", app, phone.as_e164(), ring),
        Purpose::NewPhone { user, session } => {
            code.digest("new-phone", app, &format!("{user}:{session}:{}", phone.as_e164()), ring)
        }
    }
}

/// Tries since the window began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guesses {
    /// All of them.
    pub in_all: u32,
    /// Those of places that neither asked for a code nor are known.
    pub of_strangers: u32,
    /// Those of each other place.
    pub of_place: BTreeMap<Place, u32>,
    /// When the window began; `None` before the first try.
    pub since: Option<Timestamp>,
}

/// What a place is to a phone's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The phone was proven from there.
    Known,
    /// The live code was asked for from there.
    Asker,
    /// Neither.
    Stranger,
}

impl Guesses {
    /// How long until a place that stands so has tries again; `None` while it has.
    #[must_use]
    pub fn rest(&self, place: &Place, standing: Standing, now: Timestamp) -> Option<Seconds> {
        let own = self.of_place.get(place).copied().unwrap_or_default();
        let used_up = match standing {
            Standing::Known => own >= GUESSES,
            Standing::Asker => own >= GUESSES || self.in_all >= GUESSES_IN_ALL,
            Standing::Stranger => return self.rest_of_strangers(now),
        };
        self.since.map(|since| since.plus(GUESS_WINDOW).since(now)).filter(|left| used_up && left.0 > 0)
    }

    /// How long until strangers have tries again; `None` while they have.
    #[must_use]
    pub fn rest_of_strangers(&self, now: Timestamp) -> Option<Seconds> {
        let end = self.since?.plus(GUESS_WINDOW);
        let used_up = self.of_strangers >= GUESSES || self.in_all >= GUESSES_IN_ALL;
        (used_up && now < end).then(|| end.since(now))
    }

    /// Whether tries are counted in a window that has not ended.
    #[must_use]
    pub fn are_current(&self, now: Timestamp) -> bool {
        self.since.is_some_and(|since| now < since.plus(GUESS_WINDOW))
    }
}

/// What is on record for a phone in an app, or for a mail address that codes to sign in with are sent to.
#[derive(Clone, Debug, Default)]
pub struct CodeRecord {
    /// Which request issued the last code; the store replaces only the record that was read.
    pub revision: Option<String>,
    /// When the last codes were issued, oldest first.
    pub issued: Vec<Timestamp>,
    /// When the quota of codes is full again that are asked for from places that are not known.
    pub full_at: Option<Timestamp>,
    /// When that of known places is.
    pub known_full_at: Option<Timestamp>,
    /// No new code before this.
    pub cooling_until: Option<Timestamp>,
    /// Where the last code was asked for.
    pub asked_from: Option<Place>,
    /// Where the phone was proven before, the latest first.
    pub places: Vec<Place>,
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
    /// The phone has had its share of codes, or the place its share of wrong tries: a code could not be used from there.
    Resting(Seconds),
}

impl CodeRecord {
    /// Whether the phone was proven from there.
    #[must_use]
    pub fn knows(&self, place: &Place) -> bool {
        self.places.contains(place)
    }

    /// What a place is to the record.
    #[must_use]
    pub fn standing(&self, place: &Place) -> Standing {
        match &self.asked_from {
            _ if self.knows(place) => Standing::Known,
            Some(asker) if asker == place => Standing::Asker,
            _ => Standing::Stranger,
        }
    }

    /// Whether a code may be issued now to somebody who asks from `place`: when the quota is full again after that.
    ///
    /// # Errors
    /// [`NotNow`]
    pub fn may_issue(&self, place: &Place, now: Timestamp) -> Result<Timestamp, NotNow> {
        if self.cooling_until.is_some_and(|until| now < until) {
            return Err(NotNow::Cooling);
        }
        // The place is the asker's once the code is issued.
        let (standing, full_at) =
            if self.knows(place) { (Standing::Known, self.known_full_at) } else { (Standing::Asker, self.full_at) };
        let rest = self.guesses.rest(place, standing, now);
        match (CODES.take(full_at, now), rest) {
            (Ok(full_at), None) => Ok(full_at),
            (Ok(_), Some(wait)) => Err(NotNow::Resting(wait)),
            (Err(wait), rest) => Err(NotNow::Resting(rest.map_or(wait, |rest| rest.max(wait)))),
        }
    }

    /// When codes were issued, with one that is issued now, for a release that counts them.
    #[must_use]
    pub fn issued_with(&self, now: Timestamp) -> Vec<Timestamp> {
        let mut issued = self.issued.clone();
        issued.push(now);
        issued.drain(..issued.len().saturating_sub(ISSUED_KEPT));
        issued
    }

    /// The places that the phone was proven from, with `place`.
    #[must_use]
    pub fn places_with(&self, place: &Place) -> Vec<Place> {
        let tries = Tries { places: self.places.clone(), ..Tries::default() };
        tries.places_with(place).unwrap_or(tries.places)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{COOLDOWN, CodeRecord, GUESS_WINDOW, GUESSES, GUESSES_IN_ALL, Guesses, NotNow, Purpose, Standing};
    use crate::clock::{Seconds, Timestamp};
    use crate::code::digits::Code;
    use crate::id::{SessionId, UserId};
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::{KeyRing, SealedRing};
    use crate::token::seal::Kek;
    use crate::user::lockout::Place;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn ring() -> KeyRing {
        let kek = Arc::new(Kek::new(&Secret::new("ours".to_owned())));
        SealedRing::create(&kek, &Random::system(), NOW).expect("a ring").open(kek).expect("our ring")
    }

    #[test]
    fn a_digest_is_bound_to_what_the_code_is_for() {
        let (ring, random) = (ring(), Random::system());
        let (app, phone) = ("a".parse().expect("an app id"), "+8613800138000".parse().expect("E.164"));
        let (user, session) = (UserId::draw(&random), SessionId::draw(&random));
        let (another_user, another_session) = (UserId::draw(&random), SessionId::draw(&random));
        let digest = |purpose| super::digest(&Code::read("123456").expect("six digits"), &app, &phone, purpose, &ring);
        let ours = digest(Purpose::NewPhone { user, session: &session });
        assert_eq!(ours, digest(Purpose::NewPhone { user, session: &session }));
        assert_ne!(ours, digest(Purpose::SignIn));
        assert_ne!(ours, digest(Purpose::NewPhone { user, session: &another_session }));
        assert_ne!(ours, digest(Purpose::NewPhone { user: another_user, session: &session }));
    }

    #[test]
    fn a_digest_is_bound_to_code_phone_and_app() {
        let ring = ring();
        let digest = |app: &str, phone: &str, code: &str| {
            let (app, phone) = (app.parse().expect("an app id"), phone.parse().expect("E.164"));
            super::digest(&Code::read(code).expect("six digits"), &app, &phone, Purpose::SignIn, &ring)
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

    fn place(address: &str) -> Place {
        Place::of(address, &"demo".parse().expect("an app id"), &ring())
    }

    #[test]
    fn a_phone_waits_a_minute_for_its_next_code() {
        let record = CodeRecord { cooling_until: Some(NOW.plus(COOLDOWN)), ..CodeRecord::default() };
        let home = place("192.0.2.1");
        assert_eq!(record.may_issue(&home, NOW.plus(Seconds(59))), Err(NotNow::Cooling));
        assert!(record.may_issue(&home, NOW.plus(COOLDOWN)).is_ok());
    }

    #[test]
    fn a_phone_gets_five_codes_at_once_and_then_one_in_half_an_hour_all_day() {
        let (mut record, home, mut issued) = (CodeRecord::default(), place("192.0.2.1"), 0);
        for minute in 0..24 * 60 {
            if let Ok(full_at) = record.may_issue(&home, NOW.plus(Seconds::minutes(minute))) {
                (record.full_at, issued) = (Some(full_at), issued + 1);
            }
        }
        assert_eq!(issued, 5 + 47);
        let end = NOW.plus(Seconds::days(1));
        let wait = record.may_issue(&home, end.minus(Seconds(1))).expect_err("is used up");
        assert_eq!(wait, NotNow::Resting(Seconds(1)));
        assert!(record.may_issue(&home, end).is_ok());
    }

    /// `home` is known, `office` asked, and the tries are those of a window that began at [`NOW`].
    fn guessed(of_place: &[(&Place, u32)], of_strangers: u32, in_all: u32) -> Guesses {
        let of_place = of_place.iter().map(|(place, count)| ((*place).clone(), *count)).collect();
        Guesses { in_all, of_strangers, of_place, since: Some(NOW) }
    }

    #[test]
    fn tries_are_counted_apart_by_what_a_place_is_to_the_phone() {
        let (home, office, away) = (place("192.0.2.1"), place("198.51.100.1"), place("203.0.113.1"));
        let record = CodeRecord {
            places: vec![home.clone()],
            asked_from: Some(office.clone()),
            guesses: guessed(&[(&office, 4)], GUESSES, 9),
            ..CodeRecord::default()
        };
        let rest = |record: &CodeRecord, place| record.guesses.rest(place, record.standing(place), NOW.plus(COOLDOWN));
        let end = Some(Seconds(GUESS_WINDOW.0 - COOLDOWN.0));
        assert_eq!([&home, &office, &away].map(|place| rest(&record, place)), [None, None, end]);
        let burnt = CodeRecord { guesses: guessed(&[(&office, 5), (&home, 4)], 5, GUESSES_IN_ALL), ..record.clone() };
        assert_eq!([&home, &office, &away].map(|place| rest(&burnt, place)), [None, end, end]);
        let newcomer = CodeRecord { asked_from: Some(away.clone()), ..burnt.clone() };
        assert_eq!(rest(&newcomer, &away), end, "the tries in all are used up");
        let at_home = CodeRecord { guesses: guessed(&[(&home, GUESSES)], 0, 5), ..record };
        assert_eq!([&home, &office].map(|place| rest(&at_home, place)), [end, None]);
        assert_eq!(at_home.guesses.rest(&home, Standing::Known, NOW.plus(GUESS_WINDOW)), None);
    }

    #[test]
    fn no_code_is_issued_that_could_not_be_used() {
        let (home, away) = (place("192.0.2.1"), place("203.0.113.1"));
        let record = CodeRecord { guesses: guessed(&[(&home, GUESSES)], 0, 5), ..CodeRecord::default() };
        assert_eq!(record.may_issue(&home, NOW.plus(Seconds(100))), Err(NotNow::Resting(Seconds(86_300))));
        assert!(record.may_issue(&home, NOW.plus(GUESS_WINDOW)).is_ok());
        assert!(record.may_issue(&away, NOW).is_ok());
        let strangers = CodeRecord { guesses: guessed(&[], GUESSES, GUESSES), ..CodeRecord::default() };
        assert!(strangers.may_issue(&away, NOW).is_ok(), "it is a stranger no longer once it asks");
    }
}
