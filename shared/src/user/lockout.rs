//! The brake on guessing a password: every try is counted before it is compared, and some are free.
//!
//! A try is **open** from its reservation until it has failed, and then it is a failure. A success leaves its open try behind: an
//! ordinary sign-in writes no more than the reservation. An open try counts as long as a request can last. Of those that a
//! session was opened for, none counts.
//!
//! Tries from places where the user has signed in before are counted apart from those of strangers: a stranger who uses up the
//! strangers' tries does not keep the owner out at home.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use crate::clock::{Seconds, Timestamp};
use crate::id::AppId;
use crate::token::ring::KeyRing;

/// How long a failure counts; also the longest that a handle rests for a burst of tries.
pub const WINDOW: Seconds = Seconds::minutes(5);

/// Tries that are free in a window, where a dialect's contract names no other number.
pub const FREE_FAILURES: u32 = 10;

/// The same in the Account API: `docs/api/account.md#log-in`.
pub const FEW_FREE_FAILURES: u32 = 5;

/// Tries of strangers that are free in all: SP 800-63B-4 §3.2.2 allows a hundred in a row.
pub const FREE_IN_ALL: u32 = 100;

/// How long those hundred are counted together.
pub const ALL_WINDOW: Seconds = Seconds::days(30);

/// Open tries are counted together that began in the same eight seconds. An open try counts in its own slot and in the next, so
/// for at least eight seconds: a request has ended after five.
const SLOT: i64 = 8;

/// Places that are remembered per user.
const PLACES: usize = 4;

/// So many attributes of tries that no longer count are removed by the next success: they make the item grow.
const SWEPT_AT: usize = 12;

/// The place of what is not an address.
const UNKNOWN: &str = "unknown";

/// A network as a keyed hash: nobody without the key can tell which it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(String);

impl Place {
    /// 72 bits: two of a user's places never meet by chance.
    const LENGTH: usize = 12;

    /// The place that the client's address lies in: an IPv4 address by its /24, an IPv6 one by its /64. Providers give a home
    /// another address of the same network from day to day.
    #[must_use]
    pub fn of(address: &str, app: &AppId, ring: &KeyRing) -> Self {
        let of_ipv6 = |[a, b, c, d, ..]: [u16; 8]| format!("{a:x}:{b:x}:{c:x}:{d:x}::/64");
        Self::of_network(address, of_ipv6, app, ring)
    }

    /// The place that somebody is counted by who is not known yet: an IPv6 address by its /48, the most that one customer is usually
    /// given, or a customer would be 65,536 askers.
    fn of_asker(address: &str, app: &AppId, ring: &KeyRing) -> Self {
        Self::of_network(address, |[a, b, c, ..]: [u16; 8]| format!("{a:x}:{b:x}:{c:x}::/48"), app, ring)
    }

    fn of_network(address: &str, of_ipv6: impl Fn([u16; 8]) -> String, app: &AppId, ring: &KeyRing) -> Self {
        let network = match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            Ok(IpAddr::V6(address)) => of_ipv6(address.segments()),
            Err(_) => return Self(UNKNOWN.to_owned()),
        };
        let mut hash = ring.blind("place", app, &network);
        hash.truncate(Self::LENGTH);
        Self(hash)
    }

    /// Whether the address was one. What is none is nobody's home.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.0 != UNKNOWN
    }

    /// A place as it was written.
    pub(crate) const fn from_hash(hash: String) -> Self {
        Self(hash)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where somebody asks for a code, or gives one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The place, if it is one that is known of the user.
    pub place: Place,
    /// The place that they are counted by otherwise.
    pub asker: Place,
}

impl Whereabouts {
    /// Those of the client's address.
    #[must_use]
    pub fn of(address: &str, app: &AppId, ring: &KeyRing) -> Self {
        Self { place: Place::of(address, app, ring), asker: Place::of_asker(address, app, ring) }
    }
}

/// What a handle with its tries may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brake {
    /// Try.
    Open,
    /// Wait so long.
    Resting(Seconds),
}

/// Tries of one second, or open ones of one slot, from one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// When: of open tries, the slot's beginning.
    pub at: Timestamp,
    /// From where.
    pub place: Place,
    /// How many.
    pub count: u32,
}

