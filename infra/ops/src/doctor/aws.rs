//! The AWS CLI, asked for JSON.

use std::fmt;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Who answers calls of AWS's APIs.
pub(crate) trait AwsApi: Sync {
    /// The answer to one call.
    ///
    /// # Errors
    /// What was said in place of an answer.
    fn ask(&self, call: &[&str]) -> Result<Value, AwsError>;
}

/// The CLI, in a region.
pub(crate) struct Aws {
    region: String,
}

/// What the CLI said in place of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AwsError(String);

impl Aws {
    pub(crate) fn new(region: Option<&str>) -> Result<Self> {
        let region = region.context("give the stack's region: --region, or AWS_REGION")?.to_owned();
        Ok(Self { region })
    }
}

impl AwsApi for Aws {
    fn ask(&self, call: &[&str]) -> Result<Value, AwsError> {
        let named = call[..2.min(call.len())].join(" ");
        let mut command = Command::new("aws");
        command.args(call).args(["--region", &self.region, "--output", "json"]).env("AWS_PAGER", "");
        let output = command
            .output()
            .map_err(|error| AwsError(format!("cannot start the AWS CLI, `aws`: {error}; install it and sign in")))?;
        if !output.status.success() {
            return Err(AwsError(format!("aws {named}: {}", String::from_utf8_lossy(&output.stderr).trim())));
        }
        serde_json::from_slice(&output.stdout).map_err(|_| AwsError(format!("aws {named} did not answer in JSON")))
    }
}

impl AwsError {
    #[cfg(test)]
    pub(crate) fn new(said: &str) -> Self {
        Self(said.to_owned())
    }

    /// AWS's name for what went wrong, where AWS refused: `An error occurred (AccessDenied) when calling the …`.
    pub(crate) fn code(&self) -> Option<&str> {
        let (_, rest) = self.0.split_once("An error occurred (")?;
        rest.split_once(')').map(|(code, _)| code)
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AwsError {}

#[cfg(test)]
mod tests {
    use super::AwsError;

    #[test]
    fn a_refusal_has_awss_name_for_it() {
        let said = "aws lambda get-alias: An error occurred (TooManyRequestsException) when calling the GetAlias operation \
                    (reached max retries: 2): Rate exceeded";
        assert_eq!(AwsError::new(said).code(), Some("TooManyRequestsException"));
        assert_eq!(AwsError::new("aws lambda get-alias: Unable to locate credentials").code(), None);
    }
}
