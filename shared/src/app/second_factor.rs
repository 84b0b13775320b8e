//! What an app may choose about a second factor.

use crate::clock::{Seconds, Timestamp};

/// Whether an app's users have a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactorPolicy {
    /// No user is offered one. Who has one is asked for it all the same.
    Off,
    /// Users may set one up.
    #[default]
    Optional,
    /// Users have to set one up.
    Required {
        /// Since when.
        since: Timestamp,
        /// How long a user has for it, from then on or from when they registered.
        grace: Seconds,
    },
}

/// A day: the shortest grace. It is also how long a new user's first session lives at least.
pub const SHORTEST_GRACE: Seconds = Seconds::days(1);

/// Longer would be a policy that nobody meets.
pub const LONGEST_GRACE: Seconds = Seconds::days(90);

impl SecondFactorPolicy {
    /// The choice as it is stored and shown.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required { .. } => "required",
        }
    }

    /// The policy of an app that wants two factors. Where it does already, the grace counts from when it began to: a command that is given
    /// once more gives nobody more time.
    #[must_use]
    pub const fn required(self, grace: Seconds, now: Timestamp) -> Self {
        let since = if let Self::Required { since, .. } = self { since } else { now };
        Self::Required { since, grace }
    }

    /// Whether users may set one up.
    #[must_use]
    pub const fn is_offered(&self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Whether users have to set one up, some time.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        matches!(self, Self::Required { .. })
    }

    /// From when on one factor lets a user in no more who has been one since `created`.
    #[must_use]
    pub fn deadline(&self, created: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Off | Self::Optional => None,
            Self::Required { since, grace } => Some(created.max(*since).plus(*grace)),
        }
    }

    /// Whether one factor is not enough at `now` for a user who has been one since `created`.
    #[must_use]
    pub fn wants_two(&self, created: Timestamp, now: Timestamp) -> bool {
        self.deadline(created).is_some_and(|deadline| deadline <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::SecondFactorPolicy;
    use crate::clock::{Seconds, Timestamp};

    #[test]
    fn the_grace_begins_with_the_policy_or_with_the_user_whichever_is_later() {
        let (since, grace) = (Timestamp::from_unix(1_800_000_000), Seconds::days(7));
        let policy = SecondFactorPolicy::Required { since, grace };
        let end = since.plus(grace);
        for (created, deadline) in [(since.minus(Seconds::days(99)), end), (end, end.plus(grace))] {
            assert!(!policy.wants_two(created, deadline.minus(Seconds(1))));
            assert!(policy.wants_two(created, deadline));
        }
        for policy in [SecondFactorPolicy::Optional, SecondFactorPolicy::Off] {
            assert!(!policy.wants_two(since, end.plus(Seconds::days(999))));
        }
    }

    #[test]
    fn a_policy_that_is_given_once_more_gives_nobody_more_time() {
        let (first, later) = (Timestamp::from_unix(1_800_000_000), Timestamp::from_unix(1_800_086_400));
        let (long, short) = (Seconds::days(14), Seconds::days(7));
        for before in [SecondFactorPolicy::Off, SecondFactorPolicy::Optional] {
            let policy = before.required(long, first);
            assert_eq!(policy, SecondFactorPolicy::Required { since: first, grace: long });
            assert_eq!(policy.required(short, later), SecondFactorPolicy::Required { since: first, grace: short });
        }
    }
}
