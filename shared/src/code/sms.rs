//! Codes by text message: six digits that prove a phone number.
//!
//! A phone has one record per app. A code is issued at most once a minute, of a quota that refills, and lives five minutes; the
//! record stays a day longer, so that an expired code is told from one that never was.
//!
//! Tries are taken of quotas that refill, whatever code they were for: a new code buys nobody new guesses. They are counted apart for
//! the place that asked for the live code, for each place that the phone was proven from before, and for all others together. So
//! a stranger who guesses burns the strangers' tries, and not those of the person who reads the message. The quota of codes is
//! kept twice, too, for the places that are known and for all others.

use std::collections::BTreeMap;

use crate::clock::{Seconds, Timestamp};
use crate::code::digits::{Code, CodeDigest};
use crate::id::{AppId, SessionId, UserId};
use crate::refill::Refill;
use crate::token::ring::KeyRing;
use crate::user::lockout::{Place, Tries, Whereabouts};
use crate::user::phone::Phone;

/// How long a code is good.
pub const LIFETIME: Seconds = Seconds::minutes(5);

/// How long a phone waits for its next code.
pub const COOLDOWN: Seconds = Seconds(60);

/// How long after it was issued a code can still be told from one that never was.
pub const REMEMBERED: Seconds = Seconds::days(1);

/// How many tries there are at once for each place that asks for codes, for each that is known, and for all others together.
pub const GUESSES: u32 = 5;

/// The tries of each place that asks for codes or is known. They are the same for both: how long to wait must not tell which of the two
/// a place is.
pub const GUESSES_OF_PLACE: Refill = Refill { burst: GUESSES, every: Seconds::hours(2) };

/// Those of all who neither asked nor are known, together.
pub const GUESSES_OF_STRANGERS: Refill = Refill { burst: GUESSES, every: Seconds::hours(4) };

/// Those of all places together that the phone was never proven from. What one network may take of it as an asker and as a stranger,
/// day after day, leaves a quarter for others. With these, chance opens one account in 20,000 on the first day, and one in 40,000 on each
/// day after.
pub const GUESSES_IN_ALL: Refill = Refill { burst: 20, every: Seconds::hours(1) };

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

/// The quotas of tries: when each is full again, `None` for one of which nothing was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guesses {
    /// That of all places that are not known.
    pub in_all: Option<Timestamp>,
    /// That of those that neither asked for a code nor are known.
    pub of_strangers: Option<Timestamp>,
    /// Those of each other place.
    pub of_place: BTreeMap<Place, Timestamp>,
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

impl Standing {
    /// The quota of a place that stands so, and for strangers of all of them.
    #[must_use]
    pub const fn quota(self) -> Refill {
        match self {
            Self::Known | Self::Asker => GUESSES_OF_PLACE,
            Self::Stranger => GUESSES_OF_STRANGERS,
        }
    }

    /// What somebody who stands so is counted by.
    #[must_use]
    pub const fn counted_by(self, whereabouts: &Whereabouts) -> Option<&Place> {
        match self {
            Self::Known => Some(&whereabouts.place),
            Self::Asker => Some(&whereabouts.asker),
            Self::Stranger => None,
        }
    }
}

impl Guesses {
    /// When the quota of somebody who stands so is full again.
    #[must_use]
    pub fn own(&self, whereabouts: &Whereabouts, standing: Standing) -> Option<Timestamp> {
        match standing.counted_by(whereabouts) {
            Some(place) => self.of_place.get(place).copied(),
            None => self.of_strangers,
        }
    }

    /// How long until somebody who stands so has tries again; `None` while they have.
    #[must_use]
    pub fn rest(&self, whereabouts: &Whereabouts, standing: Standing, now: Timestamp) -> Option<Seconds> {
        let own = standing.quota().take(self.own(whereabouts, standing), now).err();
        own.max(if standing == Standing::Known { None } else { GUESSES_IN_ALL.take(self.in_all, now).err() })
    }

