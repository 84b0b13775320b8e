//! Time as a parameter: the one place that asks the machine what time it is.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_smithy_types::date_time::{DateTime, Format};

/// A moment, in whole Unix seconds: the unit of JWT claims, of DynamoDB's TTL and of the rate windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment that lies `seconds` after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// What the machine's clock shows. One that shows a time before 1970 is broken: the moment is then the last of all, at
    /// which everything has expired.
    fn read(machine: SystemTime) -> Self {
        let elapsed = machine.duration_since(UNIX_EPOCH).ok();
        Self(elapsed.and_then(|elapsed| i64::try_from(elapsed.as_secs()).ok()).unwrap_or(i64::MAX))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The moment as RFC 3339 §5.6 writes it, in UTC: `2026-11-21T09:15:00Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        // Fails for years beyond 9999 only, which no lifetime of ours reaches.
        DateTime::from_secs(self.0).fmt(Format::DateTime).unwrap_or_default()
    }

    /// This moment moved by a whole number of seconds.
    #[must_use]
    pub const fn plus(self, by: Seconds) -> Self {
        Self(self.0.saturating_add(by.0))
    }

    /// This moment moved back by a whole number of seconds.
    #[must_use]
    pub const fn minus(self, by: Seconds) -> Self {
        Self(self.0.saturating_sub(by.0))
    }

    /// Seconds from `earlier` to here; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Seconds {
        Seconds(self.0.saturating_sub(earlier.0))
    }
}

/// A moment to the millisecond, for what is sorted by when it was made. No rule depends on the part below the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Precise {
    /// The second.
    pub second: Timestamp,
    /// How many milliseconds of it are over.
    pub millis: u16,
}

impl From<Timestamp> for Precise {
    fn from(second: Timestamp) -> Self {
        Self { second, millis: 0 }
    }
}

/// A length of time in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(pub i64);

impl Seconds {
    /// `n` minutes.
    #[must_use]
    pub const fn minutes(n: i64) -> Self {
        Self(n * 60)
    }

    /// `n` hours.
    #[must_use]
    pub const fn hours(n: i64) -> Self {
        Self(n * 3600)
    }

    /// `n` days of 24 hours.
    #[must_use]
    pub const fn days(n: i64) -> Self {
        Self(n * 86400)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const MILLIS: i64 = 1000;
const LAST_MILLI: u16 = 999;

/// Where the time comes from: the machine in production, a hand that turns it in tests.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Unix milliseconds that a test sets and moves.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.unix() * MILLIS)))
    }

    /// The time now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::read(SystemTime::now()),
            Self::Manual(millis) => Timestamp(millis.load(Ordering::SeqCst).div_euclid(MILLIS)),
        }
    }

    /// The moment of which `now` is the second: the last millisecond of it, if it is over by now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn within(&self, second: Timestamp) -> Precise {
        let (now, millis) = match self {
            Self::System => {
                let machine = SystemTime::now();
                (
                    Timestamp::read(machine),
                    machine.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.subsec_millis()),
                )
            }
            Self::Manual(millis) => {
                let millis = millis.load(Ordering::SeqCst);
                let part = u32::try_from(millis.rem_euclid(MILLIS)).unwrap_or_default();
                (Timestamp(millis.div_euclid(MILLIS)), part)
            }
        };
        let millis = if now == second { u16::try_from(millis).unwrap_or(LAST_MILLI) } else { LAST_MILLI };
        Precise { second, millis }
    }

    /// Moves a manual clock forward; the machine's clock does not move for anybody.
    pub fn advance(&self, by: Seconds) {
        self.advance_millis(by.0 * MILLIS);
    }

    /// The same by milliseconds.
    pub fn advance_millis(&self, by: i64) {
        if let Self::Manual(millis) = self {
            millis.fetch_add(by, Ordering::SeqCst);
        }
    }

    /// Starts measuring how long something takes, on the monotonic clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that starts a stopwatch")]
    pub fn stopwatch() -> Stopwatch {
        Stopwatch(Instant::now())
    }
}

/// Measures a duration, for the logs and for deadlines; no rule of the product depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Time since the stopwatch was started.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{Clock, LAST_MILLI, Precise, Seconds, Timestamp};

    #[test]
    fn a_clock_that_cannot_be_read_lets_everything_expire() {
        let now = Timestamp::read(UNIX_EPOCH - Duration::from_secs(1));
        let ages_away = Timestamp::from_unix(1_800_000_000).plus(Seconds::days(36_500));
        assert!(now > ages_away && now >= now.plus(Seconds::days(7)));
        assert_eq!(Timestamp::read(UNIX_EPOCH + Duration::from_secs(7)), Timestamp::from_unix(7));
    }

    #[test]
    fn a_moment_is_precise_within_its_second_and_at_the_end_of_one_that_is_over() {
        let second = Timestamp::from_unix(1_800_000_000);
        let clock = Clock::manual(second);
        clock.advance_millis(7);
        assert_eq!(clock.within(second), Precise { second, millis: 7 });
        clock.advance_millis(993);
        assert_eq!(clock.now(), second.plus(Seconds(1)));
        assert_eq!(clock.within(second), Precise { second, millis: LAST_MILLI });
        assert!(Precise::from(second) < clock.within(second));
        assert!(Clock::System.within(Clock::System.now()).millis <= LAST_MILLI);
    }

    #[test]
    fn a_moment_is_written_as_rfc_3339_has_it() {
        assert_eq!(Timestamp::from_unix(1_795_252_500).rfc3339(), "2026-11-21T09:15:00Z");
        assert_eq!(Timestamp::from_unix(951_782_400).rfc3339(), "2000-02-29T00:00:00Z");
    }
}
