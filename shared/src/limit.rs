//! Request limits per client address, or per OAuth client that proved who it is. An IPv6 customer may have 65,536 networks, so
//! theirs are counted together, too.
//!
//! Counts are kept per fixed window; the window before still weighs by the share of it that the last window's length
//! of time overlaps. So nobody gets twice the limit by waiting for a boundary, and one atomic write both counts and
//! tells all that the decision needs.

use std::net::IpAddr;

use crate::clock::{Seconds, Timestamp};
use crate::id::ClientId;
use crate::network::{Breadth, Source};

/// How many requests in how long a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests, at least 1.
    pub limit: u32,
    /// The time, at least a second.
    pub window: Seconds,
}

/// What is counted together: one API, one client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The API.
    pub api: &'static str,
    /// The client's address, an IPv6 one by its /48, the most that a customer is usually given; or an OAuth client.
    pub client: String,
    /// Which part of a /48 an IPv6 address lies in: a /64, the least that a customer is given, and what few others of the /48
    /// are counted with it.
    pub part: Option<u8>,
}

/// How many times what one part of a /48 may ask for all of it may.
const OF_A_WIDE_CLIENT: u32 = 8;

impl Subject {
    /// The subject that the address `source` is for `api`. Everything that is not an address counts as one client.
    #[must_use]
    pub fn new(api: &'static str, source: &str) -> Self {
        let mut sources = Source::of(source);
        let (client, part) = match sources.pop() {
            Some(Source { network, breadth: Breadth::Wide }) => (network, Some(part_of(source))),
            Some(Source { network, breadth: Breadth::Narrow }) => (network, None),
            None => (String::new(), None),
        };
        Self { api, client, part }
    }

    /// The subject that an OAuth client with its secret is for `api`. It is told from every address by its first word.
    #[must_use]
    pub fn of_client(api: &'static str, client: &ClientId) -> Self {
        Self { api, client: format!("client {}", client.as_str()), part: None }
    }
}

/// One of 256 parts of a /48, by its /64: the customers of a provider who gives each a /56 of it are apart, and so are the
/// networks of a customer who has all of it.
fn part_of(address: &str) -> u8 {
    match address.parse() {
        Ok(IpAddr::V6(address)) => {
            let [high, low] = address.segments()[3].to_be_bytes();
            high ^ low
        }
        _ => 0,
    }
}

/// What was counted for a request: for its client, and for the /48 that an IPv6 client lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// For the client.
    pub client: Counted,
    /// For the /48.
    pub wide: Option<Counted>,
}

/// Requests counted in the window of now and in the one before, this request included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// In the window of now.
    pub current: u32,
    /// In the window before.
    pub previous: u32,
}

/// How a client stands after the request that was counted: what the `X-RateLimit-*` headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The quota's limit.
    pub limit: u32,
    /// Requests left.
    pub remaining: u32,
    /// When the window ends.
    pub reset: Timestamp,
    /// `None`: the request may pass. Otherwise how long to wait until one would.
    pub retry_after: Option<Seconds>,
}

impl Quota {
    /// The number of the window that `now` lies in.
    #[must_use]
    pub const fn window_of(self, now: Timestamp) -> i64 {
        now.unix().div_euclid(self.window.0)
    }

    /// When the window of `now` ends.
    #[must_use]
    pub const fn window_end(self, now: Timestamp) -> Timestamp {
        Timestamp::from_unix((self.window_of(now) + 1) * self.window.0)
    }

    /// Decides on a request that has been counted for its client, and for a /48 that has [`OF_A_WIDE_CLIENT`] times as much.
    #[must_use]
    pub fn judge_all(self, counts: Counts, now: Timestamp) -> Standing {
        let standing = self.judge(counts.client, now);
        let wide = Self { limit: self.limit.saturating_mul(OF_A_WIDE_CLIENT), ..self };
        match counts.wide.and_then(|wide_count| wide.judge(wide_count, now).retry_after) {
            None => standing,
            Some(wait) => {
                let retry_after = standing.retry_after.map_or(wait, |own| own.max(wait));
                Standing { remaining: 0, retry_after: Some(retry_after), ..standing }
            }
        }
    }

    /// Decides on a request that has been counted.
    #[must_use]
    pub fn judge(self, counted: Counted, now: Timestamp) -> Standing {
        let (limit, window) = (i64::from(self.limit), self.window.0);
        let reset = self.window_end(now);
        let left = reset.since(now).0;
        // Refused requests were counted too, and must not outweigh a full window. One less than that, so that who
        // waits until the window ends, as the headers say, gets a request through at once.
        let previous = i64::from(counted.previous).min(limit - 1);
        let current = i64::from(counted.current);
        let used = ceiling(previous * left, window) + current;
        let retry_after = (used > limit).then(|| {
            Seconds(if current >= limit {
                // Full by itself: over with the window.
                left
            } else {
                // The window before must decay until it leaves room for one more.
                left - (window * (limit - current - 1)).div_euclid(previous)
            })
        });
        Standing {
            limit: self.limit,
            remaining: u32::try_from((limit - used).max(0)).unwrap_or_default(),
            reset,
            retry_after: retry_after.map(|wait| wait.max(Seconds(1))),
        }
    }
}