    /// How long until strangers have tries again; `None` while they have.
    #[must_use]
    pub fn rest_of_strangers(&self, now: Timestamp) -> Option<Seconds> {
        let own = GUESSES_OF_STRANGERS.take(self.of_strangers, now).err();
        own.max(GUESSES_IN_ALL.take(self.in_all, now).err())
    }

    /// How many tries of places that are not known are taken.
    #[must_use]
    pub fn taken_in_all(&self, now: Timestamp) -> u32 {
        GUESSES_IN_ALL.taken(self.in_all, now)
    }

    /// Whether there are counts, and nothing is taken of any quota any more.
    #[must_use]
    pub fn are_over(&self, now: Timestamp) -> bool {
        *self != Self::default()
            && self
                .in_all
                .into_iter()
                .chain(self.of_strangers)
                .chain(self.of_place.values().copied())
                .all(|at| at <= now)
    }

    /// The places of whose quota nothing is taken any more.
    pub fn rested(&self, now: Timestamp) -> impl Iterator<Item = &Place> {
        self.of_place.iter().filter(move |(_, full_at)| **full_at <= now).map(|(place, _)| place)
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
    /// Whether the phone had been proven from there.
    pub asked_at_home: bool,
    /// Where the phone was proven before, the latest first.
    pub places: Vec<Place>,
    /// The tries.
    pub guesses: Guesses,
    /// Which try was counted last.
    pub tried_by: Option<String>,
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
    pub fn standing(&self, whereabouts: &Whereabouts) -> Standing {
        let Whereabouts { place, asker } = whereabouts;
        match &self.asked_from {
            _ if self.knows(place) => Standing::Known,
            // A release before wrote the /64 of an IPv6 address.
            Some(asked) if asked == asker || asked == place => Standing::Asker,
            _ => Standing::Stranger,
        }
    }

    /// Whether a code may be issued now to somebody who asks from there: when the quota is full again after that.
    ///
    /// # Errors
    /// [`NotNow`]
    pub fn may_issue(&self, whereabouts: &Whereabouts, now: Timestamp) -> Result<Timestamp, NotNow> {
        if self.cooling_until.is_some_and(|until| now < until) {
            return Err(NotNow::Cooling);
        }
        // The place is the asker's once the code is issued.
        let is_known = self.knows(&whereabouts.place);
        let (standing, full_at) =
            if is_known { (Standing::Known, self.known_full_at) } else { (Standing::Asker, self.full_at) };
        let rest = self.guesses.rest(whereabouts, standing, now);
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

    use super::{
        COOLDOWN, CodeRecord, GUESSES_IN_ALL, GUESSES_OF_PLACE, GUESSES_OF_STRANGERS, Guesses, NotNow, Purpose,
        Standing,
    };
    use crate::clock::{Seconds, Timestamp};
    use crate::code::digits::Code;
    use crate::id::{SessionId, UserId};
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::{KeyRing, SealedRing};
    use crate::token::seal::Kek;
    use crate::user::lockout::Whereabouts;

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

    /// Some networks, under one key.
    fn places<const N: usize>(addresses: [&str; N]) -> [Whereabouts; N] {
        let ring = ring();
        addresses.map(|address| Whereabouts::of(address, &"demo".parse().expect("an app id"), &ring))
    }

    #[test]
    fn a_phone_waits_a_minute_for_its_next_code() {
        let record = CodeRecord { cooling_until: Some(NOW.plus(COOLDOWN)), ..CodeRecord::default() };
        let [home] = places(["192.0.2.1"]);
        assert_eq!(record.may_issue(&home, NOW.plus(Seconds(59))), Err(NotNow::Cooling));
        assert!(record.may_issue(&home, NOW.plus(COOLDOWN)).is_ok());
    }

    #[test]
    fn a_phone_gets_five_codes_at_once_and_then_one_in_half_an_hour_all_day() {
        let ([home], mut record, mut issued) = (places(["192.0.2.1"]), CodeRecord::default(), 0);
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

    const ALL_DAY: Seconds = Seconds::days(1);

    /// When a quota is full again of which everything was taken.
    fn burnt(quota: crate::refill::Refill) -> crate::clock::Timestamp {
        quota.latest(NOW)
    }

    #[test]
    fn tries_are_counted_apart_by_what_a_place_is_to_the_phone_and_come_again_one_by_one() {
        let [home, office, away] = places(["192.0.2.1", "198.51.100.1", "203.0.113.1"]);
        let record = CodeRecord {
            places: vec![home.place.clone()],
            asked_from: Some(office.asker.clone()),
            guesses: Guesses { of_strangers: Some(burnt(GUESSES_OF_STRANGERS)), ..Guesses::default() },
            ..CodeRecord::default()
        };
        let rest = |record: &CodeRecord, at: &Whereabouts, now| record.guesses.rest(at, record.standing(at), now);
        let rests = |record: &CodeRecord, now| [&home, &office, &away].map(|at| rest(record, at, now));
        let (every, in_all) = (GUESSES_OF_STRANGERS.every, Some(burnt(GUESSES_IN_ALL)));
        assert_eq!(rests(&record, NOW), [None, None, Some(every)]);
        assert_eq!(rests(&record, NOW.plus(every)), [None; 3], "one came again");
        let all = CodeRecord { guesses: Guesses { in_all, ..Guesses::default() }, ..record.clone() };
        assert_eq!(rests(&all, NOW), [None, Some(GUESSES_IN_ALL.every), Some(GUESSES_IN_ALL.every)]);
        let of_place = [(home.place.clone(), burnt(GUESSES_OF_PLACE)), (office.asker.clone(), burnt(GUESSES_OF_PLACE))];
        let own = CodeRecord { guesses: Guesses { of_place: of_place.into(), ..Guesses::default() }, ..record };
        assert_eq!(rests(&own, NOW), [Some(Seconds::hours(2)), Some(Seconds::hours(2)), None]);
        assert_eq!(rests(&own, NOW.plus(Seconds::hours(2))), [None; 3], "nobody rests for a day");
    }

    #[test]
    fn one_network_that_takes_all_it_may_for_weeks_leaves_tries_for_others() {
        let used = |quota: crate::refill::Refill| ALL_DAY.0 / quota.every.0;
        assert!(used(GUESSES_OF_PLACE) + used(GUESSES_OF_STRANGERS) <= used(GUESSES_IN_ALL) * 3 / 4);
    }

    #[test]
    fn a_48_is_one_asker_and_a_64_of_it_is_a_place() {
        let [home, neighbour, stranger] = places(["2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:2::1"]);
        assert_eq!(home.asker, neighbour.asker);
        assert!(home.place != neighbour.place && home.asker != stranger.asker);
        let asked = CodeRecord { asked_from: Some(home.asker.clone()), ..CodeRecord::default() };
        let standing = |record: &CodeRecord| [&home, &neighbour, &stranger].map(|at| record.standing(at));
        assert_eq!(standing(&asked), [Standing::Asker, Standing::Asker, Standing::Stranger]);
        let known = CodeRecord { places: vec![home.place.clone()], ..asked };
        assert_eq!(standing(&known), [Standing::Known, Standing::Asker, Standing::Stranger]);
    }

    #[test]
    fn no_code_is_issued_that_could_not_be_used() {
        let [home, away] = places(["192.0.2.1", "203.0.113.1"]);
        let of_place = [(home.asker.clone(), burnt(GUESSES_OF_PLACE))].into();
        let record = CodeRecord { guesses: Guesses { of_place, ..Guesses::default() }, ..CodeRecord::default() };
        assert_eq!(record.may_issue(&home, NOW.plus(Seconds(100))), Err(NotNow::Resting(Seconds(7100))));
        assert!(record.may_issue(&home, NOW.plus(GUESSES_OF_PLACE.every)).is_ok());
        assert!(record.may_issue(&away, NOW).is_ok());
        let of_strangers = Some(burnt(GUESSES_OF_STRANGERS));
        let strangers = CodeRecord { guesses: Guesses { of_strangers, ..Guesses::default() }, ..CodeRecord::default() };
        assert!(strangers.may_issue(&away, NOW).is_ok(), "it is a stranger no longer once it asks");
    }
}