/// The tries of late for one handle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// Tries that were reserved and have not failed, by slot and place, in any order.
    pub open: Vec<Count>,
    /// Tries that failed, by second and place, in any order.
    pub failed: Vec<Count>,
    /// Until when strangers rest, by the number of tries that their dialect allows.
    pub rests: BTreeMap<u32, Timestamp>,
    /// All failures since `since`.
    pub in_all: u32,
    /// When they began to be counted.
    pub since: Option<Timestamp>,
    /// When the password was last set: what was tried before does not count.
    pub forgiven: Option<Timestamp>,
    /// Where the user has signed in before, the latest first.
    pub places: Vec<Place>,
}

/// The beginning of the slot in which a try is counted that begins at `now`.
#[must_use]
pub const fn slot(now: Timestamp) -> Timestamp {
    Timestamp::from_unix(now.unix().div_euclid(SLOT) * SLOT)
}

impl Tries {
    /// Whether the user has signed in from there before.
    #[must_use]
    pub fn knows(&self, place: &Place) -> bool {
        self.places.contains(place)
    }

    /// Whether the user has signed in before, and never from there. Of somebody of whom no place is known yet, none is new.
    #[must_use]
    pub fn is_elsewhere(&self, place: &Place) -> bool {
        !self.places.is_empty() && place.is_known() && !self.knows(place)
    }

    /// Whether the try from `place` at `now`, which is among the open ones already, is one of the `cap` that are free.
    #[must_use]
    pub fn judge(&self, place: &Place, cap: u32, now: Timestamp) -> Brake {
        let known = self.knows(place);
        let mut failed = self.failures(known, now);
        failed.sort_unstable();
        let failures: u32 = failed.iter().map(|(_, count)| count).sum();
        let open = self.open_tries(known, now);
        let mut until = None;
        if failures >= cap {
            let mut left = failures;
            until = failed.iter().find_map(|(at, count)| {
                left = left.saturating_sub(*count);
                (left < cap).then(|| at.plus(WINDOW))
            });
        } else if failures + open > cap {
            until = Some(slot(now).plus(Seconds(2 * SLOT)));
        }
        if !known && self.in_all + open > FREE_IN_ALL {
            let end = self.since.map(|since| since.plus(ALL_WINDOW)).filter(|end| now < *end);
            until = until.max(end);
        }
        until.map_or(Brake::Open, |until| Brake::Resting(until.since(now).max(Seconds(1))))
    }

    /// Whether more of the free tries are used up than a handle has without a look at its user's other handle, in which the same
    /// password is tried: half of those that are left.
    #[must_use]
    pub fn wants_other_handle(&self, place: &Place, cap: u32, now: Timestamp) -> bool {
        let known = self.knows(place);
        let failures: u32 = self.failures(known, now).iter().map(|(_, count)| count).sum();
        failures < cap && self.open_tries(known, now) > (cap - failures) / 2
    }

    /// Whether more than half of the free tries are used up. It is so of each handle that [`Tries::wants_other_handle`], and of one
    /// that nobody has: both take as long.
    #[must_use]
    pub fn is_past_half(&self, place: &Place, cap: u32, now: Timestamp) -> bool {
        let known = self.knows(place);
        let failures: u32 = self.failures(known, now).iter().map(|(_, count)| count).sum();
        failures + self.open_tries(known, now) > cap / 2
    }

    /// These tries with the open ones of the user's `other` handle. Those that the other lets through without a look at this one
    /// count whether or not they were made: two tries at once, of which each reads the other handle before the other is counted
    /// there, would both be free.
    #[must_use]
    pub fn with_other_handle(mut self, other: &Self, place: &Place, cap: u32, now: Timestamp) -> Self {
        let known = self.knows(place);
        let failures: u32 = self.failures(known, now).iter().map(|(_, count)| count).sum();
        let unseen = (cap.saturating_sub(failures) / 2).saturating_sub(other.open_tries(known, now));
        self.open.extend(other.open.iter().cloned());
        self.open.push(Count { at: slot(now), place: place.clone(), count: unseen });
        self
    }

