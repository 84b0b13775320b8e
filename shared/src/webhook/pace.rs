//! When a delivery that failed is tried again.

use crate::clock::{Seconds, Timestamp};
use crate::random::Random;

/// How long a delivery is tried.
pub const SPAN: Seconds = Seconds::days(1);

/// The pauses after the first failed try, the second, and so on. Together they end half an hour before [`SPAN`] does. Each is below
/// the twelve hours for which SQS can hide a message.
const PAUSES: [Seconds; 7] = [
    Seconds(5),
    Seconds::minutes(5),
    Seconds::minutes(30),
    Seconds::hours(2),
    Seconds::hours(5),
    Seconds::hours(6),
    Seconds::hours(10),
];

/// The pause before the next try of a delivery that began at `began` and has failed `failed` times; `None` once it would end beyond
/// [`SPAN`]. A random tenth is taken off, so that what failed together does not come back together.
#[must_use]
pub fn pause(failed: u32, began: Timestamp, now: Timestamp, random: &Random) -> Option<Seconds> {
    let at = usize::try_from(failed).unwrap_or(usize::MAX).saturating_sub(1);
    let whole = PAUSES.get(at)?;
    let [part] = random.bytes();
    let pause = Seconds(whole.0 - whole.0 * i64::from(part) / 2560);
    (now.plus(pause).since(began) <= SPAN).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::{PAUSES, SPAN, pause};
    use crate::clock::{Seconds, Timestamp};
    use crate::random::{Entropy, Random};

    const BEGAN: Timestamp = Timestamp::from_unix(1_800_000_000);

    #[derive(Debug)]
    struct Always(u8);

    impl Entropy for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn with(byte: u8) -> Random {
        Random::from_entropy(Always(byte))
    }

    #[test]
    fn the_pauses_grow_to_a_day_and_sqs_can_keep_each() {
        let mut now = BEGAN;
        for failed in 1.. {
            let Some(next) = pause(failed, BEGAN, now, &with(0)) else { break };
            assert!(next < Seconds::hours(12));
            now = now.plus(next);
        }
        assert_eq!(now.since(BEGAN), Seconds(84_905), "the last try is half an hour before the end of the day");
        assert!(PAUSES.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_try_at_the_end_of_the_day_is_made_and_none_after_it() {
        let last = BEGAN.plus(Seconds(SPAN.0 - 5));
        assert_eq!(pause(1, BEGAN, last, &with(0)), Some(Seconds(5)));
        assert_eq!(pause(1, BEGAN, last.plus(Seconds(1)), &with(0)), None);
        assert_eq!(pause(8, BEGAN, BEGAN, &with(0)), None, "seven pauses are eight tries");
    }

    #[test]
    fn what_failed_together_comes_back_within_a_tenth_of_the_pause() {
        assert_eq!(pause(3, BEGAN, BEGAN, &with(0)), Some(Seconds(1800)));
        assert_eq!(pause(3, BEGAN, BEGAN, &with(255)), Some(Seconds(1621)));
    }
}
