//! The brake on guessing a password: some failures are free, then the handle rests.

use crate::clock::{Seconds, Timestamp};

/// How long failures count, from the first of them on; also the longest that a handle rests.
///
/// The end never moves while somebody keeps trying: a stranger can keep an account waiting only by failing again in
/// every window, never by failing once more.
pub const WINDOW: Seconds = Seconds::minutes(5);

/// Wrong passwords that are free in a window, where a dialect's contract names no other number. SP 800-63B-4 §3.2.2 allows a
/// hundred in all; ten stop guessing and let a person try every password they have.
pub const FREE_FAILURES: u32 = 10;

/// Wrong passwords for one handle since the window began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many, since `since`.
    pub count: u32,
    /// When the window began; `None` before the first failure.
    pub since: Option<Timestamp>,
}

/// What a handle with its failures may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brake {
    /// Try.
    Open,
    /// Wait so long.
    Resting(Seconds),
}

impl Failures {
    /// Whether a dialect that allows `cap` failures lets the next try through.
    #[must_use]
    pub fn brake(self, cap: u32, now: Timestamp) -> Brake {
        match self.since {
            Some(since) if self.count >= cap && now < since.plus(WINDOW) => {
                Brake::Resting(since.plus(WINDOW).since(now))
            }
            _ => Brake::Open,
        }
    }

    /// Whether a success has anything to clear.
    #[must_use]
    pub const fn is_clear(self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::{Brake, Failures, WINDOW};
    use crate::clock::{Seconds, Timestamp};

    const BEGAN: Timestamp = Timestamp::from_unix(1_000_000);

    #[test]
    fn the_cap_closes_the_brake_until_the_window_ends_and_not_a_second_longer() {
        let failures = Failures { count: 5, since: Some(BEGAN) };
        assert_eq!(failures.brake(5, BEGAN), Brake::Resting(WINDOW));
        assert_eq!(failures.brake(5, BEGAN.plus(Seconds(299))), Brake::Resting(Seconds(1)));
        assert_eq!(failures.brake(5, BEGAN.plus(WINDOW)), Brake::Open);
    }

    #[test]
    fn fewer_failures_than_the_cap_are_free() {
        assert_eq!(Failures { count: 4, since: Some(BEGAN) }.brake(5, BEGAN), Brake::Open);
        assert_eq!(Failures::default().brake(5, BEGAN), Brake::Open);
    }
}
