//! Quotas that refill one by one, instead of beginning again at midnight: somebody who uses up another's quota has them wait
//! for minutes, and not for the rest of a day.

use crate::clock::{Seconds, Timestamp};

/// The least that a reserve has.
const LEAST_RESERVE: u32 = 10;

/// How much of a quota's reserve somebody may take, which is a quarter of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// Half of it.
    Half,
    /// All of it.
    Whole,
}

/// A quota of `burst` that refills by one in each `every`.
///
/// All that is kept of it is when it is full again. A quota that is full at `now` has `burst` left; each that is taken moves that
/// moment by `every`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refill {
    /// How many may be taken at once of a full one, at least 1.
    pub burst: u32,
    /// How long until one more may be taken, at least a second.
    pub every: Seconds,
}

impl Refill {
    /// A quota of `count` an hour.
    #[must_use]
    pub fn hourly(count: u32) -> Self {
        Self { burst: count, every: Seconds((3600 / i64::from(count)).max(1)) }
    }

    /// A quota of `cap` a day: all of it at once, and a quarter of it again within a day, one by one, but one an hour at the
    /// least.
    #[must_use]
    pub fn of_a_day(cap: u32) -> Self {
        let every = Seconds::days(4).0 / i64::from(cap.max(1));
        Self { burst: cap, every: Seconds(every.clamp(1, Seconds::hours(1).0)) }
    }

    /// The same quota with a reserve that only those have who may take the last of it.
    #[must_use]
    pub fn with_reserve(self, reserve: Reserve) -> Self {
        let whole = (self.burst / 4).max(LEAST_RESERVE);
        let more = match reserve {
            Reserve::Half => whole / 2,
            Reserve::Whole => whole,
        };
        Self { burst: self.burst.saturating_add(more), ..self }
    }

    /// The same quota, so many times as large.
    #[must_use]
    pub fn times(self, factor: u32) -> Self {
        Self { burst: self.burst.saturating_mul(factor), every: Seconds((self.every.0 / i64::from(factor)).max(1)) }
    }

    /// Takes one at `now`: when the quota is full again after that.
    ///
    /// # Errors
    /// How long to wait until there is one.
    pub fn take(self, full_at: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Seconds> {
        let next = full_at.map_or(now, |full_at| full_at.max(now)).plus(self.every);
        let wait = next.since(self.latest(now));
        if wait.0 > 0 { Err(wait) } else { Ok(next) }
    }

    /// The latest moment at which a quota may be full again of which one more can be taken at `now`.
    #[must_use]
    pub const fn last(self, now: Timestamp) -> Timestamp {
        self.latest(now).minus(self.every)
    }

    /// How many are taken of it at `now`, those not counted that came again.
    #[must_use]
    pub fn taken(self, full_at: Option<Timestamp>, now: Timestamp) -> u32 {
        let left = full_at.map_or(0, |full_at| full_at.since(now).0.max(0));
        u32::try_from((left + self.every.0 - 1) / self.every.0).unwrap_or(u32::MAX)
    }

    /// When an empty quota is full again.
    #[must_use]
    pub const fn latest(self, now: Timestamp) -> Timestamp {
        now.plus(Seconds(self.every.0.saturating_mul(self.burst as i64)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Refill, Reserve};
    use crate::clock::{Seconds, Timestamp};

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
    const FIVE: Refill = Refill { burst: 5, every: Seconds::minutes(30) };

    #[test]
    fn five_are_there_at_once_and_then_one_in_half_an_hour() {
        let mut full_at = None;
        for _ in 0..5 {
            full_at = Some(FIVE.take(full_at, NOW).expect("is there"));
        }
        assert_eq!(FIVE.take(full_at, NOW), Err(Seconds::minutes(30)));
        let later = NOW.plus(Seconds::minutes(30));
        assert_eq!(FIVE.take(full_at, later.minus(Seconds(1))), Err(Seconds(1)));
        full_at = Some(FIVE.take(full_at, later).expect("is there"));
        assert_eq!(FIVE.take(full_at, later), Err(Seconds::minutes(30)));
        let rested = NOW.plus(Seconds::hours(4));
        assert!(FIVE.take(full_at, rested).is_ok_and(|full_at| full_at == rested.plus(Seconds::minutes(30))));
    }

    #[test]
    fn a_days_quota_comes_again_by_a_quarter_in_a_day_and_by_one_an_hour_at_the_least() {
        assert_eq!(Refill::of_a_day(2000), Refill { burst: 2000, every: Seconds(172) });
        assert_eq!([0, 1, 95].map(|cap| Refill::of_a_day(cap).every), [Seconds::hours(1); 3]);
        assert_eq!(Refill::of_a_day(1_000_000).every, Seconds(1));
        let with = |reserve| [2000, 3].map(|cap| Refill::of_a_day(cap).with_reserve(reserve).burst);
        assert_eq!([with(Reserve::Half), with(Reserve::Whole)], [[2250, 8], [2500, 13]]);
    }

    #[test]
    fn what_is_taken_is_what_did_not_come_again() {
        let full_at = (0..3).try_fold(NOW, |full_at, _| FIVE.take(Some(full_at), NOW)).expect("is there");
        let taken = |minutes| FIVE.taken(Some(full_at), NOW.plus(Seconds::minutes(minutes)));
        assert_eq!([0, 29, 30, 89, 90, 900].map(taken), [3, 3, 2, 1, 0, 0]);
        assert_eq!(FIVE.taken(None, NOW), 0);
    }

    #[test]
    fn an_hourly_quota_has_an_hours_worth_and_refills_within_one() {
        assert_eq!(Refill::hourly(20), Refill { burst: 20, every: Seconds::minutes(3) });
        assert_eq!(Refill::hourly(20).times(4), Refill { burst: 80, every: Seconds(45) });
        assert_eq!(Refill::hourly(1_000_000).every, Seconds(1));
    }

    proptest! {
        #[test]
        fn in_any_time_no_more_is_taken_than_the_burst_and_what_refills(
            burst in 1_u32..50,
            every in 1_i64..500,
            pauses in proptest::collection::vec(0_i64..300, 1..200),
        ) {
            let refill = Refill { burst, every: Seconds(every) };
            let (mut full_at, mut now, mut taken) = (None, NOW, 0);
            for pause in pauses {
                now = now.plus(Seconds(pause));
                if let Ok(next) = refill.take(full_at, now) {
                    (full_at, taken) = (Some(next), taken + 1);
                }
                prop_assert!(taken <= i64::from(burst) + now.since(NOW).0 / every);
            }
            let wait = refill.take(full_at, now).err().unwrap_or(Seconds(0));
            prop_assert!(refill.take(full_at, now.plus(wait)).is_ok());
        }
    }
}