/// `dividend / divisor`, rounded up; both positive.
const fn ceiling(dividend: i64, divisor: i64) -> i64 {
    (dividend + divisor - 1).div_euclid(divisor)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Counted, Counts, Quota, Subject};
    use crate::clock::{Seconds, Timestamp};
    use proptest::prelude::*;

    const QUOTA: Quota = Quota { limit: 100, window: Seconds(900) };
    const WINDOW_START: Timestamp = Timestamp::from_unix(900 * 2_000_000);

    fn at(seconds: i64) -> Timestamp {
        WINDOW_START.plus(Seconds(seconds))
    }

    #[test]
    fn the_hundredth_request_passes_and_the_next_does_not() {
        let hundredth = QUOTA.judge(Counted { current: 100, previous: 0 }, at(10));
        assert_eq!((hundredth.remaining, hundredth.retry_after, hundredth.reset), (0, None, at(900)));
        let next = QUOTA.judge(Counted { current: 101, previous: 0 }, at(10));
        assert_eq!((next.remaining, next.retry_after), (0, Some(Seconds(890))));
    }

    #[test]
    fn a_boundary_gives_nobody_a_second_limit() {
        // Sixty requests in the last second of a window leave forty in the first seconds of the next.
        let fortieth = QUOTA.judge(Counted { current: 40, previous: 60 }, at(1));
        let next = QUOTA.judge(Counted { current: 41, previous: 60 }, at(1));
        assert_eq!((fortieth.retry_after, next.retry_after.is_some()), (None, true));
    }

    #[test]
    fn a_window_full_of_refused_requests_weighs_as_one_full_window() {
        assert_eq!(QUOTA.judge(Counted { current: 1, previous: 5000 }, at(9)).retry_after, None);
    }

    #[test]
    fn an_ipv6_client_is_a_part_of_its_48_and_a_mapped_ipv4_one_is_itself() {
        let subject = |address: &str| Subject::new("app", address);
        assert_eq!(subject("2001:db8::1"), Subject { api: "app", client: "2001:db8:0::/48".to_owned(), part: Some(0) });
        assert_eq!(subject("2001:db8::ffff:1"), subject("2001:db8::2"));
        let part = |customer: u32| subject(&format!("2001:db8:0:{customer:x}00::1")).part;
        let parts: BTreeSet<_> = (0..256).map(part).collect();
        assert_eq!(parts.len(), 256, "each /56 is apart");
        assert_eq!(subject("::ffff:192.0.2.1").client, "192.0.2.1");
        assert_eq!((subject("evil#key").client.as_str(), subject("evil#key").part), ("unknown", None));
    }

    #[test]
    fn a_48_has_eight_times_what_each_part_has() {
        let at_limit = Counted { current: 800, previous: 0 };
        let few = Counted { current: 3, previous: 0 };
        let judge = |client, wide| QUOTA.judge_all(Counts { client, wide: Some(wide) }, at(10));
        assert_eq!(judge(few, at_limit), QUOTA.judge(few, at(10)));
        let over = judge(few, Counted { current: 801, previous: 0 });
        assert_eq!((over.limit, over.remaining, over.retry_after), (100, 0, Some(Seconds(890))));
        let own = Counted { current: 101, previous: 0 };
        assert_eq!(QUOTA.judge_all(Counts { client: own, wide: None }, at(10)), QUOTA.judge(own, at(10)));
    }

    proptest! {
        #[test]
        fn somebody_who_waits_as_long_as_told_gets_through(
            limit in 1_u32..500,
            window in 1_i64..5000,
            previous in 0_u32..1000,
            current in 1_u32..1000,
            second in 0_i64..5000,
        ) {
            let quota = Quota { limit, window: Seconds(window) };
            let now = Timestamp::from_unix(window * 1000 + second % window);
            if let Some(wait) = quota.judge(Counted { current, previous }, now).retry_after {
                let later = now.plus(wait);
                let counted = match quota.window_of(later) - quota.window_of(now) {
                    0 => Counted { current: current + 1, previous },
                    1 => Counted { current: 1, previous: current },
                    _ => Counted { current: 1, previous: 0 },
                };
                prop_assert_eq!(quota.judge(counted, later).retry_after, None, "waited {}", wait);
            }
        }

        #[test]
        fn what_passes_never_exceeds_the_limit_and_a_fresh_client_always_passes(limit in 1_u32..500, current in 1_u32..1000) {
            let quota = Quota { limit, window: Seconds(900) };
            let standing = quota.judge(Counted { current, previous: 0 }, WINDOW_START);
            prop_assert_eq!(standing.retry_after.is_none(), current <= limit);
        }
    }
}