    /// Whether only other open tries are in the way of one from `place`: those that a session was opened for do not count.
    #[must_use]
    pub fn is_doubtful(&self, place: &Place, cap: u32, now: Timestamp) -> bool {
        let this_one = Count { at: slot(now), place: place.clone(), count: 1 };
        let alone = Self { open: vec![this_one], ..self.clone() };
        self.judge(place, cap, now) != Brake::Open && alone.judge(place, cap, now) == Brake::Open
    }

    /// These tries without those that succeeded: a session was opened in the moment and from the place of each.
    #[must_use]
    pub fn without_successes(mut self, opened: impl IntoIterator<Item = (Timestamp, Place)>) -> Self {
        for (moment, place) in opened {
            let its = |count: &&mut Count| count.at == slot(moment) && count.place == place && count.count > 0;
            if let Some(success) = self.open.iter_mut().find(its) {
                success.count = success.count.saturating_sub(1);
            }
        }
        self
    }

    /// These tries with one that has just failed seen as an open one, as it would be judged.
    pub(crate) fn before_failure(mut self, place: &Place, now: Timestamp) -> Self {
        let its = |count: &&mut Count| count.at == now && count.place == *place;
        if let Some(failure) = self.failed.iter_mut().find(its) {
            failure.count = failure.count.saturating_sub(1);
        }
        self.in_all = self.in_all.saturating_sub(1);
        self.open.push(Count { at: slot(now), place: place.clone(), count: 1 });
        self
    }

    /// The open tries of known places or of strangers.
    fn open_tries(&self, known: bool, now: Timestamp) -> u32 {
        let of_class = self.open.iter().filter(|count| self.knows(&count.place) == known);
        of_class.filter(|count| is_current(count.at, now)).map(|count| count.count).sum()
    }

    /// The failures that count, of known places or of strangers: when, and how many.
    fn failures(&self, known: bool, now: Timestamp) -> Vec<(Timestamp, u32)> {
        let of_class = self.failed.iter().filter(|count| self.knows(&count.place) == known);
        of_class
            .filter(|count| now < count.at.plus(WINDOW))
            .filter_map(|count| match self.forgiven {
                Some(forgiven) if count.at < forgiven => None,
                // Of that one second nobody knows which came before: what may have been is forgiven.
                Some(forgiven) if count.at == forgiven => {
                    Some((count.at, count.count.saturating_sub(FREE_FAILURES + 1)))
                }
                _ => Some((count.at, count.count)),
            })
            .collect()
    }

    /// Open tries that no longer count.
    pub fn stale_open(&self, now: Timestamp) -> impl Iterator<Item = &Count> {
        self.open.iter().filter(move |count| !is_current(count.at, now))
    }

    /// Failures that no longer count.
    pub fn stale_failed(&self, now: Timestamp) -> impl Iterator<Item = &Count> {
        self.failed.iter().filter(move |count| count.at.plus(WINDOW) <= now)
    }

    /// Whether so much is stale that it must go, or the long count has ended.
    #[must_use]
    pub fn is_cluttered(&self, now: Timestamp) -> bool {
        self.stale_open(now).count() + self.stale_failed(now).count() >= SWEPT_AT || self.long_count_ended(now)
    }

    /// Whether the long count must begin again.
    #[must_use]
    pub fn long_count_ended(&self, now: Timestamp) -> bool {
        self.since.is_some_and(|since| since.plus(ALL_WINDOW) <= now)
    }

    /// The failures that a success from `place` clears, which are stale or of its own class; `None` where it has nothing to
    /// clear, which is the rule.
    #[must_use]
    pub fn cleared_by_success(&self, place: &Place, now: Timestamp) -> Option<Vec<&Count>> {
        let known = self.knows(place);
        let due =
            !self.failures(known, now).is_empty() || self.in_all > 0 || self.is_cluttered(now) || self.rests_long(now);
        let ends = |count: &&Count| self.knows(&count.place) == known || count.at.plus(WINDOW) <= now;
        due.then(|| self.failed.iter().filter(ends).collect())
    }

    /// Whether strangers rest because of their tries in all.
    #[must_use]
    pub fn rests_long(&self, now: Timestamp) -> bool {
        self.rests.values().any(|until| now.plus(WINDOW) < *until)
    }

