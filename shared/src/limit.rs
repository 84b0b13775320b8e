//! Request limits per client address, or per OAuth client that proved who it is.
//!
//! Counts are kept per fixed window; the window before still weighs by the share of it that the last window's length
//! of time overlaps. So nobody gets twice the limit by waiting for a boundary, and one atomic write both counts and
//! tells all that the decision needs.

use std::net::IpAddr;

use crate::clock::{Seconds, Timestamp};
use crate::id::ClientId;

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
    /// The client's address, an IPv6 one by its /64, the least that a customer is given; or an OAuth client.
    pub client: String,
}

impl Subject {
    /// The subject that the address `source` is for `api`. Everything that is not an address counts as one client.
    #[must_use]
    pub fn new(api: &'static str, source: &str) -> Self {
        let client = match source.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(address)) => address.to_string(),
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            Err(_) => "unknown".to_owned(),
        };
        Self { api, client }
    }

    /// The subject that an OAuth client with its secret is for `api`. It is told from every address by its first word.
    #[must_use]
    pub fn of_client(api: &'static str, client: &ClientId) -> Self {
        Self { api, client: format!("client {}", client.as_str()) }
    }
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
    use super::{Counted, Quota, Subject};
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
    fn an_ipv6_client_is_its_64_and_a_mapped_ipv4_one_is_itself() {
        assert_eq!(Subject::new("app", "2001:db8::1").client, "2001:db8:0:0::/64");
        assert_eq!(Subject::new("app", "2001:db8::ffff:1"), Subject::new("app", "2001:db8::2"));
        assert_eq!(Subject::new("app", "::ffff:192.0.2.1").client, "192.0.2.1");
        assert_eq!(Subject::new("app", "evil#key").client, "unknown");
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
