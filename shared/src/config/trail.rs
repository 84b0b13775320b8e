//! What the audit trail needs of the environment.

use super::environment::{Environment, of_process};
use super::{AwsConfig, ConfigError};
use crate::clock::Seconds;

/// The configuration of the function that writes the audit trail. It opens no key ring and reads no user.
#[derive(Clone, Debug)]
pub struct TrailConfig {
    /// Endpoint and credentials of the AWS services.
    pub aws: AwsConfig,
    /// `AUDIT_TABLE`.
    pub table: String,
    /// `LIVE_TABLE`, where the author of a deletion stands.
    pub live: String,
    /// `AUDIT_DAYS`: how long entries are kept.
    pub kept: Seconds,
}

impl TrailConfig {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&of_process)
    }

    /// Reads variables through `lookup`; an empty one counts as absent.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn read(lookup: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment::new(lookup);
        Ok(Self {
            aws: env.aws()?,
            table: env.required("AUDIT_TABLE")?,
            live: env.required("LIVE_TABLE")?,
            kept: Seconds::days(i64::from(env.number("AUDIT_DAYS", 400)?)),
        })
    }
}