    /// The places after a sign-in from `place`; `None` where that is among the latest, and nothing has to be written.
    #[must_use]
    pub fn places_with(&self, place: &Place) -> Option<Vec<Place>> {
        let position = self.places.iter().position(|known| known == place);
        if !place.is_known() || position.is_some_and(|position| position + 1 < PLACES) {
            return None;
        }
        let others = self.places.iter().filter(|known| *known != place);
        Some(std::iter::once(place).chain(others).take(PLACES).cloned().collect())
    }
}

/// Whether open tries of a slot count: the slot is this one or the one before.
fn is_current(at: Timestamp, now: Timestamp) -> bool {
    now.since(at) < Seconds(2 * SLOT)
}

#[cfg(test)]
mod tests {
    use super::{ALL_WINDOW, Brake, Count, FREE_IN_ALL, Place, Tries, WINDOW};
    use crate::clock::{Seconds, Timestamp};

    const BEGAN: Timestamp = Timestamp::from_unix(1_000_000);

    fn place(name: &str) -> Place {
        Place(name.to_owned())
    }

    fn counts(counts: &[(&str, i64, u32)]) -> Vec<Count> {
        let count = |(from, after, count): &(&str, i64, u32)| Count {
            at: BEGAN.plus(Seconds(*after)),
            place: place(from),
            count: *count,
        };
        counts.iter().map(count).collect()
    }

    /// Failures, and one open try from each of two places.
    fn failed(failures: &[(&str, i64, u32)], at: i64) -> Tries {
        Tries {
            open: counts(&[("away", at, 1), ("home", at, 1)]),
            failed: counts(failures),
            places: vec![place("home")],
            ..Tries::default()
        }
    }

    #[test]
    fn the_try_after_the_cap_rests_until_the_first_failure_is_a_window_old() {
        let tries = failed(&[("away", 0, 1), ("away", 100, 4)], 200);
        let now = BEGAN.plus(Seconds(200));
        assert_eq!(tries.judge(&place("away"), 6, now), Brake::Open);
        assert_eq!(tries.judge(&place("away"), 5, now), Brake::Resting(Seconds(100)));
        assert_eq!(tries.judge(&place("away"), 4, now), Brake::Resting(Seconds(200)));
        assert_eq!(tries.judge(&place("away"), 5, BEGAN.plus(WINDOW)), Brake::Open);
    }

    #[test]
    fn strangers_and_known_places_are_counted_apart() {
        let tries = failed(&[("away", 0, 8), ("elsewhere", 0, 1), ("home", 0, 9)], 0);
        assert_eq!(tries.judge(&place("home"), 10, BEGAN), Brake::Open);
        assert_eq!(tries.judge(&place("away"), 10, BEGAN), Brake::Open);
        assert_eq!(tries.judge(&place("away"), 9, BEGAN), Brake::Resting(WINDOW));
        assert_eq!(tries.judge(&place("home"), 9, BEGAN), Brake::Resting(WINDOW));
    }

    #[test]
    fn an_open_try_counts_until_its_request_must_have_ended() {
        let tries = Tries { open: counts(&[("away", 0, 6)]), ..failed(&[], 0) };
        assert_eq!(tries.judge(&place("away"), 6, BEGAN), Brake::Open);
        assert_eq!(tries.judge(&place("away"), 5, BEGAN), Brake::Resting(Seconds(16)));
        assert_eq!(tries.judge(&place("away"), 5, BEGAN.plus(Seconds(15))), Brake::Resting(Seconds(9)));
        assert_eq!(tries.judge(&place("away"), 5, BEGAN.plus(Seconds(16))), Brake::Open);
    }

