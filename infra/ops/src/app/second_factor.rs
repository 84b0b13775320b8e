//! What an app chooses about a second factor, as options.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use shared::app::second_factor::{LONGEST_GRACE, SHORTEST_GRACE, SecondFactorPolicy};
use shared::clock::{Seconds, Timestamp};

/// The options.
#[derive(Args, Debug)]
pub(super) struct SecondFactor {
    /// Whether users have a second factor beside the password: off, optional or required. By default optional
    #[arg(long, value_enum, value_name = "POLICY")]
    second_factor: Option<Choice>,
    /// How long users have to set it up if it is required, from the day when it was first required, or from their registration
    #[arg(
        long = "second-factor-grace-days",
        value_name = "DAYS",
        default_value_t = 14,
        value_parser = clap::value_parser!(u8).range(1..=90)
    )]
    grace_days: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Choice {
    Off,
    Optional,
    Required,
}

const _: () = assert!(SHORTEST_GRACE.0 == 86_400 && LONGEST_GRACE.0 == 90 * 86_400, "the range of the option");

impl SecondFactor {
    /// The policy that was given, or else the `present` one.
    pub(super) fn policy(&self, present: SecondFactorPolicy, now: Timestamp) -> SecondFactorPolicy {
        match self.second_factor {
            None => present,
            Some(Choice::Off) => SecondFactorPolicy::Off,
            Some(Choice::Optional) => SecondFactorPolicy::Optional,
            Some(Choice::Required) => present.required(Seconds::days(i64::from(self.grace_days)), now),
        }
    }
}

pub(super) fn describe(policy: SecondFactorPolicy) -> Value {
    match policy {
        SecondFactorPolicy::Required { since, grace } => {
            json!({"policy": policy.name(), "since": since.unix(), "grace_days": grace.0 / 86_400})
        }
        SecondFactorPolicy::Off | SecondFactorPolicy::Optional => json!({"policy": policy.name()}),
    }
}