    #[test]
    fn two_handles_of_a_user_share_the_free_tries_in_whatever_order_they_are_read() {
        for (cap, failures) in [(10, 0), (10, 9), (10, 10), (5, 0), (5, 2), (1, 0)] {
            let with = |open| Tries { open: counts(&[("away", 0, open)]), ..failed(&[("away", 0, failures)], 0) };
            // Of each handle the try with that number, which reads the other handle with so many.
            let is_free = |own: u32, seen: u32| {
                let tries = with(own);
                let tries = if tries.wants_other_handle(&place("away"), cap, BEGAN) {
                    tries.with_other_handle(&with(seen), &place("away"), cap, BEGAN)
                } else {
                    tries
                };
                tries.judge(&place("away"), cap, BEGAN) == Brake::Open
            };
            let free =
                |seen_by_one: &dyn Fn(u32) -> u32| (1..=cap).filter(|own| is_free(*own, seen_by_one(*own))).count();
            // All of one handle were counted before the first of the other, or each saw none, or as many as it was itself.
            let after = free(&|_| 0) + free(&|_| cap);
            let together = free(&|_| 0) + free(&|own| own);
            let left = usize::try_from(cap.saturating_sub(failures)).expect("few");
            assert_eq!(after, left, "{cap} with {failures} failures");
            assert!(together <= left, "{cap} with {failures} failures: {together}");
            assert!(is_free(1, 0) || left == 0, "one after the other all are free");
        }
    }

    #[test]
    fn open_tries_that_opened_a_session_are_in_nobodys_way() {
        let tries = Tries { open: counts(&[("away", 0, 6)]), ..failed(&[], 0) };
        assert!(tries.is_doubtful(&place("away"), 5, BEGAN));
        let settled = tries.clone().without_successes([7, 8].map(|after| (BEGAN.plus(Seconds(after)), place("away"))));
        assert_eq!(settled.judge(&place("away"), 5, BEGAN), Brake::Open, "the first is of this slot");
        assert_eq!(settled.judge(&place("away"), 4, BEGAN), Brake::Resting(Seconds(16)), "the second is not");
        let elsewhere = tries.without_successes([(BEGAN, place("home"))]);
        assert!(elsewhere.is_doubtful(&place("away"), 5, BEGAN), "it was another's try");
        let failed = failed(&[("away", 0, 5)], 0);
        assert!(!failed.is_doubtful(&place("away"), 5, BEGAN), "failures are no doubt");
    }

    #[test]
    fn a_hundred_in_all_rest_strangers_until_the_month_ends_and_never_the_owner() {
        let now = BEGAN.plus(Seconds::days(29));
        let tries = Tries { in_all: FREE_IN_ALL, since: Some(BEGAN), ..failed(&[], Seconds::days(29).0) };
        assert_eq!(tries.judge(&place("away"), 10, now), Brake::Resting(Seconds::days(1)));
        assert_eq!(tries.judge(&place("home"), 10, now), Brake::Open);
        assert_eq!(tries.judge(&place("away"), 10, BEGAN.plus(ALL_WINDOW)), Brake::Open);
        let tries = Tries { in_all: FREE_IN_ALL - 1, ..tries };
        assert_eq!(tries.judge(&place("away"), 10, now), Brake::Open);
    }

    #[test]
    fn what_was_tried_before_the_password_was_set_does_not_count() {
        let forgiven = Some(BEGAN.plus(Seconds(1)));
        let tries = Tries { forgiven, ..failed(&[("away", 0, 10), ("away", 1, 11)], 1) };
        assert_eq!(tries.judge(&place("away"), 1, BEGAN.plus(Seconds(1))), Brake::Open);
        let more = Tries { forgiven, ..failed(&[("away", 1, 21)], 1) };
        assert_eq!(more.judge(&place("away"), 10, BEGAN.plus(Seconds(1))), Brake::Resting(WINDOW));
    }

    #[test]
    fn a_success_clears_the_failures_of_its_own_class_and_an_ordinary_one_nothing() {
        assert_eq!(failed(&[], 0).cleared_by_success(&place("home"), BEGAN), None);
        let tries = failed(&[("home", 0, 1), ("away", 0, 10)], 0);
        let cleared = tries.cleared_by_success(&place("home"), BEGAN).expect("is due");
        assert_eq!(cleared, [&tries.failed[0]]);
    }

    #[test]
    fn four_places_are_remembered_and_the_one_that_was_not_used_goes() {
        let mut tries = Tries::default();
        for name in ["a", "b", "c", "d"] {
            tries.places = tries.places_with(&place(name)).expect("is new");
        }
        assert_eq!(tries.places_with(&place("b")), None);
        tries.places = tries.places_with(&place("a")).expect("is the last");
        tries.places = tries.places_with(&place("e")).expect("is new");
        assert_eq!(tries.places, ["e", "a", "d", "c"].map(place));
    }
}
